"""What goes back: an envelope in the version of the question, its documents put in or beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Final
from uuid import uuid4

from aiohttp import web

from adapters.kit.simulator import Files
from adapters.stuf_zds.envelope import wrap
from adapters.stuf_zds.names import SOAP, SOAP_12, XOP, q
from adapters.stuf_zds.xml import Element, add, child, root, text

from .afwijkingen import deviate, deviate_fault, serialised
from .inhoud import filled, marks, size_of
from .settings import Deviations, Quirks

_SOAP_12_TYPE: Final = "application/soap+xml"
_MARK: Final = re.compile(rb"\{inhoud:([0-9a-f]{64})\}")


class Uitgaand:
    """Makes answers, with the deviations of the moment."""

    def __init__(self, files: Files, quirks: Callable[[], Quirks]) -> None:
        self._files = files
        self._quirks = quirks

    async def answer(
        self, request: web.Request, message: Element, version: str, deviations: Deviations
    ) -> web.StreamResponse:
        """Answer with a message."""
        deviate(message, deviations)
        body, content_type = serialised(wrap(message, version), deviations)
        if version == SOAP_12:
            content_type = content_type.replace("text/xml", _SOAP_12_TYPE)
        if not marks(body):
            return web.Response(body=body, headers={"Content-Type": content_type})
        await asyncio.sleep(self._quirks().late_downloads)
        if deviations.mtom:
            return await self._beside(request, body, content_type)
        response = web.StreamResponse(headers={"Content-Type": content_type})
        size = size_of(body, self._files)
        response.content_length = size
        await response.prepare(request)
        left = size // 2 if self._quirks().cut_downloads else size
        async for piece in filled(body, self._files):
            await response.write(piece[:left])
            left -= len(piece)
            if left <= 0 and self._quirks().cut_downloads:
                _break_off(request)
                return response
        await response.write_eof()
        return response

    def fault(self, fault: Element, version: str, deviations: Deviations) -> web.Response:
        """Answer with a SOAP fault."""
        deviate_fault(fault, deviations)
        told = fault if version == SOAP else _as_1_2(fault)
        body, content_type = serialised(wrap(told, version), deviations)
        if version == SOAP_12:
            content_type = content_type.replace("text/xml", _SOAP_12_TYPE)
        return web.Response(
            status=deviations.fault_status, body=body, headers={"Content-Type": content_type}
        )

    async def _beside(
        self, request: web.Request, body: bytes, inner_type: str
    ) -> web.StreamResponse:
        """Answer in parts (MTOM): the message first, then the documents that it points to."""
        boundary = f"MIME_{uuid4().hex}"
        kind = inner_type.partition(";")[0]
        content_type = (
            f'multipart/related; boundary="{boundary}"; type="application/xop+xml"; '
            f'start="<bericht@zaaksysteem>"; start-info="{kind}"'
        )
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        async for piece in self._parts(body, boundary, kind):
            await response.write(piece)
        await response.write_eof()
        return response

    async def _parts(self, body: bytes, boundary: str, kind: str) -> AsyncIterator[bytes]:
        include = b'<xop:Include xmlns:xop="%b" href="cid:\\1@zaaksysteem"/>' % XOP.encode()
        xop = f'application/xop+xml; charset=utf-8; type="{kind}"'
        yield _part_head(boundary, xop, "bericht@zaaksysteem")
        yield _MARK.sub(include, body)
        for digest in marks(body):
            yield _part_head(boundary, "application/octet-stream", f"{digest}@zaaksysteem")
            async for piece in self._files.read(digest):
                yield piece
        yield f"\r\n--{boundary}--\r\n".encode()


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _part_head(boundary: str, content_type: str, name: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{name}>\r\n\r\n"
    ).encode()


def _as_1_2(fault: Element) -> Element:
    """Give a fault of SOAP 1.1 as one of 1.2."""
    made = root(q(SOAP_12, "Fault"))
    is_ours = text(child(fault, "faultcode")).endswith("Server")
    code = "soap12:Receiver" if is_ours else "soap12:Sender"
    add(add(made, q(SOAP_12, "Code")), q(SOAP_12, "Value"), code)
    reason = add(made, q(SOAP_12, "Reason"))
    said = add(reason, q(SOAP_12, "Text"), text(child(fault, "faultstring")))
    said.set("{http://www.w3.org/XML/1998/namespace}lang", "nl")
    detail = child(fault, "detail")
    if detail is not None:
        around = add(made, q(SOAP_12, "Detail"))
        for one in list(detail):
            around.append(one)
    return made


def bare_fault(reason: str) -> Element:
    """Give the fault for what is no message at all: it says so, and holds no Fo."""
    made = root(q(SOAP, "Fault"))
    add(made, "faultcode", "soapenv:Client")
    add(made, "faultstring", reason)
    return made
