"""
The edge: all I/O with one agency's case system, and nothing else.

Hints become Observations, Commands become Receipts. Both are rows in the edge's own small store
before anything is acknowledged or answered, and go out through its outbox. An edge works only
while it holds the lease of its agency; the lease's epoch stands in every stamp, so that what a
forgotten edge still says is known to be old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

import structlog

from bridge.clock import Now
from bridge.edge.contact import Contact
from bridge.edge.hints import Hints
from bridge.edge.inbox import Inbox
from bridge.edge.lease import Lease
from bridge.edge.locking import Locking
from bridge.edge.polling import Polling
from bridge.edge.rounds import Rounds
from bridge.edge.saving import Saving
from bridge.edge.tidying import Tidying
from bridge.edge.work import Work
from bridge.outbox import Outbox
from bridge.store.errors import LeaseLost, StoreError
from contracts.adapter import Heard
from contracts.ids import AgencyId
from contracts.messages import Cause

log = structlog.get_logger(__name__)

_AFTER_TROUBLE: Final = 1.0
"""Seconds."""


class Edge:
    """The worker for one agency; `EdgeParts` makes and joins what it takes."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        lease: Lease,
        inbox: Inbox,
        work: Work,
        saving: Saving,
        outbox: Outbox,
        contact: Contact,
        polling: Polling,
        rounds: Rounds,
        tidying: Tidying,
        locking: Locking,
        hints: Hints,
        fold_for: timedelta,
        now: Now,
    ) -> None:
        """*fold_for*: how long what a push names waits for more about the same case."""
        self.agency = agency
        self._lease, self._inbox, self._work = lease, inbox, work
        self._saving, self._outbox, self._contact = saving, outbox, contact
        self._polling, self._rounds, self._tidying = polling, rounds, tidying
        self._locking = locking
        self._hints, self._fold_for, self._now = hints, fold_for, now

    async def run(self) -> None:
        """Work until cancelled. Trouble with store, broker or system is waited out."""
        async with asyncio.TaskGroup() as tasks:
            for loop in (
                self._lease.hold,
                self._inbox.take_hints,
                self._inbox.take_commands,
                self._work.run,
                self._saving.run,
                self._outbox.run,
                self._contact.come_up,
                self._polling.run,
                self._rounds.patrol,
                self._rounds.sweep,
                self._tidying.run,
                self._locking.run,
                self._contact.report,
            ):
                tasks.create_task(self._kept_alive(loop), name=f"{self.agency}:{loop.__qualname__}")

    async def drain(self) -> None:
        """Begin nothing new, and wait until what was begun is done and saved."""
        await self._work.drain()

    async def keep(self, heard: Heard) -> None:
        """Make the hints of a push durable; they are looked at after a moment, folded."""
        await self._hints.keep(heard.refs, Cause.PUSH, self._now() + self._fold_for)

    async def sweep(self) -> int:
        """Ask to look at every case that is known; give how many there are."""
        return await self._rounds.sweep_once()

    async def _kept_alive(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a loop again after trouble that passes; anything else is a bug and ends the edge."""
        while True:
            try:
                await loop()
            except LeaseLost as error:
                log.warning("lease_lost", agency=self.agency, why=str(error))
                self._lease.lose()
            except StoreError as error:
                log.warning("edge_waits", agency=self.agency, why=str(error))
            else:
                return
            await asyncio.sleep(_AFTER_TROUBLE)
