"""What feeds bring, shown to those who may approve: one message a reading, and an end."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Lane, Message
from bot.delivery.store import Draft, drop_waiting, write
from bot.news.approve import approvers_of, held_of_feed
from bot.news.feeds import withdraw_ended
from bot.news.model import Item
from bot.news.plain import shortened
from bot.storage.work import Work
from flows.engine.wording import _, current, plural, speaking
from flows.news_progress import reached
from flows.news_review import tell_it_is_done

MOST_TITLES = 5
LONGEST_TITLE = 80


def ask_about_entries(work: Work, city: City, items: Sequence[Item]) -> int:
    """Say once to all who may approve them that entries of a feed wait, at a decent hour unless they are urgent. What a
    reading before said and has not left yet is said anew with these. Gives how many were told."""
    feed = items[0].feed
    topic = city.news.topic(items[0].topic)
    due = None if topic and topic.urgent else city.quiet_until(work.now)
    place = f"news:feed:{sha256(feed.encode()).hexdigest()[:16]}"
    drop_waiting(work, [place], of=place)
    count, newest = held_of_feed(work, feed, most=MOST_TITLES)
    drafts = []
    for who in approvers_of(work, items[0]):  # a feed is for the same quartiers every time
        person = reached(work, who)
        if person is None or not person.pushes:
            continue
        with speaking(person.language):
            drafts.append(Draft(person.address, _announced(newest, count, place), Lane.STATUS, due))
    write(work, drafts)
    return len(drafts)


def _announced(newest: Sequence[Item], count: int, place: str) -> Message:
    words = plural(
        "Une actualité de {name} attend votre relecture :",
        "{count} actualités de {name} attendent votre relecture :",
        count,
    )
    lines = [words.format(name=newest[0].author_name, count=count)]
    lines += [f"• {_title(item)}" for item in newest]
    if count > len(newest):
        others = count - len(newest)
        lines.append(plural("… et une autre.", "… et {count} autres.", others).format(count=others))
    button = Button(_("La lire"), f"l.ni_{newest[0].ref}") if count == 1 else Button(_("Les relire"), "l.nh_")
    return Message(
        text="\n".join(lines),
        buttons=((msgspec.structs.replace(button, style="main"),),),
        slot=place,
        anew=True,
        direction=current().direction,
        language=current().code,
    )


def _title(item: Item) -> str:
    return shortened(item.text_for(current().code)[1].title, LONGEST_TITLE)


def end_of_entries(work: Work) -> int:
    """Take back the entries that nobody approved before their end, and tell whoever has one open; gives how many."""
    ended = withdraw_ended(work)
    for item in ended:
        tell_it_is_done(work, item)
    return len(ended)
