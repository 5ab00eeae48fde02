"""Work: what is due is begun, each case and lane by itself, a bounded number at a time."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

import structlog

from bridge.clock import Now
from bridge.edge.answer import Answerer
from bridge.edge.bell import Bell
from bridge.edge.breaker import Breaker
from bridge.edge.brought import most_bytes
from bridge.edge.jobs import Jobs, Kind
from bridge.edge.lease import Lease
from bridge.edge.observe import Observer
from bridge.store.base import EdgeStore
from bridge.store.errors import StoreError
from bridge.store.records import CommandRow
from contracts.envelope import Undecodable, decode
from contracts.ids import AgencyId, CommandId
from contracts.messages import Command, Lane

log = structlog.get_logger(__name__)

_LOOKS: Final = 50
_PENDING: Final = 500


class Work:
    """Begins the Commands and the looks of one agency that are due."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        store: EdgeStore,
        observer: Observer,
        answerer: Answerer,
        jobs: Jobs,
        bell: Bell,
        breaker: Breaker,
        lease: Lease,
        large_bytes: int,
        now: Now,
    ) -> None:
        """*large_bytes*: a Command that brings a document of more waits for none but its like."""
        self._agency, self._store = agency, store
        self._observer, self._answerer = observer, answerer
        self._jobs, self._bell, self._breaker, self._lease = jobs, bell, breaker, lease
        self._large_bytes, self._now = large_bytes, now
        self._is_stopping = False
        self._commands: dict[CommandId, Command | None] = {}

    async def run(self) -> None:
        """Begin what is due whenever there is some; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._lease.is_held.wait()
                try:
                    if not self._is_stopping:
                        await self._begin_what_is_due(tasks)
                except StoreError as error:
                    # Not let out of the group: it would end what runs, in the midst of a write.
                    log.warning("edge_waits", agency=self._agency, why=str(error))
                await self._bell.wait()

    async def drain(self) -> None:
        """Begin nothing new, and wait until what was begun is done and saved."""
        self._is_stopping = True
        await self._jobs.idle()

    async def _begin_what_is_due(self, tasks: asyncio.TaskGroup) -> None:
        self._jobs.look()
        await self._begin_commands(tasks)
        if not self._breaker.is_open and self._jobs.has_room(Kind.LOOK):
            await self._begin_looks(tasks)

    async def _begin_commands(self, tasks: asyncio.TaskGroup) -> None:
        # Those that cannot begin now are not to hide the ones behind them.
        most = _PENDING + self._jobs.held
        rows = await self._store.pending(self._agency, most)
        before = self._commands
        self._commands = {
            row.id: before[row.id] if row.id in before else self._read(row) for row in rows
        }
        if len(rows) == most:
            self._jobs.fall_behind()
        for row in rows:
            command = self._commands[row.id]
            if command is None:
                continue
            kind = self._kind(command)
            self._jobs.start(tasks, kind, _place(row, command), partial(self._obey, row, command))

    async def _begin_looks(self, tasks: asyncio.TaskGroup) -> None:
        most = _LOOKS + self._jobs.held
        hints = await self._store.due_hints(self._agency, self._now(), most)
        if len(hints) == most:
            self._jobs.fall_behind()
        for hint in hints:
            look = partial(self._observer.observe, hint, tasks)
            self._jobs.start(tasks, Kind.LOOK, f"{hint.ref}|look", look)

    async def _obey(self, row: CommandRow, command: Command) -> None:
        until = await self._answerer.answer(row, command)
        if until is not None:
            self._jobs.rest(_place(row, command), until)
            self._bell.ring_at(until)

    def _kind(self, command: Command) -> Kind:
        """Say beside which others a Command waits for room."""
        if command.stage or most_bytes(command) > self._large_bytes:
            return Kind.LARGE
        return Kind.DOCUMENTS if command.lane is Lane.DOCUMENTS else Kind.FACTS

    def _read(self, row: CommandRow) -> Command | None:
        """Read a Command that was taken in; one of another release waits for that release."""
        try:
            command = decode(row.body).data
        except Undecodable as error:
            log.warning("command_not_read", agency=self._agency, link=row.link, why=str(error))
            return None
        return command if isinstance(command, Command) else None


def _place(row: CommandRow, command: Command) -> str:
    return f"{row.ref or row.link}|{command.lane}"
