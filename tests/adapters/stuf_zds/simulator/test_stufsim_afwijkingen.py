"""Deviations, each seen at a real system, and failures on demand."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from adapters.kit.simulator import NotificationQuirks
from adapters.stuf_zds.fo import read_fault
from adapters.stuf_zds.simulator import Deviations, Fault, FaultKind, Quirks
from adapters.stuf_zds.xml import Element, child, children, local, text
from tests.adapters.stuf_zds.simulator.berichten import (
    STUF,
    add_document,
    creation,
    everything,
    kennisgeving,
    question,
    role,
    update,
)
from tests.adapters.stuf_zds.simulator.conftest import Caller, Listener, Reply, Schema, Start

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
NO_VALUE = f"{{{STUF}}}noValue"
TITLE = "Café & <terras>"


async def answered(started: Start, **how: Any) -> tuple[Reply, Caller]:
    caller = await started(Quirks(deviations=Deviations(**how)))
    vestiging = (
        '<z:gerelateerde><z:vestiging s:entiteittype="VES" s:verwerkingssoort="T">'
        "<b:vestigingsNummer>000037178598</b:vestigingsNummer>"
        '<b:authentiek s:metagegeven="true">N</b:authentiek></z:vestiging></z:gerelateerde>'
    )
    party = role("heeftAlsBelanghebbende", "BLH", vestiging)
    made = creation(title="Café &amp; &lt;terras>")
    made = made.replace("<z:heeftAlsInitiator", party + "<z:heeftAlsInitiator", 1)
    assert (await caller.send(kennisgeving(made, sort="T"))).status == 200
    return await caller.send(everything()), caller


def at(reply: Reply, *path: str) -> Element:
    found = child(reply.object, *path)
    assert found is not None
    return found


async def test_without_deviations_an_answer_is_as_the_schema_wants_it(
    started: Start, schema: Schema
) -> None:
    reply, _ = await answered(started)
    schema.check(reply.message)
    assert reply.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


@pytest.mark.parametrize(
    ("how", "begins"),
    [
        ({"charset": "iso-8859-1"}, b"<?xml version='1.0' encoding='ISO-8859-1'?>"),
        ({"charset": "utf-16"}, b"\xff\xfe<\x00?\x00"),
        ({"byte_order_mark": True}, b"\xef\xbb\xbf<?xml"),
        ({"leading_space": True}, b"\n  <?xml"),
        ({"prefixes": "odd"}, b"<?xml"),
        ({"prefixes": "default"}, b"<?xml"),
        ({"cdata": True}, b"<?xml"),
        ({"schema_location": True}, b"<?xml"),
    ],
    ids=str,
)
async def test_bytes_may_be_written_in_many_ways_and_say_the_same(
    started: Start, schema: Schema, how: dict[str, Any], begins: bytes
) -> None:
    reply, _ = await answered(started, **how)
    assert reply.body[: len(begins)].lower() == begins.lower()
    assert text(at(reply, "omschrijving")) == TITLE
    schema.check(reply.message)


@pytest.mark.parametrize(
    ("how", "holds"),
    [
        ({"prefixes": "odd"}, b"<ns3:zakLa01"),
        ({"prefixes": "default"}, b"<zakLa01"),
        ({"cdata": True}, b"<![CDATA[Caf"),
        ({"schema_location": True}, b"file:///C:/StUF"),
        ({"charset": "iso-8859-1"}, b"Caf\xe9"),
    ],
    ids=str,
)
async def test_a_deviation_shows_in_the_bytes(
    started: Start, how: dict[str, Any], holds: bytes
) -> None:
    reply, _ = await answered(started, **how)
    assert holds in reply.body


async def test_a_charset_that_is_not_what_was_declared_breaks_the_answer(started: Start) -> None:
    caller = await started(Quirks(deviations=Deviations(wrong_charset=True)))
    made = kennisgeving(creation(title=TITLE.replace("&", "en").replace("<", "")), sort="T")
    await caller.send(made)
    async with caller.http.post(caller.simulator.stuf, data=everything()) as answer:
        body = await answer.read()
    assert b'encoding="UTF-8"' in body
    assert b"Caf\xe9" in body


async def test_dates_are_written_in_ways_of_their_own(started: Start) -> None:
    reply, caller = await answered(started, date_dashes=True)
    assert text(at(reply, "startdatum")) == "2026-03-02"
    for how, shown in (({"date_time": True}, "20260302000000"), ({}, "20260302")):
        every = {"date_dashes": False, "date_time": False, **how}
        await caller.sim("PATCH", "quirks", {"deviations": every})
        assert text(at(await caller.send(everything()), "startdatum")) == shown


async def test_no_value_is_said_in_ways_of_its_own(started: Start) -> None:
    reply, caller = await answered(started, zero_dates=True)
    assert text(at(reply, "publicatiedatum")) == "00000000"
    deviations = {"zero_dates": False, "empty_for_none": True, "value_with_novalue": True}
    await caller.sim("PATCH", "quirks", {"deviations": deviations})
    reply = await caller.send(everything())
    empty = at(reply, "publicatiedatum")
    assert (text(empty), empty.get(NO_VALUE), empty.get(NIL)) == ("", None, None)
    title = at(reply, "omschrijving")
    assert (text(title), title.get(NO_VALUE)) == (TITLE, "geenWaarde")


async def test_what_the_schema_wants_may_be_missing_misplaced_or_unknown(
    started: Start, schema: Schema
) -> None:
    reply, caller = await answered(started, no_entiteittype=True)
    assert at(reply, "isVan").get(f"{{{STUF}}}entiteittype") is None
    names = [local(one) for one in reply.object]
    await caller.sim(
        "PATCH", "quirks", {"deviations": {"wrong_order": True, "foreign_elements": True}}
    )
    reply = await caller.send(everything())
    shown = [local(one) for one in reply.object]
    assert "interneSleutel" in shown
    assert [one for one in shown if one != "interneSleutel"] == [*names[1:], names[0]]
    with pytest.raises(AssertionError):
        schema.check(reply.message)


async def test_parties_may_be_told_badly(started: Start) -> None:
    reply, _ = await answered(started, chamber_number=True, empty_party=True)
    numbers = [text(one) for one in reply.object.iter() if local(one) == "vestigingsNummer"]
    assert numbers == ["37178598"]
    people = [len(one) for one in reply.object.iter() if local(one) == "natuurlijkPersoon"]
    assert people == [0]


async def test_numbers_and_codes_may_change_their_case(started: Start) -> None:
    caller = await started(
        Quirks(deviations=Deviations(upper_case_number=True, lower_case_codes=True))
    )
    await caller.send(kennisgeving(creation("0344zaak1"), sort="T"))
    reply = await caller.send(everything("0344Zaak1"))
    assert text(at(reply, "identificatie")) == "0344ZAAK1"
    await caller.send(add_document(case="0344zaak1"))
    scope = '<z:vertrouwelijkAanduiding i:nil="true"/>'
    reply = await caller.send(question(scope, number="0344D1", entity="EDC"))
    assert text(at(reply, "vertrouwelijkAanduiding")) == "openbaar"


async def test_codes_may_be_longer_than_the_schema_has_room_for(
    started: Start, tmp_path: Any, catalogue: Any
) -> None:
    long = catalogue.read_text("utf-8").replace("B0337", "RUD-BOD-010")
    catalogue.write_text(long, "utf-8")
    with pytest.raises(ValueError, match="long_codes"):
        await started()
    caller = await started(Quirks(deviations=Deviations(long_codes=True)))
    reply = await caller.send(kennisgeving(creation(code="RUD-BOD-010"), sort="T"))
    assert reply.status == 200, reply.details
    reply = await caller.send(everything())
    assert text(at(reply, "isVan", "gerelateerde", "code")) == "RUD-BOD-010"


async def test_an_acknowledgement_may_have_a_reference_that_is_too_long(started: Start) -> None:
    caller = await started(Quirks(deviations=Deviations(long_reference=True)))
    reply = await caller.send(kennisgeving(creation(), sort="T"))
    assert len(reply.at("stuurgegevens", "referentienummer")) == 65


@pytest.mark.parametrize(
    ("how", "status", "code", "kind"),
    [
        ({}, 500, "soapenv:Client", "Fo02Bericht"),
        ({"fault_status": 200}, 200, "soapenv:Client", "Fo02Bericht"),
        ({"fault_code": "receiver"}, 500, "env:Receiver", "Fo02Bericht"),
        ({"fault_code": "stuf"}, 500, "s:StUF010", "Fo02Bericht"),
        ({"fo03_on_questions": True}, 500, "soapenv:Client", "Fo03Bericht"),
        ({"fault_bare": True}, 500, "soapenv:Client", "Fo02Bericht"),
        ({"upper_case_place": True}, 500, "soapenv:Client", "Fo02Bericht"),
    ],
    ids=str,
)
async def test_a_fault_may_be_worded_in_many_ways_and_be_read_as_one(
    started: Start, how: dict[str, Any], status: int, code: str, kind: str
) -> None:
    caller = await started(Quirks(deviations=Deviations(**how)))
    reply = await caller.send(everything().replace(b"VTHZS", b"ANDER"))
    assert reply.status == status
    assert text(child(reply.message, "faultcode")) == code
    fo = child(reply.message, "detail", kind)
    assert fo is not None
    assert (child(fo, "stuurgegevens") is None) is bool(how.get("fault_bare"))
    assert text(child(fo, "body", "plek")) == (
        "CLIENT" if how.get("upper_case_place") else "client"
    )
    read = read_fault(reply.message)
    assert read is not None
    assert (read.code, read.place) == ("StUF010", "client")


@pytest.mark.parametrize(
    ("how", "sort", "objects"),
    [
        ({}, "W", 2),
        ({"one_object": True}, "W", 1),
        ({"status_as_addition": True}, "T", 1),
        ({"no_verwerkingssoort": True}, "W", 2),
    ],
    ids=str,
)
async def test_notifications_may_deviate_as_well(
    started: Start, listener: Listener, how: dict[str, Any], sort: str, objects: int
) -> None:
    quirks = Quirks(deviations=Deviations(**how), notifications=NotificationQuirks())
    caller = await started(quirks, subscribers=(listener.subscriber(),))
    await caller.sim("POST", "zaken", {"zaaktype": "B0337", "omschrijving": "Een", "by": "p-1"})
    await caller.simulator.system.deliveries.settled()
    message = listener.heard[-1][1]
    assert text(child(message, "parameters", "mutatiesoort")) == sort
    found = list(children(message, "object"))
    assert len(found) == objects
    told = found[-1].get(f"{{{STUF}}}verwerkingssoort")
    assert (told is None) is bool(how.get("no_verwerkingssoort"))


# -- failures on demand --------------------------------------------------------------------------

CREATES = kennisgeving(creation(), sort="T", ref="F-1")


def cases(caller: Caller) -> int:
    return len(caller.simulator.system.store.all("zaak"))


@pytest.mark.parametrize(
    ("kind", "done"),
    [(FaultKind.DROP, 0), (FaultKind.DROP_AFTER, 1)],
)
async def test_a_connection_breaks_before_or_after_it_was_done(
    started: Start, kind: FaultKind, done: int
) -> None:
    caller = await started()
    caller.simulator.faults.add(Fault(kind, path="creeerZaak", times=1))
    with pytest.raises(aiohttp.ClientError):
        await caller.send(CREATES)
    assert cases(caller) == done
    assert (await caller.send(CREATES)).status == 200, "the same message again is safe"
    assert cases(caller) == 1


@pytest.mark.parametrize(
    ("kind", "done"),
    [(FaultKind.HANG_BEFORE, 0), (FaultKind.HANG_AFTER, 1)],
)
async def test_an_answer_never_comes(started: Start, kind: FaultKind, done: int) -> None:
    caller = await started()
    caller.simulator.faults.add(Fault(kind, times=1))
    timeout = aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        async with caller.http.post(caller.simulator.stuf, data=CREATES, timeout=timeout):
            pass
    assert cases(caller) == done


@pytest.mark.parametrize(
    ("kind", "code", "done"),
    [
        (FaultKind.ERROR_BEFORE, "StUF058", 0),
        (FaultKind.ERROR_AFTER, "StUF058", 1),
        (FaultKind.DENIED, "StUF013", 0),
        (FaultKind.REFUSED, "StUF046", 0),
    ],
)
async def test_a_fault_is_told_whatever_was_done(
    started: Start, schema: Schema, kind: FaultKind, code: str, done: int
) -> None:
    caller = await started()
    caller.schema = schema
    caller.simulator.faults.add(Fault(kind, code="StUF046", times=1))
    reply = await caller.send(CREATES)
    assert (reply.status, reply.fault) == (500, code)
    assert cases(caller) == done


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        (FaultKind.UNAVAILABLE, 503, 0),
        (FaultKind.GARBAGE, 200, 0),
        (FaultKind.GARBAGE_AFTER, 200, 1),
    ],
)
async def test_something_else_answers_in_the_place_of_the_system(
    started: Start, kind: FaultKind, status: int, done: int
) -> None:
    caller = await started()
    caller.simulator.faults.add(Fault(kind, times=1))
    async with caller.http.post(caller.simulator.stuf, data=CREATES) as answer:
        assert answer.status == status
        assert b"Envelope" not in await answer.read()
    assert cases(caller) == done


async def test_a_fault_hits_the_service_and_the_client_that_it_names(started: Start) -> None:
    caller = await started()
    await caller.sim("POST", "faults", {"kind": "error-before", "path": "geefZaakdetails_Lv01$"})
    await caller.sim("POST", "faults", {"kind": "error-before", "client_id": "IEMAND"})
    assert (await caller.send(CREATES)).status == 200
    assert (await caller.send(everything())).fault == "StUF058"
    assert (await caller.sim("GET", "state"))["faults_injected"] == 1


async def test_a_slow_answer_comes_in_the_end_and_may_drip(started: Start) -> None:
    caller = await started()
    for kind in (FaultKind.SLOW, FaultKind.DRIP):
        caller.simulator.faults.add(Fault(kind, times=1, seconds=0.05))
        assert (await caller.send(CREATES)).status == 200
    assert cases(caller) == 1


async def test_what_a_fault_did_is_in_the_log_as_it_was(started: Start) -> None:
    caller = await started()
    caller.simulator.faults.add(Fault(FaultKind.ERROR_AFTER, times=1))
    await caller.send(CREATES)
    (entry,) = await caller.sim("GET", "access-log")
    assert (entry["method"], entry["status"]) == ("creeerZaak_Lk01", 200)


async def test_the_log_says_who_did_what_to_which_and_why(started: Start) -> None:
    caller = await started()
    await caller.send(CREATES, headers={"X-Audit-Toelichting": "opdracht 7"})
    title = "<z:omschrijving>{}</z:omschrijving>"
    await caller.send(update(title.format("x"), title.format("y")))
    await caller.send(everything())
    await caller.sim("POST", "zaken/0344Z1/velden", {"toelichting": "Spoed", "by": "p-1"})
    made, refused, typed = await caller.sim("GET", "access-log")
    assert (made["client_id"], made["user_id"]) == ("CASEBRIDGE", "j.devries")
    assert (made["toelichting"], made["path"]) == ("opdracht 7", "/zaken/0344Z1")
    assert (refused["status"], refused["changed"]) == (500, [])
    assert "omschrijving" in refused["fault"]
    assert (typed["client_id"], typed["user_id"]) == ("medewerker", "p-1")
