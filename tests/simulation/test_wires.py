"""HTTP over wires behaves as over sockets: in order, in pieces, broken off, cut by a kill."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.simulation.wired import WiredLoop, wired

URL = "http://server.example/"
LARGE = bytes(range(256)) * 4096
"""A megabyte: more than a line holds at once."""

Work = Callable[[WiredLoop], Coroutine[Any, Any, None]]


def play(work: Work, handler: Callable[..., Any], seed: int = 1) -> WiredLoop:
    """Serve *handler* in a process of its own, and do *work* beside it."""
    loop = WiredLoop(seed)

    async def serve() -> None:
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/", handler)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        await web.TCPSite(runner, "server.example", 80).start()
        await asyncio.Event().wait()

    async def main() -> None:
        loop.spawn("server", serve())
        await asyncio.sleep(0.1)
        await work(loop)

    with wired():
        try:
            loop.run_until_complete(main())
        finally:
            loop.bury()
    return loop


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def hangs(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError(request)


async def breaks(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    answer.content_length = 100
    await answer.prepare(request)
    await answer.write(b"x" * 50)
    assert request.transport is not None
    request.transport.close()
    return answer


def test_large_bodies_come_whole_both_ways_whatever_the_seed() -> None:
    """In pieces, in order, with the writer held back meanwhile; several at once."""

    async def work(_: WiredLoop) -> None:
        async with aiohttp.ClientSession() as session:

            async def one() -> None:
                async with session.post(URL, data=LARGE) as answer:
                    assert await answer.read() == LARGE

            await asyncio.gather(*(one() for _ in range(3)))

    for seed in range(5):
        play(work, echo, seed)


@pytest.mark.parametrize("handler", [breaks, half])
def test_a_line_that_breaks_off_is_an_error_for_who_asked(handler: Any) -> None:
    """Aborted before the answer, or closed in the midst of it."""

    async def work(_: WiredLoop) -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                async with session.get(URL) as answer:
                    await answer.read()

    play(work, handler)


def test_a_killed_server_breaks_its_lines_and_can_be_reached_no_more() -> None:
    """Whoever waits learns of it; whoever comes is refused."""

    async def work(loop: WiredLoop) -> None:
        async with aiohttp.ClientSession() as session:
            waiting = loop.create_task(session.get(URL).__aenter__())
            await asyncio.sleep(1)
            assert not waiting.done()
            loop.kill("server")
            loop.network.cut("server")
            with pytest.raises(aiohttp.ClientError):
                await waiting
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(URL).__aenter__()

    for seed in range(5):
        play(work, hangs, seed)


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_client_is_gone_for_the_server_and_runs_no_finally(seed: int) -> None:
    """The server notices; nothing of the client runs on."""
    told: list[str] = []

    async def notices(request: web.Request) -> web.Response:
        with contextlib.suppress(ConnectionError):
            await request.read()
            told.append("arrived")
            while request.transport is not None:
                await asyncio.sleep(0.1)
        told.append("gone")
        return web.Response()

    async def client() -> None:
        try:
            async with aiohttp.ClientSession() as session, session.get(URL):
                told.append("answered")
        finally:
            told.append("cleaned up")

    async def work(loop: WiredLoop) -> None:
        loop.spawn("client", client())
        await asyncio.sleep(1)
        loop.kill("client")
        loop.network.cut("client")
        await asyncio.sleep(1)
        assert told == ["arrived", "gone"]

    play(work, notices, seed)


def test_nobody_listens_twice_at_one_address() -> None:
    """The second is refused, until the first lets go."""

    async def work(loop: WiredLoop) -> None:
        with pytest.raises(OSError, match="in use"):
            await loop.create_server(asyncio.Protocol, "server.example", 80)
        other = await loop.create_server(asyncio.Protocol, "other.example", 80)
        other.close()
        await loop.create_server(asyncio.Protocol, "other.example", 80)

    play(work, echo)


def test_the_same_seed_takes_the_same_time() -> None:
    """Latency and pieces are drawn by the loop."""

    async def work(_: WiredLoop) -> None:
        async with aiohttp.ClientSession() as session, session.post(URL, data=LARGE) as answer:
            await answer.read()

    first, again, other = (play(work, echo, seed).now for seed in (1, 1, 2))
    assert first == again
    assert first != other
