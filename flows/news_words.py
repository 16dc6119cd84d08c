"""The words about news that staff read: whom it is for, how far it got, why something may not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from babel import Locale
from babel.dates import format_timedelta, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.city.model import City
from bot.delivery.forgetting import Reach
from bot.news.audience import Estimate
from bot.news.model import Recurrence
from bot.news.moves import Why
from bot.news.results import FEW
from bot.people.staff import Post, Role
from flows.engine.wording import SOURCE, _, current, mark, plural

REFUSALS: Mapping[Why, str] = {
    "unknown": mark("Je ne trouve pas cette actualité. Vérifiez son numéro : il ressemble à AC-7K3FQ2."),
    "not_yours": mark("Cette actualité n’est pas la vôtre."),
    "no_right": mark("Votre rôle ne permet pas d’agir sur ces quartiers."),
    "own": mark("C’est vous qui l’avez écrite : une autre personne doit la relire."),
    "already": mark("C’est déjà fait : cette actualité a changé entre-temps."),
    "changed": mark("Elle a changé depuis que vous l’avez lue."),
    "left": mark("Trop tard pour annuler : elle est partie. Vous pouvez la corriger ou la retirer."),
    "not_left": mark("Elle n’est pas encore partie : annulez l’envoi, puis modifiez-la."),
    "expired": mark("Elle partirait après sa date de fin. Elle est gardée : changez sa fin ou son heure."),
    "ended": mark("L’envoi est déjà terminé."),
    "nothing": mark("Rien n’a changé."),
}

NTHS = {
    None: mark("chaque {day}"),
    1: mark("chaque premier {day} du mois"),
    2: mark("chaque deuxième {day} du mois"),
    3: mark("chaque troisième {day} du mois"),
    4: mark("chaque quatrième {day} du mois"),
    -1: mark("chaque dernier {day} du mois"),
}

HOURS_TOLD = 48
"""A duration shorter than that is told in hours and minutes, longer in days."""

CHANNELS = {"telegram": "Telegram", "web": mark("page web")}


def refusal(why: str) -> str:
    return _(next((words for key, words in REFUSALS.items() if key == why), REFUSALS["already"]))


def audience_in_words(city: City, quartiers: Sequence[int]) -> str:
    """« Les Alpages et La Scierie », or the whole town."""
    if not quartiers:
        return _("toute la ville")
    names = [found.name if (found := city.quartier(number)) else str(number) for number in quartiers]
    return format_list(names, locale=current().formats)


def capacity(post: Post, quartiers: Sequence[int], city: City) -> str:
    """In which capacity somebody speaks, as residents read it."""
    if post.role is Role.CONSEILLER:
        return _("conseil de quartier {names}").format(names=audience_in_words(city, quartiers))
    return post.unit or city.privacy.controller


def duration_in_words(duration: timedelta) -> str:
    """« 20 minutes », « 1 h 20 », « 7 jours »; less than a minute counts as one."""
    minutes = max(1, round(duration / timedelta(minutes=1)))
    hours, rest = divmod(minutes, 60)
    if rest and 0 < hours < HOURS_TOLD:
        return _("{hours} h {minutes}").format(hours=hours, minutes=f"{rest:02}")
    granularity: Literal["minute", "hour"] = "hour" if hours and hours < HOURS_TOLD and hours != 24 else "minute"
    told = timedelta(minutes=minutes)
    return format_timedelta(
        told, granularity=granularity, threshold=48 if granularity == "hour" else 1, locale=current().formats
    )


def number_in_words(count: int) -> str:
    """« 120 000 »"""
    return str(format_decimal(count, locale=current().formats))


def day_name(weekday: int) -> str:
    return str(get_day_names("wide", locale=current().formats)[weekday])


def rule_in_words(rule: Recurrence) -> str:
    """« chaque premier lundi du mois, 18:30 »"""
    return f"{_(NTHS[rule.nth]).format(day=day_name(rule.weekday))}, {rule.at:%H:%M}"


def channel_name(channel: str) -> str:
    return _(CHANNELS.get(channel, channel))


SHOWN_FROM_HERE = frozenset({"web"})
"""Channels that show what we keep: what we have forgotten is not there either."""


def stays_in_words(reach: Reach) -> str:
    """How many messages a correction or a recall cannot change; empty when there are none."""
    count = sum(count for channel, count in reach.stays.items() if channel not in SHOWN_FROM_HERE)
    if not count:
        return ""
    return plural(
        "{count} message reçu il y a longtemps reste tel quel : on ne peut plus le changer.",
        "{count} messages reçus il y a longtemps restent tels quels : on ne peut plus les changer.",
        count,
    ).format(count=count)


def with_what_stays(words: str, reach: Reach) -> str:
    return "\n\n".join(filter(None, (words, stays_in_words(reach))))


def language_name(code: str) -> str:
    """In the language itself, « Português », whether we speak it or not."""
    locale = Locale.parse(code or SOURCE)
    return (locale.get_display_name(locale) or code).capitalize()


def language_in_words(code: str) -> str:
    """Within a sentence: « portugais »."""
    return Locale.parse(code, sep="-").get_display_name(current().locale) or code


def counts_in_words(counts: Mapping[str, int], *, are_languages: bool = False) -> str:
    """« Telegram 12 · page web moins de 5 »"""
    name = language_name if are_languages else channel_name
    return " · ".join(f"{name(key)} {few(count)}" for key, count in counts.items())


def few(count: int) -> str:
    """A count of people, unless it is so small that it points at them."""
    return number_in_words(count) if count == 0 or count >= FEW else _("moins de {few}").format(few=FEW)


def people_in_words(count: int) -> str:
    return plural("{count} personne", "{count} personnes", count).format(count=number_in_words(count))


def estimate_in_words(estimate: Estimate) -> str:
    """How many, and how many of them read it at once."""
    people = people_in_words(estimate.people)
    if not estimate.digests:
        return people
    return _("{people} : {at_once} tout de suite, {digests} dans leur résumé").format(
        people=people, at_once=number_in_words(estimate.at_once), digests=number_in_words(estimate.digests)
    )
