"""
The lease: while it is held, this edge is the only one that speaks for its agency.

A write may be several requests, and a process may be frozen between two of them: what is done
under the lease is broken off where the lease ends, before anything else once the process wakes.

Its epoch stands in every stamp. A reading that began under one lease and ended under another gets
none: somebody else may have read later meanwhile, and an older look must never count as a newer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.clock import Now
from bridge.store.base import EdgeStore
from bridge.store.errors import LeaseLost, StoreError
from contracts.ids import AgencyId
from contracts.messages import Sequence

log = structlog.get_logger(__name__)

_RELEASE_SECONDS: Final = 2.0


class Lease:
    """The lease of one agency, as one edge holds it or waits for it."""

    def __init__(
        self, *, agency: AgencyId, store: EdgeStore, holder: str, term: timedelta, now: Now
    ) -> None:
        self._agency, self._store, self._holder = agency, store, holder
        self._term, self._now = term, now
        self._counter = 0
        self._until: datetime | None = None
        self._ends_at = 0.0
        self._held_by: dict[asyncio.Timeout, None] = {}
        self.epoch = 0
        self.is_held = asyncio.Event()

    def stamp(self, epoch: int) -> Sequence:
        """Give the next place in the order of readings, for one that began in *epoch*."""
        if epoch != self.epoch:
            what = f"a reading began under epoch {epoch}, and now it is {self.epoch}"
            raise self._lost(what)
        self._counter += 1
        return Sequence(self.epoch, self._counter)

    def check(self) -> None:
        """
        See by the clock that the lease did not run out, as it does while a process is frozen.

        Raises:
            LeaseLost: It did; another edge may have it.
        """
        if self._until is None or self._now() >= self._until:
            raise self._lost("the lease ran out before it was renewed")

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """
        Do something that only the holder may do, and break it off where the lease ends.

        One request may be on its way by then; none follows.

        Raises:
            LeaseLost: It ended, before or in the midst of it; another edge may have it.
        """
        self.check()
        alarm = asyncio.timeout_at(self._ends_at)
        try:
            async with alarm:
                self._held_by[alarm] = None
                yield
        except TimeoutError as error:
            if not alarm.expired():
                raise
            what = "the lease ran out in the midst of a write"
            raise self._lost(what) from error
        finally:
            self._held_by.pop(alarm, None)

    def lose(self) -> None:
        """Note that it went to somebody else."""
        self.is_held.clear()
        self._until = None
        self._end_at(asyncio.get_running_loop().time())

    def _end_at(self, moment: float) -> None:
        """Let the lease end at a moment of the loop's clock, which goes on while we are frozen."""
        self._ends_at = moment
        for alarm in self._held_by:
            if not alarm.expired():
                alarm.reschedule(moment)

    async def hold(self) -> None:
        """Take the lease as soon as it is free, and keep it; until cancelled."""
        try:
            while True:
                if await self._acquired():
                    while await self._renewed():  # noqa: ASYNC110  # the lease stands in the store
                        await asyncio.sleep(self._term.total_seconds() / 3)
                    log.warning("lease_lost", agency=self._agency, epoch=self.epoch)
                    self.lose()
                else:
                    await asyncio.sleep(self._term.total_seconds() / 3)
        finally:
            await self._release()

    async def _acquired(self) -> bool:
        here, ends_at = self._now(), self._next_end()
        now = await self._store.clock(here)
        epoch = await self._store.acquire(self._agency, self._holder, self._term, now)
        if epoch is None:
            return False
        self.epoch, self._counter, self._until = epoch, 0, here + self._term
        self._end_at(ends_at)
        self.is_held.set()
        log.info("lease_taken", agency=self._agency, epoch=epoch)
        return True

    async def _renewed(self) -> bool:
        here, ends_at = self._now(), self._next_end()
        if not self.is_held.is_set() or not await self._store.renew(
            self._agency, self._holder, self.epoch, self._term, await self._store.clock(here)
        ):
            return False
        self._until = here + self._term
        self._end_at(ends_at)
        return True

    def _next_end(self) -> float:
        return asyncio.get_running_loop().time() + self._term.total_seconds()

    async def _release(self) -> None:
        if not self.is_held.is_set():
            return
        self.lose()
        # So that a successor need not wait; where it fails, the lease runs out by itself.
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._store.release(self._agency, self._holder, self.epoch)

    def _lost(self, what: str) -> LeaseLost:
        way_out = "nothing is to be done: whoever has the lease looks for itself"
        return LeaseLost(what, where=f"lease of {self._agency}", way_out=way_out)
