"""Contents of documents for tests: given bytes, or as many as wanted without holding them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from contracts.case import Document

PIECE_BYTES: Final = 256 * 1024

Source = Callable[[], Iterator[bytes]]


def plenty(size_bytes: int) -> Source:
    """Give *size_bytes* of content that is the same each time, and different all along."""

    def pieces() -> Iterator[bytes]:
        left, number = size_bytes, 0
        while left > 0:
            seed = hashlib.sha256(str(number).encode()).digest()
            piece = (seed * (PIECE_BYTES // len(seed)))[:left]
            yield piece
            left -= len(piece)
            number += 1

    return pieces


def these(content: bytes) -> Source:
    """Give exactly these bytes."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]

    return pieces


def digest_of(source: Source) -> str:
    """Give the SHA-256 of a content in hex."""
    digest = hashlib.sha256()
    for piece in source():
        digest.update(piece)
    return digest.hexdigest()


class GivenContents:
    """Contents by the key of ``Document.content``; implements `contracts.adapter.Contents`."""

    def __init__(self, sources: Mapping[str, Source] | None = None) -> None:
        self._sources = dict(sources or {})

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open a content; one that was not given is not here (yet)."""
        return self._open(document)

    @asynccontextmanager
    async def _open(self, document: Document) -> AsyncIterator[AsyncIterator[bytes]]:
        key = document.content.key if document.content is not None else ""
        if key not in self._sources:
            msg = f"the content {key!r} is not here"
            raise LookupError(msg)
        yield _streamed(self._sources[key])


async def _streamed(source: Source) -> AsyncIterator[bytes]:
    for piece in source():
        yield piece
