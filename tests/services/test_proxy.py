"""The proxy fails as lines do, and otherwise carries every byte."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.services.proxy import SHUT, Flow, Proxy, Way
from tests.services.server import LOOPBACK

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
SHORT = 0.3


@asynccontextmanager
async def before_an_echo(
    heard: Callable[[bytes, float], None] | None = None,
) -> AsyncIterator[Proxy]:
    """A proxy before a server that sends back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(1024):
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    async with server, Proxy(server.sockets[0].getsockname()[1], heard) as proxy:
        yield proxy


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def said(line: Line, text: bytes, seconds: float = 5.0) -> bytes:
    """Send something, and give as many bytes of the answer."""
    line[1].write(text)
    async with asyncio.timeout(seconds):
        return await line[0].readexactly(len(text))


async def test_everything_passes_both_ways() -> None:
    """Also much more than fits a buffer, and the end of what is sent."""
    text = bytes(range(256)) * 4096
    async with before_an_echo() as proxy, connected(proxy) as (reader, writer):
        writer.write(text)
        writer.write_eof()
        assert await reader.read(-1) == text
        assert proxy.passed == {Way.UP: len(text), Way.DOWN: len(text)}


async def test_a_black_hole_tells_nobody_and_loses_nothing() -> None:
    """Neither on a connection that is there nor on a new one; what was sent comes after."""
    async with before_an_echo() as proxy, connected(proxy) as old:
        assert await said(old, b"a") == b"a"
        proxy.blackhole()
        async with connected(proxy) as new:
            for line in (old, new):
                with pytest.raises(TimeoutError):
                    await said(line, b"b", SHORT)
            proxy.clear()
            for line in (old, new):
                assert await line[0].readexactly(1) == b"b"


@pytest.mark.parametrize("way", list(Way))
async def test_one_way_alone_can_be_shut(way: Way) -> None:
    """The server hears us and we do not hear it, or it does not even hear us."""
    async with before_an_echo() as proxy, connected(proxy) as line:
        if way is Way.UP:
            proxy.set(up=SHUT)
        else:
            proxy.set(down=SHUT)
        with pytest.raises(TimeoutError):
            await said(line, b"a", SHORT)
        assert proxy.passed[Way.UP] == (0 if way is Way.UP else 1)


async def test_a_reset_is_told_to_both_ends() -> None:
    """And the next connection is a good one."""
    async with before_an_echo() as proxy, connected(proxy) as line:
        assert await said(line, b"a") == b"a"
        proxy.reset()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await said(line, b"b")
        async with connected(proxy) as again:
            assert await said(again, b"c") == b"c"


async def test_who_refuses_takes_nobody_until_it_accepts_again() -> None:
    """At the same port as before."""
    async with before_an_echo() as proxy:
        port = proxy.port
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(LOOPBACK, port)
        await proxy.accept()
        async with connected(proxy) as line:
            assert (proxy.port, await said(line, b"a")) == (port, b"a")


async def _delayed(proxy: Proxy) -> None:
    proxy.slow(delay_seconds=SHORT)


async def _throttled(proxy: Proxy) -> None:
    proxy.slow(bytes_per_second=100 / SHORT)


@pytest.mark.parametrize("how", [_delayed, _throttled])
async def test_a_slow_line_is_slow(how: Callable[[Proxy], Awaitable[None]]) -> None:
    """By a delay, or by its width."""
    async with before_an_echo() as proxy, connected(proxy) as line:
        await how(proxy)
        began = time.monotonic()
        assert len(await said(line, bytes(100))) == 100
        assert time.monotonic() - began >= 2 * SHORT


async def test_a_line_is_cut_after_so_many_bytes() -> None:
    """In the midst of an answer; what came before has come."""
    async with before_an_echo() as proxy, connected(proxy) as line:
        proxy.set(down=Flow(cut_after=60, piece=20))
        line[1].write(bytes(200))
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await line[0].readexactly(200)
        assert proxy.passed[Way.DOWN] == 40


async def test_what_clients_send_can_be_listened_to() -> None:
    """With the moment at which it was passed on."""
    pieces: list[tuple[bytes, float]] = []
    async with (
        before_an_echo(lambda *piece: pieces.append(piece)) as proxy,
        connected(proxy) as line,
    ):
        await said(line, b"hear me")
    assert pieces[0][0] == b"hear me"
    assert pieces[0][1] <= time.monotonic()
