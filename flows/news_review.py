"""Asking a second member of staff, and telling those concerned what was decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Fact, Lane, Message
from bot.delivery.store import Draft, addresses_showing, drop_waiting, write
from bot.news.approve import approver_of, approvers_of
from bot.news.audience import estimate
from bot.news.model import Item, Text
from bot.news.recur import next_occurrence
from bot.people.store import person_at
from bot.storage.work import Work
from flows.engine.moments import in_words
from flows.engine.wording import _, current, speaking
from flows.news_cards import speaker, topic_names
from flows.news_everywhere import way_there
from flows.news_preview import preview_slot, previews
from flows.news_progress import departure_in_words, reached
from flows.news_words import audience_in_words, duration_in_words, estimate_in_words


def slot(ref: str) -> str:
    return f"news:{ref}:review"


def ask_review(work: Work, city: City, page: Callable[[str], str], item: Item) -> int:
    """Show an item to all who may approve it, at a decent hour unless it is urgent; gives how many were asked."""
    topic = city.news.topic(item.topic)
    due = None if topic and topic.urgent else city.quiet_until(work.now)
    drafts: list[Draft] = []
    people = [person for who in approvers_of(work, item) if (person := reached(work, who)) and person.pushes]
    for person in people:
        with speaking(person.language):
            shown = (*previews(item, city, page), _dressed(request(work, city, page, item)))
        drafts.extend(Draft(person.address, message, Lane.STATUS, due) for message in shown)
    write(work, drafts)
    return len(people)


def request(work: Work, city: City, page: Callable[[str], str], item: Item) -> Message:
    """What is asked of whoever reviews, under the texts themselves. It is about these words and no others: the button
    holds their number. The one below opens them as readers everywhere will see them."""
    found = estimate(work, item.topics, item.quartiers, city=city)
    facts = [
        Fact(_("Écrite par"), speaker(item)),
        Fact(_("Public"), audience_in_words(city, item.quartiers)),
        Fact(_("Sujet"), topic_names(city, item.topics, current().code)),
        Fact(_("Lecteurs"), estimate_in_words(found)),
    ]
    facts.append(Fact(_("Départ"), departure_in_words(item, city)))
    if item.expires_at is not None:
        facts.append(Fact(_("Fin"), _end(item, item.expires_at, city)))
    return Message(
        text=_("Une actualité attend votre relecture : la voici comme ses lecteurs la verront. Peut-elle partir ?"),
        facts=tuple(facts),
        buttons=(
            (
                Button(_("Approuver"), f"l.na_{item.ref}_{item.rev}", style="main"),
                Button(_("Renvoyer avec une remarque"), f"l.nr_{item.ref}"),
            ),
            *_further(way_there(work, city, page, item)),
        ),
        slot=slot(item.ref),
        anew=True,
    )


def _further(row: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    return (row,) if row else ()


def _end(item: Item, expires_at: datetime, city: City) -> str:
    """When it ends; of what comes back, how long after each departure."""
    if item.recurrence is None:
        return in_words(expires_at, city.zone)
    life = expires_at - next_occurrence(item.recurrence, item.created_at, city.zone)
    return _("{duration} après l’envoi").format(duration=duration_in_words(life))


def tell_it_is_done(work: Work, item: Item) -> int:
    """Whoever was asked and did not answer sees that it is done, in place of the buttons; whoever would have been asked
    later is not. Gives how many were told."""
    asked = slot(item.ref)
    on_their_way = drop_waiting(work, [asked, *(preview_slot(item.ref, code) for code in item.texts)], of=asked)
    drafts = []
    for number in sorted({*addresses_showing(work, asked), *on_their_way}):
        person = person_at(work, number)
        if person is None:
            continue
        with speaking(person.language):
            drafts.append(Draft(number, _dressed(_done(item)), Lane.EDIT))
    write(work, drafts)
    return len(drafts)


def _done(item: Item) -> Message:
    words = _("La relecture de l’actualité {ref} est faite.").format(ref=item.ref)
    if item.approver_name:
        words = _("La relecture de l’actualité {ref} est faite, par {name}.").format(
            ref=item.ref, name=item.approver_name
        )
    return Message(text=words, slot=slot(item.ref))


def tell_of_correction(work: Work, city: City, page: Callable[[str], str], before: Item, item: Item, doer: int) -> int:
    """Somebody else learns at once, whatever the hour, that the words of an item are others now, reads them, and can
    take it away: see docs/decisions/0007. Gives how many were told."""
    approver = approver_of(work, item)
    people = [person for who in _second_eyes(work, city, item, approver, doer) if (person := reached(work, who))]
    told = [person for person in people if person.pushes]
    for person in told:
        with speaking(person.language):
            words = _("L’actualité {ref} vient d’être corrigée : la voici.")
            if person.id == approver:
                words = _("L’actualité {ref}, que vous avez relue, vient d’être corrigée : la voici.")
            shown = _corrected(work, before, item, city, page, words.format(ref=item.ref))
        write(work, [Draft(person.address, message, Lane.STATUS) for message in shown])
    return len(told)


def _second_eyes(work: Work, city: City, item: Item, approver: int | None, doer: int) -> list[int]:
    """Whoever let it go, and its author; others who may approve when that one changed it themself or is gone. Nobody
    when it was not for so many that a second person had to read it."""
    found = estimate(work, item.topics, item.quartiers, city=city)
    if not item.approver_name and not city.news.needs_review(found.people):
        return []
    known = reached(work, approver)
    others = [approver] if approver and approver != doer and known and known.pushes else approvers_of(work, item)
    author = [item.author_id] if item.author_id is not None else []
    return [who for who in dict.fromkeys([*others, *author]) if who != doer]


def changed_texts(before: Item, texts: Mapping[str, Text]) -> dict[str, Text]:
    """What is to be read again after a correction: where no word has changed, the text the item was written in."""
    changed = {code: text for code, text in texts.items() if before.texts.get(code) != text}
    return changed or {before.language: texts[before.language]}


def _corrected(
    work: Work, before: Item, item: Item, city: City, page: Callable[[str], str], words: str
) -> list[Message]:
    """The texts that are others now, or the first one when only what stands around them is; under them, what happened
    and what may be done."""
    changed = changed_texts(before, item.texts)
    row = (
        Button(_("Voir où elle en est"), f"l.ni_{item.ref}"),
        Button(_("Retirer"), f"l.nt_{item.ref}", style="danger"),
    )
    told = Message(text=words, buttons=(row, *_further(way_there(work, city, page, item))))
    return [*previews(msgspec.structs.replace(item, texts=changed), city, page), _dressed(told)]


def _dressed(message: Message) -> Message:
    return msgspec.structs.replace(message, direction=current().direction, language=current().code)
