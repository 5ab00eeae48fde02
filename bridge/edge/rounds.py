"""
Rounds: cases that are known are looked at again, whether or not anything was heard of them.

A sweep goes by all of them, now and then. Where a system cannot be asked what changed, a patrol
goes by those that may have.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.contact import Contact
from bridge.edge.hints import Hints
from bridge.edge.lease import Lease
from bridge.edge.patrol import Patrol
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from contracts.adapter import Intake
from contracts.ids import AgencyId
from contracts.messages import Cause

log = structlog.get_logger(__name__)

_PAGE: Final = 500
_REST: Final = 0.5
"""Seconds, while something else is due."""


class Rounds:
    """Goes by the cases that the edge of one agency knows."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        store: EdgeStore,
        hints: Hints,
        contact: Contact,
        breaker: Breaker,
        lease: Lease,
        settings: EdgeSettings,
        now: Now,
    ) -> None:
        self._agency, self._store, self._hints = agency, store, hints
        self._contact, self._breaker, self._lease = contact, breaker, lease
        self._settings, self._now = settings, now

    async def sweep_once(self) -> int:
        """
        Ask to look at every case that is known; give how many there are.

        A page at a time, each once nothing else is due: what is announced goes first.
        """
        count, after = 0, None
        while page := await self._store.known(self._agency, after, _PAGE):
            while await self._store.due_hints(self._agency, self._now(), 1):  # noqa: ASYNC110  # in the store
                await asyncio.sleep(_REST)
            await self._hints.keep([known.ref for known in page], Cause.SWEEP, self._now())
            count, after = count + len(page), page[-1].ref
        return count

    async def sweep(self) -> None:
        """Look at every case that is known, now and then; until cancelled."""
        while True:
            await asyncio.sleep(self._settings.sweep_every.total_seconds())
            await self._lease.is_held.wait()
            count = await self.sweep_once()
            log.info("sweep_done", agency=self._agency, cases=count)

    async def patrol(self) -> None:
        """Go by the cases that are known, where no poll tells which of them changed."""
        often = self._settings.look_every
        if often is None:
            return
        patrol = Patrol(often=often, seldom=self._settings.sweep_every)
        while True:
            await asyncio.sleep(patrol.pace.total_seconds())
            await self._lease.is_held.wait()
            if Intake.POLL in self._contact.capabilities.intake or self._breaker.is_down:
                continue
            after, kept = None, []
            while page := await self._store.known(self._agency, after, _PAGE):
                await self._hints.keep(patrol.due(page, self._now()), Cause.SWEEP, self._now())
                kept += [known.ref for known in page]
                after = page[-1].ref
            patrol.forget(kept)
