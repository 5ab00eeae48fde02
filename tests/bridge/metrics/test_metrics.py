"""What `/metrics` tells: what a process counted, and how all stands in store and broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from bridge.broker import Topology
from bridge.broker.base import Delivery
from bridge.broker.embedded import EmbeddedBroker
from bridge.hub.group import Group
from bridge.metrics.meters import Meters
from bridge.metrics.page import MetricsPage
from bridge.metrics.readings import Readings
from bridge.store import MemoryState, StoreUnreachable, open_memory_store
from contracts.envelope import Undecodable
from tests.bridge.engine.samples import NOORD
from tests.bridge.hub.conftest import Bench
from tests.docs.pages import reference

LABELS = {"agency", "agencies", "cause", "from", "le", "outcome", "queue", "reason", "sight"}
LABELS |= {"to", "version"}
PAGE = reference("metrics.md")


class Site:
    """A bridge that counts, and somebody who asks."""

    def __init__(
        self, bench: Bench, meters: Meters, client: TestClient[web.Request, web.Application]
    ) -> None:
        self.bench, self.meters, self._client = bench, meters, client

    async def families(self) -> list[Metric]:
        """Ask."""
        async with self._client.get("/metrics") as answer:
            assert answer.status == 200
            return list(text_string_to_metric_families(await answer.text()))

    async def told(self) -> dict[str, Mapping[tuple[str, ...], float]]:
        """Ask, and give each series by its name and the values of its labels."""
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in await self.families():
            for sample in family.samples:
                assert sample.labels.keys() <= LABELS, sample.name
                found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        return dict(found)


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    topology = Topology.of(["noord", "zuid"])
    broker = EmbeddedBroker(tmp_path / "broker.db", expected=topology)
    await broker.provision(topology)
    yield broker
    await broker.close()


@pytest.fixture
async def site(broker: EmbeddedBroker) -> AsyncIterator[Site]:
    bench = Bench(await open_memory_store(MemoryState(), environment="test"))
    meters = Meters()
    readings = Readings(
        store=bench.store, broker=broker, rules=lambda: bench.rules, now=lambda: bench.at
    )
    app = web.Application()
    MetricsPage(meters, readings).add_to(app)
    async with TestClient(TestServer(app)) as client:
        yield Site(bench, meters, client)


async def test_how_the_links_stand_is_told_by_pair_of_agencies(site: Site) -> None:
    """Read when somebody asks, and not again within a second."""
    (command,) = await site.bench.settle(site.bench.see())
    pair = ("noord,zuid",)
    told = await site.told()
    assert (told["casebridge_links"][pair], told["casebridge_links_equal"][pair]) == (1, 0)
    assert told["casebridge_links_in_flight"][pair] == 1
    assert told["casebridge_rules_info"] == {("v1",): 1}
    await site.bench.come_to_rest([command])
    assert (await site.told())["casebridge_links_equal"][pair] == 0
    site.bench.at += timedelta(seconds=2)
    told = await site.told()
    assert (told["casebridge_links_equal"][pair], told["casebridge_store_up"][()]) == (1, 1)


async def test_a_queue_is_told_with_what_waits_in_it(site: Site) -> None:
    told = await site.told()
    assert told["casebridge_broker_up"][()] == 1
    assert told["casebridge_queue_messages"]["hub.v1",] == 0
    assert ("edge.noord.commands.v1",) in told["casebridge_queue_messages"]


async def test_a_store_or_broker_that_is_away_is_a_reading_and_no_error(
    site: Site, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process counted itself is told all the same."""

    async def away() -> None:
        raise StoreUnreachable("away", where="there", way_out="wait")

    monkeypatch.setattr(site.bench.store, "figures", away)
    await broker.close()
    site.meters.hints(NOORD, "push", 3)
    told = await site.told()
    assert told["casebridge_store_up"][()] == 0
    assert told["casebridge_broker_up"][()] == 0
    assert told["casebridge_hints_total"][("noord", "push")] == 3


async def test_an_edit_that_arrived_is_counted_with_how_long_it_took(site: Site) -> None:
    bench = site.bench
    group = Group(
        store=bench.store,
        rules=lambda: bench.rules,
        source="urn:test",
        now=bench.tick,
        meters=site.meters,
    )
    (command,) = await bench.settle(bench.see())
    await group.settle([bench.obey(command, "Z-1")])
    told = await site.told()
    assert told["casebridge_lag_seconds_count"][("noord", "zuid")] == 1
    assert told["casebridge_group_seconds_count"][()] == 1


async def test_what_came_again_or_was_set_aside_is_counted_by_queue(site: Site) -> None:
    """And what is wrong with it by its kind: what it says itself may be anything."""
    once = Delivery("hub.v1", "m", "k", b"", {}, redelivered=False)
    again = Delivery("hub.v1", "m", "k", b"", {}, redelivered=True)
    site.meters.taken("hub.v1", [once, again, again])
    site.meters.dead_letter("hub.v1", Undecodable("Jan Jansen"))
    told = await site.told()
    assert told["casebridge_redeliveries_total"] == {("hub.v1",): 2}
    assert told["casebridge_dead_letters_total"] == {("hub.v1", "Undecodable"): 1}


async def test_every_metric_is_described_and_none_that_is_gone(site: Site) -> None:
    """In `docs/reference/metrics.md`; those of the process itself are Prometheus' own."""
    ours = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in await site.families()
        if family.name.startswith("casebridge_") and not family.name.endswith("_created")
    }
    assert PAGE.rows("What a process counts").keys() | PAGE.rows("How all stands").keys() == ours
