"""A problem in the street: photo, place, what it is, and a number to follow it by."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.city.model import Category, City, Family, Place
from bot.delivery.model import Fact, Message
from bot.reports.file import file_report
from bot.reports.follow import follow
from bot.reports.near import reports_near
from bot.reports.store import by_ref, is_reporter, recent_categories
from flows import report_cards
from flows.dates import day_in_words
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One, Photos, Text, Where, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, mark

MOST_PROPOSED = 3


@flow(
    "report",
    words=(mark("signaler"), "signalement", "report", "reportar", "problema", "avisar", "إبلاغ"),
    menu=mark("Signaler un problème"),
    icon="📷",
    about=mark("Signaler un problème dans la rue"),
    offer=mark("Signaler un problème"),
    takes={"pictures": "photos", "place": "place", "text": "words"},
)
def report(talk: Talk) -> None:
    photos = talk.ask(
        "photos",
        Photos(_("Envoyez une photo du problème."), most=4, optional=True, label=_("Photos")),
    )
    place = talk.ask(
        "place",
        Where(
            _("Où est-ce ? Envoyez la position, ou tapez l’adresse."),
            within=talk.city,
            label=_("Lieu"),
            example=_("12 rue de la Mairie"),
        ),
    )
    if not in_town(talk, place):
        beside = _("C’est donc la commune voisine : sa mairie pourra vous aider. Sinon, donnez-moi un autre lieu.")
        talk.take_back("place", beside)
    quartier = which_quartier(talk, place)
    category = what(talk, place)
    if category.stop:  # an emergency, or somebody else's matter
        return talk.end(talk.city.say(category.stop, talk.language), menu=True)
    seen = f"twins.{category.key}.{place.latitude}.{place.longitude}"
    for twin in talk.see_once(seen, reports_near, place, category):
        same = Yes(
            _("Est-ce le même problème ?"),
            card=report_cards.twin_card(twin, talk.now),
            yes=_("Oui, c’est ça"),
            no=_("Non, c’est autre chose"),
        )
        if talk.ask(f"same.{twin.ref}", same):
            talk.do(follow, twin.ref, talk.me.id)
            return show_followed(talk, twin.ref)
    more = Text(_("Un mot de plus ?"), most=1000, optional=True, label=_("Précisions"))
    words = talk.maybe("words", more, add=_("Ajouter un mot"))
    talk.review(_("Tout est bon ?"), card=what_will_happen(talk, category))
    filed = talk.do(file_report, talk.me.id, talk.city, category, place, quartier, words, photos)
    return talk.end(
        _("Merci ! C’est le signalement {ref}."),
        ref=filed.ref,
        card=report_cards.card(filed, talk.city, talk.page, following=True, mine=True),
    )


def in_town(talk: Talk, place: Place) -> bool:
    """A point just outside the outline may be inside the town: the outline is simplified, so the person says."""
    located = talk.city.locate(place)
    if place.latitude is None or located.inside:
        return True
    question = _("C’est tout près de la limite. Est-ce bien à {town} ?").format(town=talk.city.name)
    return talk.ask("in_town", Yes(question), of=place)


def which_quartier(talk: Talk, place: Place) -> int | None:
    """The number of the quartier. Near a limit, or with an address only, it is asked: never guessed."""
    located = talk.city.locate(place)
    named = talk.city.quartier_named(place.label) if place.latitude is None else None
    if certain := located.quartier or named:
        return certain.number
    asked = located.candidates or talk.city.quartiers
    options: list[One[int | None]] = [One(str(one.number), one.name, one.number, one.aliases) for one in asked]
    options.append(One("unknown", _("Je ne sais pas"), None))
    return talk.ask("quartier", Choice(_("Dans quel quartier est-ce ?"), options, label=_("Quartier")), of=place)


@dataclass(frozen=True)
class Pick:
    """What was picked: a category at once, a family to look into, or words to understand."""

    category: Category | None = None
    family: Family | None = None
    typed: str = ""


def what(talk: Talk, place: Place) -> Category:
    """The category: one of those proposed, or one of a family, or found from the person's own words."""
    recent = talk.see_once("recent", recent_categories, talk.me.id)
    proposed = talk.city.propose(talk.known("words") or "", talk.language, place, recent, MOST_PROPOSED)
    chosen = (talk.known("about") or "").removeprefix("c.")
    if chosen:  # what was proposed may not be any more, once more is known: the answer stays good
        proposed += [one for one in talk.city.categories if one.key == chosen and one not in proposed]
    pick = talk.ask(
        "about",
        Choice(
            _("De quoi s’agit-il ? Choisissez, ou dites-le avec vos mots."),
            _subjects(talk, proposed),
            free=lambda typed: Pick(typed=typed),
            label=_("Sujet"),
        ),
    )
    if pick.typed:
        found = talk.city.propose(pick.typed, talk.language, place, recent, MOST_PROPOSED)
        question = _("Est-ce un de ces sujets ?") if found else _("Choisissez le sujet le plus proche.")
        again = Choice(question, _subjects(talk, found), label=_("Sujet"))
        pick = talk.ask("about.again", again, of=pick.typed)
    if pick.category:
        return pick.category
    assert pick.family is not None
    own = _categories_of(talk.city, talk.language, pick.family.key)
    return talk.ask(f"category.{pick.family.key}", Choice(_("Plus précisément ?"), own, label=_("Problème")))


def _subjects(talk: Talk, proposed: list[Category]) -> Sequence[One[Pick]]:
    """The categories proposed, then every family."""
    return _subjects_in(talk.city, talk.language, tuple([one.key for one in proposed]))


@lru_cache(maxsize=1024)  # the same few, asked again at every turn of a conversation
def _subjects_in(city: City, language: str, proposed: tuple[str, ...]) -> Sequence[One[Pick]]:
    categories = [
        One(
            f"c.{one.key}",
            f"{city.family(one.family).icon} {city.say(one.name, language)}",
            Pick(category=one),
            (city.say(one.name, language),),
        )
        for one in map(city.category, proposed)
    ]
    families = [
        One(
            f"f.{one.key}",
            f"{one.icon} {city.say(one.name, language)}",
            Pick(family=one),
            (city.say(one.name, language),),
            "danger" if one.urgent else "",
        )
        for one in city.families
    ]
    return (*categories, *families)


@lru_cache(maxsize=1024)
def _categories_of(city: City, language: str, family: str) -> list[One[Category]]:
    return [One(one.key, city.say(one.name, language), one) for one in city.categories_of(family)]


def what_will_happen(talk: Talk, category: Category) -> Message:
    """Who is responsible and what is promised, before anything is sent."""
    body = talk.city.body(category.body)
    facts = [Fact(_("Responsable"), talk.city.say(body.name, talk.language))]
    if category.delay_days:
        day = talk.city.working_days_after(talk.now.astimezone(talk.city.zone).date(), category.delay_days)
        facts.append(Fact(_("Réponse prévue au plus tard le"), day_in_words(day)))
    return Message(facts=tuple(facts), note=_("Votre nom n’est pas demandé et n’apparaît nulle part."))


def show_followed(talk: Talk, ref: str) -> None:
    found = talk.see(by_ref, ref)
    assert found is not None
    shown = report_cards.card(found, talk.city, talk.page, following=True, mine=talk.see(is_reporter, talk.me.id, ref))
    talk.end(_("Merci. Vous suivez le signalement {ref} : je vous dirai ce qu’il devient."), ref=ref, card=shown)
