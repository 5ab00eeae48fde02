"""
Locking: what the writes of an edge have locked in its system, and giving back what they left.

It is written down before a lock is asked for, under which id it was had, and that it was released.
What stands there though its Command is answered was left: by a process that was killed, or because
nobody answered. It is given back as soon as the system answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

import structlog

from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.deadline import within
from bridge.store.base import EdgeStore
from bridge.store.errors import LeaseLost, StoreError
from bridge.store.records import Lock
from contracts.adapter import Adapter, KeepsLocks, Unlocks
from contracts.errors import AdapterError, Unreachable
from contracts.ids import AgencyId, CommandId

log = structlog.get_logger(__name__)

_EVERY: Final = timedelta(seconds=20)
_LANDS_WITHIN: Final = timedelta(minutes=2)
"""A lock that was asked for and not answered may be given so much later."""
_TRIED_AGAIN: Final = "none is needed: it is given back as soon as the system takes it"
_A_PERSON: Final = (
    "its id never came: have somebody who works there release it, if nobody there is editing it"
)
_LATER: Final = 4
"""What could not be given back is tried again after this part of the time it has been left."""


@dataclass(slots=True)
class Locking:
    """
    The locks of one agency's edge.

    Attributes:
        is_held: Set while this edge may speak for the agency.
        while_ours: Around each call: raises where another edge may by now.
        patience: Within which one call to the system must have ended.
        document_patience: The same, where a document is carried; what was left half waits twice as
            long for somebody to go on with it.
    """

    agency: AgencyId
    store: EdgeStore
    adapter: Adapter
    breaker: Breaker
    is_held: asyncio.Event
    while_ours: Callable[[], AbstractAsyncContextManager[None]]
    patience: timedelta
    document_patience: timedelta
    now: Now
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _tried: dict[tuple[str, CommandId], datetime] = field(default_factory=dict)

    def of(self, command: CommandId) -> KeepsLocks:
        """Give where the writes for a Command say what they lock."""
        return _Kept(self, command)

    def turn(self, place: str) -> asyncio.Lock:
        """Give what keeps a place from being locked and given back at once."""
        turn = self._turns.get(place)
        if turn is None:
            turn = self._turns[place] = asyncio.Lock()
        return turn

    async def run(self) -> None:
        """Give back what was left, now and then; until cancelled."""
        while isinstance(self.adapter, Unlocks):
            await self.is_held.wait()
            if not self.breaker.is_open:
                await self.give_back(self.adapter)
            await asyncio.sleep(_EVERY.total_seconds())

    async def give_back(self, adapter: Unlocks) -> None:
        """Give back once what was left, as far as it can be now."""
        left = await self.store.left_locks(self.agency)
        ids = {_id(lock) for lock in left}
        self._tried = {id_: at for id_, at in self._tried.items() if id_ in ids}
        for lock in left:
            if not self._is_due(lock):
                continue
            async with self.turn(lock.place):
                # Somebody may have gone on with it since.
                if lock in await self.store.left_locks(self.agency):
                    await self._unlock(adapter, lock)

    def _is_due(self, lock: Lock) -> bool:
        tried = self._tried.get(_id(lock))
        return tried is None or self.now() - tried >= (tried - lock.at) / _LATER

    async def _unlock(self, adapter: Unlocks, lock: Lock) -> None:
        for_good = self.now() - lock.at >= 2 * self.document_patience
        # What goes for good may need the content that was there before, brought anew.
        patience = self.document_patience if for_good else self.patience
        try:
            async with self.while_ours(), within(patience, Unreachable):
                is_free = await adapter.unlock(
                    lock.place, lock.lock, for_good=for_good, key=lock.command
                )
        except (LeaseLost, StoreError):
            raise
        except AdapterError as error:
            self.breaker.note(error)
            log.warning("lock_not_given_back", agency=self.agency, code=error.code)
            is_free = False
        except Exception:
            log.exception("adapter_bug", agency=self.agency)
            is_free = False
        if is_free and (lock.lock or self.now() - lock.at >= _LANDS_WITHIN):
            await self.store.forget_lock(lock)
            log.info("lock_given_back", agency=self.agency)
            return
        if not is_free and _id(lock) not in self._tried:
            log.warning(
                "lock_left",
                agency=self.agency,
                place=lock.place,
                since=str(lock.at),
                way_out=_TRIED_AGAIN if lock.lock else _A_PERSON,
            )
        self._tried[_id(lock)] = self.now()


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where the writes for one Command say what they lock."""

    locking_: Locking
    command: CommandId

    async def locking(self, place: str) -> str | None:
        async with self.locking_.turn(place):
            before = await self.locking_.store.keep_lock(self._lock(place, ""))
        return None if before is None else before.lock

    async def locked(self, place: str, lock: str) -> None:
        await self.locking_.store.name_lock(self._lock(place, lock))

    async def unlocked(self, place: str) -> None:
        try:
            await self.locking_.store.forget_lock(self._lock(place, ""))
        except StoreError as error:
            # Then it is looked at once more, and found released.
            log.warning("lock_not_forgotten", agency=self.locking_.agency, why=str(error))

    def _lock(self, place: str, lock: str) -> Lock:
        edge = self.locking_
        return Lock(edge.agency, place, self.command, lock, edge.now())


def _id(lock: Lock) -> tuple[str, CommandId]:
    return lock.place, lock.command
