"""The words of a digest, and sending those whose hour has come."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Lane, Message
from bot.delivery.store import Draft, write
from bot.news.digest import Digest, take_due
from bot.news.model import Item, Rhythm
from bot.news.owed import digest_key, note_letters, opens
from bot.storage.work import Work
from flows.engine.wording import _, current, left_to_right, mark, plural, speaking
from flows.news_cards import speaker, topic_name

MOST_TOLD = 8
"""Items in one letter: with their first words it stays one message everywhere. The newest are told, the others are
one touch away."""

FIRST_WORDS = 120
"""Characters of an item in a digest."""

TITLES = {
    Rhythm.DAILY: mark("Les actualités du jour"),
    Rhythm.WEEKLY: mark("Les actualités de la semaine"),
    Rhythm.AT_ONCE: mark("Depuis votre dernier résumé"),  # the last one, for whoever wants no more of them
}

LONGEST_SPEAKER = 80
LONGEST_LABEL = 40


class Digests:
    """A tick of the clock: called until it gives 0."""

    def __init__(self, city: City, page: Callable[[str], str]) -> None:
        self._city = city
        self._page = page

    def send_digests(self, work: Work) -> int:
        """Put the digests of some of those whose hour has come in the outbox; gives how many people were looked at."""
        digests, looked_at = take_due(work, self._city)
        worded: dict[tuple[str, Rhythm, tuple[str, ...]], Message] = {}
        drafts = []
        for one in digests:
            same = one.person.language, one.rhythm, tuple(item.ref for item in one.items)
            if same not in worded:
                worded[same] = self._message(one)
            key = digest_key(one.person.id, one.due)
            drafts.append(Draft(one.person.address, worded[same], Lane.NEWS, expires_at=one.until, key=key))
        note_letters(work, dict(zip((one.person.id for one in digests), write(work, drafts), strict=True)))
        return looked_at

    def _message(self, one: Digest) -> Message:
        with speaking(one.person.language) as language:
            return msgspec.structs.replace(
                digest_message(one, self._city, self._page), direction=language.direction, language=language.code
            )


def digest_message(one: Digest, city: City, page: Callable[[str], str]) -> Message:
    """In the language being spoken."""
    told = one.items[-MOST_TOLD:]
    further = len(one.items) - len(told)
    parts = [_told(item, city) for item in told]
    if further:
        words = plural("Et {count} autre, à lire avec {command}.", "Et {count} autres, à lire avec {command}.", further)
        parts.append(words.format(count=further, command=left_to_right("/actus")))
    return Message(
        title=_(TITLES[one.rhythm]),
        text="\n\n".join(parts),
        buttons=(
            *((Button(_cut(_title(item, city), LONGEST_LABEL), opens(item.ref)),) for item in told),
            (Button(_("Toutes les actualités"), link=page("/actualites")),),
            (
                Button(_("Changer mes choix"), "f.news-choices", style="quiet"),
                Button(_("Ne plus recevoir"), "l.ns_", style="quiet"),
            ),
        ),
    )


def _title(item: Item, city: City) -> str:
    icon = topic_name(city, item.topic, current().code).partition(" ")[0]
    return f"{icon} {item.text_for(current().code)[1].title}"


def _told(item: Item, city: City) -> str:
    """Title, first words, who speaks."""
    words = " ".join(item.text_for(current().code)[1].words.split())
    return "\n".join((_title(item, city), _cut(words, FIRST_WORDS), f"({_cut(speaker(item), LONGEST_SPEAKER)})"))


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
