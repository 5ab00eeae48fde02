"""Where an adapter says what it locks: beside the contents of a write, or nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from adapters.kit.contents import GivenContents, Source
from contracts.adapter import Contents, KeepsLocks


class _Nowhere:
    """Keeps nothing: nobody will ask for it."""

    async def locking(self, place: str) -> str | None:
        return None

    async def locked(self, place: str, lock: str) -> None:
        pass

    async def unlocked(self, place: str) -> None:
        pass


_NOWHERE: Final = _Nowhere()


def keeper_of(contents: Contents) -> KeepsLocks:
    """Give where a write with these contents says what it locks."""
    return contents if isinstance(contents, KeepsLocks) else _NOWHERE


class WrittenDown(GivenContents):
    """
    Contents for tests, with what a write locked; it may be killed as soon as it has a lock.

    Attributes:
        kept: By place: the id of the lock, empty until it was told.
        has_lock: Set once a lock was told; a write that *stops* there goes no further.
    """

    def __init__(self, sources: Mapping[str, Source] | None = None, *, stops: bool = False) -> None:
        super().__init__(sources)
        self.kept: dict[str, str] = {}
        self.has_lock = asyncio.Event()
        self._stops = stops

    async def locking(self, place: str) -> str | None:
        """Note that it is about to be locked."""
        before = self.kept.get(place)
        self.kept.setdefault(place, "")
        return before

    async def locked(self, place: str, lock: str) -> None:
        """Note the lock; there the process is killed."""
        assert place in self.kept, "it was locked before that was written down"  # noqa: S101
        self.kept[place] = lock
        self.has_lock.set()
        if self._stops:
            await asyncio.Event().wait()

    async def unlocked(self, place: str) -> None:
        """Note that it was released."""
        self.kept.pop(place, None)
