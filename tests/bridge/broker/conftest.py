"""Brokers of both kinds, ready to use, and builders for what travels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.broker import Broker, Topology
from bridge.broker.embedded import EmbeddedBroker
from bridge.broker.rabbit import RabbitBroker

TOPOLOGY = Topology.of(["odru", "rud"]).with_subscriber("events.odru.v1")
PATIENCE = timedelta(seconds=3)


class Site:
    """Where brokers can be opened, one after the other, over the same queues."""

    def __init__(self, *, url: str = "", path: Path | None = None) -> None:
        self._url = url
        self._path = path
        self._opened: list[Broker] = []

    def open(self, expected: Topology = TOPOLOGY) -> Broker:
        """Make one more broker; on a file, close the one before first."""
        broker: Broker = (
            EmbeddedBroker(self._path, expected=expected, publish_timeout=PATIENCE)
            if self._path
            else RabbitBroker(
                self._url, expected=expected, publish_timeout=PATIENCE, connect_timeout=PATIENCE
            )
        )
        self._opened.append(broker)
        return broker

    async def close(self) -> None:
        """Close all that were opened."""
        for broker in self._opened:
            await broker.close()


@pytest.fixture(params=["rabbit", "embedded"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """An empty site of each kind."""
    site = (
        Site(path=tmp_path / "broker.sqlite")
        if request.param == "embedded"
        else Site(url=request.getfixturevalue("vhost_url"))
    )
    yield site
    await site.close()


@pytest.fixture
async def broker(site: Site) -> Broker:
    """An open broker with everything declared."""
    broker = site.open()
    await broker.provision(TOPOLOGY)
    return broker
