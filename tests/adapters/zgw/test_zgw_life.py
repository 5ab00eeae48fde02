"""The whole life of a case in a running system."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.zgw import ZgwAdapter
from adapters.zgw.client import Answer
from adapters.zgw.links import Place
from adapters.zgw.simulator import Simulator
from contracts.errors import NotFound
from contracts.ids import CaseRef
from tests.adapters.zgw.people import MARK, People, change, creates, shown, writes

HANDLER = {"id": "rud-101", "name": "Noor Proefveld", "role": "Vakspecialist"}


async def test_check_tells_what_the_system_offers(adapter: ZgwAdapter) -> None:
    """All optional parts of the simulator are found by harmless calls."""
    offered = await adapter.check()
    assert "notes" in offered.writable
    assert "decisions" in offered.writable
    assert "hours" not in offered.readable


async def test_case_made_by_us_is_found_by_its_mark(adapter: ZgwAdapter) -> None:
    """What was created can be found at once, and reads back as it was given."""
    ref = await creates(adapter, change("explanation", "Spoed"), change("participant", "999997002"))
    assert await adapter.find(MARK) == [ref]
    snapshot = await adapter.read(ref)
    assert snapshot.mark == MARK
    assert snapshot.case.title == "Onze zaak"
    assert snapshot.case.explanation == "Spoed"
    assert snapshot.case.participant == "999997002"
    assert snapshot.case.case_type == "BODEM"
    assert not snapshot.is_closed


async def test_whole_life_of_a_case(adapter: ZgwAdapter, people: People) -> None:
    """Created, filled, handled, closed, reopened and closed again."""
    ref = await creates(adapter, change("status", "loopt"))
    await writes(
        adapter,
        ref,
        change("status", "loopt"),
        change("handler", HANDLER),
        change("unit", "bodem"),
        change("properties/onderzoek", {"key": "onderzoek", "value": "VO"}),
        change("deadline", "2026-06-12", expect=(await adapter.read(ref)).case.deadline),
        change("suspension", {"active": True, "reason": "Wacht op aanvulling"}),
        change("extension", {"reason": "Complex", "duration": "P14D"}),
    )
    seen = (await adapter.read(ref)).case
    assert seen.status == "loopt"
    assert seen.handler is not None
    assert seen.handler.id == "rud-101"
    assert seen.unit == "bodem"
    assert [(p.key, p.value) for p in seen.properties] == [("onderzoek", "VO")]
    assert seen.deadline == "2026-06-12"
    assert seen.suspension is not None
    assert seen.suspension.reason == "Wacht op aanvulling"
    assert seen.extension is not None
    assert seen.extension.duration == "P14D"

    await writes(
        adapter,
        ref,
        change("status", "gereed", expect="loopt"),
        change("result", "Positief"),
        change("title", "Onze zaak, afgerond", expect="Onze zaak"),
    )
    closed = await adapter.read(ref)
    assert closed.is_closed
    assert closed.case.end == "2026-03-02"
    assert closed.case.result == "Positief"
    assert closed.case.title == "Onze zaak, afgerond"
    assert closed.case.archive is not None

    await writes(
        adapter,
        ref,
        change("status", "loopt", expect="gereed"),
        change("result", "Negatief", expect="Positief"),
        change("explanation", "Toch nog"),
    )
    reopened = await adapter.read(ref)
    assert not reopened.is_closed
    assert reopened.case.result == "Negatief"
    assert reopened.case.explanation == "Toch nog"
    assert [step.status for step in reopened.case.status_history] == ["loopt", "gereed", "loopt"]


async def test_case_that_is_gone_is_not_found(adapter: ZgwAdapter, people: People) -> None:
    """A deleted case, a case that never was, and what is no reference at all."""
    ref = await people.opens()
    await people.call("DELETE", f"zaken/api/v1/zaken/{ref}")
    for missing in (ref, CaseRef("11111111-1111-4111-8111-111111111111"), CaseRef("geen-uuid")):
        with pytest.raises(NotFound):
            await adapter.read(missing)


async def test_authors_come_from_the_audit_trail(adapter: ZgwAdapter, people: People) -> None:
    """A colleague's edit bears the colleague's name."""
    ref = await people.opens()
    await people.call(
        "PATCH", f"zaken/api/v1/zaken/{ref}", {"omschrijving": "Anders"}, user="odru-207"
    )
    authors = (await adapter.read(ref)).authors
    assert authors["title"].by == "odru-207"
    assert authors["start"].by == "odru-201"
    assert authors["registered"].by == "odru-201", "who made it"


async def test_colleague_we_write_for_is_named(adapter: ZgwAdapter, people: People) -> None:
    """The audit trail of the system names the colleague and the command."""
    ref = await people.opens()
    await writes(adapter, ref, change("explanation", "Van ver"))
    trail = await people.call("GET", f"zaken/api/v1/zaken/{ref}/audittrail")
    assert trail[-1]["gebruikersId"] == "rud-101"
    assert trail[-1]["toelichting"] == "01JCOMMAND opdracht 7"
    assert shown(await adapter.read(ref))["explanation"] == "Van ver"


async def test_simulator_is_quiet_when_nothing_is_to_be_done(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """A change that is already so writes nothing."""
    ref = await people.opens()
    before = simulator.access_log.last
    await writes(adapter, ref, change("title", "Bodemonderzoek Proefveldseweg", expect="Oud"))
    assert simulator.access_log.last == before


async def test_case_is_read_in_few_calls(
    adapter: ZgwAdapter, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much hangs on it, once its type is known."""
    ref = await people.opens()
    await writes(
        adapter,
        ref,
        change("status", "loopt"),
        change("handler", HANDLER),
        change("properties/onderzoek", {"key": "onderzoek", "value": "VO"}),
        change("result", "Positief"),
    )
    calls: list[str] = []
    once = adapter._client._once

    async def counted(method: str, place: Place, **how: Any) -> Answer:
        calls.append(place.path)
        return await once(method, place, **how)

    monkeypatch.setattr(adapter._client, "_once", counted)
    await adapter.read(ref)
    assert len(calls) <= 5, calls
