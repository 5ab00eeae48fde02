"""The client: what case systems, gateways and strangers answer, and what becomes of it."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from datetime import timedelta

import pytest
from aiohttp import web
from pydantic import SecretStr

from adapters.kit.http import NotSent
from adapters.stuf_zds.client import Client
from adapters.stuf_zds.envelope import acknowledgement, wrap
from adapters.stuf_zds.faults import Refused, TooEarly
from adapters.stuf_zds.fo import fault_message, fault_of
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.names import (
    CREEER_ZAAK,
    SOAP_12,
    Profile,
)
from adapters.stuf_zds.xml import Element, child, text, write
from contracts.errors import (
    AdapterError,
    Conflict,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)
from tests.adapters.stuf_zds.line import (
    Handle,
    answering,
    ask,
    back,
    envelope,
    fault,
    found,
    serving,
    taken,
    tell,
    xml,
)
from tests.adapters.stuf_zds.said import NUMBER
from tests.adapters.stuf_zds.site import settings


def html(status: int, **headers: str) -> Handle:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>", content_type="text/html", headers=headers)

    return handle


# What an answer means


@pytest.mark.parametrize(
    ("handle", "on_ask", "on_tell"),
    [
        (fault("StUF010"), Denied, Denied),
        (fault("StUF013"), Denied, Denied),
        (fault("StUF052"), Denied, Denied),
        (fault("StUF055", "identificatie te lang"), Refused, Refused),
        (fault("StUF040"), Refused, Refused),
        (fault("StUF046", kind="Fo03"), Unreachable, Unreachable),
        (fault("StUF049", kind="Fo03"), Unreachable, Unreachable),
        (fault("StUF064"), NotFound, Refused),
        (fault("StUF960"), Unreachable, Uncertain),
        (fault("StUF058", "Object niet gevonden"), NotFound, Refused),
        (fault("StUF058", "De zaak is afgesloten"), Refused, Refused),
        (fault("StUF058", "java.net.SocketTimeoutException: timeout"), Unreachable, Uncertain),
        (fault("StUF058", "oud komt niet overeen met de registratie"), Conflict, Conflict),
        (fault("StUF058", status=200), Refused, Refused),
        (html(200), Garbled, Uncertain),
        (xml(b""), Garbled, Uncertain),
        (xml(b"<a/>"), Garbled, Uncertain),
        (xml(found(name="zakLv01")), Garbled, Uncertain),
        (html(301, Location="http://127.0.0.1:9/"), Unreachable, Unreachable),
        (html(400), Rejected, Rejected),
        (html(401), Denied, Denied),
        (html(403), Denied, Denied),
        (html(404), NotSent, NotSent),
        (html(429), Throttled, Throttled),
        (html(502), Unreachable, Uncertain),
        (html(503), Throttled, Throttled),
        (html(504), Unreachable, Uncertain),
    ],
)
async def test_answer_becomes_the_error_that_says_what_to_do(
    handle: Handle, on_ask: type[AdapterError], on_tell: type[AdapterError]
) -> None:
    """A question that fails did nothing; a change only where the system said so."""
    async with answering(handle) as client:
        with pytest.raises(on_ask):
            await ask(client)
        with pytest.raises(on_tell):
            await tell(client)


async def test_a_refusal_keeps_its_code_its_place_and_its_words() -> None:
    async with answering(fault("StUF055", "omschrijving is te lang")) as client:
        with pytest.raises(Refused, match="omschrijving is te lang") as caught:
            await tell(client)
    assert caught.value.code == "StUF055"
    assert (caught.value.fault.place, caught.value.fault.says) == (
        "client",
        "Berichtbody is niet conform schema in sectormodel",
    )


async def test_a_fault_of_soap_alone_is_understood() -> None:
    """Gateways and older stacks know no StUF."""
    body = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
        b"<faultcode>e:%s</faultcode><faultstring>%s</faultstring></e:Fault></e:Body></e:Envelope>"
    )
    async with answering(xml(body % (b"Server", b"NullPointer"), status=500)) as client:
        with pytest.raises(Uncertain):
            await tell(client)
        with pytest.raises(Unreachable):
            await ask(client)
    async with answering(xml(body % (b"Client", b"schema violation"), status=500)) as client:
        with pytest.raises(Refused, match="schema violation"):
            await tell(client)


async def test_a_fault_message_outside_a_soap_fault_is_one_all_the_same() -> None:
    async def bare(request: web.Request) -> web.Response:
        await request.read()
        return envelope(fault_message("Fo03", fault_of("StUF058", "Nee", told=back("Fo03"))))

    async with answering(bare) as client:
        with pytest.raises(Refused, match="Nee"):
            await tell(client)


async def test_any_acknowledgement_is_one() -> None:
    """Seen: a Bv02 where the standard wants a Bv03, and the other way round."""
    for code in ("Bv01", "Bv02", "Bv03", "Bv04"):

        async def other(request: web.Request, code: str = code) -> web.Response:
            await request.read()
            return envelope(acknowledgement(back(code)))

        async with answering(other) as client:
            await tell(client)


async def test_a_cross_reference_to_something_else_is_counted_and_let_be() -> None:
    async with answering(xml(found(cross="heel-iets-anders"))) as client:
        await ask(client)
        assert client.seen["other-crossrefnummer"] == 1


async def test_a_system_that_asks_to_wait_is_waited_for() -> None:
    async with answering(html(503, **{"Retry-After": "7"})) as client:
        with pytest.raises(Throttled) as caught:
            await ask(client)
    assert caught.value.retry_after == timedelta(seconds=7)


# Once, or again


async def test_a_change_is_sent_once_and_a_question_again() -> None:
    calls: list[str] = []

    async def broken(request: web.Request) -> web.StreamResponse:
        calls.append(request.headers["SOAPAction"].rpartition("/")[2].strip('"'))
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(broken) as client:
        with pytest.raises(Uncertain):
            await tell(client)
        with pytest.raises(Unreachable):
            await ask(client)
    assert calls.count("updateZaak_Lk01") == 1
    assert calls.count("geefZaakdetails_Lv01") == 3


async def test_a_change_whose_moment_came_too_early_is_sent_again_with_a_later_one() -> None:
    moments: list[str] = []

    async def strict(request: web.Request) -> web.StreamResponse:
        message = child(parse(await request.read()), "Body")
        assert message is not None
        moments.append(text(child(message[0], "stuurgegevens", "tijdstipBericht")))
        return await (fault("StUF019", kind="Fo03") if len(moments) < 3 else taken)(request)

    async with answering(strict) as client:
        await tell(client)
    assert len(moments) == 3
    assert moments == sorted(set(moments)), "each later than the one before"


async def test_a_system_whose_clock_is_ahead_for_good_is_no_refusal() -> None:
    async with answering(fault("StUF019", kind="Fo03")) as client:
        with pytest.raises(TooEarly):
            await tell(client)


async def test_nobody_at_the_address_means_that_nothing_was_sent() -> None:
    client = Client(settings(schemas=None), seen=Counter())
    await client.open()
    with pytest.raises(NotSent):
        await tell(client)
    await client.close()


@pytest.mark.covers("F24")
async def test_a_redirect_is_never_followed() -> None:
    strayed: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        strayed.append(request.path)
        return web.Response()

    async with serving(elsewhere) as address, answering(html(307, Location=address)) as client:
        with pytest.raises(Unreachable, match="redirect"):
            await ask(client)
    assert strayed == []


async def test_a_system_that_says_nothing_is_given_up_in_time() -> None:
    async def silent(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(30)
        return web.Response()

    async with answering(silent, request_timeout=timedelta(seconds=0.2)) as client:
        with pytest.raises(Uncertain):
            await tell(client)


async def test_an_answer_that_drips_is_given_up_in_time() -> None:
    async def dripping(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    async with answering(dripping, request_timeout=timedelta(seconds=0.4)) as client:
        with pytest.raises(Uncertain):
            await tell(client)


# What is sent


class Recorded:
    """Takes everything, and remembers the last of it."""

    def __init__(self, answer: Handle = taken) -> None:
        self.answer = answer
        self.headers: dict[str, str] = {}
        self.path = ""
        self.body = b""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self.path, self.body = request.path, await request.read()
        return await self.answer(request)

    @property
    def message(self) -> Element:
        body = child(parse(self.body), "Body")
        assert body is not None
        return body[0]


@pytest.mark.parametrize(
    ("profile", "action"),
    [
        (Profile.ZDS_1_1, "http://www.egem.nl/StUF/sector/zkn/0310/updateZaak_Lk01"),
        (
            Profile.ZDS_1_2,
            "http://www.stufstandaarden.nl/koppelvlak/zds0120/updateZaak_ZakLk01",
        ),
    ],
)
async def test_a_message_says_its_action_and_goes_to_its_own_address(
    profile: Profile, action: str
) -> None:
    sent = Recorded()
    async with answering(sent.take, version=profile) as client:
        await tell(client)
    assert sent.headers["soapaction"] == f'"{action}"'
    assert sent.headers["content-type"] == "text/xml; charset=utf-8"
    assert "OntvangAsynchroon" in sent.path
    told = child(sent.message, "stuurgegevens")
    assert text(child(told, "ontvanger", "applicatie")) == "VTHZS"
    assert text(child(told, "zender", "gebruiker")) == "rud-101"


async def test_each_port_type_may_have_an_address_of_its_own() -> None:
    sent = Recorded(xml(found()))
    async with serving(sent.take) as address, answering(
        taken, beantwoord_vraag=f"{address}/vragen"
    ) as client:  # fmt: skip
        await ask(client)
        await tell(client)
    assert sent.path == "/zds/vragen"


async def test_a_dialect_may_want_a_generic_action() -> None:
    sent = Recorded()
    async with answering(sent.take, deviations={"generic_action": True}) as client:
        await tell(client)
    assert sent.headers["soapaction"] == '"http://www.egem.nl/StUF/sector/zkn/0310/zakLk01"'


async def test_a_dialect_may_want_soap_1_2() -> None:
    async def twelve(request: web.Request) -> web.Response:
        await request.read()
        return envelope(acknowledgement(back("Bv03")), version=SOAP_12)

    sent = Recorded(twelve)
    async with answering(sent.take, deviations={"soap_12": True}) as client:
        await tell(client)
    assert "soapaction" not in sent.headers
    assert sent.headers["content-type"].startswith("application/soap+xml; charset=utf-8; action=")
    assert parse(sent.body).tag == f"{{{SOAP_12}}}Envelope"


async def test_who_we_are_is_said_where_that_is_agreed() -> None:
    sent = Recorded()
    secret = {"username": "casebridge", "password": SecretStr("zee-zand-zon")}
    async with answering(sent.take, **secret) as client:
        await tell(client)
    said = base64.b64encode(b"casebridge:zee-zand-zon").decode()
    assert sent.headers["authorization"] == f"Basic {said}"
    async with answering(sent.take) as client:
        await tell(client)
    assert "authorization" not in sent.headers


async def test_two_messages_never_have_one_reference_or_one_moment() -> None:
    seen: set[tuple[str, str]] = set()
    sent = Recorded()
    async with answering(sent.take) as client:
        for _ in range(50):
            await tell(client)
            told = child(sent.message, "stuurgegevens")
            names = "referentienummer", "tijdstipBericht"
            seen.add((text(child(told, names[0])), text(child(told, names[1]))))
    assert len({reference for reference, _ in seen}) == 50
    assert len({moment for _, moment in seen}) == 50


async def test_what_a_message_of_ours_was_about_is_remembered_for_a_while() -> None:
    sent = Recorded()
    async with answering(sent.take) as client:
        await tell(client)
        reference = text(child(sent.message, "stuurgegevens", "referentienummer"))
        assert client.sent_about(reference) == NUMBER
        assert client.sent_about("iets anders") is None


# The gate


@pytest.mark.parametrize("profile", list(Profile))
async def test_nothing_leaves_that_the_schema_does_not_allow(profile: Profile) -> None:
    checked = settings(profile)
    if checked.schemas is None:
        pytest.skip("the schemas are not beside the checkout")
    sent = Recorded()
    async with answering(sent.take, version=profile, schemas=checked.schemas) as client:
        with pytest.raises(Rejected, match="schema"):
            await tell(client, CREEER_ZAAK)
        assert sent.body == b""
    async with answering(
        sent.take, version=profile, schemas=checked.schemas, strict=False
    ) as client:
        await tell(client, CREEER_ZAAK)
        assert sent.body, "only said so"


def test_a_message_is_written_the_same_whoever_parses_it() -> None:
    made = wrap(parse(b"<a>\xc3\xa9 &lt; &amp; \xe2\x82\xac</a>"))
    assert write(parse(write(made))) == write(made)
