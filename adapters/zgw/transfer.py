"""Bytes on their way into the system: counted, cut to size, wrapped; never whole in memory."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from contracts.errors import Rejected

_BASE64_UNIT: Final = 3


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


class InJson:
    """A JSON object with the content as base64 in its member ``inhoud``, written as it comes."""

    content_type: Final = "application/json"

    def __init__(self, body: Mapping[str, Any], flow: Flow, size: int) -> None:
        self._head = json.dumps(body, ensure_ascii=False).encode()[:-1]
        self._head += b', "inhoud": "' if body else b'"inhoud": "'
        self._flow = flow
        self._size = size
        self.length = len(self._head) + 4 * -(-size // _BASE64_UNIT) + 2

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in pieces."""
        yield self._head
        rest = b""
        async for piece in self._flow.take(self._size):
            whole = rest + piece
            cut = len(whole) - len(whole) % _BASE64_UNIT
            rest = whole[cut:]
            yield base64.b64encode(whole[:cut])
        yield base64.b64encode(rest) + b'"}'


class InForm:
    """A multipart form with the lock and one part of the content."""

    def __init__(self, lock: str, flow: Flow, size: int) -> None:
        boundary = secrets.token_hex(16)
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="lock"\r\n\r\n{lock}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="inhoud"; filename="deel"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._flow = flow
        self._size = size
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.length = len(self._head) + size + len(self._tail)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in pieces."""
        yield self._head
        async for piece in self._flow.take(self._size):
            yield piece
        yield self._tail
