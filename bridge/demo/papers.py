"""
The contents of documents: made on the spot, and the same on every run.

A history tells how large a document is. The demo writes them to a scale, so that it is quick;
with real sizes a drawing of 1.2 GB is 1.2 GB.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

SCALE: Final = 430
"""One byte stands for so many: the largest document is then just below 3 MB."""

_SMALLEST: Final = 600
_PIECE: Final = 256 * 1024
_HEAD: Final = (
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    "trailer<</Root 1 0 R>>\n%%EOF\n% Verzonnen stuk {name}, versie {version}\n"
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of one document's content."""

    name: str
    version: int
    size: int

    def head(self) -> bytes:
        """Give the readable beginning: a small PDF of one empty page."""
        return _HEAD.format(name=self.name, version=self.version).encode()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the content piece by piece."""
        for piece in self._pieces():
            yield piece

    def whole(self) -> bytes:
        """Give the content at once; for what is not large."""
        return b"".join(self._pieces())

    def digest(self) -> str:
        """Give the SHA-256 of the content."""
        found = hashlib.sha256()
        for piece in self._pieces():
            found.update(piece)
        return found.hexdigest()

    def _pieces(self) -> Iterator[bytes]:
        left = self.size
        yield self.head()[:left]
        left -= len(self.head())
        block = self._noise()
        while left > 0:
            yield block[: min(left, _PIECE)]
            left -= _PIECE

    def _noise(self) -> bytes:
        """Bytes that no compression makes small, other ones for every version."""
        seed = hashlib.shake_256(f"{self.name}|{self.version}".encode())
        return seed.digest(_PIECE)


def paper(name: str, version: int, size: int, *, full_size: bool) -> Paper:
    """Give the content of one version of a document, to scale unless *full_size*."""
    return Paper(name, version, size if full_size else max(_SMALLEST, size // SCALE))
