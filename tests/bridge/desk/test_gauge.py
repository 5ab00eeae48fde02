"""The gauge: what it notes of the queues."""

from __future__ import annotations

import json
from datetime import timedelta

from bridge.broker import Outgoing, Topology
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.desk.gauge import Gauge
from bridge.desk.queues import Queues
from bridge.store import MemoryState, open_memory_store
from tests.bridge.console.console_site import NOW, SOURCE


async def test_it_notes_how_full_each_queue_is_and_how_long_its_oldest_message_waits() -> None:
    topology = Topology.of(["odru"])
    broker = MemoryBroker(MemoryQueues(), expected=topology)
    await broker.provision(topology)
    made = {"time": (NOW - timedelta(minutes=3)).isoformat()}
    await broker.publish([Outgoing("m1", "nobody.knows", json.dumps(made).encode())])
    store = await open_memory_store(MemoryState(), environment="test")
    queues = Queues(store, broker, source=SOURCE, now=lambda: NOW)
    await Gauge(queues, store, now=lambda: NOW).measure()
    noted = {row.queue: row for row in await store.depths(NOW)}
    assert set(noted) == {line.name for line in await queues.standings()}
    unrouted = noted["unrouted.v1"]
    assert (unrouted.messages, unrouted.oldest) == (1, timedelta(minutes=3))
    assert (noted["hub.v1"].messages, noted["hub.v1"].oldest) == (0, None)
