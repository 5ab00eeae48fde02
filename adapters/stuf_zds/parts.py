"""
A message as it comes over the line: by itself, or as the first of several parts (MTOM).

The content of a document is inside the message as base64, or in a part of its own that the
message points to. Either way it is handed on in pieces, and the rest of the message becomes a tree.

Source: XOP 1.0 and RFC 2387 (multipart/related); the standard demands MTOM, practice is base64.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from email.message import Message
from typing import Final, Protocol
from urllib.parse import unquote

from adapters.stuf_zds.incoming import Incoming, Limits, NotWellFormed, TooMuch
from adapters.stuf_zds.names import BESTANDSNAAM, CONTENT_TYPE, XOP, ZKN, q
from adapters.stuf_zds.xml import Element

INHOUD: Final = q(ZKN, "inhoud")
_INCLUDE: Final = q(XOP, "Include")
_MOST_HEADERS: Final = 16 * 1024

Take = Callable[[bytes], None]


class Content:
    """
    The content of the one document in a message, as far as it has come.

    Attributes:
        is_there: Its element has begun.
        limit: In bytes; beyond it the message is refused.
    """

    def __init__(self, limit: int, on_begin: Callable[[Element], None] | None = None) -> None:
        self.is_there = False
        self.file_name = ""
        self.media_type = ""
        self.size = 0
        self._limit = limit
        self._on_begin = on_begin
        self._pieces: list[bytes] = []
        self._base64 = Base64()

    def begin(self, element: Element) -> None:
        """Learn what the content is called, from the element that holds it or points to it."""
        if not self.is_there:
            self.is_there = True
            self.file_name = element.get(BESTANDSNAAM, "").strip()
            self.media_type = element.get(CONTENT_TYPE, "").strip()
            if self._on_begin is not None:
                self._on_begin(element)

    def take_text(self, element: Element, text: str) -> None:
        """Take the next piece of base64."""
        self.begin(element)
        self.take(self._base64.decode(text))

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        if self.size > self._limit:
            msg = f"a document holds at most {self._limit} bytes"
            raise TooMuch(msg)
        if piece:
            self._pieces.append(piece)

    def drained(self) -> bytes:
        """Give what has come since the last call."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def end(self) -> None:
        """Say that no more comes."""
        self._base64.end()


class Base64:
    """Decodes base64 in pieces, with line breaks anywhere."""

    def __init__(self) -> None:
        self._rest = ""
        self._has_ended = False

    def decode(self, text: str) -> bytes:
        """Give the bytes of the next piece."""
        text = self._rest + "".join(text.split())
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        if not whole:
            return b""
        if self._has_ended:
            msg = "base64 that goes on after its end"
            raise NotWellFormed(msg)
        try:
            found = binascii.a2b_base64(text[:whole], strict_mode=True)
        except (binascii.Error, ValueError) as error:
            msg = "a content that is no base64"
            raise NotWellFormed(msg) from error
        self._has_ended = text[whole - 1] == "="
        return found

    def end(self) -> None:
        """Say that no more comes."""
        if self._rest:
            msg = "base64 that breaks off"
            raise NotWellFormed(msg)


class Reader(Protocol):
    """Takes a message in pieces."""

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        ...

    def close(self) -> Element:
        """Say that all has come, and give the root."""
        ...


def receive(
    content_type: str,
    content: Content,
    *,
    limits: Limits,
    mend: str | None = None,
) -> Reader:
    """
    Begin to read a message.

    Args:
        content_type: As the line says it.
        content: Takes the content of a document, where there is one.
        limits: Beyond which it is refused.
        mend: See `xml.Incoming`.
    """
    said = Message()
    said["content-type"] = content_type or "text/xml"
    charset = said.get_param("charset")
    made = Incoming(
        limits=limits,
        aside={INHOUD: content.take_text},
        charset=charset if isinstance(charset, str) else None,
        mend=mend,
    )
    if said.get_content_type() != "multipart/related":
        return _Single(made, content)
    boundary = said.get_boundary()
    if not boundary:
        msg = "multipart/related without a boundary"
        raise NotWellFormed(msg)
    return _Related(made, content, boundary.encode("latin-1", "replace"), said.get_param("start"))


class _Single:
    def __init__(self, incoming: Incoming, content: Content) -> None:
        self._incoming = incoming
        self._content = content

    def feed(self, piece: bytes) -> None:
        self._incoming.feed(piece)

    def close(self) -> Element:
        root = self._incoming.close()
        _included(root, self._content)
        self._content.end()
        return root


class _Related:
    """Several parts, of which the first (or the one that ``start`` names) is the message."""

    def __init__(
        self, incoming: Incoming, content: Content, boundary: bytes, start: object
    ) -> None:
        self._incoming = incoming
        self._content = content
        self._start = str(start).strip("<>") if isinstance(start, str) else ""
        self._mark = b"\r\n--" + boundary
        self._rest = b"\r\n"  # the first mark may stand at the very beginning
        self._take: Take | None = _ignore
        self._root: Element | None = None
        self._wanted = ""
        self._has_ended = False

    def feed(self, piece: bytes) -> None:
        self._rest += piece
        while not self._has_ended and (self._headers() if self._take is None else self._body()):
            pass
        if self._has_ended:
            self._rest = b""

    def close(self) -> Element:
        if not self._has_ended:
            msg = "a message of several parts that breaks off"
            raise NotWellFormed(msg)
        if self._root is None:
            msg = "a message of several parts without its first"
            raise NotWellFormed(msg)
        if self._wanted:
            msg = "a message that points to a part that is not there"
            raise NotWellFormed(msg)
        return self._root

    def _body(self) -> bool:
        """Hand on what certainly belongs to this part; true where it has ended."""
        assert self._take is not None  # noqa: S101  # feed() saw to it
        at = self._rest.find(self._mark)
        if at < 0:
            safe = max(0, len(self._rest) - len(self._mark) + 1)
            if safe:
                self._take(self._rest[:safe])
                self._rest = self._rest[safe:]
            return False
        tail = self._rest[at + len(self._mark) :]
        if len(tail) < 2:
            return False
        if at:
            self._take(self._rest[:at])
        self._finish()
        self._has_ended = tail.startswith(b"--")
        self._rest, self._take = tail, None
        return True

    def _headers(self) -> bool:
        """Read the headers of a part; true where they are whole."""
        head, found, rest = self._rest.partition(b"\r\n\r\n")
        if not found:
            if len(self._rest) > _MOST_HEADERS:
                msg = "a part with too many headers"
                raise TooMuch(msg)
            return False
        said = Message()
        for line in head.decode("latin-1").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                said[name.strip()] = value.strip()
        self._take = self._taker(said)
        # The mark of an empty part stands right behind its headers.
        self._rest = rest if not rest.startswith(self._mark[2:]) else b"\r\n" + rest
        return True

    def _taker(self, said: Message) -> Take:
        name = str(said.get("content-id", "")).strip().strip("<>")
        if self._root is None and (not self._start or name == self._start):
            return self._incoming.feed
        if self._wanted and name == self._wanted:
            if str(said.get("content-transfer-encoding", "")).lower() == "base64":
                return _decoding(self._content)
            return self._content.take
        return _ignore

    def _finish(self) -> None:
        if self._take == self._incoming.feed:
            self._root = self._incoming.close()
            self._wanted = _included(self._root, self._content)
        elif self._take is not _ignore:
            self._wanted = ""
            self._content.end()


def _included(root: Element, content: Content) -> str:
    """Give the id of the part that holds the content, where the message points to one."""
    for element in root.iter(INHOUD):
        include = next(element.iter(_INCLUDE), None)
        if include is not None or element.get(BESTANDSNAAM):
            content.begin(element)  # it may be of no bytes
        if include is not None:
            return unquote(include.get("href", "").removeprefix("cid:"))
    return ""


def _decoding(content: Content) -> Take:
    decoder = Base64()
    return lambda piece: content.take(decoder.decode(piece.decode("latin-1")))


def _ignore(piece: bytes) -> None:
    del piece
