"""How long a piece of news takes to leave, and whether all of it does before the quiet hours and before its end."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import msgspec

from bot.city.model import City
from bot.news.audience import Estimate
from bot.news.model import Item
from flows.engine.moments import in_words
from flows.engine.prompts import Choice, One
from flows.engine.talk import Talk
from flows.engine.wording import _, current, languages, plural, speaking
from flows.news_cards import card
from flows.news_compose import estimated
from flows.news_words import duration_in_words, number_in_words

NONE = timedelta()
MOST_NIGHTS = 60


class Sending(msgspec.Struct, frozen=True):
    """`resumes`: when (UTC) it goes on after the first quiet hours it meets, if it meets any; `missed`: the share of
    its letters that its end comes before."""

    resumes: datetime | None
    missed: float


def how_long(talk: Talk, item: Item, found: Estimate) -> timedelta:
    """For all who read it at once, at the pace of broadcasts. Each channel says how many messages a letter makes there;
    of several texts the longest counts."""
    if not found.people:
        return NONE
    here = current().code
    shown = []
    for code in item.texts:
        with speaking(code if code in languages() else here):
            shown.append(card(item, talk.city, talk.page, language=code))
    messages = sum(
        count * max(talk.messages_of(channel, one) for one in shown) for channel, count in found.by_channel.items()
    )
    return timedelta(seconds=messages * found.at_once / found.people / talk.bulk_pace)


def course(city: City, leaves: datetime, takes: timedelta, ends: datetime | None, *, urgent: bool) -> Sending:
    """How it goes from `leaves` on. What is urgent knows no quiet hours."""
    at, left, resumes = leaves, takes, None
    for _night in range(MOST_NIGHTS):
        quiet = None if urgent else city.quiet_from(at)
        until = min(moment for moment in (at + left, quiet, ends) if moment is not None)
        left -= max(NONE, until - at)
        if left <= NONE or quiet is None or until == ends:
            break
        at = city.quiet_until(quiet) or quiet
        resumes = resumes or at
    return Sending(resumes, left / takes if takes else 0.0)


def better_moment(talk: Talk, item: Item, leaves: datetime, *, may_wait: bool = True) -> datetime | None:
    """Tell the author when quiet hours would cut the sending in two, or when some would not get it before its end;
    gives the moment to leave instead, if they would rather. `may_wait`: whether it may be put off."""
    known = talk.city.news.topic(item.topic)
    found = talk.see(estimated, talk.city, item.topics, item.quartiers)
    takes = how_long(talk, item, found)
    urgent = known is not None and known.urgent
    sending = course(talk.city, leaves, takes, item.expires_at, urgent=urgent)
    missed = math.ceil(found.at_once * sending.missed)
    if sending.resumes is None and not missed:
        return None
    later = sending.resumes if may_wait and _is_in_time(item, sending.resumes) else None
    ones: list[One[datetime | None]] = [One("go", _("L’envoyer quand même"), None)]
    if later is not None:
        words = _("Commencer {moment}").format(moment=in_words(later, talk.city.zone))
        ones.insert(0, One("later", words, later, style="main"))
    question = _what_happens(talk.city, takes, sending, missed)
    of = [sending.resumes.isoformat() if sending.resumes else "", bool(missed)]
    return talk.ask("whole", Choice(question, ones), of=of)


def _is_in_time(item: Item, moment: datetime | None) -> bool:
    return moment is not None and all(end is None or moment < end for end in (item.expires_at, item.event_at))


def _what_happens(city: City, takes: timedelta, sending: Sending, missed: int) -> str:
    words = [_("L’envoi dure {duration}.").format(duration=duration_in_words(takes))]
    if sending.resumes is not None:
        moment = in_words(sending.resumes, city.zone)
        words.append(_("Les heures calmes l’arrêtent en route : le reste attendrait {moment}.").format(moment=moment))
    if missed:
        late = plural(
            "Sa date de fin vient avant : environ {count} personne ne la recevrait pas.",
            "Sa date de fin vient avant : environ {count} personnes ne la recevraient pas.",
            _about(missed),
        )
        words.append(late.format(count=number_in_words(_about(missed))))
    return " ".join(words)


def _about(count: int) -> int:
    """Two figures are enough for what is only reckoned: 53 871 is 54 000."""
    step = 10 ** max(0, len(str(count)) - 2)
    return int(round(count / step) * step)
