"""The lease of an agency, between edges whose machines do not agree on the time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bridge.edge.lease import Lease
from bridge.store import MemoryStore
from bridge.store.memory_state import MemoryState
from contracts.ids import AgencyId

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TERM = timedelta(seconds=15)


class SharedStore(MemoryStore):
    """As a database that several machines share: it goes by its own clock."""

    async def clock(self, here: datetime) -> datetime:
        return NOW


def lease(store: MemoryStore, holder: str, here: datetime) -> Lease:
    agency = AgencyId("odru")
    return Lease(agency=agency, store=store, holder=holder, term=TERM, now=lambda: here)


@pytest.mark.covers("F28")
async def test_an_edge_whose_clock_is_minutes_off_takes_no_lease_that_is_held() -> None:
    """By its own clock it has run out long ago; two would speak for one agency, and write twice."""
    store = SharedStore(MemoryState(), environment="test")
    first, second = lease(store, "one", NOW), lease(store, "two", NOW + timedelta(minutes=4))
    async with asyncio.TaskGroup() as tasks:
        holding = [tasks.create_task(first.hold())]
        await first.is_held.wait()
        holding.append(tasks.create_task(second.hold()))
        for _ in range(10):
            await asyncio.sleep(0)
        held = first.is_held.is_set(), second.is_held.is_set()
        for task in holding:
            task.cancel()
    assert held == (True, False)
