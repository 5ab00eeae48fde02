"""
A line between a client and a server that can be made to fail, as lines do.

One listener stands before one server. Each way (*up* to the server, *down* to the client) can be
shut, slowed, delayed or cut after so many bytes; the line as a whole can refuse and be reset. What
is shut is not lost: as with TCP it arrives when the line is open again, unless the line is reset.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, Self

from tests.services.server import LOOPBACK

_PIECE: Final = 16 * 1024
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)


class Way(Enum):
    """A direction."""

    UP = "to the server"
    DOWN = "to the client"


@dataclass(frozen=True, slots=True)
class Flow:
    """
    How bytes go one way.

    Attributes:
        is_open: Otherwise nothing passes, and nobody is told.
        delay_seconds: Before each piece.
        bytes_per_second: At most; as it comes where it is ``None``.
        cut_after: Reset a connection that has carried so many bytes this way.
        piece: How much is passed on at a time.
    """

    is_open: bool = True
    delay_seconds: float = 0.0
    bytes_per_second: float | None = None
    cut_after: int | None = None
    piece: int = _PIECE


CLEAR: Final = Flow()
SHUT: Final = Flow(is_open=False)


class Proxy:
    """
    Stands between clients and the server at *port*.

    Args:
        heard: Called with each piece that a client sent, as it is passed on, and the moment.
    """

    def __init__(self, port: int, heard: Callable[[bytes, float], None] | None = None) -> None:
        self._target, self._heard = port, heard
        self._flows = {Way.UP: CLEAR, Way.DOWN: CLEAR}
        self._turned = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._lines: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.port = 0
        self.passed = {Way.UP: 0, Way.DOWN: 0}

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many connections there are now."""
        return len(self._lines)

    def set(self, *, up: Flow | None = None, down: Flow | None = None) -> None:
        """Let bytes go otherwise from now on, also on connections that are there."""
        for way, flow in ((Way.UP, up), (Way.DOWN, down)):
            if flow is not None:
                self._flows[way] = flow
        self._turned.set()
        self._turned = asyncio.Event()

    def clear(self) -> None:
        """Let everything pass."""
        self.set(up=CLEAR, down=CLEAR)

    def blackhole(self) -> None:
        """Let nothing pass: connections stay, new ones are taken, and nobody hears anything."""
        self.set(up=SHUT, down=SHUT)

    def slow(self, **how: Any) -> None:
        """Let bytes go both ways in the manner of a `Flow`."""
        self.set(up=replace(CLEAR, **how), down=replace(CLEAR, **how))

    def reset(self) -> None:
        """Break all connections off, with a reset on both ends."""
        for line in list(self._lines):
            for end in line:
                _break_off(end)

    async def refuse(self) -> None:
        """Take no new connections, and break off those that are there."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()

    async def accept(self) -> None:
        """Take connections (again), always at the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connected, LOOPBACK, self.port, limit=_PIECE, reuse_address=True
            )
            self.port = int(self._server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            from_server, server = await asyncio.open_connection(
                LOOPBACK, self._target, limit=_PIECE
            )
        except OSError:
            _break_off(client)
            return
        line = (client, server)
        self._lines.add(line)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(Way.UP, reader, server))
                both.create_task(self._carry(Way.DOWN, from_server, client))
        except* OSError:
            pass
        finally:
            self._lines.discard(line)
            for end in line:
                _break_off(end)

    async def _carry(
        self, way: Way, source: asyncio.StreamReader, to: asyncio.StreamWriter
    ) -> None:
        carried = 0
        while piece := await source.read(self._flows[way].piece):
            await self._hold_up(way, len(piece))
            carried += len(piece)
            cut_after = self._flows[way].cut_after
            if cut_after is not None and carried >= cut_after:
                msg = f"cut after {cut_after} bytes {way.value}"
                raise ConnectionResetError(msg)
            self.passed[way] += len(piece)
            if way is Way.UP and self._heard is not None:
                self._heard(piece, time.monotonic())
            to.write(piece)
            await to.drain()
        with suppress(OSError):
            to.write_eof()

    async def _hold_up(self, way: Way, size: int) -> None:
        flow = self._flows[way]
        rate = flow.bytes_per_second
        pause = flow.delay_seconds + (size / rate if rate else 0.0)
        if pause:
            await asyncio.sleep(pause)
        while not self._flows[way].is_open:
            await self._turned.wait()


def _break_off(end: asyncio.StreamWriter) -> None:
    """Close so that the other end is told of a reset, whatever was still on its way."""
    sock = end.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
    end.transport.abort()


__all__ = ["CLEAR", "SHUT", "Flow", "Proxy", "Way"]
