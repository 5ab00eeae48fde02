"""Who is at work on this store: each process says so again and again, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from bridge.store.engine import Database, OnDatabase
from bridge.store.errors import StoreInUse
from bridge.store.memory_state import OnState
from bridge.store.records import Presence
from bridge.store.statements import upsert
from bridge.store.tables import PRESENCES

_FORGET: Final = delete(PRESENCES).where(PRESENCES.c.until <= bindparam("at"))
_LEAVE: Final = delete(PRESENCES).where(PRESENCES.c.process == bindparam("who"))
_AT_WORK: Final = (
    select(PRESENCES.c.process, PRESENCES.c.runs, PRESENCES.c.until)
    .where(PRESENCES.c.until > bindparam("at"))
    .order_by(PRESENCES.c.process)
)


def see_nobody(found: Sequence[Presence], *, where: str) -> None:
    """
    See that nobody is at work.

    Raises:
        StoreInUse: Somebody is.
    """
    if not found:
        return
    each = ", ".join(f"{one.process} ({one.runs})" for one in found)
    until = max(one.until for one in found).astimezone()
    msg = f"at work on it: {each}"
    raise StoreInUse(
        msg,
        where=where,
        way_out="stop every `casebridge run` and `casebridge console` that has this store, and "
        f"give this again; one that was killed is forgotten at {until:%H:%M:%S}",
    )


def at_work(connection: Connection, at: datetime) -> tuple[Presence, ...]:
    """Tell who is at work at a moment."""
    return tuple(Presence(*row) for row in connection.execute(_AT_WORK, {"at": at}))


class SqlPresence(OnDatabase):
    """Implements the part of `Store` on who is at work."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._arrive = upsert(database.dialect, PRESENCES)

    async def attend(self, presence: Presence, at: datetime) -> None:
        """Say that a process is at work; forget those that were not heard of any more."""
        row = {"process": presence.process, "runs": presence.runs, "until": presence.until}

        def run(connection: Connection) -> None:
            connection.execute(_FORGET, {"at": at})
            connection.execute(self._arrive, row)

        await self._database.write(run)

    async def leave(self, process: str) -> None:
        """Say that a process is at work no more."""
        await self._database.write(lambda c: c.execute(_LEAVE, {"who": process}))

    async def at_work(self, at: datetime) -> tuple[Presence, ...]:
        """Tell who is at work."""
        return await self._database.read(lambda c: at_work(c, at))


class MemoryPresence(OnState):
    """The same in memory."""

    async def attend(self, presence: Presence, at: datetime) -> None:
        """Say that a process is at work; forget those that were not heard of any more."""
        left = {p: each for p, each in self._state.presences.items() if each.until > at}
        self._state.presences = {**left, presence.process: presence}

    async def leave(self, process: str) -> None:
        """Say that a process is at work no more."""
        self._state.presences.pop(process, None)

    async def at_work(self, at: datetime) -> tuple[Presence, ...]:
        """Tell who is at work."""
        found = self._state.presences
        return tuple(found[process] for process in sorted(found) if found[process].until > at)
