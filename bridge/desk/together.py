"""Figures that are dear to count: counted once for all who ask meanwhile, or for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bridge.clock import Now

T = TypeVar("T")


class Together(Generic[T]):
    """
    Counts one at a time, however many ask.

    Who asks gets a count that began after they asked: it knows what they did, and all that they
    were told of. Those who ask while one runs share the next.
    """

    def __init__(self, count: Callable[[], Awaitable[T]]) -> None:
        self._count = count
        self._counting = asyncio.Lock()
        self._begun = 0
        self._last: tuple[int, T] | None = None

    async def get(self) -> T:
        """Give it as it is now."""
        before = self._begun
        async with self._counting:
            if self._last is None or self._last[0] <= before:
                self._begun += 1
                number = self._begun
                self._last = number, await self._count()
            return self._last[1]


class Lasting(Generic[T]):
    """
    Counts anew only after a while.

    For what is dear and moves slowly: what somebody did just now may not show in it yet.
    """

    def __init__(self, count: Callable[[], Awaitable[T]], *, lasts: timedelta, now: Now) -> None:
        self._count, self._lasts, self._now = count, lasts, now
        self._counting = asyncio.Lock()
        self._last: tuple[datetime, T] | None = None

    async def get(self) -> T:
        """Give it as it was counted last, or count it where that is too long ago."""
        async with self._counting:
            now = self._now()
            if self._last is None or not self._last[0] <= now < self._last[0] + self._lasts:
                self._last = now, await self._count()
            return self._last[1]
