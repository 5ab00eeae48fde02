"""Documents: added, read, changed under a lock; inside a message or beside it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import MultipartReader

from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.simulator import Deviations, Quirks
from adapters.stuf_zds.xml import Element, child, children, text
from tests.adapters.stuf_zds.simulator.berichten import (
    ACTIONS_1_1,
    ACTIONS_1_2,
    NONE,
    STUF,
    ZDS,
    add_document,
    cancel,
    check_in,
    check_out,
    creation,
    document,
    kennisgeving,
    question,
    stuurgegevens,
)
from tests.adapters.stuf_zds.simulator.conftest import Caller, Reply, Schema, Start

NIL = 'i:nil="true"'
SCOPE = f"<z:titel {NIL}/><z:versie {NIL}/><z:inhoud/>"
CONTENT = b"Proef"


@pytest.fixture
async def caller(started: Start, schema: Schema) -> Caller:
    return await with_document(started, schema)


async def with_document(started: Start, schema: Schema | None, **quirks: Any) -> Caller:
    caller = await started(Quirks(**quirks))
    caller.schema = schema
    await caller.send(kennisgeving(creation(), sort="T"))
    reply = await caller.send(add_document())
    assert reply.status == 200, reply.details
    return caller


async def read(caller: Caller, number: str = "0344D1") -> Reply:
    return await caller.send(question(SCOPE, number=number, entity="EDC"))


def content_of(reply: Reply) -> bytes:
    return base64.b64decode(reply.at("antwoord", "object", "inhoud"))


async def test_a_document_reads_back_as_it_was_sent(caller: Caller) -> None:
    reply = await read(caller)
    assert content_of(reply) == CONTENT
    inhoud = child(reply.object, "inhoud")
    assert inhoud is not None
    assert inhoud.get(f"{{{STUF}}}bestandsnaam") == "rapport.pdf"
    assert inhoud.get("{http://www.w3.org/2005/05/xmlmime}contentType") == "application/pdf"


async def test_a_case_lists_its_documents(caller: Caller) -> None:
    scope = (
        '<z:heeftRelevant s:entiteittype="ZAKEDC"><z:gerelateerde s:entiteittype="EDC">'
        f"<z:titel {NIL}/></z:gerelateerde></z:heeftRelevant>"
    )
    action = f"{ACTIONS_1_1}geefLijstZaakdocumenten_Lv01"
    reply = await caller.send(question(scope), action)
    assert reply.at("antwoord", "object", "heeftRelevant", "gerelateerde", "titel") == "Rapport"


@pytest.mark.parametrize(
    ("spoiled", "code", "why"),
    [
        (add_document("0344D1"), "StUF058", "bestaat al"),
        (add_document("0344D2", case="0344Z9"), "StUF064", "zaak 0344Z9 onbekend"),
        (add_document("0344D2").replace(b">RAPP<", b">Foto<"), "StUF058", "documenttype"),
        (add_document("0344D2").replace(b's:bestandsnaam="rapport.pdf"', b""), "StUF055", "naam"),
        (add_document("0344D2").replace(b">OPENBAAR<", b">geheimpje<"), "StUF055", "lijst"),
    ],
)
async def test_a_document_that_cannot_be_is_refused(
    caller: Caller, spoiled: bytes, code: str, why: str
) -> None:
    reply = await caller.send(spoiled)
    assert (reply.status, reply.fault) == (500, code)
    assert why in reply.details
    assert len(caller.simulator.system.store.all("document")) == 1


async def test_a_content_that_is_no_base64_is_no_message(caller: Caller) -> None:
    reply = await caller.send(add_document("0344D2", content="geen*base64"))
    assert (reply.status, reply.fault) == (500, "")
    reply = await caller.send(add_document("0344D2", content="UHJ\n vZ\tWY="))
    assert reply.status == 200
    assert content_of(await read(caller, "0344D2")) == CONTENT


async def test_nothing_is_left_of_a_content_that_was_refused(caller: Caller) -> None:
    folder = caller.simulator.system.files.path("x").parent
    before = sorted(one.name for one in folder.iterdir())
    await caller.send(add_document("0344D2", case="0344Z9", content="QW5kZXJz"))
    await caller.send(add_document("0344D2", content="geen*base64"))
    assert sorted(one.name for one in folder.iterdir()) == before


# -- changing ------------------------------------------------------------------------------------

OLD = "<z:titel>Rapport</z:titel>"
NEW = "<z:titel>Eindrapport</z:titel>"
INHOUD = '<z:inhoud m:contentType="application/pdf" s:bestandsnaam="eind.pdf">TmlldXc=</z:inhoud>'


async def lock(caller: Caller) -> str:
    reply = await caller.send(check_out())
    assert reply.status == 200, reply.details
    return reply.at("parameters", "checkedOutId")


async def test_a_document_is_given_with_a_lock_and_taken_back_with_a_new_version(
    caller: Caller,
) -> None:
    reply = await caller.send(check_out())
    assert reply.at("parameters", "checkedOutBy") == "j.devries"
    inside = child(reply.message, "edcLa01", "antwoord", "object", "inhoud")
    assert base64.b64decode(text(inside)) == CONTENT
    opened = reply.at("parameters", "checkedOutId")
    reply = await caller.send(check_in(opened, OLD, NEW + INHOUD))
    assert reply.name == "Bv02Bericht"
    told = child(reply.message, "stuurgegevens")
    assert told is not None
    assert len(told) == 1
    reply = await read(caller)
    assert content_of(reply) == b"Nieuw"
    assert reply.at("antwoord", "object", "versie") == "2.0"
    assert reply.at("antwoord", "object", "titel") == "Eindrapport"


async def test_one_holds_a_document_at_a_time(caller: Caller) -> None:
    opened = await lock(caller)
    reply = await caller.send(check_out())
    assert reply.details == "document 0344D1 is in bewerking bij j.devries"
    assert (await caller.send(check_in("pwc-anders", OLD, NEW))).fault == "StUF058"
    assert (await caller.send(cancel("pwc-anders"))).fault == "StUF058"
    assert (await caller.send(cancel(opened))).name == "Bv02Bericht"
    await lock(caller)


async def test_a_change_on_what_somebody_changed_is_refused_and_the_lock_stays(
    caller: Caller,
) -> None:
    opened = await lock(caller)
    reply = await caller.send(check_in(opened, "<z:titel>Anders</z:titel>", NEW + INHOUD))
    assert reply.details == "oud komt niet overeen met de registratie: titel"
    assert content_of(await read(caller)) == CONTENT
    assert (await caller.send(cancel(opened))).status == 200


async def test_what_is_definitive_may_be_closed_to_changes(started: Start, schema: Schema) -> None:
    caller = await with_document(started, schema, definitive_is_final=True)
    opened = await lock(caller)
    status = "<z:status>concept</z:status>", "<z:status>definitief</z:status>"
    assert (await caller.send(check_in(opened, *status))).status == 200
    assert (await caller.send(check_out())).details == "document 0344D1 is definitief"


async def test_a_document_can_be_announced_before_there_is_any_content(caller: Caller) -> None:
    told = document("0344D2")
    start, end = told.index("<z:inhoud"), told.index("</z:inhoud>") + len("</z:inhoud>")
    body = kennisgeving(told[:start] + told[end:], sort="T", entity="EDC")
    refused = await caller.send(body, f"{ACTIONS_1_1}voegZaakdocumentToe_Lk01")
    assert refused.fault == "StUF055"
    taken = await caller.send(body, f"{ACTIONS_1_1}maakZaakdocument_Lk01")
    assert taken.status == 200
    assert content_of(await read(caller, "0344D2")) == b""
    assert (await caller.send(check_out("0344D2"))).status == 200


async def test_a_document_is_taken_from_a_case_and_stays_in_the_system(caller: Caller) -> None:
    relation = (
        '<z:isRelevantVoor s:entiteittype="EDCZAK" s:verwerkingssoort="V"{}</z:isRelevantVoor>'
    )
    case = (
        '><z:gerelateerde s:entiteittype="ZAK" s:verwerkingssoort="I">'
        "<z:identificatie>0344Z1</z:identificatie></z:gerelateerde>"
    )
    objects = "".join(
        '<z:object s:entiteittype="EDC" s:verwerkingssoort="W">'
        f"<z:identificatie>0344D1</z:identificatie>{relation.format(inside)}</z:object>"
        for inside in (case, f" {NONE}>")
    )
    told = (
        f"<d:ontkoppelZaakdocument_Di02>"
        f"{stuurgegevens('Di02', functie='ontkoppelZaakdocument', prefix='d')}"
        '<d:parameters/><d:edcLk02 s:entiteittype="EDC" s:functie="update"><z:parameters>'
        f"<s:mutatiesoort>W</s:mutatiesoort></z:parameters>{objects}</d:edcLk02>"
        "</d:ontkoppelZaakdocument_Di02>"
    )
    body = kennisgeving("x").decode()
    start, end = body.index("<e:Body>") + 8, body.index("</e:Body>")
    sent = (body[:start] + told + body[end:]).encode()
    reply = await caller.send(sent, f"{ACTIONS_1_2}ontkoppelZaakdocument_Di02")
    assert reply.name == "Bv02Bericht", reply.body.decode()
    assert ZDS in sent.decode()
    scope = f'<z:heeftRelevant s:entiteittype="ZAKEDC" {NIL}/>'
    found: Element = (await caller.send(question(scope))).object
    assert [len(one) for one in children(found, "heeftRelevant")] == [0]
    assert (await read(caller)).status == 200
    reply = await caller.send(sent.replace(b"TEST-", b"WEER-"))
    assert reply.details == "het document hoort niet bij deze zaak"


# -- large, and beside the message ---------------------------------------------------------------


async def test_a_large_document_comes_and_goes_as_it_is(caller: Caller, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 3 + b"staart"
    said = base64.encodebytes(content).decode()
    assert (await caller.send(add_document("0344D2", content=said))).status == 200
    found = content_of(await read(caller, "0344D2"))
    assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest()


async def test_a_document_may_come_beside_its_message(caller: Caller) -> None:
    pointed = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:deel%40proef"/>'
    message = add_document("0344D2", content=pointed)
    body = b"".join(
        [
            b'--G\r\nContent-Type: application/xop+xml; type="text/xml"\r\n',
            b"Content-ID: <bericht@proef>\r\n\r\n" + message + b"\r\n",
            b"--G\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n",
            b"Content-ID: <deel@proef>\r\n\r\n" + bytes(range(256)) + b"\r\n--G--\r\n",
        ]
    )
    kind = 'multipart/related; boundary="G"; type="application/xop+xml"; start-info="text/xml"'
    reply = await caller.send(body, headers={"Content-Type": kind})
    assert reply.status == 200, reply.body.decode()
    assert content_of(await read(caller, "0344D2")) == bytes(range(256))
    broken = body.replace(b"<deel@proef>", b"<weg@proef>").replace(b"TEST-", b"WEER-")
    assert (await caller.send(broken, headers={"Content-Type": kind})).status == 500


async def test_a_system_may_give_documents_beside_its_answers(started: Start) -> None:
    caller = await with_document(started, None, deviations=Deviations(mtom=True))
    url = caller.simulator.stuf
    async with caller.http.post(url, data=question(SCOPE, number="0344D1", entity="EDC")) as answer:
        assert answer.content_type == "multipart/related"
        reader = MultipartReader.from_response(answer)
        parts: list[tuple[str, bytes]] = []
        while (part := await reader.next()) is not None:
            parts.append((part.headers["Content-ID"], bytes(await part.read())))  # type: ignore[union-attr]
    (_, message), (name, content) = parts
    include = next(one for one in parse(message).iter() if "Include" in str(one.tag))
    assert include.get("href") == f"cid:{name.strip('<>')}"
    assert content == CONTENT
