"""The bell: rung when something may be due, so that it need not wait for the next round."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

from bridge.clock import Now

_ROUND: Final = 0.5
"""Seconds."""


class Bell:
    """Rung by whoever has work for an edge; one listens."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Have what is due looked at now."""
        self._rung.set()

    def ring_at(self, due_at: datetime) -> None:
        """Have it looked at at a moment, where that is before the next round."""
        wait = (due_at - self._now()).total_seconds()
        if wait <= 0:
            self._rung.set()
        elif wait < _ROUND:
            asyncio.get_running_loop().call_later(wait, self._rung.set)

    async def wait(self) -> None:
        """Wait until it is rung, and no longer than a round takes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_ROUND):
                await self._rung.wait()
        self._rung.clear()
