"""Brokers of every kind, ready to use, and builders for what travels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.broker import Broker, Topology
from bridge.broker.embedded import EmbeddedBroker, InlineWriter
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.broker.rabbit import RabbitBroker

TOPOLOGY = Topology.of(["odru", "rud"]).with_subscriber("events.odru.v1")
PATIENCE = timedelta(seconds=3)


class Site:
    """Where brokers can be opened, one after the other, over the same queues."""

    def __init__(self, make: Callable[[Topology], Broker]) -> None:
        self._make = make
        self._opened: list[Broker] = []

    def open(self, expected: Topology = TOPOLOGY) -> Broker:
        """Make one more broker; on a file, close the one before first."""
        broker = self._make(expected)
        self._opened.append(broker)
        return broker

    async def close(self) -> None:
        """Close all that were opened."""
        for broker in self._opened:
            await broker.close()


def rabbit(url: str) -> Callable[[Topology], Broker]:
    return lambda expected: RabbitBroker(
        url, expected=expected, publish_timeout=PATIENCE, connect_timeout=PATIENCE
    )


def embedded(path: Path, **how: Any) -> Callable[[Topology], Broker]:
    return lambda expected: EmbeddedBroker(path, expected=expected, publish_timeout=PATIENCE, **how)


def in_memory(queues: MemoryQueues) -> Callable[[Topology], Broker]:
    return lambda expected: MemoryBroker(queues, expected=expected)


@pytest.fixture(params=["rabbit", "embedded", "embedded-inline", "memory"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """An empty site of each kind."""
    path = tmp_path / "broker.sqlite"
    match request.param:
        case "rabbit":
            site = Site(rabbit(request.getfixturevalue("vhost_url")))
        case "embedded":
            site = Site(embedded(path))
        case "embedded-inline":
            site = Site(embedded(path, writer=InlineWriter))
        case _:
            site = Site(in_memory(MemoryQueues()))
    yield site
    await site.close()


@pytest.fixture
async def broker(site: Site) -> Broker:
    """An open broker with everything declared."""
    broker = site.open()
    await broker.provision(TOPOLOGY)
    return broker


@pytest.fixture
async def time_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all would wait, it is at once the moment at which the first would go on."""
    loop: Any = asyncio.get_running_loop()
    now, run_once = loop.time(), loop._run_once

    def jump() -> None:
        nonlocal now
        if not loop._ready and loop._scheduled:
            now = max(now, loop._scheduled[0].when())
        run_once()

    monkeypatch.setattr(loop, "time", lambda: now)
    monkeypatch.setattr(loop, "_run_once", jump)
