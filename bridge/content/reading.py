"""Read a blob: chunk by chunk, the next one while one is being used, each as it was put there."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Bytes
from bridge.content.layout import Whole, about_chunk

_PIECE: Final = 1024 * 1024
"""What an adapter is given at a time, at most."""


@asynccontextmanager
async def opened(blobs: Blobs, whole: Whole) -> AsyncIterator[AsyncIterator[bytes]]:
    """
    Open a blob for one reading.

    The pieces raise `Broken` before the first byte that is not as it was, and before the last
    chunk where the whole is not.
    """
    ahead: list[asyncio.Future[Bytes]] = []
    digest = hashlib.sha256()

    def read(number: int) -> Bytes:
        is_last = number == whole.chunks - 1
        sealed = blobs.get(whole.blob.chunk(number))
        if sealed is None:
            msg = "a piece of content is gone"
            raise Broken(msg)
        chunk = whole.blob.box.open(sealed, about_chunk(number, is_last=is_last))
        digest.update(chunk)
        if is_last and digest.hexdigest() != whole.sha256:
            msg = "the content is not what was staged"
            raise Broken(msg)
        return chunk

    def ask(number: int) -> asyncio.Future[Bytes]:
        asked = asyncio.ensure_future(blobs.run(lambda: read(number)))
        ahead[:] = [asked]
        return asked

    async def pieces() -> AsyncIterator[bytes]:
        asked = ask(0)
        for number in range(1, whole.chunks + 1):
            chunk = memoryview(await asked)
            if number < whole.chunks:
                asked = ask(number)
            for start in range(0, len(chunk), _PIECE):
                yield bytes(chunk[start : start + _PIECE])

    try:
        yield pieces()
    finally:
        for each in ahead:
            each.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)
