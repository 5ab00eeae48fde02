"""Memory of a hub and of an edge with many Links in the store, and with none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from bench.bridge_side import Installation
from bench.figures import Figure
from bench.messages import Messages
from bench.seed import Seeded
from bench.stage import Services, Stage, plain, provision
from bench.systems import HOME
from bench.waiting import until
from bridge.broker import Topology
from bridge.broker.base import Outgoing
from bridge.broker.rabbit import RabbitBroker
from bridge.outbox import row_for
from bridge.store import open_store
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Cause, Hint, Observation

_SOURCE: Final = "urn:nld:oin:00000000000000000000:systeem:casebridge-odru"
_BATCH: Final = 200


async def memory(
    services: Services, stage: Stage, many: Seeded, messages: Messages, sweep: int
) -> Figure:
    """Compare the memory of hub and edge after each has gone through some thousand cases."""
    empty = services.store.fresh_database()
    seen = [messages.observation(n, 1_000_000 + n, "Veeg") for n in range(1, sweep + 1)]
    strays = [messages.stray(n) for n in range(1, sweep + 1)]
    none_hub, none_edge = await _measure(services, stage, empty, strays)
    many_hub, many_edge = await _measure(services, stage, many.url, seen)
    none, all_ = none_hub + none_edge, many_hub + many_edge
    return Figure(
        f"memory_{many.links // 1000}k_links"
        if many.links >= 1000
        else f"memory_{many.links}_links",
        all_ / none,
        f"resident memory of hub and edge with {many.links} Links in the store, against none",
        better="less",
        raw={
            "bytes_a_link": (all_ - none) / many.links,
            "hub_without_mb": none_hub / 2**20,
            "hub_with_mb": many_hub / 2**20,
            "edge_without_mb": none_edge / 2**20,
            "edge_with_mb": many_edge / 2**20,
            "cases_gone_through": sweep,
            "link_bytes_in_store": many.body_bytes,
        },
    )


async def _measure(
    services: Services, stage: Stage, store: str, observations: Sequence[Observation]
) -> tuple[int, int]:
    """Give the memory of a hub after these Observations, and of an edge after looking again."""
    broker = services.broker.fresh_vhost()
    installation = Installation(services.folder, store, broker, stage.systems)
    provision(installation)
    child, _ = installation.child("hub", "--role", "hub")
    with child:
        await _publish(broker, observations)
        hub = child.resident_bytes
    edge, _ = installation.child("edge", "--role", "edge", "--agency", HOME)
    with edge:
        await _look(store, list(stage.bridge.refs))
        return hub, edge.resident_bytes


async def _publish(url: str, observations: Sequence[Observation]) -> None:
    broker = RabbitBroker(url, expected=Topology.of([HOME]))
    try:
        for at in range(0, len(observations), _BATCH):
            await broker.publish([_outgoing(one) for one in observations[at : at + _BATCH]])

        async def is_empty() -> bool:
            return not sum((await broker.depths()).values())

        await until(is_empty, lambda: "the hub to have gone through all", look_every=0.1)
        # The queue counts what is ready; what is being decided takes a moment more.
        await asyncio.sleep(1.0)
    finally:
        await broker.close()


def _outgoing(observation: Observation) -> Outgoing:
    row = row_for(
        observation,
        id_=f"sweep-{observation.ref}",
        source=_SOURCE,
        sender=HOME,
        at=datetime.now(UTC),
    )
    return Outgoing(row.id, row.routing_key, row.body, row.headers)


async def _look(url: str, refs: Sequence[str]) -> None:
    """Have the edge look at some cases, and wait until it has."""
    store = await open_store(url, environment="benchmark")
    long_ago = datetime.now(UTC) - timedelta(days=3650)
    home = AgencyId(HOME)
    hints = [Hint(agency=home, ref=CaseRef(ref), cause=Cause.SWEEP, at=long_ago) for ref in refs]
    await store.hint(hints)
    await store.close()
    connection = await asyncpg.connect(plain(url))

    async def has_looked() -> bool:
        return not await connection.fetchval("SELECT count(*) FROM hints")

    await until(has_looked, lambda: "the edge to have looked at all", look_every=0.1)
    await connection.close()
