"""Dates, times and durations as the ZGW servers read and render them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)


def parse_date(text: str) -> date:
    """Raises ValueError where *text* is not exactly YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    """
    Read a time in the offset it was written with; a missing zone is UTC, a mere date midnight.

    Digits beyond the microsecond are cut. Raises ValueError, also for 24:00.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    day, clock, seconds, fraction, zone = match.groups()
    if clock is None:
        return datetime.fromisoformat(f"{day}T00:00:00+00:00")
    zone = "+00:00" if zone in (None, "Z") else zone
    if clock.startswith("24"):
        raise ValueError(text)
    micros = (fraction or "0").ljust(6, "0")
    return datetime.fromisoformat(f"{day}T{clock}:{seconds or '00'}.{micros}{zone}")


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration that keeps months apart from days, as a calendar does."""

    years: int = 0
    months: int = 0
    span: timedelta = timedelta(0)

    @classmethod
    def parse(cls, text: str) -> Duration:
        match = _DURATION.fullmatch(text)
        if match is None or text in ("P", "PT") or text.endswith("T"):
            raise ValueError(text)
        years, months, weeks, days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
        span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return cls(years + months // 12, months % 12, span)

    def __str__(self) -> str:
        minutes, seconds = divmod(self.span.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = ((self.years, "Y"), (self.months, "M"), (self.span.days, "D"))
        clock = "".join(f"{n}{u}" for n, u in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
        text = "".join(f"{number}{unit}" for number, unit in parts if number)
        return f"P{text}T{clock}" if clock else f"P{text or '0D'}"

    def after(self, day: date) -> date:
        """The day that lies this long after *day*; the last of a month stays within its month."""
        months = day.year * 12 + day.month - 1 + self.years * 12 + self.months
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return day.replace(year=year, month=month + 1, day=min(day.day, last)) + self.span
