"""
Jobs: what an edge does at the same time, one thing at a time for each key, a few of each kind.

Each kind has room of its own, so that large documents never keep a status waiting, nor Commands
the looking. While the system is down, one job at a time tries whether it is back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import structlog

from bridge.clock import Now
from bridge.edge.bell import Bell
from bridge.edge.pace import Pace
from bridge.store.errors import StoreError

log = structlog.get_logger(__name__)

_AFTER_STORE_TROUBLE: Final = timedelta(seconds=1)
_AFTER_A_BUG: Final = timedelta(seconds=30)

Job = Callable[[], Coroutine[Any, Any, None]]


class Kind(StrEnum):
    """Kinds of work that must not wait for each other."""

    LOOK = "look"
    FACTS = "facts"
    DOCUMENTS = "documents"
    LARGE = "large"
    """Documents that take long: small ones never wait for them."""


class Jobs:
    """The jobs of one agency's edge."""

    def __init__(
        self,
        *,
        agency: str,
        most: Mapping[Kind, int],
        is_down: Callable[[], bool],
        bell: Bell,
        pace: Pace,
        now: Now,
    ) -> None:
        """
        Run at most so many of each kind.

        Args:
            bell: Rung when there is room for what waited.
            pace: By it the large ones go while others are at work.
        """
        self._agency, self._most, self._is_down = agency, most, is_down
        self._bell, self._pace, self._now = bell, pace, now
        self._busy: set[str] = set()
        self._ended: set[str] = set()
        self._running: Counter[Kind] = Counter()
        self._probes = 0
        self._resting: dict[str, datetime] = {}
        self._waits = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def held(self) -> int:
        """How many keys cannot be started now, whatever waits behind them."""
        return len(self._busy) + len(self._resting)

    def look(self) -> None:
        """
        Begin to go through what is due, before it is read.

        Who is turned away from now on waits for room; and what is read may show as due what a job
        that ends from now on has just done.
        """
        self._waits = False
        self._ended.clear()

    def fall_behind(self) -> None:
        """Note that more is due than was gone through."""
        self._waits = True

    def has_room(self, kind: Kind) -> bool:
        """Tell whether another job of a kind could be started now."""
        has = self._running[kind] < self._most[kind] and not (self._is_down() and self._probes)
        self._waits = self._waits or not has
        return has

    def rest(self, key: str, until: datetime) -> None:
        """Leave *key* alone until a moment."""
        self._resting[key] = until

    def start(self, tasks: asyncio.TaskGroup, kind: Kind, key: str, job: Job) -> bool:
        """Start *job*, if nothing runs for its key and there is room."""
        if key in self._busy:
            self._waits = True
            return False
        if key in self._ended:
            self._bell.ring()
            return False
        if self._rests(key) or not self.has_room(kind):
            return False
        is_probe = self._is_down()
        self._busy.add(key)
        self._idle.clear()
        self._running[kind] += 1
        self._probes += is_probe
        name = f"{self._agency}:{kind}:{key}"
        tasks.create_task(self._run(kind, key, job, is_probe=is_probe), name=name)
        return True

    def _rests(self, key: str) -> bool:
        until = self._resting.get(key)
        if until is not None and until <= self._now():
            del self._resting[key]
            until = None
        return until is not None

    async def _run(self, kind: Kind, key: str, job: Job, *, is_probe: bool) -> None:
        try:
            with nullcontext() if kind is Kind.LARGE else self._pace.working():
                await job()
        except StoreError as error:
            log.warning("work_waits", agency=self._agency, why=str(error))
            self.rest(key, self._now() + _AFTER_STORE_TROUBLE)
        except Exception:
            # A bug of ours: what was to be done stays where it is, and everything else goes on.
            log.exception("edge_bug", agency=self._agency)
            self.rest(key, self._now() + _AFTER_A_BUG)
        finally:
            self._busy.discard(key)
            self._ended.add(key)
            self._running[kind] -= 1
            self._probes -= is_probe
            if not self._busy:
                self._idle.set()
            if self._waits:
                self._bell.ring()

    async def idle(self) -> None:
        """Wait until nothing runs."""
        await self._idle.wait()
