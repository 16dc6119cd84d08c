"""How a report is shown to a person: the card that follows it, and the word when it moves."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bot.city.model import City, Place, UnknownCategory
from bot.delivery.model import Button, Fact, Lane, Message
from bot.delivery.store import Draft, addresses_showing, write
from bot.people.model import Person
from bot.people.store import addresses_of
from bot.reports.model import Event, Report, State, Twin
from bot.reports.store import followers_of, is_reporter
from bot.storage.work import Work
from flows.dates import age_in_words, day_in_words, full_day_in_words
from flows.engine.wording import _, current, mark, plural, speaking

STATES = {
    State.RECEIVED: mark("📬 Reçu"),
    State.FORWARDED: mark("📨 Transmis au service responsable"),
    State.PLANNED: mark("📅 Prévu"),
    State.UNDER_WAY: mark("🔧 En cours"),
    State.DONE: mark("✅ Fait"),
    State.REFUSED: mark("❌ Pas retenu"),
    State.DUPLICATE: mark("🔗 Déjà signalé"),
    State.WITHDRAWN: mark("☑️ Réglé, dit la personne qui l’a signalé"),
    State.REOPENED: mark("🔁 Rouvert"),
}

CAN_BE_CONTESTED = (State.DONE, State.REFUSED)


def category_name(city: City, key: str, language: str) -> str:
    try:
        return city.say(city.category(key).name, language)
    except UnknownCategory:
        return key.replace(".", " ").replace("_", " ")


def body_name(city: City, key: str, language: str) -> str:
    return next((city.say(body.name, language) for body in city.bodies if body.key == key), key)


def slot(ref: str) -> str:
    return f"report:{ref}"


def card(report: Report, city: City, page: Callable[[str], str], *, following: bool, mine: bool) -> Message:
    """The card of a report for those who made or follow it, in the language being spoken."""
    return Message(
        title=_("Signalement {ref}").format(ref=report.ref),
        facts=facts(report, city, mine=mine),
        buttons=_buttons(report, page, following=following, mine=mine),
        slot=slot(report.ref),
        anew=True,
    )


def facts(report: Report, city: City, *, mine: bool) -> tuple[Fact, ...]:
    """What a report says of itself to those who follow it. Only whoever made it sees the place as they wrote it: it
    may be a home. Anybody may have the number."""
    where = (report.place.label or _("la position envoyée")) if mine else _known_place(report, city)
    said = [
        Fact(_("Problème"), category_name(city, report.category, current().code)),
        *_about(report, city, where),
        Fact(_("État"), _(STATES[report.state])),
        Fact(_("Réponse"), report.note) if report.note else None,
        _followers(report),
    ]
    return tuple(fact for fact in said if fact)


def public_facts(report: Report, city: City) -> tuple[Fact, ...]:
    """For everybody, below what the problem is and what became of it: where it is comes from the town's own map, never
    from what somebody typed."""
    return tuple(fact for fact in (*_about(report, city, _known_place(report, city)), _followers(report)) if fact)


def _known_place(report: Report, city: City) -> str:
    """The nearest place of the town's own map; empty when there is none near, the quartier says enough."""
    place = Place(report.place.latitude, report.place.longitude)
    return city.describe(place) if place.latitude is not None else ""


def _about(report: Report, city: City, where: str) -> list[Fact | None]:
    quartier = city.quartier(report.quartier) if report.quartier else None
    return [
        Fact(_("Lieu"), where) if where else None,
        Fact(_("Quartier"), quartier.name) if quartier else None,
        Fact(_("Responsable"), body_name(city, report.body, current().code)),
        Fact(_("Signalé le"), full_day_in_words(report.created_at, city.zone)),
        _promise(report),
    ]


def _followers(report: Report) -> Fact | None:
    return Fact(_("Personnes qui suivent"), str(report.followers)) if report.followers > 1 else None


def steps(events: Sequence[Event], city: City) -> list[tuple[str, str, str]]:
    """The life of a report: day, state, what was said."""
    return [(full_day_in_words(one.at, city.zone), _(STATES[one.state]), one.note) for one in events]


def _promise(report: Report) -> Fact | None:
    if not report.is_open or report.promised_on is None:
        return None
    return Fact(_("Réponse prévue au plus tard le"), day_in_words(report.promised_on))


def _buttons(
    report: Report, page: Callable[[str], str], *, following: bool, mine: bool
) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if mine and report.is_open:
        rows.append((Button(_("C’est réglé"), f"l.d_{report.ref}"),))
    if report.state in CAN_BE_CONTESTED and (mine or following):
        rows.append((Button(_("Ce n’est pas réglé"), f"l.p_{report.ref}"),))
    if following:
        rows.append((Button(_("Ne plus suivre"), f"l.u_{report.ref}"),))
    rows.append((Button(_("Voir la page"), link=page(f"/signalements/{report.ref}")),))
    return tuple(rows)


def twin_card(twin: Twin, now: datetime) -> Message:
    """An open report that may be the same: picture, distance, age."""
    return Message(
        title=_("Signalement {ref}").format(ref=twin.ref),
        facts=(
            Fact(_("Distance"), plural("{metres} mètre", "{metres} mètres", twin.metres).format(metres=twin.metres)),
            Fact(_("Signalé"), age_in_words(twin.created_at, now)),
            Fact(_("État"), _(STATES[twin.state])),
        ),
        pictures=(twin.picture,) if twin.picture else (),
        alternative=_("Photo du signalement {ref}").format(ref=twin.ref),
    )


def tell_followers(work: Work, city: City, page: Callable[[str], str], report: Report, doer: int | None = None) -> int:
    """Tell everybody who follows a report that it moved, in their language: the card they see changes in place, and
    a short word comes at a decent hour. Nobody is told what they did themselves. Gives the number of people told."""
    drafts: list[Draft] = []
    showing = set(addresses_showing(work, slot(report.ref)))
    told: set[int] = set()
    for person in addresses_of(work, followers_of(work, report.ref)):
        with speaking(person.language):
            if person.address in showing:
                changed = card(report, city, page, following=True, mine=_is_mine(work, person, report))
                in_place = msgspec.structs.replace(_dressed(changed), anew=False)
                drafts.append(Draft(person.address, in_place, Lane.EDIT))
            if person.id != doer and person.pushes and person.id not in told:
                told.add(person.id)
                drafts.append(Draft(person.address, _dressed(_word(report)), Lane.STATUS, city.quiet_until(work.now)))
    write(work, drafts)
    return len(told)


def _is_mine(work: Work, person: Person, report: Report) -> bool:
    return is_reporter(work, person.id, report.ref)


def _dressed(message: Message) -> Message:
    return msgspec.structs.replace(message, direction=current().direction, language=current().code)


def _word(report: Report) -> Message:
    words = _("Du nouveau pour le signalement {ref} : {state}").format(ref=report.ref, state=_(STATES[report.state]))
    rows = [(Button(_("Voir le suivi"), f"l.r_{report.ref}"),)]
    if report.state in CAN_BE_CONTESTED:
        rows.append((Button(_("Ce n’est pas réglé"), f"l.p_{report.ref}"),))
    return Message(text="\n".join(part for part in (words, report.note) if part), buttons=tuple(rows))
