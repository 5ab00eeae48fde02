"""Questions: what was asked is answered, and what is not there is said not to be there."""

from __future__ import annotations

import pytest

from adapters.stuf_zds.simulator import Deviations, Quirks
from adapters.stuf_zds.xml import Element, child, local, text
from tests.adapters.stuf_zds.simulator.berichten import (
    ACTIONS_1_1,
    creation,
    everything,
    extra,
    kennisgeving,
    person,
    question,
    role,
    status,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import Caller, Schema, Start

NIL = 'i:nil="true"'
NO_VALUE = "{http://www.egem.nl/StUF/StUF0301}noValue"


@pytest.fixture
async def caller(started: Start, schema: Schema) -> Caller:
    caller = await started()
    caller.schema = schema
    after = role("heeftAlsGemachtigde", "GMC", person("999990639", "Anna"))
    made = creation(before="<z:toelichting>Spoed</z:toelichting>", between=extra(vrij="een"))
    made = made.replace("<z:heeftAlsInitiator", after + "<z:heeftAlsInitiator", 1)
    assert (await caller.send(kennisgeving(made, sort="T"))).status == 200
    await caller.send(status(1, "Ontvangen", "20260303"))
    await caller.send(status(2, "In behandeling", "20260305"))
    return caller


def names(element: Element) -> list[str]:
    return [local(one) for one in element]


async def asked(caller: Caller, scope: str, action: str = "geefZaakdetails") -> Element:
    reply = await caller.send(question(scope), f"{ACTIONS_1_1}{action}_Lv01")
    assert reply.status == 200, reply.details
    return reply.object


async def test_what_was_asked_is_answered_and_nothing_else(caller: Caller) -> None:
    found = await asked(caller, f"<z:toelichting {NIL}/><z:startdatum {NIL}/>")
    assert names(found) == ["identificatie", "toelichting", "startdatum"]
    assert text(child(found, "startdatum")) == "20260302"


async def test_of_what_is_not_there_it_is_said_that_there_is_none(caller: Caller) -> None:
    scope = (
        f"<z:resultaat {NIL}/><z:einddatum {NIL}/>"
        f'<z:heeftAlsBelanghebbende s:entiteittype="ZAKBTRBLH" {NIL}/>'
    )
    found = await asked(caller, scope)
    assert names(found) == ["identificatie", "resultaat", "einddatum", "heeftAlsBelanghebbende"]
    assert [one.get(NO_VALUE) for one in found[1]] == ["geenWaarde", "geenWaarde"]
    assert [one.get(NO_VALUE) for one in found[2:]] == ["geenWaarde", "geenWaarde"]


async def test_of_a_relation_as_much_is_told_as_was_asked(caller: Caller) -> None:
    whole = await asked(caller, f'<z:heeftAlsGemachtigde s:entiteittype="ZAKBTRGMC" {NIL}/>')
    party = child(whole, "heeftAlsGemachtigde", "gerelateerde", "natuurlijkPersoon")
    assert party is not None
    assert names(party) == ["inp.bsn", "authentiek", "geslachtsnaam"]
    part = await asked(
        caller,
        '<z:heeftAlsGemachtigde s:entiteittype="ZAKBTRGMC"><z:gerelateerde>'
        '<z:natuurlijkPersoon s:entiteittype="NPS">'
        f"<b:geslachtsnaam {NIL}/></z:natuurlijkPersoon></z:gerelateerde></z:heeftAlsGemachtigde>",
    )
    party = child(part, "heeftAlsGemachtigde", "gerelateerde", "natuurlijkPersoon")
    assert party is not None
    assert names(party) == ["geslachtsnaam"]


async def test_all_of_a_case_can_be_asked_for_at_once(caller: Caller) -> None:
    found = (await caller.send(everything())).object
    assert {"kenmerk", "extraElementen", "isVan", "heeft", "leidtTot"} <= set(names(found))


async def test_without_a_scope_some_systems_give_all_and_some_the_keys(caller: Caller) -> None:
    found = (await caller.send(question(""))).object
    assert "toelichting" in names(found)
    await caller.sim("PATCH", "quirks", {"keys_only": True})
    found = (await caller.send(question(""))).object
    assert names(found) == ["identificatie", "omschrijving", "isVan"]


async def test_the_status_that_holds_can_be_asked_for_alone(caller: Caller) -> None:
    scope = (
        f'<z:heeft s:entiteittype="ZAKSTT"><z:gerelateerde s:entiteittype="STT">'
        f"<z:omschrijving {NIL}/></z:gerelateerde></z:heeft>"
    )
    only = (
        '<z:heeft s:entiteittype="ZAKSTT"><z:indicatieLaatsteStatus>J</z:indicatieLaatsteStatus>'
        "</z:heeft>"
    )
    action = f"{ACTIONS_1_1}geefZaakstatus_Lv01"
    found = (await caller.send(question(scope, more=only), action)).object
    assert names(found) == ["identificatie", "heeft"]
    assert text(child(found, "heeft", "gerelateerde", "omschrijving")) == "In behandeling"
    every = (await caller.send(question(scope), action)).object
    told = [text(child(one, "gerelateerde", "omschrijving")) for one in every[1:]]
    assert told == ["In behandeling", "Ontvangen"], "the newest first"


async def test_a_case_that_is_not_there_is_an_answer_without_an_object(caller: Caller) -> None:
    reply = await caller.send(question(f"<z:omschrijving {NIL}/>", number="0344Z9"))
    assert reply.status == 200
    assert child(reply.message, "antwoord") is None


@pytest.mark.parametrize("way", ["fault", "nil"])
async def test_other_systems_say_otherwise_that_it_is_not_there(started: Start, way: str) -> None:
    deviations = Deviations(not_found=way)  # type: ignore[arg-type]
    caller = await started(Quirks(deviations=deviations))
    reply = await caller.send(question(f"<z:omschrijving {NIL}/>", number="0344Z9"))
    if way == "fault":
        assert (reply.status, reply.fault) == (500, "StUF064")
    else:
        assert len(reply.object) == 0


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (("<z:gelijk", "<z:vanaf"), "vanaf"),
        (('<z:identificatie>0344Z1</z:identificatie>', ""), "gelijk is leeg"),
        (("<z:identificatie>0344Z1</z:identificatie>",
          "<z:omschrijving>Betoncentrale</z:omschrijving>"), "omschrijving"),
    ],
)  # fmt: skip
async def test_nobody_can_search_by_zds(caller: Caller, spoiled: tuple[str, str], why: str) -> None:
    body = question(f"<z:omschrijving {NIL}/>").decode().replace(*spoiled)
    body = body.replace("</z:gelijk>", f"</{spoiled[1][1:]}>") if "vanaf" in why else body
    reply = await caller.send(body.encode())
    assert reply.status == 500
    assert why in reply.details


async def test_a_system_that_can_search_finds_by_what_a_case_tells(caller: Caller) -> None:
    await caller.sim("PATCH", "quirks", {"search": True})
    mark = "<z:kenmerk><z:kenmerk>{}</z:kenmerk><z:bron>DSO</z:bron></z:kenmerk>"
    await caller.send(update("", mark.format("A-1")))
    for wanted, found in (("a-1", True), ("A-2", False)):
        body = question(f"<z:omschrijving {NIL}/>").decode()
        kern = "<z:identificatie>0344Z1</z:identificatie>"
        reply = await caller.send(body.replace(kern, mark.format(wanted)).encode())
        assert (child(reply.message, "antwoord") is not None) is found


async def test_what_a_system_has_no_place_for_it_says_so(caller: Caller) -> None:
    await caller.sim("PATCH", "quirks", {"unsupported": ["toelichting", "kenmerk"]})
    found = (await caller.send(everything())).object
    told = child(found, "toelichting")
    assert told is not None
    assert told.get(NO_VALUE) == "nietOndersteund"
    inner = child(found, "kenmerk", "bron")
    assert inner is not None
    assert inner.get(NO_VALUE) == "nietOndersteund"
