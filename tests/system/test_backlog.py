"""An edge comes back to far more messages than it can hold at once, and catches up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import pytest

from bridge.broker import Broker, Topology
from bridge.broker.base import Outgoing
from bridge.broker.rabbit import RabbitBroker
from bridge.broker.topology import hints_queue
from bridge.outbox import row_for
from bridge.store import HUB
from contracts.envelope import source_of
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Cause, Hint
from tests.system.conftest import Opening
from tests.system.memory import resident_kb

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ODRU: Final = AgencyId("odru")
_HINTS, _AT_ONCE = 6_000, 500
_MAY_GROW_KB: Final = 50_000


@pytest.mark.covers("F46", "F2")
async def test_a_backlog_is_caught_up_with_in_bounded_memory(
    on_servers: Opening, vhost_url: str
) -> None:
    """And what people type meanwhile arrives: the cases are the same ones."""
    broker = RabbitBroker(vhost_url, expected=Topology.of(["odru", "rud-utrecht"]))
    try:
        async with on_servers() as scene:
            edge = scene.keeper.of("edge-odru")
            before = resident_kb(edge)
            await scene.keeper.rest(edge.name)
            await _publish(broker, [ref for agency, ref in scene.people.cases if agency == ODRU])
            async with scene.people.working():
                scene.keeper.wake(edge.name)
                most = await _caught_up(broker, lambda: resident_kb(edge) if edge.is_running else 0)
            assert most - before < _MAY_GROW_KB, f"from {before} kB to {most} kB"
            await scene.ends_alike()
    finally:
        await broker.close()


async def _publish(broker: Broker, refs: Sequence[CaseRef]) -> None:
    """Announce each case again and again, as a system does that repeats itself."""
    source, at = source_of("0" * 20, "casebridge"), datetime.now(UTC)
    for first in range(0, _HINTS, _AT_ONCE):
        batch = []
        for number in range(first, first + _AT_ONCE):
            ref = refs[number % len(refs)]
            hint = Hint(agency=ODRU, ref=ref, cause=Cause.SWEEP, at=at)
            row = row_for(hint, id_=f"backlog-{number}", source=source, sender=HUB, at=at)
            batch.append(Outgoing(row.id, row.routing_key, row.body, row.headers))
        assert len(await broker.publish(batch)) == _AT_ONCE


async def _caught_up(broker: Broker, memory: Callable[[], int]) -> int:
    """Wait until the backlog is gone; give the most that *memory* told on the way."""
    most, queue = 0, hints_queue(ODRU)
    assert (await broker.depths())[queue] > _HINTS / 2, "there is no backlog"
    async with asyncio.timeout(180):
        while (await broker.depths())[queue] > 0:
            most = max(most, memory())
            await asyncio.sleep(0.2)
    return most
