"""Dates and moments: known in part, of a Dutch clock, to the millisecond."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adapters.stuf_zds.names import IND_ONVOLLEDIGE_DATUM
from adapters.stuf_zds.values import BadValue, Deviations, count, told
from adapters.stuf_zds.xml import Element
from contracts.case import PartialDate

DUTCH: Final = ZoneInfo("Europe/Amsterdam")
"""A tijdstip is a Dutch clock's, without a zone."""

_DIGITS: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(.*)", re.DOTALL)
_TIME: Final = re.compile(r"[T ]?\d{2}:?\d{2}[\d:.,]*(?:Z|[+-]\d{2}:?\d{2})?$")
_MOMENT: Final = re.compile(r"\d{8}(?:\d{2}(?:\d{2}(?:\d{2}\d{0,3})?)?)?$")


def datum(element: Element | None, seen: Deviations | None = None) -> PartialDate | None:
    """
    Read a date as precisely as it is known; ``None`` where it says none.

    ``indOnvolledigeDatum`` tells what is missing (V nothing, D the day, M day and month, J all);
    the digits that fill the place mean nothing.

    Raises:
        BadValue: It is no date.
    """
    said = told(element, seen)
    if said.value is None or element is None:
        return None
    if _says_none(said.value):
        count(seen, "date-for-none")
        return None
    known = element.get(IND_ONVOLLEDIGE_DATUM, "V").strip().upper()
    if known == "J":
        return None
    found = _DIGITS.match(said.value)
    if found is None or (found[4] and not _TIME.match(found[4])):
        msg = "no date"
        raise BadValue(msg)
    if found[4]:
        count(seen, "date-with-time")
    elif "-" in said.value:
        count(seen, "date-with-dashes")
    return _as_known(found[1], found[2], found[3], known)


def _says_none(digits: str) -> bool:
    # Some systems send zeros, or the first day of their calendar, to say that there is none.
    return not digits.strip("0") or digits.startswith(("00010101", "0001-01-01"))


def _as_known(year: str, month: str, day: str, known: str) -> PartialDate:
    match known:
        case "M":
            return year
        case "D":
            _a_date(year, month, "01")
            return f"{year}-{month}"
        case _:
            _a_date(year, month, day)
            return f"{year}-{month}-{day}"


def _a_date(year: str, month: str, day: str) -> None:
    try:
        date(int(year), int(month), int(day))
    except ValueError as error:
        msg = "no date"
        raise BadValue(msg) from error


def say_date(element: Element, value: PartialDate, *, marked: bool = False) -> Element:
    """
    Write a date into an element, with the mark that says how much of it is known.

    Args:
        element: Without text yet.
        value: ``2024``, ``2024-05`` or ``2024-05-13``.
        marked: Also say that nothing is missing, where the schema has the mark at all.

    Raises:
        BadValue: It is no date.
    """
    parts = value.split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() for part in parts):
        msg = "no date"
        raise BadValue(msg)
    whole = (*parts, "01", "01")[:3]
    _a_date(*whole)
    known = {1: "M", 2: "D", 3: "V"}[len(parts)]
    element.text = "".join(whole)
    if marked or known != "V":
        element.set(IND_ONVOLLEDIGE_DATUM, known)
    return element


@dataclass(frozen=True, slots=True)
class Tijdstip:
    """
    A moment, and how much of it was told.

    Attributes:
        at: Aware. What was not told is zero here, and is not to be compared.
        digits: From 8 (the day alone) to 17 (milliseconds).
    """

    at: datetime
    digits: int


def tijdstip(element: Element | None, seen: Deviations | None = None) -> Tijdstip | None:
    """
    Read a moment; ``None`` where it says none.

    Raises:
        BadValue: It is no moment.
    """
    said = told(element, seen)
    if said.value is None:
        return None
    if _says_none(said.value):
        count(seen, "date-for-none")
        return None
    return moment_of(said.value, seen)


def moment_of(value: str, seen: Deviations | None = None) -> Tijdstip:
    """Read the text of a moment: ``YYYYMMDD[hh[mm[ss[d[d[d]]]]]]``, or, tolerated, ISO 8601."""
    if not _MOMENT.match(value):
        return _iso(value, seen)
    try:
        at = datetime.strptime(value.ljust(20, "0"), "%Y%m%d%H%M%S%f").replace(tzinfo=DUTCH)
    except ValueError as error:
        msg = "no moment"
        raise BadValue(msg) from error
    return Tijdstip(at.astimezone(UTC), len(value))


def _iso(value: str, seen: Deviations | None) -> Tijdstip:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        msg = "no moment"
        raise BadValue(msg) from error
    count(seen, "moment-in-iso")
    aware = at if at.tzinfo else at.replace(tzinfo=DUTCH)
    return Tijdstip(aware.astimezone(UTC), 17 if len(value) > 10 else 8)


def say_moment(at: datetime, digits: int = 17) -> str:
    """Give a moment as a Dutch clock shows it, in as many digits as wanted."""
    local = at.astimezone(DUTCH)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"[:digits]


class Clock:
    """
    Gives the tijdstippen of the messages of one sender: each later than the one before.

    A receiver refuses a message that is not later than the last (StUF019). So the clock goes on
    by a millisecond where it would stand still, and through the hour that a Dutch clock shows
    twice in autumn.
    """

    def __init__(self) -> None:
        self._last = ""

    def tick(self, now: datetime) -> str:
        """Give the next tijdstip, of 17 digits."""
        told_now = say_moment(now)
        if told_now <= self._last:
            shown = datetime.strptime(self._last + "000", "%Y%m%d%H%M%S%f")  # noqa: DTZ007
            later = shown + timedelta(milliseconds=1)
            told_now = f"{later:%Y%m%d%H%M%S}{later.microsecond // 1000:03d}"
        self._last = told_now
        return told_now
