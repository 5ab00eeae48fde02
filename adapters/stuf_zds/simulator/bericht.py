"""
One message as it comes in over HTTP: what it is, in which framing, from whom.

A message may be wrapped in SOAP 1.1 or 1.2, and may hold its document inside or beside it (MTOM).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from adapters.kit.simulator import Files
from adapters.stuf_zds.envelope import NoMessage, Stuurgegevens, read_stuurgegevens, unwrap
from adapters.stuf_zds.incoming import BadXml, Incoming, Limits, NotWellFormed
from adapters.stuf_zds.names import (
    STUF,
    XOP,
    ZDS,
    Operation,
    Profile,
    q,
)
from adapters.stuf_zds.xml import Element, local, namespace

from .herkennen import NotForUs, which
from .inhoud import INHOUD, Upload, Uploads

_LIMITS: Final = Limits(bytes=4 * 1024**3)
"""Room for a document of 2 GiB as base64: it is never held, and what is held stays bounded."""
_INCLUDE: Final = q(XOP, "Include")
_CHUNK: Final = 64 * 1024
_PROTOCOL: Final = {f"{code}Bericht": code for code in ("Bv01", "Bv03", "Fo01", "Fo03")}
"""Messages of the protocol itself, told to us after what we sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    One message.

    Attributes:
        operation: None for a message of the protocol itself.
        version: The namespace of its SOAP envelope, which the answer gets too.
        user: Who logged in by HTTP basic, with which password.
        explanation: Why, in an HTTP header beside the message; StUF has no place for it.
    """

    message: Element
    version: str
    profile: Profile
    operation: Operation | None
    code: str
    told: Stuurgegevens | None
    user: tuple[str, str] | None
    explanation: str
    uploads: Uploads

    @property
    def name(self) -> str:
        """What it is called in logs, and where faults look for it."""
        return f"{self.operation.name}_{self.code}" if self.operation else self.code

    @property
    def applicatie(self) -> str:
        """Who says that they send it."""
        return self.told.sender.applicatie if self.told and self.told.sender else ""


async def receive(request: web.Request, files: Files) -> Call:
    """
    Read a message.

    Raises:
        BadXml: It is no XML that is let in.
        NoMessage: It is in no envelope.
        NotForUs: It is no message of this protocol.
    """
    uploads = Uploads(files)
    try:
        envelope = await _envelope(request, uploads)
        message = unwrap(envelope)
        return _call(request, message, namespace(envelope), uploads)
    except (BadXml, NoMessage, NotForUs):
        uploads.discard()
        raise


async def _envelope(request: web.Request, uploads: Uploads) -> Element:
    if request.content_type.startswith("multipart/"):
        return await _parts(request, uploads)
    incoming = Incoming(limits=_LIMITS, aside=uploads.aside, charset=request.charset)
    async for piece in request.content.iter_chunked(_CHUNK):
        incoming.feed(piece)
    envelope = incoming.close()
    uploads.finish(envelope)
    return envelope


async def _parts(request: web.Request, uploads: Uploads) -> Element:
    """Read the message from the first part, and what it points to from the others."""
    envelope: Element | None = None
    waiting: dict[str, Element] = {}
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            continue
        if envelope is None:
            incoming = Incoming(limits=_LIMITS, aside=uploads.aside)
            while piece := await part.read_chunk(_CHUNK):
                incoming.feed(piece)
            envelope = incoming.close()
            uploads.finish(envelope)
            waiting = _pointed_at(envelope)
            continue
        element = waiting.pop(part.headers.get("Content-ID", "").strip("<> "), None)
        upload = uploads.begin() if element is not None else None
        while piece := await part.read_chunk(_CHUNK):
            if upload is not None:
                upload.raw(piece)
        if element is not None and upload is not None:
            _attach(uploads, element, upload)
    if envelope is None or waiting:
        msg = "a part that is pointed at and is not there"
        raise NotWellFormed(msg)
    return envelope


def _pointed_at(envelope: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for include in envelope.iter(_INCLUDE):
        around = include.getparent()
        if around is not None and around.tag == INHOUD:
            found[unquote(include.get("href", "").removeprefix("cid:"))] = around
    return found


def _attach(uploads: Uploads, element: Element, upload: Upload) -> None:
    for include in list(element):
        element.remove(include)
    uploads.attach(element, upload)


# -- what it is ----------------------------------------------------------------------------------


def _call(request: web.Request, message: Element, version: str, uploads: Uploads) -> Call:
    told = read_stuurgegevens(message)
    profile = Profile.ZDS_1_2 if namespace(message) == ZDS else Profile.ZDS_1_1
    protocol = _PROTOCOL.get(local(message)) if namespace(message) == STUF else None
    operation = None if protocol else which(request, message, profile)
    return Call(
        message=message,
        version=version,
        profile=profile,
        operation=operation,
        code=protocol or (operation.code if operation else ""),
        told=told,
        user=_user(request),
        explanation=request.headers.get("X-Audit-Toelichting", ""),
        uploads=uploads,
    )


def _user(request: web.Request) -> tuple[str, str] | None:
    scheme, _, said = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(said, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
