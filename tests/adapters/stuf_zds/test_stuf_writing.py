"""Writing to the simulated system: what each change becomes, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from adapters.kit.contents import GivenContents
from adapters.stuf_zds.names import Profile
from adapters.stuf_zds.simulator import Fault, FaultKind, Quirks
from contracts.adapter import Refusals
from contracts.case import role_key
from contracts.errors import Conflict, NotFound, Rejected, Uncertain
from contracts.ids import CaseRef
from contracts.patch import Change, Patch
from tests.adapters.stuf_zds.hands import AT, BOTH, MARK, change, creates, shown, site, writes
from tests.adapters.stuf_zds.harness import StufHarness


async def kept(harness: StufHarness, ref: CaseRef) -> Any:
    """Give what the bridge is to leave alone."""
    return await harness.others(ref)


def party(
    role: str = "initiator",
    kind: str = "niet_natuurlijk_persoon",
    identity: str = "123456782",
    **person: str,
) -> dict[str, Any]:
    person = {"name": "Voorbeeld Grondverzet B.V.", **person}
    if kind == "niet_natuurlijk_persoon":
        person["rsin"] = identity
    if kind == "natuurlijk_persoon":
        person["bsn"] = identity
    key = role_key(role, kind, identity)
    return {"key": key, "role": role, "kind": kind, "identity": identity, "person": person}


def puts(item: dict[str, Any], expect: JsonValue = None) -> Change:
    return change(f"roles/{item['key']}", item, expect)


# Parties


@BOTH
@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("natuurlijk_persoon", "999990019"),
        ("niet_natuurlijk_persoon", "123456782"),
        ("vestiging", "000012345678"),
        ("organisatorische_eenheid", "0344-BODEM"),
        ("medewerker", "gm-9"),
    ],
)
async def test_a_party_of_every_kind_comes_and_goes(
    profile: Profile, kind: str, identity: str
) -> None:
    async with site(profile) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        item = party("belanghebbende", kind, identity)
        after = await writes(adapter, ref, puts(item))
        assert after[f"roles/{item['key']}"] == item
        after = await writes(adapter, ref, change(f"roles/{item['key']}", None, item))
        assert not [path for path in after if path.startswith("roles/")]


@BOTH
async def test_a_company_keeps_the_number_of_the_chamber_of_commerce(profile: Profile) -> None:
    """StUF-BG knows companies by their RSIN alone; the number goes beside the party, agreed on."""
    person = {"name": "Voorbeeld Grondverzet B.V.", "email": "info@n01.example"}
    kind, identity = "niet_natuurlijk_persoon", "00000101"
    key = role_key("initiator", kind, identity)
    item = {"key": key, "role": "initiator", "kind": kind, "identity": identity, "person": person}
    async with site(profile) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        after = await writes(adapter, ref, puts(item))
        assert after[f"roles/{key}"] == item
        after = await writes(adapter, ref, change(f"roles/{key}", None, item))
        assert not [path for path in after if path.startswith("roles/")]


async def test_each_change_can_be_traced_to_the_command_that_it_was_for() -> None:
    """References begin with the key of the command, and are each there once."""
    async with site() as (harness, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        for title in ("Een", "Twee"):
            now = shown(await adapter.read(ref))["title"]
            await writes(adapter, ref, change("title", title, now))
        entries = harness.simulator.access_log.since(0)
        references = [one["referentienummer"] for one in entries if one["changed"]]
    assert [one.partition("-")[0] + one[1:3] for one in references] == ["k-0", "k-1", "k-1"]
    assert len(set(references)) == 3
    assert max(map(len, references)) <= 40


async def test_who_asks_for_nothing_is_no_party() -> None:
    """A case cannot be made without an initiator; the one that stands in is nobody's."""
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        assert [p for p in shown(await adapter.read(ref)) if p.startswith("roles/")] == []
        (standing,) = (await kept(harness, ref))["initiator"]
        assert standing["gerelateerde"]["organisatorischeEenheid"]["identificatie"] == "casebridge"


async def test_one_initiator_takes_the_place_of_another() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        first = party(identity="123456782")
        assert (await writes(adapter, ref, puts(first)))[f"roles/{first['key']}"] == first
        second = party(identity="111222333", name="Een ander B.V.")
        moved = (change(f"roles/{first['key']}", None, first), puts(second))
        for order in (moved, moved[::-1]):
            after = await writes(adapter, ref, *order)
            assert [p for p in after if p.startswith("roles/")] == [f"roles/{second['key']}"]
            back = (change(f"roles/{second['key']}", None, second), puts(first))
            await writes(adapter, ref, *back)


async def test_a_second_initiator_is_refused_alone() -> None:
    async with site() as (_, adapter):
        first, second = party(identity="123456782"), party(identity="111222333")
        ref = await creates(adapter, puts(first))
        with pytest.raises(Refusals) as caught:
            await writes(adapter, ref, puts(second), change("title", "Nieuw"))
        assert list(caught.value.refused) == [f"roles/{second['key']}"]
        assert (await adapter.read(ref)).case.title == "Nieuw"


async def test_what_of_a_person_does_not_cross_is_kept_and_what_goes_goes() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter)
        harness._do(
            ref, "betrokkene", rol="Belanghebbende", soort="natuurlijkPersoon", nummer="999990019",
            naam="Jansen",
        )  # fmt: skip
        now = {p: v for p, v in shown(await adapter.read(ref)).items() if p.startswith("roles/")}
        ((path, item),) = now.items()
        wanted = {**item, "person": {"phone": "0301234567"}}
        after = await writes(adapter, ref, change(path, wanted, {**item, "person": {}}))
        assert after[path]["person"] == {
            "bsn": "999990019", "name": "Jansen", "phone": "0301234567",
        }  # fmt: skip
        gone = {**wanted, "person": {}}
        after = await writes(adapter, ref, change(path, gone, wanted))
        assert after[path]["person"] == {"bsn": "999990019", "name": "Jansen"}


async def test_a_handler_is_followed_and_never_doubled() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter, change("handler", {"id": "odru-7", "name": "Noor Veld"}))
        first = (await adapter.read(ref)).case.handler
        assert first is not None
        assert (first.id, first.name) == ("odru-7", "Noor Veld")
        expect = first.model_dump(mode="json")
        after = await writes(adapter, ref, change("handler", {"id": "odru-8"}, expect))
        assert after["handler"]["id"] == "odru-8"
        after = await writes(adapter, ref, change("handler", None, after["handler"]))
        assert "handler" not in after


async def test_parts_are_called_as_the_agency_calls_them() -> None:
    async with site(roles={"Melder": "heeftAlsOverigBetrokkene"}) as (_, adapter):
        ref = await creates(adapter)
        item = party("Melder")
        after = await writes(adapter, ref, puts(item))
        assert after[f"roles/{item['key']}"]["role"] == "Melder"
        with pytest.raises(Refusals, match="roles/"):
            await writes(adapter, ref, puts(party("Kok")))


# Registers


@BOTH
async def test_registers_are_changed_and_emptied(profile: Profile) -> None:
    async with site(profile) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        given: dict[str, Any] = {
            "explanation": "Ligt bij de buren",
            "planned_end": "2026-09-01",
            "deadline": "2026-10-01",
            "suspension": {"active": True, "reason": "Wacht op monsters"},
            "extension": {"duration": "P28D", "reason": "Drukte"},
            "result": "Verleend",
            "unit": "BODEM",
        }
        after = await writes(adapter, ref, *(change(p, v) for p, v in given.items()))
        assert {p: after[p] for p in given} == given
        emptied = [change(p, None, v) for p, v in given.items()]
        after = await writes(adapter, ref, *emptied)
        assert not after.keys() & given.keys()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("planned_end", "2026-09"),
        ("deadline", "2026-13-41"),
        ("extension", {"duration": "P1M", "reason": "Een maand is geen dagen"}),
        ("extension", {"duration": "P1000D", "reason": "Te lang"}),
        ("objects/geometrie:zaak", {
            "key": "geometrie:zaak", "type": "geometrie", "identity": "zaak",
            "data": {"type": "Point", "coordinates": [5.1, 52.1], "crs": "EPSG:4326"},
        }),
        ("objects/ster:1", {"key": "ster:1", "type": "ster", "identity": "1", "data": {}}),
        ("related/Z-77", {"key": "Z-77", "relation": "vervolg"}),
        ("properties/kleur", {"key": "kleur", "value": "rood"}),
        ("confidentiality", "openbaar"),
        ("notes/n1", {"key": "n1", "text": "hallo"}),
    ],
)  # fmt: skip
async def test_what_cannot_be_told_is_refused_alone(path: str, value: JsonValue) -> None:
    """Nothing is invented, cut or lost: the rest of the patch is made."""
    async with site() as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        with pytest.raises(Refusals) as caught:
            await writes(adapter, ref, change(path, value), change("explanation", "Wel"))
        assert list(caught.value.refused) == [path]
        assert (await adapter.read(ref)).case.explanation == "Wel"


async def test_what_the_system_refuses_of_many_is_refused_alone() -> None:
    async with site(quirks=Quirks(refuses=("toelichting",))) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        with pytest.raises(Refusals) as caught:
            await writes(
                adapter, ref, change("explanation", "Niet"), change("title", "Wel", "Bodem")
            )
        assert list(caught.value.refused) == ["explanation"]
        assert "StUF058" in caught.value.refused["explanation"]
        assert (await adapter.read(ref)).case.title == "Wel"


@BOTH
async def test_places_keep_the_system_of_their_coordinates(profile: Profile) -> None:
    async with site(profile) as (_, adapter):
        ref = await creates(adapter)
        ring = [[136000.5, 455000.25], [136010.5, 455000.25], [136010.5, 455020.0]]
        lines = {"EPSG:28992": ring, "EPSG:4258": [[5.1, 52.1], [5.2, 52.1], [5.2, 52.25]]}
        before = None
        for crs, points in lines.items():
            data = {"type": "Polygon", "coordinates": [[*points, points[0]]], "crs": crs}
            item = {"key": "geometrie:zaak", "type": "geometrie", "identity": "zaak", "data": data}
            after = await writes(adapter, ref, change("objects/geometrie:zaak", item, before))
            assert after["objects/geometrie:zaak"]["data"] == data
            before = item
        after = await writes(adapter, ref, change("objects/geometrie:zaak", None, before))
        assert "objects/geometrie:zaak" not in after


async def test_the_numbers_of_others_and_their_places_survive() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        harness._do(ref, "kenmerk", kenmerk="A-77", bron="archief")
        other = {
            "key": "overige:put 3", "type": "overige", "identity": "put 3",
            "data": {"objectTypeOverige": "Put", "aanduiding": "put 3"},
        }  # fmt: skip
        await writes(adapter, ref, change("objects/overige:put 3", other))
        after = await writes(adapter, ref, change("title", "Nieuw", "Bodem"))
        assert after["objects/overige:put 3"] == other
        found = (await kept(harness, ref))["kenmerk"]
        assert {"kenmerk": "A-77", "bron": "archief"} in found


async def test_what_has_no_place_is_told_where_that_was_agreed() -> None:
    elements = {"participant": "gemeente", "confidentiality": "niveau"}
    async with site(elements=elements) as (_, adapter):
        ref = await creates(adapter, change("participant", "GM0344"))
        after = await writes(adapter, ref, change("confidentiality", "intern"))
        assert (after["participant"], after["confidentiality"]) == ("GM0344", "intern")
        changes = (
            change("participant", "GM0310", "GM0344"),
            change("confidentiality", None, "intern"),
        )
        after = await writes(adapter, ref, *changes)
        assert after["participant"] == "GM0310"
        assert "confidentiality" not in after
        assert not (await adapter.read(ref)).unmapped


async def test_a_system_of_one_participant_says_nothing_of_it() -> None:
    async with site(participant="GM0344") as (_, adapter):
        ref = await creates(adapter, change("participant", "GM0344"))
        assert (await adapter.read(ref)).case.participant == "GM0344"
        with pytest.raises(Refusals):
            await writes(adapter, ref, change("participant", "GM0310", "GM0344"))
        with pytest.raises(Rejected, match="GM0344"):
            await creates(adapter, change("participant", "GM0310"))


# Statuses


async def test_a_status_is_later_than_the_one_before() -> None:
    async with site() as (harness, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        after = await writes(adapter, ref, change("status", "Ontvangen"))
        harness._do(ref, "status", naam="Ontvangen", by="odru-201")
        author = (await adapter.read(ref)).authors["status"]
        assert author.by == "odru-201", "the one thing of which StUF says who"
        assert author.at is not None
        for name in ("In behandeling", "Ontvangen", "In behandeling"):
            after = await writes(adapter, ref, change("status", name, after["status"]))
            assert after["status"] == name
        moments = [step.at for step in (await adapter.read(ref)).case.status_history or ()]
        assert moments == sorted(set(moments))


async def test_the_status_is_called_as_the_settings_say() -> None:
    async with site(statuses_by="code", case_types={}) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        after = await writes(adapter, ref, change("status", "20"))
        assert after["status"] == "20"


async def test_a_status_that_the_type_does_not_have_is_refused() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        with pytest.raises(Refusals, match="status"):
            await writes(adapter, ref, change("status", "Zoek"))


async def test_a_closed_case_is_opened_before_it_is_changed_and_closed_after() -> None:
    async with site(quirks=Quirks(closed_is_final=True)) as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        await writes(
            adapter, ref, change("status", "Afgesloten"), change("title", "Klaar", "Bodem")
        )
        snapshot = await adapter.read(ref)
        assert snapshot.is_closed
        assert snapshot.case.title == "Klaar"
        after = await writes(
            adapter, ref, change("title", "Toch niet", "Klaar"),
            change("status", "In behandeling", "Afgesloten"),
        )  # fmt: skip
        assert (after["title"], after["status"]) == ("Toch niet", "In behandeling")


# Decisions


async def test_a_decision_is_recorded_once_and_changed_where_that_can_be() -> None:
    async with site(Profile.ZDS_1_2) as (_, adapter):
        ref = await creates(adapter)
        item: dict[str, Any] = {
            "key": "x",
            "type": "Vergunning",
            "date": "2026-03-01",
            "text": "Verleend",
        }
        await writes(adapter, ref, change("decisions/x", item))
        after = await writes(adapter, ref, change("decisions/x", item))
        ((path, found),) = [(p, v) for p, v in after.items() if p.startswith("decisions/")]
        assert {**found, "key": "x"} == item
        wanted = {**found, "date": "2026-03-02", "text": ""}
        after = await writes(adapter, ref, change(path, wanted, found))
        assert after[path] == wanted
        with pytest.raises(Refusals):
            await writes(adapter, ref, change(path, None, wanted))


async def test_a_decision_that_a_colleague_recorded_too_is_not_ours() -> None:
    async with site(Profile.ZDS_1_2) as (harness, adapter):
        ref = await creates(adapter)
        harness._do(ref, "besluit", soort="Vergunning", datum="2026-03-01", toelichting="Ja")
        known = tuple(p for p in shown(await adapter.read(ref)) if p.startswith("decisions/"))
        item: dict[str, Any] = {
            "key": "x",
            "type": "Vergunning",
            "date": "2026-03-01",
            "text": "Ja",
        }
        await writes(adapter, ref, change("decisions/x", item), known=known)
        after = await writes(adapter, ref, change("decisions/x", item), known=known)
        assert len([p for p in after if p.startswith("decisions/")]) == 2


async def test_in_1_1_a_decision_is_recorded_with_its_case_and_never_changed() -> None:
    async with site() as (_, adapter):
        ref = await creates(adapter)
        item: dict[str, Any] = {"key": "x", "type": "Vergunning", "date": "2026-03-01", "text": ""}
        after = await writes(adapter, ref, change("decisions/x", item))
        ((path, found),) = [(p, v) for p, v in after.items() if p.startswith("decisions/")]
        assert {**found, "key": "x"} == item
        with pytest.raises(Refusals):
            await writes(adapter, ref, change(path, {**found, "date": "2026-03-02"}, found))


# Making and finding


async def test_a_case_that_was_made_without_an_answer_is_found_by_its_mark() -> None:
    async with site() as (harness, adapter):
        harness.simulator.faults.add(Fault(FaultKind.DROP_AFTER, path="creeerZaak", times=1))
        with pytest.raises(Uncertain):
            await creates(adapter)
        (ref,) = await adapter.find(MARK)
        assert ref == f"0344CB{MARK}"
        assert (await adapter.read(ref)).mark == MARK
        assert await creates(adapter) == ref, "and made again it is the same"
        assert len(await harness.bearing(MARK)) == 1


async def test_where_the_system_gives_the_number_we_know_it_while_we_run() -> None:
    async with site(number_pattern=None) as (_, adapter):
        assert await adapter.find(MARK) == []
        ref = await creates(adapter)
        assert await adapter.find(MARK) == [ref]
        assert (await adapter.read(ref)).mark == MARK, "it bears it, though nobody can ask for it"
        assert not (await adapter.check()).create_guard


async def test_a_case_is_made_with_less_where_something_is_refused() -> None:
    async with site() as (harness, adapter):
        trouble = Fault(FaultKind.REFUSED, path="creeerZaak", code="StUF058", times=1)
        harness.simulator.faults.add(trouble)
        ref = await creates(adapter, change("title", "Bodem"), change("explanation", "Niet"))
        snapshot = await adapter.read(ref)
        assert (snapshot.case.title, snapshot.case.explanation) == ("Bodem", None)


async def test_a_case_without_a_type_is_not_made() -> None:
    async with site() as (_, adapter):
        patch = Patch(changes=(change("title", "Bodem"),), at=AT)
        with pytest.raises(Rejected, match="case type"):
            await adapter.create(patch, mark=MARK, contents=GivenContents(), key="k")


async def test_a_system_whose_keys_are_its_numbers_is_met_by_them() -> None:
    async with site(dialect="openzaakbrug") as (_, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        after = await writes(adapter, ref, change("title", "Nieuw", "Bodem"))
        assert after["title"] == "Nieuw"
        assert (await adapter.read(ref)).mark == MARK


# Others at the same time


async def test_an_old_value_that_is_no_longer_there_is_a_conflict() -> None:
    async with site(deviations={"checks_old": True}) as (harness, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        snapshot = await adapter.read(ref)
        await harness.set(ref, "title", "Van een collega")
        patch = Patch(changes=(change("title", "Van ons", "Bodem"),), at=AT)
        for token in (snapshot.token, None):
            with pytest.raises(Conflict):
                await adapter.write(ref, patch, token=token, contents=GivenContents(), key="k")
        assert (await adapter.read(ref)).case.title == "Van een collega"


async def test_a_case_that_is_not_there_is_not_written() -> None:
    async with site() as (_, adapter):
        with pytest.raises(NotFound):
            await writes(adapter, CaseRef("0344-NERGENS"), change("title", "x"))


async def test_a_write_that_stops_half_way_says_so() -> None:
    """Of two messages the first was taken; who knows what the second did."""
    async with site() as (harness, adapter):
        ref = await creates(adapter, change("title", "Bodem"))
        trouble = Fault(FaultKind.UNAVAILABLE, path="actualiseerZaakstatus", times=1)
        harness.simulator.faults.add(trouble)
        with pytest.raises(Uncertain, match="after 1 message"):
            await writes(
                adapter, ref, change("title", "Nieuw", "Bodem"), change("status", "Ontvangen")
            )
        assert (await adapter.read(ref)).case.title == "Nieuw"
