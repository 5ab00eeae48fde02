"""
Reach: whether a store of content answers at all, asked by few so that nobody else waits for it.

A store that hangs keeps each call for as long as its client has patience. Cases are told while
they wait for that, so a few seconds without an answer are enough: then the store counts as away,
who asks is told so at once, and one call at a time, for which nobody waits, finds out whether it
is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, Final, TypeVar

import structlog

T = TypeVar("T")

log = structlog.get_logger(__name__)

ANSWERS_WITHIN: Final = timedelta(seconds=5)
"""What is small is answered in much less, also over a slow line."""
_ASKED_AGAIN_AFTER: Final = 2
"""So many times as long a store that is away is left alone between two calls."""


class Silent(Exception):
    """A store does not answer now."""


class Reach:
    """What is known of one store by one process."""

    def __init__(
        self, threads: Executor, probe: Callable[[], object], answers_within: timedelta
    ) -> None:
        """
        Know nothing yet.

        Args:
            threads: In which small calls are made.
            probe: Asks the store something small; blocks.
        """
        self._threads, self._probe = threads, probe
        self._within = answers_within.total_seconds()
        self._is_away = False
        self._asking: asyncio.Future[Any] | None = None
        self._asked_at = 0.0

    async def ask(self, job: Callable[[], T]) -> T:
        """
        Do something small with the store.

        Raises:
            Silent: It does not answer; *job* may be done all the same.
        """
        self.see()
        asked = asyncio.get_running_loop().run_in_executor(self._threads, job)
        try:
            await asyncio.wait([asked], timeout=self._within)
        except asyncio.CancelledError:
            asked.cancel()
            raise
        if asked.done():
            self._answered(asked)
            return asked.result()
        if not self._is_away:
            log.warning("content_store_silent", seconds=self._within)
        self._is_away = True
        self._await(asked)
        raise Silent

    def see(self) -> None:
        """
        See that the store is not known to be away.

        Raises:
            Silent: It is; whether it is back is asked now and then, beside this.
        """
        if not self._is_away:
            return
        rests = time.monotonic() - self._asked_at < _ASKED_AGAIN_AFTER * self._within
        if not rests and (self._asking is None or self._asking.done()):
            loop = asyncio.get_running_loop()
            self._await(loop.run_in_executor(self._threads, self._probe))
        raise Silent

    def _await(self, asking: asyncio.Future[Any]) -> None:
        """Let a call that nobody waits for tell whether the store answers."""
        self._asking, self._asked_at = asking, time.monotonic()
        asking.add_done_callback(self._answered)

    def _answered(self, asked: asyncio.Future[Any]) -> None:
        if asked.cancelled() or asked.exception() is not None:
            return
        if self._is_away:
            log.info("content_store_answers")
        self._is_away = False
