"""Who may send what, what is done twice, and how a refusal is worded."""

from __future__ import annotations

from base64 import b64encode

import pytest

from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.simulator import Client, Quirks
from adapters.stuf_zds.xml import child, local, text
from tests.adapters.stuf_zds.simulator.berichten import (
    ACTIONS_1_1,
    ACTIONS_1_2,
    creation,
    envelope,
    free,
    kennisgeving,
    question,
    stuurgegevens,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import US, Caller, Listener, Schema, Start

NIL = 'i:nil="true"'
TITLE = "<z:omschrijving>{}</z:omschrijving>"


@pytest.fixture
async def caller(started: Start, schema: Schema) -> Caller:
    caller = await started()
    caller.schema = schema
    return caller


# -- stuurgegevens -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"zender": "VREEMD"}, "StUF013"),
        ({"ontvanger": "ANDER"}, "StUF010"),
        ({"ref": "x" * 41}, "StUF055"),
        ({"at": "2026-03-02"}, "StUF055"),
        ({"entity": "ZZZ"}, "StUF028"),
        ({"entity": "EDC", "element": "z:zakLk01"}, "StUF031"),
    ],
)
async def test_a_message_that_is_not_for_us_or_from_nobody_we_know_is_refused(
    caller: Caller, told: dict[str, str], code: str
) -> None:
    if "ref" in told:
        caller.schema = None  # a fault repeats the reference as it is, however long
    reply = await caller.send(
        kennisgeving(creation(), sort="T", **{"element": "z:zakLk01", **told}),
        f"{ACTIONS_1_1}creeerZaak_Lk01",
    )
    assert (reply.status, reply.fault) == (500, code)
    assert caller.simulator.system.store.all("zaak") == []


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ("Lk01</", "Xx99</", "StUF022"),
        ("Lk01</", "Lv01</", "StUF025"),
    ],
)
async def test_a_message_says_rightly_what_it_is(
    caller: Caller, was: str, becomes: str, code: str
) -> None:
    body = kennisgeving(creation(), sort="T").decode()
    spoiled = body.replace(f"<s:berichtcode>{was}", f"<s:berichtcode>{becomes}")
    assert (await caller.send(spoiled.encode())).fault == code


@pytest.mark.parametrize(
    ("functie", "code"), [("cancelCheckout", "StUF040"), ("ietsAnders", "StUF034")]
)
async def test_a_free_message_says_its_function(caller: Caller, functie: str, code: str) -> None:
    reply = await caller.send(free("genereerZaakIdentificatie", functie))
    assert reply.fault == code


async def test_a_client_may_do_what_it_was_given_and_no_more(started: Start) -> None:
    clients = (Client(US, operations=("geefZaakdetails",)),)
    caller = await started(clients=clients)
    reply = await caller.send(kennisgeving(creation(), sort="T"))
    assert reply.fault == "StUF052"
    assert (await caller.send(question(f"<z:omschrijving {NIL}/>"))).status == 200


async def test_who_has_a_password_must_give_it(started: Start) -> None:
    caller = await started(clients=(Client(US, "brug", "geheim-genoeg"),))
    body = question(f"<z:omschrijving {NIL}/>")
    url = caller.simulator.stuf
    for said, status in (
        ("", 401),
        ("brug:verkeerd", 401),
        ("ander:geheim-genoeg", 401),
        ("brug:geheim-genoeg", 200),
    ):
        headers = {"Authorization": f"Basic {b64encode(said.encode()).decode()}"} if said else {}
        async with caller.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == status


async def test_fo_says_all_about_an_asynchronous_message_and_its_code_about_a_question(
    caller: Caller,
) -> None:
    """Bv03 and Fo03 tell to whom they belong; Bv02 and Fo02 have no place for it."""
    sent = kennisgeving(creation(code="B9999"), sort="T", ref="R-1")
    reply = await caller.send(sent)
    told = child(reply.message, "detail", "Fo03Bericht", "stuurgegevens")
    assert text(child(told, "crossRefnummer")) == "R-1"
    assert text(child(told, "ontvanger", "applicatie")) == "CASEBRIDGE"
    assert text(child(told, "ontvanger", "gebruiker")) == "j.devries"
    reply = await caller.send(question(f"<z:omschrijving {NIL}/>").replace(b"VTHZS", b"ANDER"))
    told = child(reply.message, "detail", "Fo02Bericht", "stuurgegevens")
    assert told is not None
    assert [local(one) for one in told] == ["berichtcode"]
    assert text(child(reply.message, "faultcode")) == "soapenv:Client"


# -- once ----------------------------------------------------------------------------------------


async def test_the_same_message_again_is_answered_as_it_was_and_done_once(caller: Caller) -> None:
    body = kennisgeving(creation(), sort="T", ref="R-1")
    first, again = await caller.send(body), await caller.send(body)
    assert (first.status, first.body) == (again.status, again.body)
    assert len(caller.simulator.system.store.all("zaak")) == 1
    # White space and prefixes are not what a message says.
    other = (
        body.replace(b"<z:", b" <zz:").replace(b"</z:", b"</zz:").replace(b"xmlns:z=", b"xmlns:zz=")
    )
    assert (await caller.send(other)).body == first.body


async def test_another_message_under_a_reference_that_was_used_is_refused(caller: Caller) -> None:
    await caller.send(kennisgeving(creation(), sort="T", ref="R-1"))
    reply = await caller.send(kennisgeving(creation("0344Z2"), sort="T", ref="R-1"))
    assert reply.fault == "StUF016"
    reply = await caller.send(
        kennisgeving(creation("0344Z2"), sort="T", ref="R-1", gebruiker="iemand-anders")
    )
    assert reply.status == 200, "a reference belongs to its sender, user included"


async def test_what_was_refused_may_be_offered_again_and_is_done_then(caller: Caller) -> None:
    """Nobody remembers a message that was not taken."""
    body = update("", TITLE.format("Nieuw"), ref="R-1")
    assert (await caller.send(body)).fault == "StUF064"
    await caller.send(kennisgeving(creation(), sort="T"))
    assert (await caller.send(body)).status == 200


async def test_messages_must_be_later_than_the_last_where_a_system_wants_it(
    started: Start,
) -> None:
    caller = await started(Quirks(check_time=True))
    await caller.send(kennisgeving(creation(), sort="T", at="20260302101500"))
    reply = await caller.send(update("", TITLE.format("x"), at="20260302101500000"))
    assert reply.fault == "StUF019"
    assert (await caller.send(update("", TITLE.format("x"), at="20260302101501"))).status == 200


# -- what is meant -------------------------------------------------------------------------------


async def test_each_port_takes_what_belongs_there(caller: Caller) -> None:
    asked = question(f"<z:omschrijving {NIL}/>")
    assert (await caller.send(asked, path="/BeantwoordVraag")).status == 200
    reply = await caller.send(asked, path="/OntvangAsynchroon")
    assert reply.status == 500
    assert text(child(reply.message, "faultcode")) == "soapenv:Client"
    number = free("genereerZaakIdentificatie", "genereerZaakidentificatie")
    for path in ("/VrijeBerichten", "/VerwerkSynchroonVrijBericht", ""):
        assert (await caller.send(number, path=path)).status == 200


@pytest.mark.parametrize("action", ["", "http://www.egem.nl/StUF/sector/zkn/0310/zakLk01"])
async def test_without_a_telling_action_the_message_tells_what_is_meant(
    caller: Caller, action: str
) -> None:
    assert (await caller.send(kennisgeving(creation(), sort="T"), action)).status == 200
    assert (await caller.send(update("", TITLE.format("Nieuw")), action)).status == 200
    log = caller.simulator.access_log.since(0)
    assert [one["method"] for one in log] == ["creeerZaak_Lk01", "updateZaak_Lk01"]


async def test_an_action_that_does_not_fit_the_message_is_refused(caller: Caller) -> None:
    body = question(f"<z:omschrijving {NIL}/>")
    for action in (f"{ACTIONS_1_1}updateZaak_Lk01",):
        reply = await caller.send(body, action)
        assert (reply.status, reply.name) == (500, "Fault")
    reply = await caller.send(body, f"{ACTIONS_1_2}geefZaakdetails_ZakLv01")
    assert reply.status == 200, "an action of the other version says nothing here"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"geen xml",
        b"<html><body>Onderhoud</body></html>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>",
        envelope(""),
        envelope("<z:zakSh01/>"),
        envelope('<x xmlns="urn:iets"/>'),
    ],
)
async def test_what_is_no_message_is_the_fault_of_its_sender(caller: Caller, body: bytes) -> None:
    reply = await caller.send(body)
    assert reply.status == 500
    assert text(child(reply.message, "faultcode")) == "soapenv:Client"
    assert child(reply.message, "detail") is None


async def test_soap_1_2_is_answered_in_soap_1_2(caller: Caller) -> None:
    body = question(f"<z:omschrijving {NIL}/>")
    soap = b"http://schemas.xmlsoap.org/soap/envelope/"
    other = b"http://www.w3.org/2003/05/soap-envelope"
    kind = {"Content-Type": f'application/soap+xml; action="{ACTIONS_1_1}geefZaakdetails_Lv01"'}
    caller.schema = None
    for sent, fault in ((body, ""), (body.replace(b"VTHZS", b"ANDER"), "StUF010")):
        reply = await caller.send(sent.replace(soap, other), headers={**kind, "SOAPAction": ""})
        assert other in reply.body
        assert soap not in reply.body
        assert reply.fault == fault


# -- later ---------------------------------------------------------------------------------------


async def test_a_system_may_acknowledge_first_and_say_later_what_went_wrong(
    started: Start, schema: Schema, listener: Listener
) -> None:
    clients = (Client(US, callback=listener.url),)
    caller = await started(Quirks(acknowledge_first=True, tell_done=True), clients=clients)
    caller.schema = schema
    assert (await caller.send(update("", TITLE.format("x"), ref="R-1"))).status == 200
    assert (await caller.send(kennisgeving(creation(), sort="T", ref="R-2"))).status == 200
    await caller.simulator.system.deliveries.settled()
    told = [(action.rpartition("/")[2], message) for action, message, _ in listener.heard]
    assert [name for name, _ in told] == ["Fo01", "Bv01"]
    assert text(child(told[0][1], "body", "code")) == "StUF064"
    cross = [text(child(one, "stuurgegevens", "crossRefnummer")) for _, one in told]
    assert cross == ["R-1", "R-2"]
    for _, message in told:
        schema.check(message)


async def test_what_is_told_about_a_message_that_we_never_sent_is_refused(caller: Caller) -> None:
    inside = stuurgegevens("Bv01", cross="NOOIT", prefix="s")
    reply = await caller.send(envelope(f"<s:Bv01Bericht>{inside}</s:Bv01Bericht>"))
    assert reply.fault == "StUF043"


def test_names_of_systems_are_compared_without_their_capitals() -> None:
    assert Systeem("vthzs").is_same_as(Systeem("VTHZS"))
