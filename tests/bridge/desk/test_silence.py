"""Whether a system has fallen silent, by its own rhythm."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.desk.silence import Hearing, hearing
from bridge.store.views import HeardRow
from contracts.ids import AgencyId

DUTCH = ZoneInfo("Europe/Amsterdam")
NOORD = AgencyId("noord")
MONDAY = datetime(2026, 3, 30, tzinfo=DUTCH)
"""The day after summer time began."""


def office_hours(until: datetime, weeks: int = 4, *, every: int = 1) -> list[HeardRow]:
    """Heard in each (or each n-th) hour from nine to five on working days, up to a moment."""
    rows = []
    for day in range(weeks * 7, -1, -1):
        for hour in range(9, 17, every):
            at = (until - timedelta(days=day)).replace(hour=hour, minute=0)
            if at.weekday() < 5 and at < until:
                rows.append(HeardRow(NOORD, at, 10, at + timedelta(minutes=50)))
    return rows


def heard(rows: list[HeardRow], now: datetime) -> Hearing:
    return hearing(NOORD, rows, now)


def test_a_system_that_spoke_every_hour_is_missed_within_a_morning() -> None:
    """It stopped on Monday at half past ten; by five at the latest somebody is told."""
    stopped = MONDAY.replace(hour=10, minute=30)
    rows = office_hours(stopped)
    assert not heard(rows, MONDAY.replace(hour=12)).is_silent
    assert heard(rows, MONDAY.replace(hour=15)).is_silent


def test_a_night_and_a_weekend_are_no_silence() -> None:
    """Nobody works then, and nobody ever did."""
    friday = datetime(2026, 3, 27, 17, tzinfo=DUTCH)
    rows = office_hours(friday)
    for later in (timedelta(hours=8), timedelta(days=1), timedelta(days=2, hours=14)):
        assert not heard(rows, friday + later).is_silent


def test_a_system_that_seldom_speaks_is_not_called_silent_soon() -> None:
    """Heard once a day: half a day without is nothing; two working weeks are."""
    rows = office_hours(MONDAY.replace(hour=10), every=8)
    assert not heard(rows, MONDAY.replace(hour=17)).is_silent
    assert heard(rows, MONDAY + timedelta(days=9)).is_silent


@pytest.mark.parametrize("age", [timedelta(days=1), timedelta(days=5)])
def test_a_new_system_has_no_rhythm_yet(age: timedelta) -> None:
    """Without a whole week there is nothing to compare with."""
    rows = [row for row in office_hours(MONDAY) if row.hour >= MONDAY - age]
    assert not heard(rows, MONDAY.replace(hour=17)).is_silent


def test_what_was_never_heard_is_not_called_silent_but_shown_as_never_heard() -> None:
    assert heard([], MONDAY) == Hearing(NOORD, None, 0, is_silent=False)


def test_the_last_moment_and_the_last_day_are_told() -> None:
    now = MONDAY.replace(hour=12)
    found = heard(office_hours(now), now)
    assert (found.last_at, found.today) == (MONDAY.replace(hour=11, minute=50), 30)
