"""What a resident is asked about the news they wish, and what they are told they will get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from babel.dates import format_time, get_day_names
from babel.lists import format_list

from bot.city.model import City, Quartier, Topic
from bot.delivery.model import Button, Fact, Message
from bot.news.digest_hours import decent_hours, next_digest, quiet_hours, usual_hour
from bot.news.model import Choices, Rhythm
from flows.dates import day_in_words
from flows.engine.prompts import Choice, One, Where
from flows.engine.prompts import Choices as Several
from flows.engine.talk import Talk
from flows.engine.wording import _, current, left_to_right, plural
from flows.news_cards import topic_name

Timing = tuple[Rhythm, time | None]
"""A rhythm, and the hour of its digest when it was chosen with it."""

LONGEST_QUIET = 20
"""Hours: whoever is quiet longer has no hour left for anything."""


# Where


def ask_by_place(talk: Talk) -> tuple[int, ...]:
    """The quartier of a place; near a limit, those on both sides are proposed."""
    place = talk.ask(
        "place",
        Where(
            _("Où habitez-vous, ou quel endroit vous intéresse ? Votre position, une adresse, ou le nom du quartier."),
            within=talk.city,
            example=talk.city.quartiers[0].name if talk.city.quartiers else "",
        ),
    )
    located = talk.city.locate(place)
    named = talk.city.quartier_named(place.label) if place.label else None
    if found := located.quartier or named:
        return (found.number,)
    if place.latitude is not None and located.candidates:
        question = _("C’est près d’une limite. Gardez les quartiers qui vous intéressent, puis touchez « Terminé ».")
        near = located.candidates
        ticked = [str(one.number) for one in near]
    else:
        question, near, ticked = _("Dans quel quartier est-ce ? Plusieurs choix possibles."), talk.city.quartiers, []
    return talk.ask("near", Several(question, _quartiers(near), least=1, ticked=ticked), of=place)


def ask_in_list(talk: Talk, chosen: Sequence[int] = ()) -> tuple[int, ...]:
    """Any number of quartiers; none at all is the news of the whole town alone."""
    words = _(
        "Quels quartiers ? Touchez ceux qui vous intéressent, puis « Terminé ». "
        "Vous recevrez aussi les actualités de toute la ville, même sans quartier."
    )
    ticked = [str(number) for number in chosen]
    return talk.ask("quartiers", Several(words, _quartiers(talk.city.quartiers), least=0, ticked=ticked))


def _quartiers(quartiers: Sequence[Quartier]) -> list[One[int]]:
    return [One(str(one.number), one.name, one.number, one.aliases) for one in quartiers]


# What


def ask_topics(talk: Talk, chosen: Sequence[str] | None = None) -> tuple[str, ...]:
    """`chosen` None: they choose for the first time, and everything is ticked."""
    words = (
        _("Quels sujets ? Tous sont cochés : décochez ce qui ne vous intéresse pas, puis touchez « Terminé ».")
        if chosen is None
        else _("Quels sujets ? Touchez pour cocher ou décocher, puis « Terminé ».")
    )
    topics = talk.city.news.topics
    options = [
        One(one.key, topic_name(talk.city, one.key, talk.language), one.key, (talk.city.say(one.name, talk.language),))
        for one in topics
    ]
    ticked = [one.key for one in topics if chosen is None or one.key in chosen]
    return talk.ask("topics", Several(words, options, least=1, ticked=ticked))


# When


def ask_rhythm(talk: Talk, mine: Choices) -> Timing:
    """`mine`: what holds so far, for the hours it proposes."""
    usual = usual_hour(quiet_hours(mine, talk.city))
    hour, day = hour_in_words(usual), weekday_in_words(mine.weekday)
    options: list[One[Timing]] = [
        One("at_once", _("Tout de suite"), (Rhythm.AT_ONCE, None)),
        One("daily", _("Chaque jour à {hour}").format(hour=hour), (Rhythm.DAILY, usual)),
        One("weekly", _("Chaque semaine, {day} à {hour}").format(day=day, hour=hour), (Rhythm.WEEKLY, usual)),
        One("hour", _("Chaque jour, à une autre heure"), (Rhythm.DAILY, None)),
    ]
    rhythm, chosen = talk.ask(
        "rhythm", Choice(_("Quand voulez-vous les recevoir ? Une à une, ou ensemble dans un résumé ?"), options)
    )
    if rhythm is Rhythm.AT_ONCE or chosen is not None:
        return rhythm, chosen
    return rhythm, ask_hour(talk, mine)


def ask_hour(talk: Talk, mine: Choices) -> time:
    hours = decent_hours(quiet_hours(mine, talk.city))
    return talk.ask("hour", Choice(_("À quelle heure voulez-vous le résumé ?"), hour_options(hours), columns=4))


def ask_weekday(talk: Talk) -> int:
    options = [One(str(day), weekday_in_words(day), day) for day in range(7)]
    return talk.ask("weekday", Choice(_("Quel jour voulez-vous le résumé ?"), options, columns=2))


def hour_options(hours: Sequence[time]) -> list[One[time]]:
    """« 18 » typed alone is the hour, not the eighteenth line."""
    return [
        One(str(one.hour), hour_in_words(one), one, (str(one.hour), f"{one.hour}h", f"{one.hour}h00", f"{one.hour} h"))
        for one in hours
    ]


def hour_in_words(hour: time) -> str:
    return format_time(hour, "short", locale=current().formats)


def weekday_in_words(day: int) -> str:
    return str(get_day_names("wide", locale=current().formats)[day])


# What they will get


def summary(wish: Choices, city: City, now: datetime) -> Message:
    """Exactly what comes, when, and how to stop it."""
    facts = [
        Fact(_("Quartiers"), _places(wish, city)),
        Fact(_("Sujets"), _topics(wish, city)),
        Fact(_("Quand"), _times(wish, city, now)),
    ]
    if most := _most(wish, city):
        facts.append(Fact(_("Au plus"), most))
    facts.append(Fact(_("Heures calmes"), quiet_in_words(wish, city)))
    return Message(
        facts=tuple(facts),
        note=_(
            "Pour arrêter : « Ne plus recevoir », sous chaque actualité. {command} arrête tous mes messages."
        ).format(command=left_to_right("/stop")),
        buttons=(
            (Button(_("Lire les dernières"), "f.news"),),
            (Button(_("Changer mes choix"), "f.news-choices"),),
        ),
        asks="choice",
    )


def _places(wish: Choices, city: City) -> str:
    names = [found.name for number in wish.quartiers if (found := city.quartier(number))]
    return format_list([*names, _("toute la ville")], locale=current().formats)


def _topics(wish: Choices, city: City) -> str:
    names = [topic_name(city, key, current().code) for key in _in_order(wish, city)]
    return ", ".join(names) or _("aucun : vous ne recevrez rien")


def _in_order(wish: Choices, city: City) -> list[str]:
    return [one.key for one in city.news.topics if one.key in wish.topics]


def _times(wish: Choices, city: City, now: datetime) -> str:
    urgent = [topic for topic in _chosen(wish, city) if topic.urgent]
    if wish.rhythm is Rhythm.AT_ONCE:
        return _("tout de suite, une à une")
    words = (
        _("un résumé par jour, à {hour}") if wish.rhythm is Rhythm.DAILY else _("un résumé par semaine, {day} à {hour}")
    ).format(hour=hour_in_words(wish.hour), day=weekday_in_words(wish.weekday))
    if following := next_digest(wish, now, city):
        local = following.astimezone(city.zone)
        when = _("{day} à {hour}").format(day=day_in_words(local.date()), hour=hour_in_words(local.time()))
        words = _("{first} ; {then}").format(first=words, then=_("le prochain : {when}").format(when=when))
    return _("{first} ; {then}").format(first=words, then=_("les alertes tout de suite")) if urgent else words


def _chosen(wish: Choices, city: City) -> list[Topic]:
    return [one for one in city.news.topics if one.key in wish.topics]


def _most(wish: Choices, city: City) -> str:
    """How many at most, from the topic with the least to that with the most."""
    limits = [(one, 1 if one.key in wish.less else one.weekly_cap) for one in _chosen(wish, city) if not one.urgent]
    known = [cap for _topic, cap in limits if cap is not None]
    if not known:
        return ""
    least, most = min(known), max(known)
    if len(known) < len(limits):
        return ", ".join(
            _("{topic} : {count} par semaine").format(topic=city.say(one.name, current().code), count=cap)
            for one, cap in limits
            if cap is not None
        )
    if least < most:
        return _("de {least} à {most} actualités par semaine, selon le sujet").format(least=least, most=most)
    return plural(
        "{count} actualité par semaine et par sujet", "{count} actualités par semaine et par sujet", most
    ).format(count=most)


def quiet_in_words(wish: Choices, city: City) -> str:
    """When nothing comes, alerts aside."""
    hours = quiet_hours(wish, city)
    if hours.start == hours.end:
        return _("aucune : une actualité peut venir à toute heure, même la nuit")
    words = _("rien entre {start} et {end}").format(start=hour_in_words(hours.start), end=hour_in_words(hours.end))
    if hours.days_off:
        words += ", " + _("ni le dimanche, ni les jours fériés")
    if any(topic.urgent for topic in _chosen(wish, city)):
        words += ", " + _("sauf les alertes")
    return words
