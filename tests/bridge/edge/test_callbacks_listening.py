"""Adapters that listen: pushes of any size, taken as they come, answered in their own words."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web

from adapters.memory import MemoryAdapter, MemorySettings
from bridge.edge.callbacks import Listener
from bridge.store import StoreFull
from contracts.adapter import Answer, Ear, Heard, Push, Unheard
from contracts.errors import Denied
from contracts.ids import AgencyId, CaseRef

ODRU = AgencyId("odru")
TAKEN = Answer(status=200, headers={"Content-Type": "text/xml"}, body=b"<genomen/>")
REFUSED = Answer(status=500, headers={"Content-Type": "text/xml"}, body=b"<geweigerd/>")
LATER = Answer(status=500, headers={"Content-Type": "text/xml"}, body=b"<later/>")
MIB = 2**20


class Counting:
    """Counts bytes; what is too much it refuses in the midst, what says nothing at the end."""

    def __init__(self, limit: int) -> None:
        self.size, self._limit = 0, limit

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self._limit:
            msg = "te groot"
            raise Unheard(msg, answer=REFUSED)

    def heard(self) -> Heard:
        if not self.size:
            msg = "leeg"
            raise Unheard(msg, answer=REFUSED)
        return Heard(refs=(CaseRef(f"Z-{self.size}"),), answer=TAKEN, otherwise=LATER)


class Listening(MemoryAdapter):
    """Hears by ear alone."""

    ears: list[Counting]

    def listen(self, push: Push) -> Ear:
        assert push.body == b""
        if push.headers.get("authorization") != "Basic goed":
            msg = "een vreemde"
            raise Denied(msg)
        self.ears.append(Counting(64 * MIB))
        return self.ears[-1]


class Site:
    """A listener that is called at an address, and what it kept."""

    def __init__(self, url: str, adapter: Listening) -> None:
        self.url, self.adapter = url, adapter
        self.kept: list[str] = []
        self.trouble: Exception | None = None

    async def keep(self, agency: AgencyId, heard: Heard) -> None:
        assert agency == ODRU
        if self.trouble:
            raise self.trouble
        self.kept += heard.refs

    async def post(
        self, body: bytes | AsyncIterator[bytes], authorization: str = "Basic goed"
    ) -> tuple[int, bytes]:
        headers = {"authorization": authorization} if authorization else {}
        async with (
            ClientSession() as session,
            session.post(self.url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.read()


@pytest.fixture
async def site(unused_tcp_port: int) -> AsyncIterator[Site]:
    adapter = Listening(MemorySettings(system="listening"))
    adapter.ears = []
    site = Site(f"http://127.0.0.1:{unused_tcp_port}/callbacks/odru", adapter)
    app = web.Application()
    Listener({ODRU: adapter}, site.keep).add_to(app)
    runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    yield site
    await runner.cleanup()


async def poured(size: int) -> AsyncIterator[bytes]:
    piece = bytes(MIB)
    for _ in range(size // MIB):
        yield piece


async def test_a_push_is_answered_in_the_words_of_its_protocol_once_it_is_kept(site: Site) -> None:
    assert await site.post(b"12345") == (200, b"<genomen/>")
    assert site.kept == ["Z-5"]


async def test_what_is_refused_is_refused_in_those_words_too(site: Site) -> None:
    assert await site.post(b"") == (500, b"<geweigerd/>")
    assert site.kept == []


async def test_what_cannot_be_kept_now_is_said_in_those_words_too(site: Site) -> None:
    site.trouble = StoreFull("no room", where="here", way_out="make room")
    assert await site.post(b"12345") == (500, b"<later/>")


@pytest.mark.covers("F60")
async def test_a_large_push_passes_through_in_little_memory(site: Site) -> None:
    tracemalloc.start()
    try:
        status, _ = await site.post(poured(48 * MIB))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert status == 200
    assert site.kept == [f"Z-{48 * MIB}"]
    assert most < 16 * MIB


async def test_what_an_ear_has_enough_of_is_read_no_further(site: Site) -> None:
    with suppress(OSError):  # it may hang up while we are still sending
        assert (await site.post(poured(512 * MIB)))[0] == 500
    (ear,) = site.adapter.ears
    assert ear.size < 66 * MIB


async def test_of_a_stranger_nothing_is_taken(site: Site) -> None:
    assert (await site.post(b"12345", authorization=""))[0] == 401
    assert (await site.post(b"12345", authorization="Basic fout"))[0] == 403
    assert site.adapter.ears == []


async def test_a_push_that_drips_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.edge.callbacks.PATIENCE_WITH_DOCUMENTS", timedelta(seconds=0.1))

    async def dripping() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(1)
        yield b"x"

    assert (await site.post(dripping()))[0] == 408
    assert site.kept == []
