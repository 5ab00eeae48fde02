"""How long edits take from being seen at one agency to being held at another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridge.store.views import CROSSING_BOUNDS, CrossingRow
from contracts.ids import AgencyId


@dataclass(frozen=True, slots=True)
class LagFigures:
    """
    How long edits took from one agency to another.

    Attributes:
        count: How many arrived.
        p50: Half of them took no longer than this; ``None`` where none arrived.
        p95: And 95 in a hundred no longer than this.
        by_hour: How many arrived in each hour, oldest first; hours without any are left out.
    """

    from_: AgencyId
    to: AgencyId
    count: int
    p50: timedelta | None
    p95: timedelta | None
    p99: timedelta | None
    by_hour: tuple[HourlyLag, ...]


@dataclass(frozen=True, slots=True)
class HourlyLag:
    """The crossings of one hour."""

    hour: datetime
    count: int
    p50: timedelta | None
    p95: timedelta | None


def lag_figures(rows: Iterable[CrossingRow]) -> tuple[LagFigures, ...]:
    """Add up the hours of each pair."""
    by_pair: dict[tuple[AgencyId, AgencyId], list[CrossingRow]] = defaultdict(list)
    for row in rows:
        by_pair[row.from_, row.to].append(row)
    return tuple(_of_pair(pair, by_pair[pair]) for pair in sorted(by_pair))


def quantile(counts: Sequence[int], share: float) -> timedelta | None:
    """
    Estimate how long the quickest *share* of crossings took at most.

    Within a bucket they are taken to be spread evenly; what took longer than the last bound is
    told as that bound.
    """
    total = sum(counts)
    if not total:
        return None
    wanted, below, lower = share * total, 0, timedelta()
    for upper, count in zip(CROSSING_BOUNDS, counts, strict=False):
        if count and below + count >= wanted:
            return lower + (upper - lower) * ((wanted - below) / count)
        below, lower = below + count, upper
    return CROSSING_BOUNDS[-1]


def _of_pair(pair: tuple[AgencyId, AgencyId], rows: Sequence[CrossingRow]) -> LagFigures:
    counts = [sum(each) for each in zip(*(row.counts for row in rows), strict=True)]
    hours = sorted(rows, key=lambda row: row.hour)
    return LagFigures(
        *pair,
        count=sum(counts),
        p50=quantile(counts, 0.50),
        p95=quantile(counts, 0.95),
        p99=quantile(counts, 0.99),
        by_hour=tuple(
            HourlyLag(
                row.hour,
                sum(row.counts),
                p50=quantile(row.counts, 0.50),
                p95=quantile(row.counts, 0.95),
            )
            for row in hours
        ),
    )
