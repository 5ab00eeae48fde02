"""What stands still, grouped by what is the matter: one line, one cure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bridge.clock import Now
from bridge.desk.cures import Healer, healer_of
from bridge.engine.draft import WAYS
from bridge.engine.parked import Way
from bridge.jobs.errors import NotToBeDone
from bridge.store import ParkedGroup, ParkedRow, Store

LATELY: Final = timedelta(days=1)
"""What came within this time makes a group grow."""
EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Group:
    """
    Things that wait for the same matter, and what can be done about all of them.

    Attributes:
        healer: Who can take the cause away.
        ways: The ways out, in the order in which they are best tried.
        shown: Some of them, longest waiting first.
    """

    counted: ParkedGroup
    healer: Healer
    ways: tuple[Way, ...]
    shown: tuple[ParkedRow, ...] = ()

    @property
    def id(self) -> str:
        """The same for as long as it is the same matter, also when it comes back."""
        return self.counted.matter.id

    @property
    def is_growing(self) -> bool:
        """Tell whether any of it came lately."""
        return self.counted.recent > 0

    @property
    def has_returned(self) -> bool:
        """Tell whether it had been solved before."""
        return self.counted.course.returned_at is not None


class Parked:
    """Answers what stands still, and why."""

    def __init__(self, store: Store, *, now: Now) -> None:
        self._store, self._now = store, now

    async def groups(self) -> list[Group]:
        """List what is the matter, most frequent first."""
        return [_group(each) for each in await self._store.parked_groups(self._now() - LATELY)]

    async def group(self, id_: str, *, most: int = EXAMPLES, skip: int = 0) -> Group:
        """
        Show one group, with so many of what waits in it, after those that are skipped.

        Raises:
            NotToBeDone: Nothing waits for that any more, or nothing ever did.
        """
        found = next((each for each in await self.groups() if each.id == id_), None)
        if found is None:
            msg = f"nothing waits under {id_!r}; `casebridge parked --groups` lists what does"
            raise NotToBeDone(msg)
        shown = await self._store.parked(matter=id_, limit=most, skip=skip)
        return Group(found.counted, found.healer, found.ways, shown)


def _group(counted: ParkedGroup) -> Group:
    matter = counted.matter
    return Group(counted, healer_of(matter.reason, matter.gap), WAYS[matter.reason])
