"""
The watchdog: says where the event loop stands still.

All that a process does takes turns on one loop. A call that blocks it, in an adapter say, keeps
everybody waiting and leaves nothing in the log. So a thread beside it looks whether it still turns.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import structlog

log = structlog.get_logger(__name__)

_STANDS_STILL: Final = timedelta(seconds=5)
_FRAMES: Final = 5
"""How many calls are named, the innermost last."""


@asynccontextmanager
async def watched(stands_still: timedelta = _STANDS_STILL) -> AsyncIterator[None]:
    """
    Say in the log where the running loop stands still for so long, once each time.

    Named are places in code, never what they work on.
    """
    watchdog = _Watchdog(stands_still.total_seconds())
    thread = threading.Thread(target=watchdog.watch, name="watchdog", daemon=True)
    thread.start()
    turning = asyncio.create_task(watchdog.turn(), name="watchdog")
    try:
        yield
    finally:
        turning.cancel()
        watchdog.ended.set()
        await asyncio.to_thread(thread.join)


class _Watchdog:
    def __init__(self, stands_still: float) -> None:
        self._most, self._every = stands_still, stands_still / 5
        self._loops_thread = threading.get_ident()
        self._turned = time.monotonic()
        self.ended = threading.Event()

    async def turn(self) -> None:
        """Show that the loop turns; until cancelled."""
        while True:
            self._turned = time.monotonic()
            await asyncio.sleep(self._every)

    def watch(self) -> None:
        """Look whether it does, in a thread of its own."""
        since: float | None = None
        looked = time.monotonic()
        while not self.ended.wait(self._every):
            now, turned, before = time.monotonic(), self._turned, looked
            looked = now
            if since is not None and turned > since:
                log.warning("loop_goes_on", stood_still_seconds=round(turned - since, 1))
                since = None
            # A process that was stopped, and is woken, finds both of us late: that is no fault.
            if since is None and now - turned > self._most and now - before < self._most:
                since = turned
                log.error("loop_stands_still", seconds=round(now - turned, 1), where=self._where())

    def _where(self) -> list[str]:
        frame = sys._current_frames().get(self._loops_thread)  # noqa: SLF001  # documented so
        calls = traceback.extract_stack(frame)[-_FRAMES:] if frame else []
        return [f"{call.filename}:{call.lineno} {call.name}" for call in calls]
