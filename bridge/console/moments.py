"""Moments and spans of time as people say them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.console.words import Language, Words

HERE: Final = ZoneInfo("Europe/Amsterdam")
"""Where the readers are; a server's own zone says nothing about them."""
_STEPS: Final = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
)


def when(at: datetime, language: Language, words: Words) -> str:
    """Give a moment as the calendar and the clock on the wall of the readers show it."""
    here = at.astimezone(HERE)
    return f"{on_day(here.date(), language, words)} {here:%H:%M:%S}"


def on_day(day: date, language: Language, words: Words) -> str:
    """Give a date with its month by name: nobody takes the day for the month."""
    month = words.say(language, "common.months").split()[day.month - 1]
    # On one line: a date that is broken is read twice.
    return f"{day.day} {month} {day.year}".replace(" ", "\N{NO-BREAK SPACE}")


def how_long(span: timedelta, language: Language, words: Words) -> str:
    """Say a span in its largest whole unit: exact enough to act on, short enough to read."""
    for name, unit in _STEPS:
        if span >= unit:
            return words.say(language, f"common.{name}", count=span // unit)
    return words.say(language, "common.seconds", count=max(0, span // timedelta(seconds=1)))
