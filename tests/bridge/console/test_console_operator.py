"""What operators look after: systems, queues, and letters that went wrong."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest

from bridge.broker import Outgoing, Topology
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.console.people import Role
from bridge.console.supply import SUPPLY
from bridge.desk.queues import Queues
from bridge.engine.decision import What
from bridge.store import Condition, Standing, Work
from bridge.store.views import DepthRow
from tests.bridge.console.console_site import HOSTILE, NOW, ODRU, SOURCE, Site, a_link


@pytest.fixture
async def broker(site: Site) -> MemoryBroker:
    topology = Topology.of(["odru", "rud-utrecht"])
    broker = MemoryBroker(MemoryQueues(), expected=topology)
    await broker.provision(topology)
    supply = site.app[SUPPLY]
    queues = Queues(site.store, broker, source=SOURCE, now=lambda: NOW)
    object.__setattr__(supply, "queues", queues)
    return broker


async def text(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def send(
    client: aiohttp.ClientSession, page: str, path: str, reason: str = "omdat"
) -> aiohttp.ClientResponse:
    """Send a form of a page as a browser does."""
    found = re.search(r'name="csrf" value="([^"]+)"', await text(client, page))
    form = {"reason": reason} | ({"csrf": found[1]} if found else {})
    origin = str(client._base_url).rstrip("/")
    return await client.post(path, data=form, headers={"Origin": origin, "Accept": "text/html"})


async def test_a_side_is_paused_and_goes_on_again_from_its_page(site: Site) -> None:
    await site.keep(a_link(1))
    async with site.browser(Role.OPERATOR) as client:
        assert (await send(client, "/systems/odru", "/systems/odru/pause")).status == 200
        assert "gepauzeerd; er is niets meer onderweg" in await text(client, "/systems")
        (pause,) = await site.store.pauses()
        assert (pause.agency, pause.by, pause.reason) == (ODRU, "otto", "omdat")
        assert (await send(client, "/systems/odru", "/systems/odru/pause")).status == 409
        assert (await send(client, "/systems/odru", "/systems/odru/unpause")).status == 200
        assert (await send(client, "/systems/odru", "/systems/odru/pause", "")).status == 400
    assert await site.store.pauses() == ()


async def test_how_an_edge_finds_its_system_is_said_in_words(site: Site) -> None:
    await site.store.report(ODRU, Standing(Condition.STOPPED, f"401 {HOSTILE}", NOW))
    await site.store.acquire(ODRU, "edge-1", timedelta(days=365_00), NOW)
    await site.store.commit([Work(NOW, heard=ODRU)])
    async with site.browser(Role.AUDITOR) as client:
        assert "gestopt; iemand moet kijken" in await text(client, "/systems")
        page = await text(client, "/systems/odru")
        assert "401" in page
        assert "<script>alert" not in page
        assert '<form class="form"' not in page, "who audits changes nothing"
        async with client.get("/systems/west") as answer:
            assert answer.status == 404


async def test_queues_are_shown_and_letters_dealt_with(site: Site, broker: MemoryBroker) -> None:
    sent = [Outgoing(f"m{n}", "nobody.knows", f"van iemand {n}".encode()) for n in (1, 2)]
    await broker.publish(sent)
    async with site.browser(Role.OPERATOR) as client:
        assert "unrouted.v1" in await text(client, "/queues")
        page = await text(client, "/queues/unrouted.v1")
        assert "nobody.knows" in page
        said = await text(client, "/queues/unrouted.v1/m1")
        assert "van iemand 1" in said
        (row,) = await site.store.journal_of(what=What.SEEN)
        assert (row.by, row.cause) == ("otto", "m1")
        async with site.browser(Role.AUDITOR) as auditor:
            assert "/queues/unrouted.v1/m1" not in await text(auditor, "/queues/unrouted.v1")
            async with auditor.get("/queues/unrouted.v1/m1") as answer:
                assert answer.status == 403, "what a letter says is for operators"
        assert "van iemand" not in page
        drop = "/queues/unrouted.v1/m1/drop"
        assert (await send(client, "/queues/unrouted.v1", drop)).status == 200
        assert (await send(client, "/queues/unrouted.v1", drop)).status == 409
        requeue = "/queues/unrouted.v1/m2/requeue"
        assert (await send(client, "/queues/unrouted.v1", requeue)).status == 200
        async with client.get("/queues/hub.v1") as answer:
            assert answer.status == 404
    assert [(row.what.value, row.by) for row in await site.store.journal_of()] == [
        ("requeued", "otto"),
        ("dropped", "otto"),
        ("seen", "otto"),
    ]


async def test_a_console_beside_an_embedded_broker_says_why_it_shows_no_queues(site: Site) -> None:
    async with site.browser(Role.OPERATOR) as client:
        assert "horen bij het proces" in await text(client, "/queues")


async def test_the_last_day_of_a_queue_is_drawn_where_anything_lay_in_it(
    site: Site, broker: MemoryBroker
) -> None:
    del broker
    async with site.browser(Role.AUDITOR) as client:
        assert "lag er iets in een wachtrij" in await text(client, "/queues")
        rows = [
            DepthRow("hub.v1", NOW, 12, timedelta(minutes=2)),
            DepthRow("dead.v1", NOW, 0, None),
        ]
        await site.store.note_depths(rows, NOW)
        page = await text(client, "/queues")
        assert "Hoeveel er lag: Te beslissen door de hub" in page
        assert "Hoe lang het oudste wachtte: Te beslissen door de hub" in page
        assert "Hoeveel er lag: Niet te bezorgen" not in page
        async with client.get("/queues?as=json&of=depth-hub.v1") as answer:
            (row,) = (await answer.json())["rows"]
    assert row["messages"] == 12


async def test_the_map_shows_what_is_to_be_read_and_written(
    site: Site, broker: MemoryBroker
) -> None:
    await site.keep(a_link())
    await broker.publish(
        [Outgoing("h1", "hint.odru", b"{}"), Outgoing("c1", "command.odru", b"{}")]
    )
    async with site.browser(Role.AUDITOR) as client:
        assert "te lezen 1, te schrijven 1" in await text(client, "/")
        async with client.get("/?as=json&of=flows") as answer:
            rows = {row["agency"]: row for row in (await answer.json())["rows"]}
    assert (rows["odru"]["to_read"], rows["odru"]["to_write"]) == (1, 1)
    assert rows["rud-utrecht"]["to_read"] == 0
