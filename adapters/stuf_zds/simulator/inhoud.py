"""
Contents of documents: taken out of a message as it comes in, put into one as it goes out.

In both directions in pieces: a message is never whole in memory for the sake of its document.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import BinaryIO, Final

from adapters.kit.simulator import Files
from adapters.stuf_zds.incoming import Aside, NotWellFormed
from adapters.stuf_zds.names import BESTANDSNAAM, ZKN, q
from adapters.stuf_zds.xml import Element

from .waarden import DIGEST, SIZE

INHOUD: Final = q(ZKN, "inhoud")
_MARK: Final = re.compile(rb"\{inhoud:([0-9a-f]{64})\}")
_SPACE: Final = re.compile(r"\s+")
_PIECE: Final = 3 * 64 * 1024
"""Bytes read at once; a multiple of three, so that their base64 can be strung together."""


def mark(digest: str) -> str:
    """Give what stands in a message where the content with this digest is to be put."""
    return f"{{inhoud:{digest}}}"


class Upload:
    """One content as it comes in."""

    def __init__(self, files: Files) -> None:
        self.name = files.new_name()
        self._target: BinaryIO = files.path(self.name).open("wb")
        self._digest = hashlib.sha256()
        self._rest = ""
        self.size = 0

    def text(self, piece: str) -> None:
        """Take the next piece of base64, which may be broken anywhere."""
        joined = self._rest + _SPACE.sub("", piece)
        whole = len(joined) - len(joined) % 4
        self._rest = joined[whole:]
        try:
            self.raw(base64.b64decode(joined[:whole], validate=True))
        except binascii.Error as error:
            msg = "a content that is no base64"
            raise NotWellFormed(msg) from error

    def raw(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._target.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def close(self) -> str:
        """Say that all has come; returns the digest."""
        self._target.close()
        if self._rest:
            msg = "a content that is no base64"
            raise NotWellFormed(msg)
        return self._digest.hexdigest()

    def abandon(self) -> None:
        """Say that no more is wanted."""
        self._target.close()


class Uploads:
    """The contents of one message. What is not kept in the end is thrown away."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._open: list[tuple[Element, Upload]] = []
        self._taken: dict[str, Upload] = {}

    @property
    def aside(self) -> dict[str, Aside]:
        """Who takes which texts from the parser."""
        return {INHOUD: self._take}

    def _take(self, element: Element, piece: str) -> None:
        if not self._open or self._open[-1][0] is not element:
            if not piece.strip():
                return
            self._open.append((element, Upload(self._files)))
        self._open[-1][1].text(piece)

    def begin(self) -> Upload:
        """Begin a content that comes beside the message."""
        return Upload(self._files)

    def finish(self, envelope: Element) -> None:
        """Leave in each element the digest of what was in it; a named file may be empty."""
        for element in envelope.iter(INHOUD):
            if element.get(BESTANDSNAAM) and not len(element) and not self._is_open(element):
                self._open.append((element, Upload(self._files)))
        while self._open:
            element, upload = self._open[-1]
            self.attach(element, upload)
            self._open.pop()

    def _is_open(self, element: Element) -> bool:
        return any(one is element for one, _ in self._open)

    def attach(self, element: Element, upload: Upload) -> None:
        """Tie an upload to the element that it belongs in."""
        digest = upload.close()
        element.set(DIGEST, digest)
        element.set(SIZE, str(upload.size))
        self._taken[digest] = upload

    def keep(self) -> None:
        """Keep what came in under its digest, where it will be looked for."""
        for digest, upload in self._taken.items():
            self._files.path(upload.name).replace(self._files.path(digest))
        self._taken.clear()

    def discard(self) -> None:
        """Throw away what was not kept."""
        for upload in [upload for _, upload in self._open] + list(self._taken.values()):
            upload.abandon()
            self._files.discard(upload.name)
        self._taken.clear()
        self._open.clear()


def marks(body: bytes) -> list[str]:
    """Give the digests of the contents that are to be put into a message, in order."""
    return [found.decode() for found in _MARK.findall(body)]


async def filled(body: bytes, files: Files) -> AsyncIterator[bytes]:
    """Give a message in pieces, its contents put in."""
    place = 0
    for found in _MARK.finditer(body):
        yield body[place : found.start()]
        for piece in _encoded(files, found[1].decode()):
            yield piece
        place = found.end()
    yield body[place:]


def size_of(body: bytes, files: Files) -> int:
    """Give the size of a message when its contents are put in."""
    grown = 0
    for found in _MARK.finditer(body):
        size = files.size(found[1].decode())
        grown += (size + 2) // 3 * 4 - (found.end() - found.start())
    return len(body) + grown


def _encoded(files: Files, name: str) -> Iterator[bytes]:
    with files.path(name).open("rb") as source:
        while piece := source.read(_PIECE):
            yield base64.b64encode(piece)
