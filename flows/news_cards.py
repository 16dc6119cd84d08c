"""How a piece of news is shown to a person."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Fact, Message
from bot.news.model import Item, State
from flows.dates import day_in_words, full_day_in_words
from flows.engine.moments import in_words
from flows.engine.wording import _, current
from flows.news_words import language_in_words


def slot(ref: str) -> str:
    return f"news:{ref}"


def topic_name(city: City, key: str, language: str) -> str:
    """With its sign; the key itself when the town no longer has the topic."""
    topic = city.news.topic(key)
    return f"{topic.icon} {city.say(topic.name, language)}" if topic else key


def topic_names(city: City, keys: Sequence[str], language: str) -> str:
    return " · ".join(topic_name(city, key, language) for key in keys)


def speaker(item: Item) -> str:
    """Who speaks: name and role, so that it can be checked."""
    return ", ".join(part for part in (item.author_name, item.author_role) if part)


def card(
    item: Item,
    city: City,
    page: Callable[[str], str],
    *,
    language: str = "",
    buttons: bool = True,
    now: datetime | None = None,
) -> Message:
    """An item as its reader sees it, in the language being spoken. `language`: the reader's, when the author may have
    given a text in one that the bot itself does not speak. `buttons`: less of this, stop; a preview has none that act.
    `now`: for whoever may read it after its end, which it then says.
    """
    if item.state is State.RECALLED:
        return _dressed(Message(text=_("Cette actualité a été retirée."), slot=slot(item.ref)))
    reader = language or current().code
    given, text = item.text_for(reader)
    return _dressed(
        Message(
            title=" ".join(part for part in (_icon(item, city), text.title) if part),
            text=text.words,
            facts=_facts(item, city),
            note="\n".join(_over(item, city, now) + _note(item, city, given, reader)),
            pictures=item.pictures,
            alternative=item.alternative,
            buttons=(*_links(item, page), *(_answers(item) if buttons else ())),
            slot=slot(item.ref),
        )
    )


def _icon(item: Item, city: City) -> str:
    topic = city.news.topic(item.topic)
    return topic.icon if topic else ""


def _facts(item: Item, city: City) -> tuple[Fact, ...]:
    said = [
        Fact(_("Quand"), in_words(item.event_at, city.zone)) if item.event_at else None,
        Fact(_("Où"), item.event_place) if item.event_place else None,
    ]
    return tuple(fact for fact in said if fact)


def _over(item: Item, city: City, now: datetime | None) -> list[str]:
    if now is None or item.expires_at is None or not item.is_expired(now):
        return []
    day = full_day_in_words(item.expires_at, city.zone)
    return [_("Cette actualité est passée depuis le {day}.").format(day=day)]


def _note(item: Item, city: City, language: str, reader: str) -> list[str]:
    """Who speaks and when; that it was corrected; that it is not in the reader's language."""
    lines = []
    if item.corrected_at:
        day = day_in_words(item.corrected_at.astimezone(city.zone).date())
        lines.append(_("Corrigé le {day}.").format(day=day))
    if language.partition("-")[0] != reader.partition("-")[0]:
        only = (
            _("Ce texte n’existe qu’en {language}.")
            if len(item.texts) == 1
            else _("Vous lisez ce texte en {language}.")
        )
        lines.append(only.format(language=language_in_words(language)))
    when = item.starts_at or item.created_at
    day = day_in_words(when.astimezone(city.zone).date())
    lines.append(_("{speaker}, le {day}").format(speaker=speaker(item), day=day))
    return lines


def _links(item: Item, page: Callable[[str], str]) -> tuple[tuple[Button, ...], ...]:
    more = (Button(_("En savoir plus"), link=item.link),) if item.link else ()
    return tuple(row for row in (more, (Button(_("Voir la page"), link=page(f"/actualites/{item.ref}")),)) if row)


def _answers(item: Item) -> tuple[tuple[Button, ...], ...]:
    return (
        (
            Button(_("Moins de ce sujet"), f"l.nl_{item.ref}", style="quiet"),
            Button(_("Ne plus recevoir"), f"l.ns_{item.ref}", style="quiet"),
        ),
    )


def _dressed(message: Message) -> Message:
    return msgspec.structs.replace(message, direction=current().direction, language=current().code)
