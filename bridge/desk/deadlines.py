"""Legal deadlines at risk: cases that stand still while their last day comes near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bridge.clock import Now
from bridge.desk.together import Lasting
from bridge.store import Store
from contracts.ids import LinkId

NEAR: Final = timedelta(days=14)
_LOOKED_AT: Final = 200
_SHOWN: Final = 10
_LASTS: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Risk:
    """A case that waits for a person, and its last day."""

    link: LinkId
    number: str
    deadline: date
    days: int


class Deadlines:
    """Finds the cases at risk; looked for once a minute, as each has to be read whole."""

    def __init__(self, store: Store, *, now: Now) -> None:
        self._store, self._now = store, now
        self._found = Lasting(self._look, lasts=_LASTS, now=now)

    async def at_risk(self) -> tuple[Risk, ...]:
        """Give those of the cases that wait longest whose last day is near or past, it first."""
        return await self._found.get()

    async def _look(self) -> tuple[Risk, ...]:
        today = self._now().date()
        waiting = await self._store.parked(limit=_LOOKED_AT)
        names = {row.link: row.number or row.link for row in waiting}
        found = []
        for stored in (await self._store.links(names.keys())).values():
            deadline = _day(stored.link.truth.get("deadline"))
            if deadline is not None and deadline - today <= NEAR:
                days = (deadline - today).days
                found.append(Risk(stored.link.id, names[stored.link.id], deadline, days))
        return tuple(sorted(found, key=lambda risk: risk.deadline)[:_SHOWN])


def _day(value: object) -> date | None:
    """Give the day of a date that is known to the day."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
