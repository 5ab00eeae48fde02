"""How long edits take to the other side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.desk.lags import lag_figures, quantile
from bridge.store.views import CROSSING_BOUNDS, CrossingRow, bucket_of
from contracts.ids import AgencyId

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOORD, ZUID = AgencyId("noord"), AgencyId("zuid")


def counts(*seconds: float) -> tuple[int, ...]:
    found = [0] * (len(CROSSING_BOUNDS) + 1)
    for each in seconds:
        found[bucket_of(timedelta(seconds=each))] += 1
    return tuple(found)


@pytest.mark.parametrize("seconds", [0.05, 0.4, 1.0, 7.0, 50.0, 1000.0, 80_000.0])
def test_an_estimate_stays_within_the_bucket_of_what_was_measured(seconds: float) -> None:
    """However many took as long."""
    took = timedelta(seconds=seconds)
    bucket = bucket_of(took)
    lower = CROSSING_BOUNDS[bucket - 1] if bucket else timedelta()
    for share in (0.5, 0.95, 0.99):
        estimate = quantile(counts(*[seconds] * 100), share)
        assert estimate is not None
        assert lower <= estimate <= CROSSING_BOUNDS[bucket]


def test_one_slow_edit_in_a_hundred_does_not_move_the_p95() -> None:
    """But six do."""
    assert quantile(counts(*[0.9] * 99, 500), 0.95) < timedelta(seconds=1)  # type: ignore[operator]
    assert quantile(counts(*[0.9] * 94, *[500] * 6), 0.95) > timedelta(minutes=5)  # type: ignore[operator]


def test_what_took_longer_than_a_day_is_told_as_a_day() -> None:
    assert quantile(counts(10**6), 0.5) == timedelta(days=1)


def test_where_nothing_arrived_nothing_is_claimed() -> None:
    assert quantile(counts(), 0.5) is None


def test_the_hours_of_a_pair_are_added_up_and_the_directions_kept_apart() -> None:
    rows = [
        CrossingRow(ZUID, NOORD, NINE, counts(50)),
        CrossingRow(NOORD, ZUID, NINE + timedelta(hours=1), counts(1, 1)),
        CrossingRow(NOORD, ZUID, NINE, counts(1)),
    ]
    there, back = lag_figures(rows)
    assert (there.from_, there.to, there.count) == (NOORD, ZUID, 3)
    assert [(each.hour.hour, each.count) for each in there.by_hour] == [(9, 1), (10, 2)]
    assert (back.from_, back.count) == (ZUID, 1)
