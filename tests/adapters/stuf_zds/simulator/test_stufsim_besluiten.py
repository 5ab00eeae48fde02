"""Decisions, and handing over: what only version 1.2 has a service for."""

from __future__ import annotations

import pytest

from adapters.stuf_zds.simulator import Client
from adapters.stuf_zds.xml import child, text
from tests.adapters.stuf_zds.simulator.berichten import (
    ACTIONS_1_2,
    NONE,
    creation,
    envelope,
    everything,
    kennisgeving,
    reference,
    stuurgegevens,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import (
    US,
    Caller,
    Listener,
    Schema,
    Start,
    sample,
)

NIL = 'i:nil="true"'


@pytest.fixture
async def caller(started: Start, schema: Schema) -> Caller:
    caller = await started()
    caller.schema = schema
    assert (await caller.send(kennisgeving(creation(), sort="T"))).status == 200
    return caller


def decision(number: str = "0344B1", *, case: str = "0344Z1") -> bytes:
    told = stuurgegevens("Di01", functie="voegBesluitToe")
    return envelope(
        f"<d:voegBesluitToe_Di01>{told}<z:object>"
        '<z:besluit s:entiteittype="BSL" s:verwerkingssoort="T">'
        f"<z:identificatie>{number}</z:identificatie>"
        "<z:bst.omschrijving>Besluit omgevingsvergunning</z:bst.omschrijving>"
        "<z:datumBeslissing>20260529</z:datumBeslissing>"
        "<z:toelichting>Verleend</z:toelichting>"
        "<z:ingangsdatumWerking>20260601</z:ingangsdatumWerking></z:besluit>"
        '<z:zaak s:entiteittype="ZAK" s:verwerkingssoort="I">'
        f"<z:identificatie>{case}</z:identificatie></z:zaak></z:object></d:voegBesluitToe_Di01>"
    )


def details(number: str = "0344B1") -> bytes:
    told = stuurgegevens("Lv01", entity="BSL")
    return envelope(
        f"<d:geefBesluitdetails_BslLv01>{told}<z:parameters>"
        "<s:sortering>0</s:sortering><s:indicatorVervolgvraag>false</s:indicatorVervolgvraag>"
        '</z:parameters><z:gelijk s:entiteittype="BSL">'
        f"<z:identificatie>{number}</z:identificatie></z:gelijk>"
        f'<z:scope><z:object s:entiteittype="BSL"><z:toelichting {NIL}/></z:object></z:scope>'
        "</d:geefBesluitdetails_BslLv01>"
    )


async def test_a_decision_is_recorded_with_its_case_and_read_back(caller: Caller) -> None:
    assert (await caller.send(decision())).status == 200
    found = (await caller.send(details())).object
    assert text(child(found, "toelichting")) == "Verleend"
    assert text(child(found, "tijdvakGeldigheid", "beginGeldigheid")) == "20260601"
    assert text(child(found, "isUitkomstVan", "gerelateerde", "identificatie")) == "0344Z1"
    case = (await caller.send(everything())).object
    assert text(child(case, "leidtTot", "gerelateerde", "identificatie")) == "0344B1"


async def test_a_decision_is_of_a_case_and_has_a_number_of_its_own(caller: Caller) -> None:
    assert (await caller.send(decision(case="0344Z9"))).fault == "StUF064"
    assert (await caller.send(decision())).status == 200
    assert (await caller.send(decision())).details == "besluit 0344B1 bestaat al"
    assert child((await caller.send(details("0344B9"))).message, "antwoord") is None


async def test_a_decision_is_changed_by_what_was_and_what_is(caller: Caller) -> None:
    await caller.send(decision())
    both = "".join(
        '<z:object s:entiteittype="BSL" s:verwerkingssoort="W">'
        f"<z:identificatie>0344B1</z:identificatie>"
        f"<z:toelichting>{words}</z:toelichting></z:object>"
        for words in ("Verleend", "Geweigerd")
    )
    changed = kennisgeving(both, entity="BSL", element="d:updateBesluit_BslLk01")
    assert (await caller.send(changed)).status == 200
    found = (await caller.send(details())).object
    assert text(child(found, "toelichting")) == "Geweigerd"
    late = changed.replace(b">Geweigerd<", b">Ingetrokken<").replace(b"TEST-", b"WEER-")
    assert "oud komt niet overeen" in (await caller.send(late)).details


async def test_in_1_1_a_decision_comes_with_its_case(caller: Caller) -> None:
    before = f'<z:leidtTot s:entiteittype="ZAKBSL" s:verwerkingssoort="T" {NONE}/>'
    after = (
        '<z:leidtTot s:entiteittype="ZAKBSL" s:verwerkingssoort="T">'
        '<z:gerelateerde s:entiteittype="BSL" s:verwerkingssoort="T">'
        "<z:bst.omschrijving>Besluit</z:bst.omschrijving>"
        "<z:datumBeslissing>20260529</z:datumBeslissing></z:gerelateerde></z:leidtTot>"
    )
    assert (await caller.send(update(before, after))).status == 200
    case = (await caller.send(everything())).object
    assert text(child(case, "leidtTot", "gerelateerde", "identificatie")).startswith("0344BSL")


async def test_numbers_of_decisions_are_given_out(caller: Caller) -> None:
    told = stuurgegevens("Di02", functie="genereerBesluitidentificatie", prefix="d")
    name = "d:genereerBesluitIdentificatie_Di02"
    given = {
        (await caller.send(envelope(f"<{name}>{told}</{name}>"))).at("besluit", "identificatie")
        for _ in range(2)
    }
    assert len(given) == 2


# -- handing over --------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["geaccepteerd", "geweigerd"])
async def test_a_subscriber_is_asked_to_take_over_a_case_and_answers(
    started: Start, schema: Schema, listener: Listener, answer: str
) -> None:
    caller = await started(subscribers=(listener.subscriber(),))
    caller.schema = schema
    await caller.send(kennisgeving(creation(), sort="T"))
    asked = {"aan": "CASEBRIDGE", "melding": "Graag overnemen", "by": "p-1"}
    await caller.sim("POST", "zaken/0344Z1/overdragen", asked)
    await caller.simulator.system.deliveries.settled()
    action, message, _ = listener.heard[-1]
    assert action == f"{ACTIONS_1_2}overdragenZaak_Di01"
    schema.check(message)
    assert text(child(message, "object", "isVan", "gerelateerde", "code")) == "B0337"
    cross = text(child(message, "stuurgegevens", "referentienummer"))
    body = sample(f"zds-1.2/overdragenZaak_Du01_{answer}.xml").replace(
        b"ODRU-78001", cross.encode()
    )
    assert (await caller.send(body, f"{ACTIONS_1_2}overdragenZaak_Du01")).status == 200
    shown = await caller.sim("GET", "zaken/0344Z1")
    assert shown["overdracht"]["antwoord"] == f"Overdracht {answer}"


async def test_an_answer_to_nothing_is_refused(caller: Caller) -> None:
    body = sample("zds-1.2/overdragenZaak_Du01_geaccepteerd.xml")
    assert (await caller.send(body, f"{ACTIONS_1_2}overdragenZaak_Du01")).fault == "StUF043"


async def test_who_asks_us_to_take_over_hears_what_somebody_here_decides(
    started: Start, schema: Schema, listener: Listener
) -> None:
    caller = await started(clients=(Client(US, callback=listener.url),))
    caller.schema = schema
    told = stuurgegevens("Di01", functie="overdragenZaak", ref=(ref := reference()))
    body = envelope(
        f"<d:overdragenZaak_Di01>{told}<z:melding>Graag</z:melding>"
        '<z:object s:entiteittype="ZAK" s:functie="entiteit">'
        "<z:identificatie>RUD-77</z:identificatie>"
        '<z:isVan s:entiteittype="ZAKZKT"><z:gerelateerde s:entiteittype="ZKT">'
        "<z:omschrijving>Milieu</z:omschrijving><z:code>M1</z:code></z:gerelateerde></z:isVan>"
        "</z:object></d:overdragenZaak_Di01>"
    )
    assert (await caller.send(body)).status == 200
    (offered,) = await caller.sim("GET", "aanbod")
    assert (offered["identificatie"], offered["melding"]) == ("RUD-77", "Graag")
    await caller.sim("POST", f"aanbod/{offered['uuid']}/weigeren")
    await caller.simulator.system.deliveries.settled()
    action, message, _ = listener.heard[-1]
    assert action == f"{ACTIONS_1_2}overdragenZaak_Du01"
    schema.check(message)
    assert text(child(message, "stuurgegevens", "crossRefnummer")) == ref
    assert text(child(message, "object", "antwoord")) == "Overdracht geweigerd"
