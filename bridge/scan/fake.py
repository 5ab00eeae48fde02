"""
A stand-in for ClamAV's daemon, to try the scan hook without it: it knows one virus, the test file.

It speaks as much of the protocol as the bridge does: PING and INSTREAM, with a limit to a stream.
``python -m bridge.scan.fake unix:///tmp/clamd.ctl`` runs it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from bridge.scan.clamd import PORT

EICAR: Final = b"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X"[::-1]
"""What every scanner calls a virus, and is none. Backwards, or this file would be called so."""

_LIMIT: Final = 100 * 1024 * 1024


class FakeClamd:
    """
    Answers as the daemon does.

    Attributes:
        most_bytes: Its ``StreamMaxLength``.
        scanned: How many streams it looked into, to the end or not.
    """

    def __init__(self, *, most_bytes: int = _LIMIT) -> None:
        self.most_bytes = most_bytes
        self.scanned = 0
        self._answering: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def at(self, address: str) -> AsyncIterator[str]:
        """Answer at an address; gives it with the port that was free, where none was named."""
        parts = urlsplit(address)
        if parts.scheme == "unix":
            server = await asyncio.start_unix_server(self._begin, parts.path)
        else:
            port = PORT if parts.port is None else parts.port
            server = await asyncio.start_server(self._begin, parts.hostname, port)
            address = f"tcp://{parts.hostname}:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield address
        await asyncio.gather(*self._answering)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                command = await reader.readuntil(b"\0")
                writer.write(await self._answer(command, reader) + b"\0")
                await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> bytes:
        match command:
            case b"zPING\0":
                return b"PONG"
            case b"zINSTREAM\0":
                self.scanned += 1
                return await self._look_into(reader)
            case _:
                return b"UNKNOWN COMMAND"

    async def _look_into(self, reader: asyncio.StreamReader) -> bytes:
        tail, total, is_harmful = b"", 0, False
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            total += length
            if total > self.most_bytes:
                # The real one, too, hangs up with the rest unread.
                return b"INSTREAM size limit exceeded. ERROR"
            seen = tail + await reader.readexactly(length)
            is_harmful = is_harmful or EICAR in seen
            tail = seen[-len(EICAR) :]
        return b"stream: Eicar-Signature FOUND" if is_harmful else b"stream: OK"


async def _run(address: str) -> None:
    async with FakeClamd().at(address) as where:
        print(f"a stand-in for clamd answers at {where}")  # noqa: T201  # its only output
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(sys.argv[1]))
