"""Writing: each change, its retry, and what others do at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.simulator import Fault, FaultKind, Quirks, Simulator
from adapters.zgw.simulator.settings import Features
from contracts.adapter import Refusals
from contracts.case import CaseObject, Role, role_key
from contracts.errors import Conflict, Uncertain
from contracts.patch import Change
from tests.adapters.zgw.people import AT, People, change, creates, shown, writes

HANDLER = {"id": "rud-101", "name": "Noor Proefveld", "role": "Vakspecialist"}


def a_role(identity: str = "00000123", **person: str) -> dict[str, Any]:
    kind = "niet_natuurlijk_persoon"
    return Role(
        key=role_key("Initiatiefnemer", kind, identity),
        role="Initiatiefnemer",
        kind=kind,
        identity=identity,
        person={"name": "Voorbeeld Grondverzet B.V.", **person},
    ).model_dump(mode="json")


def an_address(number: int = 1) -> dict[str, Any]:
    identity = f"06320100000123{number:02}"
    return CaseObject(
        key=f"adres:{identity}",
        type="adres",
        identity=identity,
        data={
            "identificatie": identity,
            "wplWoonplaatsNaam": "Woerden",
            "gorOpenbareRuimteNaam": "Proefveldseweg",
            "huisnummer": number,
        },
    ).model_dump(mode="json")


def a_place(x: float, y: float, crs: str) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "Point", "coordinates": [x, y], "crs": crs}
    return CaseObject(
        key="geometrie:zaak", type="geometrie", identity="zaak", data=data
    ).model_dump(mode="json")


def a_note(text: str = "Aannemer begint maandag", *, internal: bool = False) -> dict[str, Any]:
    return {"key": "CBNOTE", "text": text, "subject": "Telefoon", "internal": internal}


DECISION = {"key": "CBDEC", "type": "Besluit", "date": "2026-02-20", "text": "Akkoord"}

EACH = [
    change("title", "Nieuwe titel", expect="Bodemonderzoek Proefveldseweg"),
    change("participant", "999997002"),
    change("handler", HANDLER),
    change("unit", "bodem"),
    change(f"roles/{a_role()['key']}", a_role(email="info@voorbeeld.example")),
    change("properties/onderzoek", {"key": "onderzoek", "value": "VO"}),
    change(f"objects/{an_address()['key']}", an_address()),
    change("objects/geometrie:zaak", a_place(5.08, 52.04, "EPSG:4326")),
    change("notes/CBNOTE", a_note()),
    change("decisions/CBDEC", DECISION),
    change("result", "Positief"),
    change("status", "loopt"),
    change("suspension", {"active": True, "reason": "Wacht"}),
]


@pytest.mark.parametrize("one", EACH, ids=lambda c: c.path.partition(":")[0])
async def test_change_that_was_made_and_not_answered_is_made_once(
    adapter: ZgwAdapter, people: People, simulator: Simulator, one: Change
) -> None:
    """Applied, and the line broke: uncertain; the repetition finds it done and writes nothing."""
    ref = await people.opens()
    simulator.faults.add(Fault(FaultKind.DROP_AFTER, method="POST|PATCH", times=1))
    with pytest.raises(Uncertain):
        await writes(adapter, ref, one)
    before = simulator.access_log.last
    await writes(adapter, ref, one)
    assert simulator.access_log.last == before
    field = one.path.partition("/")[0]
    shows = shown(await adapter.read(ref))
    assert sum(path.partition("/")[0] == field for path in shows) == 1


@pytest.mark.parametrize("one", EACH, ids=lambda c: c.path.partition(":")[0])
async def test_server_error_on_a_write_is_uncertain_and_a_retry_makes_it(
    adapter: ZgwAdapter, people: People, simulator: Simulator, one: Change
) -> None:
    """A 500 proves nothing; where nothing was done, the repetition does it."""
    ref = await people.opens()
    simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="POST|PATCH", times=1))
    with pytest.raises(Uncertain):
        await writes(adapter, ref, one)
    await writes(adapter, ref, one)
    before = simulator.access_log.last
    await writes(adapter, ref, one)
    assert simulator.access_log.last == before


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.DROP])
async def test_handler_whose_replacing_got_no_answer_is_not_there_beside_the_old(
    adapter: ZgwAdapter, people: People, simulator: Simulator, method: str, kind: FaultKind
) -> None:
    """Written again, it makes no second new one, and takes the old one away."""
    ref = await people.opens()
    await writes(adapter, ref, change("handler", HANDLER))
    now = shown(await adapter.read(ref))["handler"]
    simulator.faults.add(Fault(kind, method=method, path="rollen", times=1))
    next_one = change("handler", {"id": "odru-202"}, expect=now)
    with suppress(Uncertain):
        await writes(adapter, ref, next_one)
    await writes(adapter, ref, next_one)
    rollen = await people.call("GET", f"zaken/api/v1/rollen?zaak={people.zaak(ref)}")
    standing = [
        rol["betrokkeneIdentificatie"]["identificatie"]
        for rol in rollen["results"]
        if rol["betrokkeneType"] == "medewerker"
    ]
    assert standing == ["odru-202"]


async def test_handler_whose_replacing_was_broken_off_counts_once_the_old_is_gone(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Else nobody comes back for the old: the case showed two, and read as if all were done."""
    ref = await people.opens()
    await writes(adapter, ref, change("handler", HANDLER))
    now = shown(await adapter.read(ref))["handler"]
    simulator.faults.add(Fault(FaultKind.ERROR_BEFORE, method="DELETE", path="rollen", times=1))
    next_one = change("handler", {"id": "odru-202"}, expect=now)
    with pytest.raises(Uncertain):
        await writes(adapter, ref, next_one)
    seen = await adapter.read(ref)
    assert shown(seen)["handler"] == now
    assert [one.why for one in seen.unmapped] == ["is to take the place of another"]
    await writes(adapter, ref, change("handler", {"id": "odru-203"}, expect=now))
    rollen = await people.call("GET", f"zaken/api/v1/rollen?zaak={people.zaak(ref)}")
    standing = [rol["betrokkeneIdentificatie"]["identificatie"] for rol in rollen["results"]]
    assert standing == ["odru-203"]


@pytest.mark.covers("F27")
async def test_refused_changes_do_not_keep_the_others_back(
    adapter: ZgwAdapter, people: People
) -> None:
    """Each refusal bears the system's own words, all else is written."""
    ref = await people.opens()
    with pytest.raises(Refusals) as caught:
        await writes(
            adapter,
            ref,
            change("participant", "123456789"),
            change("title", "Toch nieuw", expect="Bodemonderzoek Proefveldseweg"),
            change("result", "Bestaat niet"),
            change("properties/onbekend", {"key": "onbekend", "value": "x"}),
            change("properties/onderzoek", {"key": "onderzoek", "value": "NO"}),
            change("hours/1", {"key": "1", "staff": "a", "hours": "1"}),
        )
    assert set(caught.value.refused) == {
        "participant",
        "result",
        "properties/onbekend",
        "hours/1",
    }
    assert "RSIN" in caught.value.refused["participant"]
    assert "Positief" in caught.value.refused["result"]
    seen = shown(await adapter.read(ref))
    assert seen["title"] == "Toch nieuw"
    assert seen["properties/onderzoek"]["value"] == "NO"


async def test_expectation_that_no_longer_holds_writes_nothing(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Somebody was first: conflict, with the path."""
    ref = await people.opens(omschrijving="Van een collega")
    before = simulator.access_log.last
    with pytest.raises(Conflict) as caught:
        await writes(adapter, ref, change("title", "Van ons", expect="Oud"))
    assert caught.value.path == "title"
    assert simulator.access_log.last == before


async def test_handler_is_followed_never_doubled(adapter: ZgwAdapter, people: People) -> None:
    """The new handler is there before the old one goes, and one remains."""
    ref = await people.opens()
    await writes(adapter, ref, change("handler", HANDLER))
    now = shown(await adapter.read(ref))["handler"]
    await writes(adapter, ref, change("handler", {"id": "odru-202"}, expect=now))
    roles = await people.call("GET", f"zaken/api/v1/rollen?zaak={people.zaak(ref)}")
    assert [r["betrokkeneIdentificatie"]["identificatie"] for r in roles["results"]] == ["odru-202"]
    await writes(adapter, ref, change("handler", None, expect={"id": "odru-202"}))
    assert (await adapter.read(ref)).case.handler is None


@pytest.mark.parametrize(("rol_put", "requests"), [(True, {"PUT"}), (False, {"DELETE", "POST"})])
async def test_initiator_is_replaced_though_only_one_may_stand(
    adapter: ZgwAdapter, people: People, simulator: Simulator, rol_put: bool, requests: set[str]
) -> None:
    """It is written over, so that the case is never without; only where none can, it goes first."""
    simulator.system.quirks = Quirks(features=Features(rol_put=rol_put))
    ref = await people.opens()
    first = a_role()
    await writes(adapter, ref, change(f"roles/{first['key']}", first))
    edited = a_role(email="nieuw@voorbeeld.example")
    stands = shown(await adapter.read(ref))[f"roles/{first['key']}"]
    before = simulator.access_log.last
    await writes(adapter, ref, change(f"roles/{first['key']}", edited, expect=stands))
    (role,) = (await adapter.read(ref)).case.roles
    assert role.person["email"] == "nieuw@voorbeeld.example"
    done = {e["method"] for e in simulator.access_log.since(before) if e["status"] < 300}
    assert done - {"GET"} == requests
    await writes(adapter, ref, change(f"roles/{role.key}", None, expect=role.model_dump()))
    assert (await adapter.read(ref)).case.roles == ()


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("natuurlijk_persoon", "999990019"),
        ("niet_natuurlijk_persoon", "00000123"),
        ("vestiging", "000012345678"),
        ("organisatorische_eenheid", "GM0632"),
        ("medewerker", "gm-9"),
    ],
)
async def test_party_of_every_kind_goes_and_comes(
    adapter: ZgwAdapter, people: People, kind: str, identity: str
) -> None:
    """Each betrokkeneType keeps its identity and name."""
    ref = await people.opens()
    item = Role(
        key=role_key("Gemeente", kind, identity),
        role="Gemeente",
        kind=kind,
        identity=identity,
        person={"name": "Gemeente Woerden"},
    ).model_dump(mode="json")
    await writes(adapter, ref, change(f"roles/{item['key']}", item))
    (role,) = (await adapter.read(ref)).case.roles
    assert role.key == item["key"]
    assert role.person["name"] == "Gemeente Woerden"


async def test_property_is_changed_and_emptied(adapter: ZgwAdapter, people: People) -> None:
    """An empty value is refused by the system, so emptying deletes."""
    ref = await people.opens()
    vo, no = ({"key": "onderzoek", "value": v} for v in ("VO", "NO"))
    await writes(adapter, ref, change("properties/onderzoek", vo))
    await writes(adapter, ref, change("properties/onderzoek", no, expect=vo))
    assert shown(await adapter.read(ref))["properties/onderzoek"] == no
    await writes(adapter, ref, change("properties/onderzoek", None, expect=no))
    assert "properties/onderzoek" not in shown(await adapter.read(ref))


async def test_place_in_dutch_coordinates_is_converted(adapter: ZgwAdapter, people: People) -> None:
    """RD metres are sent as degrees; metres called degrees are refused here."""
    ref = await people.opens()
    await writes(
        adapter, ref, change("objects/geometrie:zaak", a_place(155000, 463000, "EPSG:28992"))
    )
    (place,) = (await adapter.read(ref)).case.objects
    assert place.data["coordinates"] == [5.38720621, 52.1551744]
    with pytest.raises(Refusals, match="objects"):
        await writes(
            adapter,
            ref,
            change(
                "objects/geometrie:zaak",
                a_place(155000, 463000, "EPSG:4326"),
                expect=place.model_dump(mode="json"),
            ),
        )


async def test_relations_of_others_are_left_as_they_are(
    adapter: ZgwAdapter, people: People
) -> None:
    """The list goes whole, so theirs goes along word for word."""
    other, second, ref = [await people.opens() for _ in range(3)]
    theirs = {"url": people.zaak(other), "aardRelatie": "onderwerp"}
    await people.call("PATCH", f"zaken/api/v1/zaken/{ref}", {"relevanteAndereZaken": [theirs]})
    item = {"key": second, "relation": "bijdrage"}
    await writes(adapter, ref, change(f"related/{second}", item))
    related = {r.key: r.relation for r in (await adapter.read(ref)).case.related}
    assert related == {other: "onderwerp", second: "bijdrage"}
    await writes(adapter, ref, change(f"related/{second}", None, expect=item))
    assert [r.key for r in (await adapter.read(ref)).case.related] == [other]


async def test_marks_of_others_survive(adapter: ZgwAdapter, people: People) -> None:
    """We never write the list of kenmerken of an existing case."""
    theirs = [{"bron": "archief", "kenmerk": "A-1"}]
    ref = await people.opens(kenmerken=theirs)
    await writes(adapter, ref, change("explanation", "Iets"))
    assert (await people.sees(ref))["kenmerken"] == theirs


async def test_status_is_later_than_the_one_before(adapter: ZgwAdapter, people: People) -> None:
    """A status dated before the current one would not become current."""
    ref = await people.opens()
    await people.sets_status(ref, "nieuw", "2026-05-01T08:00:00Z")
    await writes(adapter, ref, change("status", "loopt", expect="nieuw"))
    snapshot = await adapter.read(ref)
    assert snapshot.case.status == "loopt"
    assert snapshot.case.status_history[-1].at == datetime(2026, 5, 1, 8, 0, 0, 1000, tzinfo=UTC)


async def test_case_is_closed_on_the_dutch_day(adapter: ZgwAdapter, people: People) -> None:
    """Half past eleven at night in UTC is the next day here."""
    ref = await people.opens()
    await writes(
        adapter,
        ref,
        change("result", "Positief"),
        change("status", "gereed"),
        at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
    )
    assert (await adapter.read(ref)).case.end == "2026-03-03"


async def test_case_without_result_stays_open_and_says_why(
    adapter: ZgwAdapter, people: People
) -> None:
    """The end status is refused without a result, in the system's own words."""
    ref = await people.opens()
    with pytest.raises(Refusals) as caught:
        await writes(adapter, ref, change("status", "gereed"))
    assert "resultaat" in caught.value.refused["status"]


async def test_case_we_made_gets_its_first_status(adapter: ZgwAdapter) -> None:
    """A case without any status looks unfinished to everyone who works there."""
    ref = await creates(adapter)
    assert (await adapter.read(ref)).case.status == "nieuw"


async def test_case_gets_its_first_status_where_the_clock_of_its_system_is_behind_ours(
    adapter: ZgwAdapter, simulator: Simulator
) -> None:
    """It was refused as of the future, and the case was left without: it is of that morning."""
    simulator.system.clock.set(AT - timedelta(minutes=10))
    ref = await creates(adapter)
    case = (await adapter.read(ref)).case
    assert case.status == "nieuw"
    midnight = datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert [step.at for step in case.status_history or ()] == [midnight]


async def test_case_whose_status_is_on_its_way_is_not_given_another(adapter: ZgwAdapter) -> None:
    """
    Made, and the write of its status got no answer; then something else is written first.

    A status that nobody had asked for looked like an edit there, and won from the one at home.
    """
    ref = await creates(adapter, change("status", "loopt"))
    await writes(adapter, ref, change("explanation", "Van ons"))
    assert (await adapter.read(ref)).case.status is None


@pytest.mark.parametrize("name", ["loopt", "In uitvoering", "2"])
async def test_status_is_understood_by_each_of_its_names(
    adapter: ZgwAdapter, people: People, simulator: Simulator, name: str
) -> None:
    """Generic description, description or number; asked for twice it is set once."""
    ref = await people.opens()
    await writes(adapter, ref, change("status", name))
    assert (await adapter.read(ref)).case.status == "loopt"
    before = simulator.access_log.last
    await writes(adapter, ref, change("status", name, expect="loopt"))
    assert simulator.access_log.last == before


async def test_value_that_is_no_text_becomes_text_once(
    adapter: ZgwAdapter, people: People, simulator: Simulator
) -> None:
    """Every value of a property is text there; a number is not written again and again."""
    ref = await people.opens()
    one = change("properties/hoeveelheid", {"key": "hoeveelheid", "value": 12})
    await writes(adapter, ref, one)
    assert shown(await adapter.read(ref))["properties/hoeveelheid"]["value"] == "12"
    before = simulator.access_log.last
    await writes(adapter, ref, one)
    assert simulator.access_log.last == before


async def test_initiator_that_a_bad_wish_would_replace_stays(
    adapter: ZgwAdapter, people: People
) -> None:
    """A refused party does not cost the one that stands there."""
    ref = await people.opens()
    first = a_role()
    await writes(adapter, ref, change(f"roles/{first['key']}", first))
    stands = shown(await adapter.read(ref))[f"roles/{first['key']}"]
    bad = a_role(phone="0" * 21)
    with pytest.raises(Refusals):
        await writes(adapter, ref, change(f"roles/{first['key']}", bad, expect=stands))
    assert shown(await adapter.read(ref))[f"roles/{first['key']}"] == stands


async def test_fields_of_a_person_that_do_not_cross_are_kept(
    adapter: ZgwAdapter, people: People
) -> None:
    """Only what was taken out on purpose goes; what was never shown to the hub stays."""
    ref = await people.opens()
    whole = a_role(email="info@voorbeeld.example", phone="0301234567")
    await writes(adapter, ref, change(f"roles/{whole['key']}", whole))
    seen, wanted = a_role(email="info@voorbeeld.example"), a_role()
    await writes(adapter, ref, change(f"roles/{whole['key']}", wanted, expect=seen))
    (role,) = (await adapter.read(ref)).case.roles
    assert role.person["phone"] == "0301234567"
    assert "email" not in role.person


class TestCollisions:
    """Two clients at once, in a system where a PATCH writes the whole row."""

    @pytest.fixture
    def quirks(self) -> Quirks:
        """Writes take a while between reading and writing."""
        return Quirks(lost_update_seconds=0.15)

    async def test_edit_that_our_patch_overwrote_is_put_back(
        self, adapter: ZgwAdapter, people: People
    ) -> None:
        """A colleague typed while we wrote another field: both edits stand in the end."""
        ref = await people.opens()
        typing = _just_before_our_patch(adapter, people, ref, {"toelichting": "Van een collega"})
        await writes(adapter, ref, _NEW_TITLE)
        await typing.done()
        seen = shown(await adapter.read(ref))
        assert seen["title"] == "Van ons"
        assert seen["explanation"] == "Van een collega"

    async def test_without_the_audit_trail_that_edit_is_lost(
        self, settings: ZgwSettings, people: People
    ) -> None:
        """It is the trail that saves it; this is what the capability ``none`` means."""
        ref = await people.opens()
        async with ZgwAdapter(settings.model_copy(update={"audit": False})) as adapter:
            typing = _just_before_our_patch(adapter, people, ref, {"toelichting": "Verloren"})
            await writes(adapter, ref, _NEW_TITLE)
            await typing.done()
            assert (await adapter.read(ref)).case.explanation is None

    async def test_edit_of_ours_that_another_overwrote_is_told(
        self, adapter: ZgwAdapter, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other's PATCH put back what we changed: conflict, so that it is planned anew."""
        ref = await people.opens()
        typing = _just_after_our_patch_began(
            adapter, people, ref, {"toelichting": "Van een collega"}, monkeypatch
        )
        with pytest.raises(Conflict) as caught:
            await writes(adapter, ref, _NEW_TITLE)
        await typing.done()
        assert caught.value.path == "title"

    async def test_close_that_our_patch_undid_is_mended(
        self, adapter: ZgwAdapter, people: People
    ) -> None:
        """The end status stands, and our PATCH took the end date away: it is set again."""
        ref = await people.opens()
        kind = await people.type_of("resultaattypen", "Positief")
        await people.call(
            "POST", "zaken/api/v1/resultaten", {"zaak": people.zaak(ref), "resultaattype": kind}
        )
        typing = Typing(lambda: people.sets_status(ref, "gereed", "2026-03-01T10:00:00Z"))
        _hook_raw(adapter, typing)
        await writes(adapter, ref, _NEW_TITLE)
        await typing.done()
        snapshot = await adapter.read(ref)
        assert snapshot.case.status == "gereed"
        assert snapshot.case.end == "2026-03-01"


_NEW_TITLE = change("title", "Van ons", expect="Bodemonderzoek Proefveldseweg")


class Typing:
    """A colleague who begins when told, once."""

    def __init__(self, work: Callable[[], Awaitable[Any]]) -> None:
        self._work = work
        self._task: asyncio.Task[Any] | None = None

    async def begin(self, head_start: float) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._work())
            await asyncio.sleep(head_start)

    async def done(self) -> None:
        assert self._task is not None, "the colleague never began"
        await self._task


def _just_before_our_patch(
    adapter: ZgwAdapter, people: People, ref: str, body: dict[str, Any]
) -> Typing:
    typing = Typing(lambda: people.call("PATCH", f"zaken/api/v1/zaken/{ref}", body))
    _hook_raw(adapter, typing)
    return typing


def _hook_raw(adapter: ZgwAdapter, typing: Typing) -> None:
    """Let the colleague begin between our last look at the zaak and our PATCH."""
    reader = adapter._writer._reader
    raw, looks = reader.raw, iter(range(100))

    async def hooked(ref: Any, *, expand: bool = False) -> dict[str, Any]:
        found = await raw(ref, expand=expand)
        if next(looks) == 1:
            await typing.begin(0.05)
        return found

    reader.raw = hooked  # type: ignore[method-assign]


def _just_after_our_patch_began(
    adapter: ZgwAdapter,
    people: People,
    ref: str,
    body: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Typing:
    typing = Typing(lambda: people.call("PATCH", f"zaken/api/v1/zaken/{ref}", body))
    writer = adapter._writer._row
    send = writer._patch

    async def hooked(*args: Any) -> None:
        ours = asyncio.ensure_future(send(*args))
        await asyncio.sleep(0.05)
        await typing.begin(0)
        await ours
        await typing.done()

    monkeypatch.setattr(writer, "_patch", hooked)
    return typing
