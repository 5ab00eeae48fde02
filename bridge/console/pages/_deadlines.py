"""Legal deadlines at risk: cases that stand still while their last day comes near."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bridge.store import Store
from contracts.ids import LinkId

NEAR: Final = timedelta(days=14)
_LOOKED_AT: Final = 200
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Risk:
    """A case that waits for a person, and its last day."""

    link: LinkId
    number: str
    deadline: date
    days: int


async def at_risk(store: Store, today: date) -> tuple[Risk, ...]:
    """Give the cases that wait longest and whose last day is near or past, the nearest first."""
    waiting = await store.parked(limit=_LOOKED_AT)
    names = {row.link: row.number or row.link for row in waiting}
    found = []
    for stored in (await store.links(names.keys())).values():
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
