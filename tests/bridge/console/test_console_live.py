"""Live: one look for all tabs, no frame too many, and none too few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import pytest

from bridge.console import live as module
from bridge.console.live import Live
from bridge.console.supply import SUPPLY
from bridge.store import MemoryState, open_memory_store
from contracts.ids import LinkId
from tests.bridge.console.console_site import Site, a_link, edited


@dataclass
class Tab:
    """What one tab was told."""

    told: list[int | None] = field(default_factory=list)


@asynccontextmanager
async def listening(live: Live, link: str | None = None, since: int = 0) -> AsyncIterator[Tab]:
    tab = Tab()

    async def listen() -> None:
        async for number in live.news(LinkId(link) if link else None, since):
            tab.told.append(number)

    listener = asyncio.ensure_future(listen())
    await settled()
    yield tab
    listener.cancel()
    with suppress(asyncio.CancelledError):
        await listener


async def settled() -> None:
    """Let all that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def look(live: Live) -> None:
    await live._look()
    await settled()


async def test_news_reaches_the_tabs_that_it_is_about(site: Site) -> None:
    """The newest number wins: a tab that was slow gets one frame, not many."""
    live = Live(site.store)
    await site.keep(a_link(1), edited(1))
    number = await live.number()
    async with listening(live, since=number) as all_, listening(live, "link-2", number) as other:
        await look(live)
        assert all_.told == other.told == []
        await site.keep(a_link(1), edited(1), edited(1))
        await site.keep(a_link(1), edited(1))
        await look(live)
        assert all_.told == [number + 3]
        assert other.told == []
        await site.keep(a_link(2), edited(2))
        await look(live)
        assert all_.told == [number + 3, number + 4]
        assert other.told == [number + 4]


async def test_a_tab_whose_page_is_older_than_the_first_look_is_told(site: Site) -> None:
    """What happened between the page and its connection is not lost."""
    live = Live(site.store)
    await site.keep(a_link(1), edited(1))
    number = await live.number()
    await site.keep(a_link(1), edited(1))
    async with listening(live, "link-1", number) as tab:
        await look(live)
        assert tab.told == [number + 1]


async def test_a_tab_without_news_hears_that_we_are_still_here(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)
    async with listening(Live(site.store)) as tab:
        while not tab.told:
            await asyncio.sleep(0.005)
        assert set(tab.told) == {None}


async def test_nobody_looks_at_the_store_where_nobody_listens() -> None:
    looks = 0

    class Counting(Live):
        async def _look(self) -> None:
            nonlocal looks
            looks += 1

    live = Counting(await open_memory_store(MemoryState(), environment="test"), every=0.001)
    running = asyncio.ensure_future(live.run())
    await asyncio.sleep(0.02)
    assert looks == 0
    async with listening(live), listening(live):
        while not looks:
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.01)
    seen = looks
    await asyncio.sleep(0.02)
    assert looks == seen
    running.cancel()


async def test_a_stream_is_what_browsers_understand(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(1), edited(1))
    async with client.get("/events?watch=all&since=0") as answer:
        assert answer.content_type == "text/event-stream"
        frame = b"".join([await answer.content.readline() for _ in range(4)])
    assert frame == b"event: news\nid: 1\ndata:\n\n"


async def test_too_many_tabs_are_refused(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_TABS", 0)
    async with client.get("/events") as answer:
        assert answer.status == 503


async def test_a_tab_that_is_gone_is_not_counted_any_more(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """And no fault: people close tabs."""
    live = site.app[SUPPLY].live
    await site.keep(a_link(1), edited(1))
    answer = await client.get("/events?watch=all&since=0")
    await answer.content.readline()
    answer.close()
    for _ in range(3):
        await site.keep(a_link(1), edited(1))
        await look(live)
        await asyncio.sleep(0.02)
    assert live._tabs == 0
