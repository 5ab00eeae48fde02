"""
ClamAV's daemon, over a Unix socket or TCP.

The content goes over as a stream (``INSTREAM``): each chunk after its length in four bytes, and an
empty one at the end. What is longer than the daemon's ``StreamMaxLength`` it answers before all
was sent, and hangs up. So the answer is looked for also where sending failed; and the socket is a
plain one, since a stream of asyncio throws away what came in once something cannot go out.

Source: clamd(8) of ClamAV 1.4, COMMANDS.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from bridge.scan.base import Clean, Harmful, ScannerAway, Unscannable, Verdict

PORT: Final = 3310
_CHUNK: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096
_SIZE_LIMIT: Final = "size limit exceeded"
_LIMIT_FOUND: Final = "Heuristics.Limits.Exceeded"
"""What it calls a content in which it stopped looking; only where ``AlertExceedsMax`` is on."""
_ENCRYPTED: Final = "Heuristics.Encrypted"
"""What it calls a content that it cannot open; only where ``AlertEncrypted`` is on."""

_TOO_LARGE: Final = (
    "het document is groter dan de virusscanner aanneemt (StreamMaxLength); "
    "laat de beheerder die grens verhogen, of laat het document achterwege"
)
_TOO_DEEP: Final = "de virusscanner kon niet tot het einde kijken; zijn grens: {}"
_LOCKED: Final = "de virusscanner kan niet in het document kijken: het is versleuteld ({})"

T = TypeVar("T")


class Clamd:
    """A daemon at one address: ``unix:///run/clamav/clamd.ctl`` or ``tcp://host:3310``."""

    def __init__(self, address: str, *, patience: timedelta) -> None:
        """Use the daemon at *address*; it may be silent for *patience* before it counts as away."""
        self._address, self._patience = address, patience

    async def check(self) -> None:
        """See whether the daemon answers."""
        async with self._connected() as line:
            await self._send(line, b"zPING\0")
            answer = await self._answer(line)
        if answer != "PONG":
            msg = f"answered {answer!r} to a ping"
            raise self._away(msg)

    async def scan(self, pieces: AsyncIterator[bytes]) -> Verdict:
        """Look into a content."""
        async with self._connected() as line:
            with suppress(ConnectionError):
                await self._stream(line, pieces)
            return self._verdict(await self._answer(line))

    async def _stream(self, line: socket.socket, pieces: AsyncIterator[bytes]) -> None:
        await self._send(line, b"zINSTREAM\0")
        async for piece in pieces:
            for start in range(0, len(piece), _CHUNK):
                chunk = piece[start : start + _CHUNK]
                await self._send(line, len(chunk).to_bytes(4, "big") + chunk)
        await self._send(line, bytes(4))

    def _verdict(self, answer: str) -> Verdict:
        _, _, said = answer.rpartition("stream: ")
        if said == "OK":
            return Clean()
        if said.endswith(" FOUND"):
            finding = said.removesuffix(" FOUND")
            if finding.startswith(_LIMIT_FOUND):
                return Unscannable(_TOO_DEEP.format(finding))
            if finding.startswith(_ENCRYPTED):
                return Unscannable(_LOCKED.format(finding))
            return Harmful(finding)
        if _SIZE_LIMIT in said:
            return Unscannable(_TOO_LARGE)
        raise self._away(f"answered {said!r}" if said else "hung up without an answer")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[socket.socket]:
        try:
            line = await self._in_time(self._connect())
        except OSError as error:
            raise self._away(error.strerror or str(error)) from error
        with line:
            yield line

    async def _connect(self) -> socket.socket:
        parts, loop = urlsplit(self._address), asyncio.get_running_loop()
        if parts.scheme == "unix":
            line = socket.socket(socket.AF_UNIX)
            place: str | tuple[object, ...] = parts.path
        else:
            found = await loop.getaddrinfo(
                str(parts.hostname), parts.port or PORT, type=socket.SOCK_STREAM
            )
            family, _, _, _, place = found[0]
            line = socket.socket(family)
        line.setblocking(False)  # noqa: FBT003  # so the standard library has it
        try:
            await loop.sock_connect(line, place)
        except BaseException:
            line.close()
            raise
        return line

    async def _send(self, line: socket.socket, data: bytes) -> None:
        await self._in_time(asyncio.get_running_loop().sock_sendall(line, data))

    async def _answer(self, line: socket.socket) -> str:
        """Read up to the zero byte at the end of an answer, or until the daemon hangs up."""
        found, loop = b"", asyncio.get_running_loop()
        with suppress(ConnectionError):
            while b"\0" not in found and len(found) < _LONGEST_ANSWER:
                piece = await self._in_time(loop.sock_recv(line, _LONGEST_ANSWER))
                if not piece:
                    break
                found += piece
        answer, _, _ = found.partition(b"\0")
        return answer.decode("utf-8", "replace").strip()

    async def _in_time(self, job: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                return await job
        except TimeoutError as error:
            msg = f"silent for {self._patience.total_seconds():g} s"
            raise self._away(msg) from error

    def _away(self, why: str) -> ScannerAway:
        return ScannerAway(f"clamd at {self._address}: {why}")
