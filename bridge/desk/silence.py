"""
Whether a system that normally tells of its cases has fallen silent.

A subscription that somebody removed makes no error anywhere: nothing comes, and that is all. What
is odd is told by the system's own rhythm. Each empty hour since it was last heard is compared with
the same hour of the same weekday in the weeks before: if something was heard in all of four weeks,
one more empty hour is worth one in six; a night in which it never speaks is worth nothing. When
all the empty hours together are rarer than one in a thousand, the system counts as silent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.store.views import HeardRow
from contracts.ids import AgencyId

RHYTHM: Final = timedelta(weeks=4)
"""So far back its rhythm is looked at."""

_RARE: Final = 0.001
_HOUR: Final = timedelta(hours=1)
_WEEK: Final = timedelta(weeks=1)
_AGENCIES_TIME: Final = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Hearing:
    """
    How an agency's system is heard.

    Attributes:
        last_at: When it last told something by itself; ``None``: not in the last weeks.
        today: How often in the last 24 hours.
        by_hour: How often in each of those hours; hours without any are left out.
        is_silent: It should have been heard by now, by its own rhythm.
    """

    agency: AgencyId
    last_at: datetime | None
    today: int
    is_silent: bool
    by_hour: Mapping[datetime, int] = field(default_factory=dict)


def hearing(agency: AgencyId, rows: Iterable[HeardRow], now: datetime) -> Hearing:
    """Say how *agency* is heard, from what was counted of it in the weeks before *now*."""
    own = sorted((row for row in rows if row.agency == agency), key=lambda row: row.hour)
    if not own:
        return Hearing(agency, None, 0, is_silent=False)
    last_at = max(row.last_at for row in own)
    by_hour = {row.hour: row.count for row in own if row.hour > now - timedelta(days=1)}
    return Hearing(
        agency,
        last_at,
        today=sum(by_hour.values()),
        by_hour=by_hour,
        is_silent=_chance(own, last_at, now) < _RARE,
    )


def _chance(own: list[HeardRow], last_at: datetime, now: datetime) -> float:
    """How likely it is, by its own rhythm, to hear nothing since *last_at*; 1 is to be expected."""
    heard_in: dict[tuple[int, int], set[datetime]] = defaultdict(set)
    for row in own:
        heard_in[_place_in_week(row.hour)].add(row.hour)
    first = own[0].hour
    chance, hour = 1.0, _start(last_at) + _HOUR
    while hour + _HOUR <= now:
        weeks = min((hour - first) // _WEEK, RHYTHM // _WEEK)
        # A full week is needed before anything can be called its rhythm.
        if weeks:
            window = hour - weeks * _WEEK
            heard = sum(window <= each < hour for each in heard_in[_place_in_week(hour)])
            if heard:
                chance *= (weeks - heard + 1) / (weeks + 2)
        hour += _HOUR
    return chance


def _place_in_week(hour: datetime) -> tuple[int, int]:
    local = hour.astimezone(_AGENCIES_TIME)
    return local.weekday(), local.hour


def _start(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
