"""Contents of documents: files in a folder, never whole in memory when they are large."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

CHUNK_BYTES: Final = 256 * 1024


class Files:
    """Keeps contents under names of its own."""

    def __init__(self, folder: Path | None) -> None:
        self._temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="case-system-"))
        self._folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def path(self, name: str) -> Path:
        return self._folder / name

    def new_name(self) -> str:
        return f"{uuid4()}.bin"

    def keep(self, content: bytes) -> str:
        name = self.new_name()
        self.path(name).write_bytes(content)
        return name

    async def receive(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Write what comes in; returns the name and the size in bytes."""
        name, size = self.new_name(), 0
        with self.path(name).open("wb") as target:
            async for chunk in chunks:
                size += len(chunk)
                await asyncio.to_thread(target.write, chunk)
        return name, size

    async def join(self, parts: Sequence[str]) -> str:
        """Put *parts* together, in order; the parts are gone afterwards."""
        name = self.new_name()
        await asyncio.to_thread(self._join, name, parts)
        return name

    def _join(self, name: str, parts: Sequence[str]) -> None:
        with self.path(name).open("wb") as target:
            for part in parts:
                with self.path(part).open("rb") as source:
                    shutil.copyfileobj(source, target, CHUNK_BYTES)
        for part in parts:
            self.discard(part)

    async def read(self, name: str, start: int = 0) -> AsyncIterator[bytes]:
        """Give what is under a name, from a byte on."""
        with self.path(name).open("rb") as source:
            source.seek(start)
            while chunk := await asyncio.to_thread(source.read, CHUNK_BYTES):
                yield chunk

    def size(self, name: str) -> int:
        return self.path(name).stat().st_size

    def discard(self, name: str | None) -> None:
        if name:
            self.path(name).unlink(missing_ok=True)


def decode_base64(text: str) -> bytes:
    """Raises ValueError where *text* is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
