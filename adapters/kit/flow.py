"""
The bytes of a document on their way from us into a system: opened, measured, cut to size.

Never whole in memory; and where they fail, blamed on who failed.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from contracts.adapter import Contents
from contracts.case import Document
from contracts.errors import Rejected

_PIECE: Final = 256 * 1024


class ContentMissing(LookupError):
    """The content is not here (yet), or broke off on its way to us: the change waits."""


class WrongSize(Rejected):
    """The content is not as large as was announced; a person must look."""


class Flow:
    """
    The bytes of one content, to be taken in portions of a given size.

    Attributes:
        failure: What went wrong at the source, where something did. The line to the system then
            fails as a consequence, and that error is not the one to tell.
    """

    def __init__(self, chunks: AsyncIterator[bytes], size: int) -> None:
        self._chunks = chunks
        self._rest = b""
        self._left = size
        self.failure: BaseException | None = None

    async def take(self, size: int) -> AsyncIterator[bytes]:
        """Give the next *size* bytes, in pieces."""
        while size > 0:
            piece = await self._next()
            piece, self._rest = piece[:size], piece[size:]
            size -= len(piece)
            self._left -= len(piece)
            yield piece
        if self._left == 0:
            await self._ends()

    async def skip(self, size: int) -> None:
        """Pass over bytes that are there already."""
        async for _ in self.take(size):
            pass

    async def _next(self) -> bytes:
        while not self._rest:
            try:
                self._rest = await anext(self._chunks)
            except StopAsyncIteration:
                msg = f"the content ends {self._left} bytes before its announced size"
                self.failure = WrongSize(msg, code="file-size")
                raise self.failure from None
            except Exception as error:
                self.failure = error
                raise
        return self._rest

    async def _ends(self) -> None:
        left = self._rest or await anext(self._chunks, b"")
        if left:
            msg = "the content is larger than its announced size"
            self.failure = WrongSize(msg, code="file-size")
            raise self.failure


@asynccontextmanager
async def opened(
    item: Document, contents: Contents
) -> AsyncIterator[tuple[AsyncIterator[bytes], int]]:
    """Open a content and know its size; one of unknown size goes by way of a file."""
    if item.content is None:
        yield nothing(), 0
        return
    async with AsyncExitStack() as stack:
        try:
            chunks = await stack.enter_async_context(contents.open(item))
        except LookupError as error:
            msg = "the content is not here yet"
            raise ContentMissing(msg) from error
        if item.size_bytes is not None:
            yield chunks, item.size_bytes
            return
        with tempfile.TemporaryFile() as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            size = file.tell()
            file.seek(0)
            yield _from(file), size


async def nothing() -> AsyncIterator[bytes]:
    """Give a content of no bytes."""
    pieces: tuple[bytes, ...] = ()
    for piece in pieces:
        yield piece


async def passing_over(pieces: AsyncIterator[bytes], start: int) -> AsyncIterator[bytes]:
    """Leave out the first *start* bytes of a content that is only given whole."""
    async for piece in pieces:
        if len(piece) > start:
            yield piece[start:] if start else piece
        start = max(0, start - len(piece))


async def _from(file: Any) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


class blaming:  # noqa: N801 - used as a verb
    """Tell what failed at the source of a flow, rather than how the line broke because of it."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        failure = self._flow.failure
        if not isinstance(error, Exception) or failure is None or failure is error:
            return
        if isinstance(failure, WrongSize):
            raise failure from error
        msg = "the content broke off on its way to us"
        raise ContentMissing(msg) from failure
