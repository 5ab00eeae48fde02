"""The bytes of a document as they are given to us: opened, measured, and blamed where they fail."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from adapters.zgw.transfer import ContentMissing, Flow, WrongSize
from contracts.adapter import Contents
from contracts.case import Document

_PIECE: Final = 256 * 1024


@asynccontextmanager
async def opened(
    item: Document, contents: Contents
) -> AsyncIterator[tuple[AsyncIterator[bytes], int]]:
    """Open a content and know its size; one of unknown size goes by way of a file."""
    if item.content is None:
        yield _nothing(), 0
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


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


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
