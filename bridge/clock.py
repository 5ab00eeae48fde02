"""The clock: handed in wherever time is read, so that it can be moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]
"""Gives the moment, aware, in UTC."""


def real_clock() -> datetime:
    """Give the moment that it is."""
    return datetime.now(UTC)


def clock_set(ahead: timedelta) -> Now:
    """Give a clock that is *ahead* of the real one; it never jumps, also across restarts."""
    if not ahead:
        return real_clock
    return lambda: real_clock() + ahead
