"""
A message as it goes over the line: whole, or around the content of a document.

The content is never held: it is encoded as it comes, in the place that the message keeps for it,
or follows the message as a part of its own (MTOM).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from adapters.stuf_zds.names import SOAP_12, XOP, q
from adapters.stuf_zds.parts import INHOUD
from adapters.stuf_zds.xml import Element, add, namespace, write

_UNIT: Final = 3


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    The content of a document on its way out.

    Attributes:
        chunks: Gives its bytes, once.
        size: In bytes.
    """

    chunks: AsyncIterator[bytes]
    size: int


@dataclass(frozen=True, slots=True)
class Body:
    """
    What is sent.

    Attributes:
        chunks: Gives the bytes, once.
        content_type: Where it is another than that of a plain message.
    """

    chunks: Callable[[], AsyncIterator[bytes]]
    length: int
    content_type: str | None = None


def plain(envelope: Element) -> Body:
    """Send a message that is whole."""
    data = write(envelope)

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    return Body(chunks, len(data))


def carrying(envelope: Element, attachment: Attachment, *, as_part: bool) -> Body:
    """Send a message with a content in its one ``inhoud``."""
    inhoud = next(envelope.iter(INHOUD))
    return (
        _beside(envelope, inhoud, attachment) if as_part else _inside(envelope, inhoud, attachment)
    )


def _inside(envelope: Element, inhoud: Element, attachment: Attachment) -> Body:
    place = secrets.token_hex(16)
    inhoud.text = place
    head, _, tail = write(envelope).partition(place.encode())

    async def chunks() -> AsyncIterator[bytes]:
        yield head
        rest = b""
        async for piece in attachment.chunks:
            whole = rest + piece
            cut = len(whole) - len(whole) % _UNIT
            rest = whole[cut:]
            yield base64.b64encode(whole[:cut])
        yield base64.b64encode(rest) + tail

    encoded = 4 * -(-attachment.size // _UNIT)
    return Body(chunks, len(head) + encoded + len(tail))


def _beside(envelope: Element, inhoud: Element, attachment: Attachment) -> Body:
    boundary, name = secrets.token_hex(16), f"{secrets.token_hex(8)}@casebridge"
    kind = "application/soap+xml" if namespace(envelope) == SOAP_12 else "text/xml"
    add(inhoud, q(XOP, "Include"), None, {"href": f"cid:{name}"})
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: application/xop+xml; charset=UTF-8; type="{kind}"\r\n'
        "Content-Transfer-Encoding: 8bit\r\nContent-ID: <message@casebridge>\r\n\r\n"
    ).encode() + write(envelope)
    head += (
        f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{name}>\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    async def chunks() -> AsyncIterator[bytes]:
        yield head
        async for piece in attachment.chunks:
            yield piece
        yield tail

    return Body(
        chunks,
        len(head) + attachment.size + len(tail),
        f'multipart/related; type="application/xop+xml"; start="<message@casebridge>"; '
        f'start-info="{kind}"; boundary="{boundary}"',
    )
