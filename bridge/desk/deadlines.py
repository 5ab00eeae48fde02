"""Legal deadlines at risk: cases that stand still while their last day comes near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bridge.clock import Now
from bridge.store import Store
from contracts.ids import LinkId

NEAR: Final = timedelta(days=14)
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Risk:
    """A case that waits for a person, and its last day; ``days`` are left, or past if negative."""

    link: LinkId
    number: str
    deadline: date
    days: int


@dataclass(frozen=True, slots=True)
class Risks:
    """The cases at risk, last day first; ``more`` are not among them."""

    first: tuple[Risk, ...]
    more: int


class Deadlines:
    """Finds the cases at risk."""

    def __init__(self, store: Store, *, now: Now) -> None:
        self._store, self._now = store, now

    async def at_risk(self) -> Risks:
        """Give the cases that wait for a person while their last day is near or past, it first."""
        today = self._now().date()
        due = await self._store.due(today + NEAR, limit=_SHOWN)
        first = tuple(
            Risk(row.link, row.number or row.link, row.deadline, (row.deadline - today).days)
            for row in due.rows
        )
        return Risks(first, due.count - len(first))
