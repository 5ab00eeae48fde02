"""Moments and spans of time as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def when(at: datetime) -> str:
    """Give a moment as a clock on the wall of the readers shows it."""
    return f"{at.astimezone(HERE):%Y-%m-%d %H:%M:%S}"


def how_long(span: timedelta, language: Language, words: Words) -> str:
    """Say a span in its largest whole unit: exact enough to act on, short enough to read."""
    for name, unit in _STEPS:
        if span >= unit:
            return words.say(language, f"common.{name}", count=span // unit)
    return words.say(language, "common.seconds", count=max(0, span // timedelta(seconds=1)))
