"""Days and hours: as people type them in each language, and as they read them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from flows.dates import age_in_words, day_in_words, full_day_in_words
from flows.engine.moments import NotAMoment, in_words, read_moment
from flows.engine.wording import speaking

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=PARIS)
"""A Monday."""

READ = [
    ("fr", "demain 18h", "24 18:00"),
    ("fr", "demain 18.30", "24 18:30"),
    ("fr", "demain soir 9h", "24 21:00"),
    ("fr", "demain à 14 heures 30", "24 14:30"),
    ("fr", "18h 25 novembre", "25 18:00"),
    ("fr", "25.11 à 9.30", "25 09:30"),
    ("fr", "aujourd’hui lundi 20h", "23 20:00"),
    ("fr", "friday 14:00", "27 14:00"),
    ("en", "tomorrow 6:30pm", "24 18:30"),
    ("en", "tomorrow 6:30 pm", "24 18:30"),
    ("en", "tomorrow 6.30 p.m.", "24 18:30"),
    ("en", "6pm tomorrow", "24 18:00"),
    ("en", "25 November 12 am", "25 00:00"),
    ("en", "Friday 12:15 PM", "27 12:15"),
    ("en", "vendredi 14h", "27 14:00"),
    ("es", "mañana 18:30", "24 18:30"),
    ("es", "mañana a las 10:00 de la mañana", "24 10:00"),
    ("es", "mañana a las 6:30 de la tarde", "24 18:30"),
    ("es", "viernes por la mañana, 10:00", "27 10:00"),
    ("es", "viernes en la mañana 10:00", "27 10:00"),
    ("es", "el 25 de noviembre a las 10:00 de la mañana", "25 10:00"),
    ("es", "25/11 a las 9:00 de la mañana", "25 09:00"),
    ("es", "la segunda puerta, mañana 18:00", "24 18:00"),
    ("es", "mañana 9:00, no más tarde", "24 09:00"),
    ("pt", "amanhã 18h30", "24 18:30"),
    ("pt", "sexta-feira 14:00", "27 14:00"),
    ("pt", "sexta 14h", "27 14:00"),
    ("pt", "Sexta feira às 9h", "27 09:00"),
    ("pt", "sábado às 3h da tarde", "28 15:00"),
    ("pt", "25 de novembro às 8h", "25 08:00"),
    ("fr", "sexta-feira 14:00", "27 14:00"),
    ("ar", "غدًا 18:30", "24 18:30"),
    ("ar", "يوم الجمعة 14:00", "27 14:00"),
    ("ar", "الجمعة ١٤:٠٠", "27 14:00"),
    ("ar", "25 نوفمبر 9:00 مساءً", "25 21:00"),
]


@pytest.mark.parametrize(("language", "typed", "meant"), READ)
def test_a_moment_is_read_as_it_was_meant(language: str, typed: str, meant: str) -> None:
    with speaking(language):
        assert f"{read_moment(typed, NOW, PARIS):%d %H:%M}" == meant


REFUSED = [
    ("es", "por la mañana 10:00", "day"),
    ("es", "a las 10:00 de la mañana", "day"),
    ("es", "mañana por la mañana", "hour"),
    ("en", "6:30 pm", "day"),
    ("en", "tomorrow 6:75 pm", "hour"),
    ("pt", "sexta-feira", "hour"),
    ("fr", "12/30 à 9h", "day"),
]


@pytest.mark.parametrize(("language", "typed", "missing"), REFUSED)
def test_what_says_no_day_or_no_hour_is_refused(language: str, typed: str, missing: str) -> None:
    with speaking(language), pytest.raises(NotAMoment) as refusal:
        read_moment(typed, NOW, PARIS)
    assert refusal.value.kind == missing


WRITTEN = [
    ("fr", "mercredi 2 décembre", "2 décembre 2026", "mercredi 2 décembre 2026, 18:30"),
    ("en", "Wednesday 2 December", "2 December 2026", "Wednesday, 2 December 2026, 18:30"),
    ("es", "miércoles, 2 de diciembre", "2 de diciembre de 2026", "miércoles, 2 de diciembre de 2026, 18:30"),
    ("pt", "quarta-feira, 2 de dezembro", "2 de dezembro de 2026", "quarta-feira, 2 de dezembro de 2026, 18:30"),
    ("ar", "الأربعاء، 2 ديسمبر", "2 ديسمبر 2026", "الأربعاء، 2 ديسمبر 2026، 18:30"),
]


@pytest.mark.parametrize(("language", "day", "full", "moment"), WRITTEN)
def test_days_are_written_as_each_language_writes_them(language: str, day: str, full: str, moment: str) -> None:
    instant = datetime(2026, 12, 2, 18, 30, tzinfo=PARIS)
    with speaking(language):
        assert day_in_words(date(2026, 12, 2)) == day
        assert full_day_in_words(instant, PARIS) == full
        assert in_words(instant, PARIS) == moment


@pytest.mark.parametrize(("language", "age"), [("fr", "il y a 3 jours"), ("pt", "há 3 dias"), ("en", "3 days ago")])
def test_an_age_is_written_as_each_language_writes_it(language: str, age: str) -> None:
    with speaking(language):
        assert age_in_words(datetime(2026, 11, 20, 9, 0, tzinfo=PARIS), NOW) == age
