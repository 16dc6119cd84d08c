"""Correcting what has left: other words, another day, place or link, shown as it will be before it changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from bot.city.model import City
from bot.news.control import has_left
from bot.news.model import MOST_WORDS, Details, Item, State, Text
from bot.news.within_reach import reach_of
from bot.news.write import MOST_TITLE
from flows.engine.flow import flow
from flows.engine.moments import in_words
from flows.engine.prompts import Choices, Link, Moment, One, Yes
from flows.engine.prompts import Text as Words
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_acts import correct_and_tell
from flows.news_compose import end_of_day
from flows.news_ends import acted_on, end
from flows.news_everywhere import everywhere
from flows.news_preview import previews
from flows.news_review import changed_texts
from flows.news_words import language_name, refusal, with_what_stays


@flow("staff-news-correct", words=(), buttons=("nc",), staff=True)
def correct(talk: Talk) -> None:
    item = acted_on(talk)
    if item is None:
        return None
    if not has_left(item, talk.now):
        return talk.end(refusal("not_left" if item.state is State.PLANNED else "already"))
    what = talk.ask("what", Choices(_("Que faut-il corriger ?"), parts(item), least=1))
    texts, details = new_texts(talk, item, what), new_details(talk, item, what)
    if texts == dict(item.texts) and details == item.details:
        return talk.end(refusal("nothing"))
    if details.expires_at is not None and details.expires_at != item.expires_at:
        talk.say(_("Sa fin change aussi : {moment}."), moment=in_words(details.expires_at, talk.city.zone))
    corrected = msgspec.structs.replace(item, texts=texts, corrected_at=talk.now, **msgspec.structs.asdict(details))
    shown = msgspec.structs.replace(corrected, texts=changed_texts(item, texts))
    for one in previews(shown, talk.city, talk.page):
        talk.say(card=one)
    talk.present(everywhere, talk.city, talk.page, corrected)
    within = talk.see(reach_of, item)
    if within.changes:
        question = _("Envoyer la correction ? Les messages déjà reçus changent aussi.")
        done = _("C’est corrigé. Les messages déjà reçus changent.")
    else:
        question = _("Corriger la page publique ?")
        done = _("C’est corrigé sur la page publique.")
    if not talk.ask("sure", Yes(with_what_stays(question, within))):
        return talk.end(_("Rien n’est changé."))
    outcome = talk.do(correct_and_tell, talk.me.id, talk.city, talk.page, item.ref, texts, details)
    return end(talk, outcome, with_what_stays(done, within))


def parts(item: Item) -> list[One[str]]:
    """What there is to correct."""
    return [
        One("words", _("Le texte"), "words"),
        *([One("event_at", _("La date"), "event_at")] if item.event_at else []),
        *([One("event_place", _("Le lieu"), "event_place")] if item.event_at or item.event_place else []),
        One("link", _("Le lien"), "link"),
        *([One("alternative", _("Ce que montrent les photos"), "alternative")] if item.pictures else []),
    ]


def new_texts(talk: Talk, item: Item, what: Collection[str]) -> dict[str, Text]:
    if "words" not in what:
        return dict(item.texts)
    first_its_own = sorted(item.texts, key=lambda code: (code != item.language, code))
    return {code: new_text(talk, item.texts[code], code) for code in first_its_own}


def new_text(talk: Talk, text: Text, code: str) -> Text:
    """The words as they are, and others in their place; skipped, they stay."""
    of = f" ({language_name(code)})"
    title = talk.ask(
        f"title.{code}",
        Words(
            _quoted(text.title, _("Un autre titre ?") + of),
            least=3,
            most=MOST_TITLE,
            optional=True,
        ),
    )
    words = talk.ask(
        f"words.{code}",
        Words(
            _quoted(text.words, _("Un autre texte ?") + of),
            least=3,
            most=MOST_WORDS,
            optional=True,
        ),
    )
    return Text(title or text.title, words or text.words)


def new_details(talk: Talk, item: Item, what: Collection[str]) -> Details:
    """What was chosen is asked for anew; skipped, it goes. The end moves along with an event."""
    event_at, place, link, alternative = item.event_at, item.event_place, item.link, item.alternative
    if "event_at" in what and item.event_at:
        words = _quoted(in_words(item.event_at, talk.city.zone), _("Quel jour et à quelle heure ?"))
        event_at = talk.ask("event_at", Moment(words, talk.city.zone, after=talk.now, example=_("samedi 18h30")))
    if "event_place" in what:
        words = _quoted(item.event_place, _("À quel endroit ?"))
        place = talk.ask("event_place", Words(words, most=200, optional=True))
    if "link" in what:
        link = talk.ask("link", Link(_quoted(item.link, _("Un lien vers une page ?"))))
    if "alternative" in what:
        words = _quoted(
            item.alternative, _("Que montrent les photos ? Quelques mots, pour ceux qui ne les voient pas.")
        )
        alternative = talk.ask("alternative", Words(words, most=500, optional=True))
    return Details(alternative or "", link or "", event_at, place or "", _end(item, event_at, talk.city))


def _end(item: Item, event_at: datetime | None, city: City) -> datetime | None:
    """An item that ended on the evening of its event, or would end before it now, ends on that of the new day."""
    if event_at is None or item.event_at is None or event_at == item.event_at or item.expires_at is None:
        return item.expires_at
    follows = item.expires_at == end_of_day(item.event_at, city)
    return end_of_day(event_at, city) if follows or item.expires_at <= event_at else item.expires_at


def _quoted(now: str, question: str) -> str:
    """What is there now, then what is asked."""
    return _("« {text} »").format(text=now) + "\n\n" + question if now else question
