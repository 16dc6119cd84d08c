"""How far a piece of news got: one message for its author, changed in place, with what may be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2s

import msgspec
from sqlalchemy import select

from bot.city.model import City
from bot.delivery import broadcasts
from bot.delivery.broadcast import Act, Broadcast, broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import Figures
from bot.delivery.model import Fact, Lane, Message
from bot.delivery.outbox import letter
from bot.delivery.store import Draft, write
from bot.news.approve import approvers_of
from bot.news.control import carrying
from bot.news.model import Item, State
from bot.news.plan import KIND
from bot.news.store import item_by_ref
from bot.people.model import Person
from bot.people.store import addresses_of
from bot.storage.work import Work
from flows.engine.moments import in_words
from flows.engine.wording import _, current, mark, speaking
from flows.news_buttons import buttons
from flows.news_reasons import is_by_itself, reason_in_words
from flows.news_words import audience_in_words, duration_in_words, number_in_words, rule_in_words

STATES = {
    State.DRAFT: mark("📝 Brouillon, rien n’est parti"),
    State.REVIEW: mark("👀 Attend qu’une deuxième personne relise"),
    State.SENT_BACK: mark("↩️ Renvoyée à son auteur"),
    State.WITHDRAWN: mark("🗑️ Annulée, rien n’est parti"),
    State.RECALLED: mark("🚫 Retirée"),
}

RUNS = {
    Run.PLANNED: mark("🕐 Va partir"),
    Run.RUNNING: mark("📤 Envoi en cours"),
    Run.PAUSED: mark("⏸️ En pause"),
    Run.STOPPED: mark("⏹️ Arrêtée"),
    Run.DONE: mark("✅ Envoyée"),
}

CORRECTING = mark("✏️ Correction des messages déjà reçus")
REMOVING = mark("🚫 Retrait des messages déjà reçus")

STEPS = 10
"""Squares in the bar."""


SLOWEST = 0.5
"""Letters a second below which there is no pace to speak of: it only waits."""


def slot(ref: str) -> str:
    return f"news:{ref}:progress"


def progress(work: Work, city: City, page: Callable[[str], str], item: Item) -> Message:
    """How far an item got, in the language being spoken."""
    one = carrying(work, item)
    figures = broadcasts.figures(work, one.id) if one and item.state in (State.PLANNED, State.RECALLED) else None
    facts = [
        Fact(_("État"), _state(item, one, city)),
        Fact(_("Public"), audience_in_words(city, item.quartiers)),
        *_reviewed(item),
        *paused(one),
        *(_figures(work, figures, one) if figures and one and one.state is not Run.PLANNED else ()),
    ]
    if item.expires_at and item.recurrence is None:
        facts.append(Fact(_("Fin"), in_words(item.expires_at, city.zone)))
    return Message(
        title=f"{item.text_for(current().code)[1].title} · {item.ref}",
        text=_bar(figures) if figures and one and one.state is not Run.PLANNED else "",
        facts=tuple(facts),
        buttons=buttons(item, one, page, work.now),
        slot=slot(item.ref),
        direction=current().direction,
        language=current().code,
    )


def card_of(work: Work, city: City, page: Callable[[str], str], item: Item) -> Message:
    """The same as an answer: a message of its own, which takes over from the one that is far up by now."""
    return msgspec.structs.replace(progress(work, city, page, item), anew=True)


def departure_in_words(item: Item, city: City) -> str:
    if item.recurrence is not None:
        return rule_in_words(item.recurrence)
    return in_words(item.starts_at, city.zone) if item.starts_at else _("dès qu’elle est approuvée")


def _state(item: Item, one: Broadcast | None, city: City) -> str:
    if item.state is State.PLANNED and item.recurrence is not None:
        return "🔁 " + rule_in_words(item.recurrence)
    if one and one.act is not Act.SEND and one.state in (Run.PLANNED, Run.RUNNING):
        return _(CORRECTING if one.act is Act.EDIT else REMOVING)
    if item.state is State.WITHDRAWN and item.recurrence is not None:
        return _("⏹️ Série arrêtée")
    if item.state is not State.PLANNED or one is None:
        return _(STATES.get(item.state, RUNS[Run.PLANNED]))
    if one.state is Run.PLANNED:
        return _("{state} : {when}").format(state=_(RUNS[Run.PLANNED]), when=in_words(one.starts_at, city.zone))
    return _(RUNS[one.state])


def _reviewed(item: Item) -> list[Fact]:
    facts = []
    if item.approver_name:
        facts.append(Fact(_("Relecture"), item.approver_name))
    if item.remark and item.state in (State.SENT_BACK, State.WITHDRAWN):
        facts.append(Fact(_("Remarque"), item.remark))
    return facts


def paused(one: Broadcast | None) -> list[Fact]:
    """Why it has paused by itself."""
    if one is None or one.state is not Run.PAUSED or not is_by_itself(one.because):
        return []
    return [Fact(_("Pourquoi"), reason_in_words(one.because))]


def _figures(work: Work, figures: Figures, one: Broadcast) -> list[Fact]:
    unreachable = figures.gone + figures.failed + figures.unknown
    facts = [Fact(_("Envoyées"), number_in_words(figures.sent))]
    if unreachable:
        facts.append(Fact(_("Injoignables"), number_in_words(unreachable)))
    if one.state in (Run.RUNNING, Run.PAUSED):
        left = number_in_words(figures.queued)
        facts.append(Fact(_("Restent"), left if figures.spread else f"{left} +"))
    return facts + (_pace(figures, broadcasts.put_off_letters(work, one.id)) if one.state is Run.RUNNING else [])


def _pace(figures: Figures, waiting: int) -> list[Fact]:
    """How fast it goes, and how long still; whoever is in quiet hours of their own is waited for without a hurry."""
    facts = []
    if waiting:
        facts.append(Fact(_("Attendent la fin de leurs heures calmes"), number_in_words(waiting)))
    going = figures.queued - waiting
    if figures.rate >= SLOWEST and going > 0:
        facts.append(Fact(_("Rythme"), _("{rate} par seconde").format(rate=number_in_words(round(figures.rate)))))
        facts.append(Fact(_("Temps restant"), duration_in_words(timedelta(seconds=going / figures.rate))))
    return facts


def _bar(figures: Figures) -> str:
    """« ▓▓▓▓▓▓▓░░░ 70 % » of those whose turn has come."""
    if not figures.total:
        return ""
    done = (figures.total - figures.queued) / figures.total
    full = int(done * STEPS)
    return _("{bar} {percent} %").format(bar="▓" * full + "░" * (STEPS - full), percent=int(done * 100))


def tell_author(
    work: Work,
    city: City,
    page: Callable[[str], str],
    item: Item,
    words: str = "",
    *,
    anew: bool = True,
    key: str | None = None,
) -> int:
    """Show the author how far their item got: with a message of its own, at a decent hour unless it is urgent, or
    quietly in the one they see (not `anew`). `words` is a marked sentence, said in their language. What has a `key` is
    told once. Gives the number of letters written, or that were."""
    return _tell(work, city, page, item, item.author_id, words, anew=anew, key=key)


def tell_in_charge(work: Work, city: City, page: Callable[[str], str], item: Item, words: str) -> int:
    """Somebody has to look at it: the author or, where none can be told (a feed, a role that ended), whoever may
    approve it. Gives the number of letters written."""
    if tell_author(work, city, page, item, words):
        return 1
    return sum(_tell(work, city, page, item, who, words) for who in approvers_of(work, item))


def _tell(
    work: Work,
    city: City,
    page: Callable[[str], str],
    item: Item,
    who: int | None,
    words: str,
    *,
    anew: bool = True,
    key: str | None = None,
) -> int:
    person = reached(work, who)
    if person is None or (anew and not person.pushes):
        return 0
    with speaking(person.language):
        shown = progress(work, city, page, item)
        text = "\n\n".join(part for part in (_(words), shown.text) if part)
        told = msgspec.structs.replace(shown, text=text, anew=anew)
    topic = city.news.topic(item.topic)
    waits = anew and not (topic and topic.urgent)
    write(work, [Draft(person.address, told, Lane.STATUS, city.quiet_until(work.now) if waits else None, key=key)])
    return 1


def reached(work: Work, resident_id: int | None) -> Person | None:
    """A member of staff at the address where we heard of them last; nobody once they have no role any more."""
    if resident_id is None:
        return None
    known = [person for person in addresses_of(work, [resident_id]) if person.staff]
    return max(
        known,
        key=lambda person: (person.heard_at is not None and person.heard_at.timestamp(), person.address),
        default=None,
    )


def tell_progress(work: Work, city: City, page: Callable[[str], str]) -> int:
    """A tick: authors of what is running see new figures in place. Nothing is written when nothing has changed, or
    while the last figures are still on their way. Gives the number of letters written."""
    query = (
        select(broadcast.c.ref)
        .where(broadcast.c.kind == KIND, broadcast.c.state == Run.RUNNING.value, broadcast.c.starts_at <= work.now)
        .distinct()
        .order_by(broadcast.c.ref)
    )
    found = [item_by_ref(work, ref) for ref in work.connection.scalars(query).all()]
    return sum(_tell_change(work, city, page, item) for item in found if item)


def _tell_change(work: Work, city: City, page: Callable[[str], str], item: Item) -> int:
    person = reached(work, item.author_id)
    if person is None:
        return 0
    last = _last_told(work, person.address, item.ref)
    if last is None or last.state in ("queued", "sending"):
        return 0
    with speaking(person.language):
        now = progress(work, city, page, item)
        if last.payload and _steady(msgspec.json.decode(last.payload, type=Message)) == _steady(now):
            return 0
    # The same figures are never told twice, by this process or another: the key of the letter is made of them.
    told = blake2s(msgspec.json.encode((item.ref, _steady(now))), digest_size=12).hexdigest()
    key = f"progress:{person.address}:{told}"
    if work.connection.execute(select(letter.c.id).where(letter.c.key == key)).first():
        return 0
    write(work, [Draft(person.address, now, Lane.STATUS, key=key)])
    return 1


class _Told(msgspec.Struct, frozen=True):
    state: str
    payload: str | None


def _last_told(work: Work, address: int, ref: str) -> _Told | None:
    query = (
        select(letter.c.state, letter.c.payload)
        .where(letter.c.address_id == address, letter.c.slot == slot(ref))
        .order_by(letter.c.id.desc())
        .limit(1)
    )
    row = work.connection.execute(query).first()
    return _Told(*row) if row else None


def _steady(message: Message) -> tuple[object, ...]:
    """What counts as a change: the figures and what may be done, not the pace, which is never twice the same."""
    changing = (_("Rythme"), _("Temps restant"))
    return tuple(fact for fact in message.facts if fact.name not in changing), message.buttons
