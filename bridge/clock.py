"""The clock: handed in wherever time is read, so that it can be moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]
"""Gives the moment, aware, in UTC."""


def real_clock() -> datetime:
    """Give the moment that it is."""
    return datetime.now(UTC)


def clock_from(start: datetime | None) -> Now:
    """
    Give a clock that shows *start* now and goes on from there; the real one without a start.

    For drills and demonstrations: agreements of another year can be tried in the year they are of.
    """
    if start is None:
        return real_clock
    ahead = start - real_clock()
    return lambda: real_clock() + ahead
