"""
Lag: keeps looks at one case apart, where a system may show it as it was a while ago.

An old state that is read after a newer one would be taken for an edit that puts it back. So that
long after a look, and after a write of ours, nothing is read: then nothing older can show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from contracts.ids import CaseRef


class Lag:
    """When each case was read or written last, as far as that matters still."""

    def __init__(self, lag: Callable[[], timedelta]) -> None:
        """*lag*: how far behind a reading may be, by what the adapter says now."""
        self._lag = lag
        self._since: float | None = None
        self._touched: dict[CaseRef, float] = {}

    async def over(self, ref: CaseRef) -> None:
        """Wait until a reading of a case shows nothing older than what was seen or written."""
        seconds = self._lag().total_seconds()
        if not seconds:
            return
        if self._since is None:
            # Who did this before us may have written a moment ago.
            self._since = _now()
        wait = self._touched.get(ref, self._since) + seconds - _now()
        if wait > 0:
            await asyncio.sleep(wait)

    def touch(self, ref: CaseRef) -> None:
        """Note that a case was just read, or that something may just have been written in it."""
        seconds = self._lag().total_seconds()
        if not seconds:
            return
        self._touched.pop(ref, None)
        self._touched[ref] = _now()
        while (oldest := next(iter(self._touched))) != ref and (
            self._touched[oldest] + seconds < _now()
        ):
            del self._touched[oldest]


def _now() -> float:
    return asyncio.get_running_loop().time()
