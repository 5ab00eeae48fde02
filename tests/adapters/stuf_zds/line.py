"""The other end of the line: a server that answers as a test wants, and a client for it."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.envelope import Stuurgegevens, acknowledgement, wrap
from adapters.stuf_zds.fo import fault_of, soap_fault
from adapters.stuf_zds.messages import notification, question
from adapters.stuf_zds.names import GEEF_ZAAKDETAILS, SOAP, UPDATE_ZAAK, Operation
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element, write
from tests.adapters.stuf_zds.said import NUMBER, said
from tests.adapters.stuf_zds.site import THEM, US, settings

WE: Final = Actor("rud-101")
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handle: Handle, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a server that answers everything with *handle*; give its address."""
    app = web.Application(client_max_size=1024**3)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/zds"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(handle: Handle, **changed: Any) -> AsyncIterator[Client]:
    """Give a client of a server that answers everything with *handle*."""
    async with serving(handle) as address:
        client = Client(
            settings(**{"base_url": address, "schemas": None, **changed}), seen=Counter()
        )
        await client.open()
        try:
            yield client
        finally:
            await client.close()


def back(code: str, *, cross: str = "") -> Stuurgegevens:
    """Give the stuurgegevens of an answer to us."""
    return Stuurgegevens(
        code=code, sender=THEM, receiver=US, reference="hun-1", at="20260302101500000", cross=cross
    )


def envelope(message: Element, status: int = 200, version: str = SOAP) -> web.Response:
    """Answer with a message."""
    return web.Response(
        body=write(wrap(message, version)), status=status, content_type="text/xml", charset="utf-8"
    )


def xml(body: bytes, *, status: int = 200, kind: str = "text/xml; charset=utf-8") -> Handle:
    """Answer everything with these bytes."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, status=status, headers={"Content-Type": kind})

    return handle


def fault(code: str, details: str = "", *, kind: str = "Fo02", status: int = 500) -> Handle:
    """Answer everything with a fault of StUF."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        made = fault_of(code, details, told=back(kind))
        return envelope(soap_fault(kind, made), status)

    return handle


async def taken(request: web.Request) -> web.Response:
    """Take everything, with a Bv03."""
    await request.read()
    return envelope(acknowledgement(back("Bv03")))


def found(inside: str = "", number: str = "Z-00001", **more: str) -> bytes:
    """Give the answer to geefZaakdetails: one case."""
    return said(
        f'<k:antwoord><k:object t:entiteittype="ZAK"><k:identificatie>{number}</k:identificatie>'
        f"{inside}</k:object></k:antwoord>",
        **{"name": "zakLa01", "code": "La01", **more},
    )


def document(inhoud: str, number: str = "D-00001") -> bytes:
    """Give the answer to geefZaakdocumentLezen: one document."""
    return said(
        '<k:antwoord><k:object t:entiteittype="EDC">'
        f"<k:identificatie>{number}</k:identificatie><k:titel>Tekening</k:titel>"
        f"<k:versie>1.0</k:versie>{inhoud}</k:object></k:antwoord>",
        name="edcLa01",
        code="La01",
        entity="EDC",
    )


async def ask(client: Client) -> Element:
    """Ask for a case."""
    return await client.ask(
        GEEF_ZAAKDETAILS,
        lambda told: question(
            GEEF_ZAAKDETAILS, client.profile, told, number=NUMBER, scope={"omschrijving": None}
        ),
    )


async def tell(client: Client, operation: Operation = UPDATE_ZAAK, **more: Any) -> Element:
    """Tell of a change."""
    return await client.tell(
        operation,
        lambda told: notification(
            operation, client.profile, told, Mutatiesoort.WIJZIGING, more.get("objects", [])
        ),
        actor=WE,
        about=NUMBER,
        attachment=more.get("attachment"),
    )
