"""
A store in memory: for tests, and for a simulator that is to run the same way again.

It keeps every promise of `bridge.store.base` but one: what it is given lives as long as its
`MemoryState`. It has no threads, clock or chance of its own, and no call ever suspends, so that
nothing comes between. Who wants others to come between waits before or after a call.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bridge.engine.restored import suspect
from bridge.store.base import Store
from bridge.store.depths import MemoryDepths
from bridge.store.identity import see_ours
from bridge.store.memory_edge import MemoryEdge
from bridge.store.memory_hub import MemoryHub
from bridge.store.memory_jobs import MemoryJobs
from bridge.store.memory_locks import MemoryLocks
from bridge.store.memory_queries import MemoryQueries
from bridge.store.memory_sides import MemorySides
from bridge.store.memory_state import WHERE, MemoryState
from bridge.store.memory_transfers import MemoryTransfers
from bridge.store.presence import MemoryPresence, see_nobody
from bridge.store.records import Identity
from bridge.store.rules_versions import MemoryRulesVersions
from bridge.store.sessions import MemorySessions


class MemoryStore(
    MemoryHub,
    MemoryEdge,
    MemoryQueries,
    MemoryJobs,
    MemorySides,
    MemoryPresence,
    MemoryDepths,
    MemoryTransfers,
    MemoryLocks,
    MemoryRulesVersions,
    MemorySessions,
):
    """A state in memory as one process sees it: the hub's store, the edges', or everybody's."""

    def __init__(self, state: MemoryState, *, environment: str) -> None:
        """Use *state* in the name of *environment*; see `open_memory_store`."""
        super().__init__(state)
        self._environment = environment

    @property
    def where(self) -> str:
        """No address: it is in this process."""
        return WHERE

    async def identity(self) -> Identity:
        """Tell whose store this is."""
        return self._state.identity or Identity(self._environment, 0)

    async def restored(self, at: datetime) -> Identity:
        """Begin a new epoch, as it was brought back from a backup: look first, write later."""
        await self.check()
        # Who signed out since the backup was made would be in again.
        await self.end_sessions(seen_before=at, begun_before=at)
        return await self._rise(at)

    async def check(self) -> None:
        """Take a state that belongs to nobody yet, and refuse one that belongs to another."""
        see_ours(self._taken(), self._environment, where=WHERE)

    async def adopt(self, at: datetime) -> Identity:
        """Make the store this environment's own; if it moved, look first as after a restore."""
        found = self._taken()
        return found if found.environment == self._environment else await self._rise(at)

    async def close(self) -> None:
        """Leave the state as it is, for the next one."""

    def _taken(self) -> Identity:
        if self._state.identity is None:
            self._state.identity = Identity(self._environment, 1)
        return self._state.identity

    async def _rise(self, at: datetime) -> Identity:
        see_nobody(await self.at_work(at), where=WHERE)
        raised = Identity(self._environment, self._taken().epoch + 1)
        self._state.identity = raised
        self._state.outbox, self._state.commands = {}, {}
        for id_, kept in self._state.links.items():
            if kept.link.released is None:
                stored = replace(kept.stored, link=suspect(kept.link))
                since = kept.unsettled_since or at
                self._state.links[id_] = replace(
                    kept, stored=stored, is_equal=False, unsettled_since=since
                )
                self._state.timers[id_] = at
        return raised


_: type[Store] = MemoryStore


async def open_memory_store(state: MemoryState, *, environment: str) -> MemoryStore:
    """
    Open a store in memory. The first environment to do so owns it.

    Raises:
        StoreForeign: It belongs to another environment.
    """
    store = MemoryStore(state, environment=environment)
    await store.check()
    return store
