"""Answers and documents of any size and charset: read and sent in pieces, in little memory."""

from __future__ import annotations

import base64
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from adapters.stuf_zds.client import Client
from adapters.stuf_zds.envelope import acknowledgement
from adapters.stuf_zds.incoming import Limits, parse
from adapters.stuf_zds.messages import question
from adapters.stuf_zds.names import (
    GEEF_ZAAKDOCUMENT_LEZEN,
    MAAK_ZAAKDOCUMENT,
)
from adapters.stuf_zds.papers import added
from adapters.stuf_zds.parts import Content, receive
from adapters.stuf_zds.sending import Attachment
from adapters.stuf_zds.xml import child, text
from contracts.case import Document
from contracts.errors import (
    Garbled,
    NotFound,
    Unreachable,
)
from tests.adapters.stuf_zds.line import (
    Handle,
    answering,
    ask,
    back,
    document,
    envelope,
    fault,
    found,
    tell,
    xml,
)

MIB = 2**20


# Answers of any size, in any charset


async def poured(first: bytes, piece: bytes, count: int, last: bytes) -> AsyncIterator[bytes]:
    yield first
    for _ in range(count):
        yield piece
    yield last


def pouring(first: bytes, piece: bytes, count: int, last: bytes) -> Handle:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(
            body=poured(first, piece, count, last), headers={"Content-Type": "text/xml"}
        )

    return handle


async def test_an_answer_beyond_what_is_allowed_is_read_no_further() -> None:
    first, _, last = found("<k:toelichting>@</k:toelichting>").partition(b"@")
    handle = pouring(first, b"x" * 65_536, 2048, last)
    tracemalloc.start()
    try:
        async with answering(handle, max_answer_bytes=2 * MIB) as client:
            with pytest.raises(Garbled):
                await ask(client)
        assert tracemalloc.get_traced_memory()[1] < 24 * MIB
    finally:
        tracemalloc.stop()


async def test_bytes_that_break_their_encoding_are_mended_where_that_is_known() -> None:
    wrong = found("<k:omschrijving>Caf@</k:omschrijving>").replace(b"@", b"\xe9")
    async with answering(xml(wrong)) as client:
        with pytest.raises(Garbled):
            await ask(client)
    async with answering(xml(wrong), deviations={"charset": "cp1252"}) as client:
        answer = await ask(client)
    assert text(child(answer, "antwoord", "object", "omschrijving")) == "Café"


async def test_a_charset_that_only_the_line_tells_counts() -> None:
    body = found("<k:omschrijving>Caf@</k:omschrijving>").replace(b"@", b"\xe9")
    body = body.replace(b'<?xml version="1.0" encoding="UTF-8"?>\n', b"")
    async with answering(xml(body, kind="text/xml; charset=iso-8859-1")) as client:
        answer = await ask(client)
    assert text(child(answer, "antwoord", "object", "omschrijving")) == "Café"


# Documents


def fetching(client: Client, content: Content) -> Any:
    return client.fetch(
        GEEF_ZAAKDOCUMENT_LEZEN,
        lambda told: question(
            GEEF_ZAAKDOCUMENT_LEZEN, client.profile, told, number="D-00001", scope={"titel": None}
        ),
        content,
    )


async def digest_and_size(client: Client, limit: int = 256 * MIB) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    async with fetching(client, Content(limit)) as pieces:
        async for piece in pieces:
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


BYTES = bytes(range(256)) * 192  # a multiple of three
ENCODED = base64.b64encode(BYTES)
TIMES = 1024


def expected() -> tuple[str, int]:
    digest = hashlib.sha256()
    for _ in range(TIMES):
        digest.update(BYTES)
    return digest.hexdigest(), len(BYTES) * TIMES


async def test_a_document_within_its_message_is_read_in_little_memory() -> None:
    first, _, last = document('<k:inhoud t:bestandsnaam="a.dwg">@</k:inhoud>').partition(b"@")
    async with answering(pouring(first, ENCODED, TIMES, last)) as client:
        await digest_and_size(client)
        tracemalloc.start()
        try:
            assert await digest_and_size(client) == expected()
            assert tracemalloc.get_traced_memory()[1] < 12 * MIB
        finally:
            tracemalloc.stop()


async def test_a_document_beside_its_message_is_read_as_well() -> None:
    include = (
        '<k:inhoud t:bestandsnaam="a.dwg"><x:Include href="cid:a%40b" '
        'xmlns:x="http://www.w3.org/2004/08/xop/include"/></k:inhoud>'
    )
    first = (
        b"\r\n--grens\r\nContent-Type: application/xop+xml; charset=UTF-8\r\n"
        b"Content-ID: <root>\r\n\r\n" + document(include) + b"\r\n--grens\r\n"
        b"Content-ID: <a@b>\r\nContent-Type: image/vnd.dwg\r\n\r\n"
    )

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        kind = 'multipart/related; type="application/xop+xml"; boundary=grens; start="<root>"'
        return web.Response(
            body=poured(first, BYTES, TIMES, b"\r\n--grens--\r\n"), headers={"Content-Type": kind}
        )

    async with answering(handle) as client:
        assert await digest_and_size(client) == expected()


async def test_a_document_that_breaks_off_is_no_document() -> None:
    first, _, last = document('<k:inhoud t:bestandsnaam="a.dwg">@</k:inhoud>').partition(b"@")

    async def cut(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        await response.prepare(request)
        await response.write(first + ENCODED)
        assert request.transport is not None
        request.transport.abort()
        return response

    for handle in (cut, xml(first + ENCODED), xml(first + ENCODED[:-3] + last)):
        async with answering(handle) as client:
            with pytest.raises((Unreachable, Garbled)):
                await digest_and_size(client)


async def test_a_document_beyond_what_is_allowed_is_read_no_further() -> None:
    first, _, last = document('<k:inhoud t:bestandsnaam="a.dwg">@</k:inhoud>').partition(b"@")
    async with answering(pouring(first, ENCODED, TIMES, last)) as client:
        with pytest.raises(Garbled):
            await digest_and_size(client, limit=MIB)


async def test_a_document_of_no_bytes_is_one_and_a_document_without_content_is_not() -> None:
    empty = document('<k:inhoud t:bestandsnaam="a.txt"></k:inhoud>')
    async with answering(xml(empty)) as client:
        assert await digest_and_size(client) == (hashlib.sha256().hexdigest(), 0)
    for inhoud in ("", '<k:inhoud t:noValue="geenWaarde" xsi:nil="true"/>'):
        async with answering(xml(document(inhoud))) as client:
            with pytest.raises(Garbled, match="without content"):
                await digest_and_size(client)
    async with answering(fault("StUF064")) as client:
        with pytest.raises(NotFound):
            await digest_and_size(client)


async def given(piece: bytes, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece


ITEM = Document(
    key="", type="R", title="Tekening", version=1, media_type="image/vnd.dwg", file_name="a.dwg",
    author="", created="2026-03-02", language="nld",
)  # fmt: skip


async def test_documents_go_out_as_they_come_in_both_ways() -> None:
    """Within the message, or beside it; what arrives is what was sent, and nothing is held."""
    zaak = parse(found())
    for deviations in ({}, {"mtom": True}, {"mtom": True, "soap_12": True}):
        arrived: list[tuple[str, int]] = []

        async def handle(
            request: web.Request, arrived: list[tuple[str, int]] = arrived
        ) -> web.StreamResponse:
            content, digest, size = Content(256 * MIB), hashlib.sha256(), 0
            kind = request.headers["Content-Type"]
            reader = receive(kind, content, limits=Limits(bytes=512 * MIB))
            async for piece in request.content.iter_chunked(65_536):
                reader.feed(piece)
                ready = content.drained()
                digest.update(ready)
                size += len(ready)
            reader.close()
            rest = content.drained()
            digest.update(rest)
            arrived.append((digest.hexdigest(), size + len(rest)))
            assert content.file_name == "a.dwg"
            return envelope(acknowledgement(back("Bv03")))

        async with answering(handle, deviations=deviations) as client:
            made = added(
                ITEM, "D-00001", zaak, with_mark=False, with_content=True, by="x", day="2026-03-02"
            )
            tracemalloc.start()
            try:
                attachment = Attachment(given(BYTES, TIMES), len(BYTES) * TIMES)
                await tell(client, MAAK_ZAAKDOCUMENT, objects=[made], attachment=attachment)
                most = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert arrived == [expected()]
        assert most < 12 * MIB
