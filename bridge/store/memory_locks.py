"""What the writes of edges have locked in their systems, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from bridge.store.locks import surest, taken_over
from bridge.store.memory_state import OnState
from bridge.store.records import Lock
from contracts.ids import AgencyId, CommandId

_BY_AGE: Final = attrgetter("at", "place", "command")


class MemoryLocks(OnState):
    """Implements the locks of `EdgeStore`."""

    async def keep_lock(self, lock: Lock) -> Lock | None:
        """Write down what is about to be locked; give what was left there."""
        there = [
            each
            for each in self._state.locks.values()
            if (each.agency, each.place) == (lock.agency, lock.place)
            and (each.command == lock.command or each.command not in self._state.commands)
        ]
        for each in there:
            del self._state.locks[_key(each)]
        before = surest(there)
        self._state.locks[_key(lock)] = taken_over(lock, before)
        return before

    async def name_lock(self, lock: Lock) -> None:
        """Write down the id of a lock that was had."""
        self._state.locks[_key(lock)] = lock

    async def forget_lock(self, lock: Lock) -> None:
        """Forget what is locked no longer."""
        self._state.locks.pop(_key(lock), None)

    async def left_locks(self, agency: AgencyId) -> Sequence[Lock]:
        """Give what is locked where no Command is at work."""
        locks = [each for each in self._state.locks.values() if each.agency == agency]
        in_use = {each.place for each in locks if each.command in self._state.commands}
        return sorted((each for each in locks if each.place not in in_use), key=_BY_AGE)


def _key(lock: Lock) -> tuple[AgencyId, str, CommandId]:
    return lock.agency, lock.place, lock.command
