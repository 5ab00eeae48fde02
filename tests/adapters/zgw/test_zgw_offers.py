"""What a system offers: found out, narrowed, and done without where it is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.client import Client
from adapters.zgw.simulator import Client as Account
from adapters.zgw.simulator import (
    Fault,
    FaultKind,
    Features,
    Quirks,
    Simulator,
    SimulatorSettings,
    start,
)
from contracts.adapter import CreateGuard, Intake, Refusals
from contracts.errors import Conflict, Denied, Rejected, Uncertain, Unreachable
from contracts.ids import Mark
from tests.adapters.zgw.conftest import CATALOGUE
from tests.adapters.zgw.people import (
    MARK,
    NoContents,
    People,
    change,
    creates,
    patch,
    settings_for,
    shown,
    writes,
)


class TestTheBaseAlone:
    """A system that has nothing but the standard's first version."""

    @pytest.fixture
    def quirks(self) -> Quirks:
        return Quirks(
            features=Features(
                expand=False,
                kenmerk_filter=False,
                page_size=False,
                zaaknotities=False,
                audit_trail=False,
                rol_put=False,
                reserve_number=False,
                compound=False,
                laatst_gemuteerd=False,
            )
        )

    async def test_what_is_missing_is_not_promised(self, adapter: ZgwAdapter) -> None:
        """Notes are unsupported, not empty."""
        offered = await adapter.check()
        assert "notes" not in offered.readable | offered.writable
        ref = await creates(adapter, change("status", "loopt"))
        snapshot = await adapter.read(ref)
        assert "notes" in snapshot.unsupported
        assert "notes" not in snapshot.case.model_fields_set

    async def test_case_is_read_whole_and_found(self, adapter: ZgwAdapter) -> None:
        """By the standard's own lists, and by going through the newest cases."""
        ref = await adapter.create(_a_case(), mark=MARK, contents=_none(), key="01JCREATE")
        await writes(
            adapter,
            ref,
            change("status", "loopt", expect="nieuw"),
            change("result", "Positief"),
            change("handler", {"id": "rud-101", "name": "N. Proefveld"}),
            change("properties/onderzoek", {"key": "onderzoek", "value": "VO"}),
        )
        seen = shown(await adapter.read(ref))
        assert seen["result"] == "Positief"
        assert seen["handler"]["id"] == "rud-101"
        assert seen["properties/onderzoek"]["value"] == "VO"
        assert list(await adapter.find(MARK)) == [ref]
        assert list(await adapter.find(Mark("01JANDERE"))) == []

    async def test_note_is_refused_by_name(self, adapter: ZgwAdapter, people: People) -> None:
        """A change that there is no place for never vanishes."""
        ref = await people.opens()
        note = {"key": "n", "text": "Hallo"}
        with pytest.raises(Refusals, match="notes/n"):
            await writes(adapter, ref, change("notes/n", note))


def _a_case(**fields: Any) -> Any:
    today = datetime.now(UTC).date().isoformat()
    given = {"case_type": "BODEM", "title": "Onze zaak", "registered": today, **fields}
    return patch(*(change(path, value) for path, value in given.items()))


def _none() -> Any:
    return NoContents()


async def test_number_of_our_choice_refuses_a_second_case(
    settings: ZgwSettings, people: People, simulator: Simulator
) -> None:
    """A create without an answer, repeated: the number is taken, by our own case."""
    numbered = settings.model_copy(update={"number_pattern": "CB-{year}-{mark}"})
    async with ZgwAdapter(numbered) as adapter:
        assert CreateGuard.KEY in (await adapter.check()).create_guard
        simulator.faults.add(Fault(FaultKind.DROP_AFTER, method="POST", path="zaken$", times=1))
        with pytest.raises(Uncertain):
            await creates(adapter)
        ref = await creates(adapter)
        assert list(await adapter.find(MARK)) == [ref]
        assert (await adapter.read(ref)).case.number == f"CB-2026-{MARK}"
        found = await people.call("GET", "zaken/api/v1/zaken")
        assert found["count"] == 1


async def test_number_that_somebody_else_has_is_a_conflict(
    settings: ZgwSettings, people: People
) -> None:
    """Another's case is never taken for ours."""
    await people.opens(identificatie=f"CB-{MARK}"[:40])
    numbered = settings.model_copy(update={"number_pattern": "CB-{mark}"})
    async with ZgwAdapter(numbered) as adapter:
        with pytest.raises(Conflict, match="taken"):
            await creates(adapter)


async def test_case_type_that_is_not_there_is_refused_with_the_way_out(adapter: ZgwAdapter) -> None:
    """Before anything is made."""
    with pytest.raises(Rejected, match="'NIETS'"):
        await adapter.create(_a_case(case_type="NIETS"), mark=MARK, contents=_none(), key="k")


async def test_case_type_is_the_version_of_its_day(
    settings: ZgwSettings, people: People, adapter: ZgwAdapter
) -> None:
    """Of several versions the one that held on the day of registration."""
    old = await people.case_type()
    found = await people.call("GET", old)
    body = {
        name: value
        for name, value in found.items()
        if name not in ("url", "concept", "eindeGeldigheid", "statustypen")
    }
    await people.call("PATCH", old, {"eindeGeldigheid": "2025-12-31"})
    made = await people.call(
        "POST", "catalogi/api/v1/zaaktypen", {**body, "beginGeldigheid": "2026-01-01"}
    )
    del made
    client = Client(settings)
    await client.open()
    try:
        version = await Catalogue(client, settings).current("BODEM", date(2025, 6, 1))
        assert version.zaaktype.url == old
        # The new version is a concept: no case may be made of it.
        with pytest.raises(Rejected, match="publish"):
            await Catalogue(client, settings).current("BODEM", date(2026, 6, 1))
    finally:
        await client.close()


async def test_catalogue_is_asked_again_only_when_it_is_old(
    settings: ZgwSettings, people: People, simulator: Simulator
) -> None:
    """Remembered; then asked with its ETag, and taken anew where it changed."""
    now = [0.0]
    client = Client(settings)
    await client.open()
    try:
        catalogue = Catalogue(client, settings, monotonic=lambda: now[0])
        url = await people.case_type()
        first = await catalogue.version(url)
        assert await catalogue.version(url) is first
        simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="GET", path="catalogi"))
        assert await catalogue.version(url) is first
        now[0] += timedelta(hours=25).total_seconds()
        with pytest.raises(Unreachable):
            await catalogue.version(url)
        simulator.faults.clear()
        assert (await catalogue.version(url)).statuses == first.statuses
        catalogue.forget(url)
        assert (await catalogue.version(url)) is not first
    finally:
        await client.close()


async def test_wrong_secret_is_denied(settings: ZgwSettings) -> None:
    """It concerns the whole side."""
    wrong = settings_for(str(settings.base_url), secret="een-heel-ander-geheim-0123456789")
    async with ZgwAdapter(wrong) as adapter:
        with pytest.raises(Denied):
            await adapter.check()


async def test_nobody_at_the_address_is_unreachable() -> None:
    """Nothing was asked of anybody."""
    async with ZgwAdapter(settings_for("http://127.0.0.1:9")) as adapter:
        with pytest.raises(Unreachable):
            await adapter.check()


@pytest.fixture
async def poor() -> AsyncIterator[Simulator]:
    """A system that gives us the right to read cases, and little more."""
    few = ("zaken.lezen", "catalogi.lezen", "documenten.lezen", "autorisaties.lezen")
    settings = SimulatorSettings(
        clients=(Account("casebridge", People.BRIDGE_SECRET, "Casebridge", few),),
        catalogue=CATALOGUE,
        rsin=People.RSIN,
        shutdown_seconds=0.2,
    )
    async with await start(settings) as running:
        yield running


async def test_missing_rights_are_named(poor: Simulator) -> None:
    """So that an administrator knows what to give."""
    async with ZgwAdapter(settings_for(poor.url)) as adapter:
        with pytest.raises(Denied, match=r"zaken\.aanmaken, zaken\.bijwerken"):
            await adapter.check()


async def test_pushes_are_promised_only_where_they_can_come(settings: ZgwSettings) -> None:
    """Without an address of the notification service there is only the sweep."""
    quiet = settings.model_copy(update={"notificaties": None})
    async with ZgwAdapter(quiet) as adapter:
        offered = await adapter.check()
        assert offered.intake == {Intake.POLL}
        with pytest.raises(Denied, match="notificaties"):
            await adapter.subscribe("http://127.0.0.1:9/x")


async def test_system_behind_a_gateway_speaks_of_itself_otherwise() -> None:
    """Its answers name a host that we never speak to; all goes by our own address."""
    inside = "http://binnen.example"
    settings = SimulatorSettings(
        clients=(Account("casebridge", People.BRIDGE_SECRET, "Casebridge", None),),
        catalogue=CATALOGUE,
        rsin=People.RSIN,
        public_url=inside,
        shutdown_seconds=0.2,
    )
    async with await start(settings) as running:
        site = next(iter(running._line.runner.sites))
        outside = site.name
        known = {
            api: f"{inside}/{api}/api/v1"
            for api in ("zaken", "catalogi", "documenten", "besluiten", "autorisaties")
        }
        async with ZgwAdapter(settings_for(outside, known_as=known)) as adapter:
            await adapter.check()
            ref = await creates(adapter, change("status", "loopt"))
            await writes(adapter, ref, change("status", "loopt"), change("unit", "bodem"))
            seen = (await adapter.read(ref)).case
            assert (seen.status, seen.unit) == ("loopt", "bodem")
            assert list(await adapter.find(MARK)) == [ref]


async def test_refused_member_does_not_keep_a_case_from_being_made(adapter: ZgwAdapter) -> None:
    """The case is there, without it; the write that follows is told what is wrong."""
    ref = await creates(adapter, change("participant", "123456789"), change("explanation", "Wel"))
    seen = shown(await adapter.read(ref))
    assert (seen["participant"], seen["explanation"]) == (None, "Wel")
    with pytest.raises(Refusals, match="participant"):
        await writes(adapter, ref, change("participant", "123456789"))
