"""A push is small, signed, and answered once its hints are durable."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import structlog
from aiohttp import ClientSession, web

from adapters.memory import MemoryAdapter, MemorySettings
from adapters.memory.announce import signed
from bridge.edge.callbacks import LARGEST_PUSH, Listener
from bridge.store import StoreFull
from contracts.adapter import Heard, Hears, Push
from contracts.ids import AgencyId
from tests.bridge.edge.worker_site import until

ODRU = AgencyId("odru")
BODY = json.dumps({"cases": ["Z-999993653"]}).encode()


class Site:
    """A listener for one agency, and what it kept."""

    def __init__(self, url: str, port: int) -> None:
        self.url, self.port = url, port
        self.kept: list[str] = []
        self.trouble: Exception | None = None
        self.slow: Callable[[], Awaitable[None]] | None = None

    async def keep(self, agency: AgencyId, heard: Heard) -> None:
        assert agency == ODRU
        if self.trouble:
            raise self.trouble
        if self.slow:
            await self.slow()
        self.kept += heard.refs


class Buggy(MemoryAdapter):
    """Fails on what it is given, saying what that was."""

    def hear(self, push: Push) -> Heard:
        raise ValueError(push.body)


@pytest.fixture
async def site(unused_tcp_port: int) -> AsyncIterator[Site]:
    site = Site(f"http://127.0.0.1:{unused_tcp_port}/callbacks/odru", unused_tcp_port)
    app = web.Application()
    hears: dict[AgencyId, Hears] = {
        ODRU: MemoryAdapter(MemorySettings(system="callbacks")),
        AgencyId("buggy"): Buggy(MemorySettings(system="callbacks")),
    }
    Listener(hears, site.keep).add_to(app)
    runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    yield site
    await runner.cleanup()


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


def signature(body: bytes = BODY, secret: str = "memory") -> dict[str, str]:
    return dict(signed(body, secret).headers)


async def test_a_signed_push_is_kept_before_it_is_answered(site: Site) -> None:
    go_on = asyncio.Event()

    async def slow() -> None:
        await go_on.wait()

    site.slow = slow
    answer = asyncio.create_task(post(site.url, BODY, signature()))
    await asyncio.sleep(0.1)
    assert not answer.done()
    go_on.set()
    assert await answer == 204
    assert site.kept == ["Z-999993653"]


async def test_what_is_not_signed_as_agreed_is_not_read(site: Site) -> None:
    assert await post(site.url, BODY, {}) == 401
    assert await post(site.url, BODY, signature(secret="ander")) == 401
    wrong = {**signature(secret="ander"), "authorization": "Bearer x"}
    assert await post(site.url, BODY, wrong) == 403
    assert await post(site.url, BODY + b" ", signature()) == 401, "another body"
    assert site.kept == []


async def test_what_is_signed_and_no_message_is_garbled(site: Site) -> None:
    for body in (b"<StUF/>", b"[" * 10_000, b'{"cases": 1}', b""):
        assert await post(site.url, body, signature(body)) == 400


async def test_an_agency_that_we_do_not_serve_is_not_found(site: Site) -> None:
    assert await post(site.url.replace("odru", "elders"), BODY, signature()) == 404


async def test_what_cannot_be_kept_is_to_be_sent_again(site: Site) -> None:
    site.trouble = StoreFull("no room", where="here", way_out="make room")
    assert await post(site.url, BODY, signature()) == 503
    site.trouble = None
    assert await post(site.url, BODY, signature()) == 204


async def test_a_large_push_is_refused_without_being_read(site: Site) -> None:
    """200 MB are announced; the answer is there before they are sent."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = f"POST /callbacks/odru HTTP/1.1\r\nHost: x\r\nContent-Length: {200 * 2**20}\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(5):
        status = await reader.readline()
    writer.close()
    assert b" 413 " in status
    assert time.monotonic() - began < 1


async def test_a_large_push_of_unknown_length_is_refused_early(site: Site) -> None:
    sent = 0

    async def drip() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(3200):
            sent += LARGEST_PUSH
            yield bytes(LARGEST_PUSH)

    async with ClientSession() as session:
        try:
            async with session.post(site.url, data=drip()) as answer:
                assert answer.status == 413
        except OSError:
            pass  # it hung up while we were still sending
    assert sent < 200 * 2**20


async def test_a_push_that_is_broken_off_is_no_bug_of_the_adapter(site: Site) -> None:
    """Who sent it is gone while it is read; the next one is heard as ever."""
    with structlog.testing.capture_logs() as logs:
        _, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(b"POST /callbacks/odru HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()
        await asyncio.sleep(0.1)
        assert await post(site.url, BODY, signature()) == 204
    assert "adapter_bug" not in [entry["event"] for entry in logs]


async def test_a_compressed_push_is_refused_without_being_unpacked(site: Site) -> None:
    assert await post(site.url, BODY, {**signature(), "content-encoding": "gzip"}) == 415


async def test_a_push_that_drips_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.edge.callbacks.PATIENCE", timedelta(seconds=0.1))
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /callbacks/odru HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nx")
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_nothing_personal_is_logged_or_answered(site: Site) -> None:
    with structlog.testing.capture_logs() as logs:
        await post(site.url, BODY, {})
        await post(site.url, b"999993653", signature(b"999993653"))
        buggy = site.url.replace("odru", "buggy")
        async with ClientSession() as session, session.post(buggy, data=BODY) as answer:
            assert answer.status == 500
            assert "999993653" not in await answer.text()
        await until(lambda: len(logs) >= 3, "three lines")
    assert "999993653" not in str(logs)
