"""Bytes wrapped as the Documenten API takes them; never whole in memory."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from adapters.kit.flow import Flow

_BASE64_UNIT: Final = 3


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
