"""The questions that make a piece of news, in the order an author thinks of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec

from bot.city.model import City
from bot.news.audience import Estimate, estimate
from bot.news.model import MOST_PICTURES, MOST_WORDS, Item, Text
from bot.news.write import MOST_TITLE, Draft
from bot.people.staff import Post, Rights, rights_of
from bot.storage.work import Work
from flows.engine.prompts import Choice, Choices, Link, Moment, One, Photos, Yes
from flows.engine.prompts import Text as Words
from flows.engine.talk import Talk
from flows.engine.wording import _, speaking
from flows.news_words import audience_in_words, capacity, estimate_in_words, language_in_words, language_name

LIVES = {"day": 1, "week": 7, "month": 30}
"""Days after it leaves until an item ends, by choice."""


SEVERAL = "*"
"""No topic has such a key."""


class Written(NamedTuple):
    """What the author gave. `life`: how long after it leaves the item ends, when its end is no fixed date."""

    draft: Draft
    life: timedelta | None


class Event(NamedTuple):
    at: datetime | None
    place: str


def compose(talk: Talk) -> Written | None:
    """Ask for everything but when it leaves; None when the talk has ended on the way."""
    speaks = who_speaks(talk)
    if speaks is None:
        return None
    post, quartiers = speaks
    topics = about_what(talk)
    tell_how_many(talk, topics, quartiers)
    language = in_which_language(talk)
    texts = {language: text_in(talk, language, first=True)}
    pictures, alternative = photos(talk)
    link = talk.ask("link", Link(_("Un lien vers une page ?"), label=_("Lien")))
    event = is_it_an_event(talk)
    expires_at, life = until_when(talk, event.at)
    for code in in_which_other_languages(talk, language):
        texts[code] = text_in(talk, code, first=False)
    with speaking(language):
        role = capacity(post, quartiers, talk.city)
    draft = Draft(
        topic=topics[0],
        also=topics[1:],
        quartiers=quartiers,
        author_name=post.name,
        author_role=role,
        language=language,
        texts=texts,
        pictures=pictures,
        alternative=alternative,
        link=link,
        event_at=event.at,
        event_place=event.place,
        expires_at=expires_at,
    )
    return Written(draft, life)


def who_speaks(talk: Talk) -> tuple[Post, tuple[int, ...]] | None:
    """In which capacity, and to which quartiers; None when there is nothing they may write, which they are told."""
    rights = talk.see(rights_of, talk.me.id)
    quartiers = to_whom(talk, rights)
    post = rights.post_for(quartiers) if quartiers is not None else None
    if quartiers is None or post is None:
        talk.end(_("Votre rôle ne permet pas d’écrire aux habitants. Parlez-en à un administrateur."))
        return None
    if not talk.city.news.topics:
        talk.end(_("La ville n’a pas encore choisi de sujets pour ses actualités."))
        return None
    return post, quartiers


def to_whom(talk: Talk, rights: Rights) -> tuple[int, ...] | None:
    """Quartiers, or the whole town as an empty list; None when they may write to nobody. Only what they may write to is
    offered, and what leaves no choice is not asked."""
    offered = [one for one in talk.city.quartiers if rights.may_write_to((one.number,))]
    everybody = rights.may_write_to(())
    if everybody:
        scope = Choice(
            _("À qui voulez-vous écrire ?"),
            [One("town", _("Toute la ville"), True), One("some", _("Certains quartiers"), False)],
            label=_("Public"),
        )
        if not offered or talk.ask("scope", scope):
            return ()
    if len(offered) < 2:
        return (offered[0].number,) if offered else None
    ones = [One(str(one.number), one.name, one.number, one.aliases) for one in offered]
    return talk.ask("quartiers", Choices(_("Quels quartiers ?"), ones, label=_("Quartiers")))


def about_what(talk: Talk) -> tuple[str, ...]:
    """One topic, which is the usual, or several in the town's order. An urgent one, which knows neither quiet hours nor
    caps, comes with no other: it would wake those who follow the other only."""
    ones: list[One[tuple[str, ...]]] = [
        One(topic.key, f"{topic.icon} {name}".strip(), (topic.key,), (name,))
        for topic in talk.city.news.topics
        for name in (talk.city.say(topic.name, talk.language),)
    ]
    calm = [one for one, topic in zip(ones, talk.city.news.topics, strict=True) if not topic.urgent]
    if len(calm) > 1:
        ones.append(One(SEVERAL, _("Plusieurs sujets"), ()))
    if one := talk.ask("topic", Choice(_("Sur quel sujet ?"), ones, label=_("Sujet"))):
        return one
    question = _("Quels sujets ? Qui suit au moins l’un d’eux reçoit l’actualité, une seule fois.")
    chosen = talk.ask("topics", Choices(question, calm, label=_("Sujets")))
    return tuple(key for keys in chosen for key in keys)


def estimated(work: Work, city: City, topics: Sequence[str], quartiers: Sequence[int]) -> Estimate:
    return estimate(work, topics, quartiers, city=city)


def tell_how_many(talk: Talk, topics: tuple[str, ...], quartiers: tuple[int, ...]) -> None:
    """How many this is for; where there is nobody, another choice is a touch away and what follows can still be
    written, for the page."""
    name = f"estimate.{'+'.join(topics)}.{'-'.join(map(str, quartiers))}"
    found = talk.see_once(name, estimated, talk.city, topics, quartiers)
    if found.people:
        talk.say(_("Cela concerne {people}."), people=estimate_in_words(found))
        return
    words = _(
        "Personne ne reçoit encore ce sujet ({audience}). Touchez Retour pour choisir un autre sujet, "
        "ou continuez : l’actualité sera lue sur la page publique."
    ).format(audience=audience_in_words(talk.city, quartiers))
    talk.ask("nobody", Choice(words, [One("page", _("Continuer"), None)]), of=[*topics, *quartiers])


def in_which_language(talk: Talk) -> str:
    """The town's own, unless the author speaks another with us and says they write in it."""
    source = talk.city.source
    if talk.language == source or talk.language not in talk.city.languages:
        return source
    ones = [One(code, language_name(code), code) for code in (source, talk.language)]
    return talk.ask("language", Choice(_("Dans quelle langue écrivez-vous ?"), ones, label=_("Langue du texte")))


def text_in(talk: Talk, code: str, *, first: bool) -> Text:
    """Title and words in a language. `first`: the language the item is written in."""
    name, of = ("", "") if first else (f".{code}", f" ({language_name(code)})")
    title = Words(
        (_("Le titre ? Court : c’est lui qu’on lit d’abord.") if first else _("Le titre ?")) + of,
        least=3,
        most=MOST_TITLE,
        label=_("Titre") + of,
        example=_("Travaux rue de la Mairie"),
    )
    words = Words(
        (_("Le texte ? Dites quoi, où, quand, et qui appeler.") if first else _("Le texte ?")) + of,
        least=3,
        most=MOST_WORDS,
        label=_("Texte") + of,
    )
    return Text(talk.ask(f"title{name}", title), talk.ask(f"words{name}", words))


def photos(talk: Talk) -> tuple[tuple[str, ...], str]:
    """Photos, and what they show."""
    kept = talk.ask(
        "photos", Photos(_("Des photos ? Quatre au plus."), most=MOST_PICTURES, optional=True, label=_("Photos"))
    )
    if not kept:
        return (), ""
    shown = Words(
        _("Que montre la photo ? Quelques mots, pour ceux qui ne la voient pas.")
        if len(kept) == 1
        else _("Que montrent les photos ? Quelques mots, pour ceux qui ne les voient pas."),
        most=500,
        optional=True,
        label=_("Ce que montre la photo"),
    )
    return kept, talk.ask("alternative", shown)


def is_it_an_event(talk: Talk) -> Event:
    if not talk.ask("event", Yes(_("Est-ce un événement, avec une date et un lieu ?"), label=_("Événement"))):
        return Event(None, "")
    at = Moment(
        _("Quel jour et à quelle heure ?"),
        talk.city.zone,
        after=talk.now,
        label=_("Date de l’événement"),
        example=_("samedi 18h30"),
    )
    place = Words(_("À quel endroit ?"), most=200, optional=True, label=_("Lieu de l’événement"))
    return Event(talk.ask("event_at", at), talk.ask("event_place", place))


def until_when(talk: Talk, event_at: datetime | None) -> tuple[datetime | None, timedelta | None]:
    """When an item ends: a date, or so long after it leaves. An item never leaves after its end."""
    ones = [One("event", _("Le soir de l’événement"), "event", style="main")] if event_at else []
    ones += [
        One("week", _("7 jours après l’envoi"), "week", style="" if event_at else "main"),
        One("day", _("Le lendemain de l’envoi"), "day"),
        One("month", _("30 jours après l’envoi"), "month"),
        One("other", _("À une autre date"), "other"),
    ]
    kind = talk.ask("expires", Choice(_("Jusqu’à quand est-ce utile ?"), ones, label=_("Fin")))
    if kind == "event" and event_at:
        return end_of_day(event_at, talk.city), None
    if kind != "other":
        return None, timedelta(days=LIVES[kind])
    date = Moment(
        _("Jusqu’à quel jour et quelle heure ?"),
        talk.city.zone,
        after=talk.now,
        label=_("Date de fin"),
        example=_("samedi 18h30"),
    )
    return talk.ask("expires_at", date), None


def end_of_day(moment: datetime, city: City) -> datetime:
    return datetime.combine(moment.astimezone(city.zone).date(), time(23, 59), city.zone)


def in_which_other_languages(talk: Talk, language: str) -> tuple[str, ...]:
    others = [code for code in talk.city.languages if code != language]
    if not others:
        return ()
    question = _(
        "Donnez-vous aussi le texte dans une autre langue ? Sinon ses lecteurs le voient en {language}, "
        "avec une ligne qui le dit."
    ).format(language=language_in_words(language))
    ones = [One(code, language_name(code), code, (code,)) for code in others]
    return talk.ask("languages", Choices(question, ones, least=0, label=_("Autres langues")))


def answers_of(item: Item, now: datetime, *, words: bool = True) -> dict[str, Any]:
    """An item as answers to these questions, so that its author changes only what must change. Without `words`: the
    same, for whoever has to write them anew."""
    answers: dict[str, Any] = {"scope": "some" if item.quartiers else "town"}
    answers |= {"topic": SEVERAL, "topics": list(item.topics)} if item.also else {"topic": item.topic}
    if item.quartiers:
        answers["quartiers"] = [str(number) for number in item.quartiers]
    answers |= {"language": item.language, "link": item.link or None}
    answers |= {"event": "yes" if item.event_at else "no"}
    if item.event_at:
        answers |= {"event_at": item.event_at.isoformat(), "event_place": item.event_place or None}
    if item.expires_at and item.expires_at > now:
        answers |= {"expires": "other", "expires_at": item.expires_at.isoformat()}
    return answers | (_words_of(item) if words else {})


def _words_of(item: Item) -> dict[str, Any]:
    others = [code for code in item.texts if code != item.language]
    said: dict[str, Any] = {"photos": list(item.pictures) or None, "languages": others or None}
    if item.pictures:
        said["alternative"] = item.alternative or None
    for code, text in item.texts.items():
        name = "" if code == item.language else f".{code}"
        said |= {f"title{name}": text.title, f"words{name}": text.words}
    return said


def with_end(written: Written, leaves: datetime) -> Draft:
    """The draft with its end, now that it is known when it leaves."""
    if written.life is None:
        return written.draft
    return msgspec.structs.replace(written.draft, expires_at=leaves + written.life)
