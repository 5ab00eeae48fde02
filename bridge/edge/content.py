"""
Where an edge puts the content of documents, for the edges that are to write it.

A document's bytes never travel in a message: a message names their digest, and the bytes lie in a
folder that both edges reach, under that digest. What lies there is whole (written aside, synced,
then renamed) and is swept after a while; who still needs it then asks for it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from bridge.clock import real_clock
from bridge.store.records import Digest
from contracts.adapter import Contents
from contracts.case import Document

_PIECE: Final = 1024 * 1024
_GRACE: Final = timedelta(hours=1)
"""What was begun this long ago will not be finished."""


class Staging(Contents, Protocol):
    """Where content lies between the edge that reads it and the edges that write it."""

    async def stage(self, pieces: AsyncIterator[bytes]) -> Digest:
        """Keep a stream under its digest, a piece at a time, and tell what it was."""

    def has(self, sha256: str | None) -> bool:
        """Tell whether the content is here."""

    async def sweep(self, unused_for: timedelta) -> int:
        """Remove what was not used for so long, and what a crash left aside; give how many."""


class ContentFolder:
    """Content by digest, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def stage(self, pieces: AsyncIterator[bytes]) -> Digest:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        aside = self._folder / f".{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        file = await asyncio.to_thread(aside.open, "wb")
        try:
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(_sync, file)
        except BaseException:
            file.close()
            aside.unlink(missing_ok=True)
            raise
        finally:
            file.close()
        found = Digest(digest.hexdigest(), size)
        await asyncio.to_thread(aside.replace, self._path(found.sha256))
        return found

    def has(self, sha256: str | None) -> bool:
        return sha256 is not None and self._path(sha256).exists()

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of *document* for one reading.

        Raises:
            LookupError: It is not here.
        """
        if not self.has(document.digest):
            msg = f"the content {document.digest or 'without digest'} is not here"
            raise LookupError(msg)
        return self._reading(self._path(str(document.digest)))

    async def sweep(self, unused_for: timedelta) -> int:
        # Files bear the time of the machine, whatever our clock is set to.
        return await asyncio.to_thread(self._remove, unused_for, real_clock())

    def _remove(self, unused_for: timedelta, now: datetime) -> int:
        if not self._folder.exists():
            return 0
        removed = 0
        for path in self._folder.iterdir():
            limit = now - (_GRACE if path.name.startswith(".") else unused_for)
            with suppress(FileNotFoundError):  # another edge sweeps the same folder
                if path.stat().st_mtime < limit.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def _path(self, sha256: str) -> Path:
        if not sha256.isalnum():
            msg = f"{sha256!r} is no digest"
            raise ValueError(msg)
        return self._folder / sha256

    @asynccontextmanager
    async def _reading(self, path: Path) -> AsyncIterator[AsyncIterator[bytes]]:
        file = await asyncio.to_thread(path.open, "rb")
        try:

            async def pieces() -> AsyncIterator[bytes]:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    yield piece

            yield pieces()
        finally:
            file.close()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
