"""A figure that is dear to count: counted once for all who ask while another count runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

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
