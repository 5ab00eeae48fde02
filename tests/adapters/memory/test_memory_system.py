"""The memory system: people in it, what it keeps, and how it misbehaves when told to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.kit.contents import GivenContents, these
from adapters.memory import MemoryAdapter, MemorySettings, MemorySystem
from adapters.memory.faults import Fault, HintQuirks, Misbehaviour, Rendering
from adapters.memory.record import CaseLocked, NoSuchCase, Refused
from contracts.adapter import Limit, Push
from contracts.case import Content
from contracts.errors import Gone, Uncertain
from contracts.ids import CaseRef, Mark
from contracts.patch import Change, Patch

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "http://127.0.0.1/hints"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = AT

    def __call__(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def system(clock: Clock) -> Iterator[MemorySystem]:
    one = MemorySystem("vru", now=clock, sleep=clock.sleep).share()
    yield one
    one.close()


@pytest.fixture
def adapter(system: MemorySystem) -> MemoryAdapter:
    return MemoryAdapter(MemorySettings(system=system.name))


@pytest.fixture
def heard(system: MemorySystem) -> list[str]:
    arrived: list[str] = []

    def listen(url: str, push: Push) -> None:
        assert url == URL
        arrived.append(push.body.decode())

    system.announcer.listeners.append(listen)
    system.announcer.subscriptions[URL] = "geheim"
    return arrived


def change(path: str, become: object, expect: object = None) -> Change:
    return Change.model_validate({"path": path, "become": become, "expect": expect})


async def write(adapter: MemoryAdapter, ref: str, *changes: Change) -> None:
    await adapter.write(
        CaseRef(ref),
        Patch(changes=changes, at=AT),
        token=None,
        contents=GivenContents(),
        key="command-1",
    )


def test_status_that_is_set_is_a_step_of_the_history(system: MemorySystem) -> None:
    """And a final one ends the case."""
    system.final_statuses = frozenset({"afgehandeld"})
    ref = system.open_case(status="ontvangen")
    system.set(ref, "status", "afgehandeld")
    cells = system.cells(ref)
    assert cells["end"] == "2026-03-02"
    steps = [item["status"] for _, item in system.case(ref).items("status_history")]
    assert steps == ["afgehandeld"]  # both at one moment: a system has one status at a time


def test_items_get_keys_of_the_systems_own(system: MemorySystem) -> None:
    """But for those that have one by nature."""
    ref = system.open_case()
    note = system.add(ref, "notes", {"key": "n1", "text": "Gebeld"})
    party = {"key": "aanvrager:x:1", "role": "aanvrager", "kind": "x", "identity": "1"}
    assert note.startswith("notes/vru-notes-")
    assert system.add(ref, "roles", party) == "roles/aanvrager:x:1"
    system.remove(ref, note)
    assert note not in system.cells(ref)


@pytest.mark.parametrize(
    ("path", "value"),
    [("title", "x" * 11), ("result", "misschien"), ("notes/n1", {"key": "n1", "text": "y" * 6})],
)
def test_what_exceeds_a_limit_is_refused(system: MemorySystem, path: str, value: str) -> None:
    """People and adapters meet the same limits."""
    system.limits = {
        "title": Limit(max_length=10),
        "result": Limit(codes=frozenset({"ja", "nee"})),
        "notes/text": Limit(max_length=5),
    }
    with pytest.raises(Refused, match=path):
        system.open_case({path: value})


def test_path_of_an_item_needs_a_key(system: MemorySystem) -> None:
    """A mistake in a test or a demo says so at once."""
    with pytest.raises(ValueError, match="a field with items"):
        system.open_case({"notes": "x"})


def test_locked_case_is_closed_to_others(system: MemorySystem) -> None:
    """Its holder goes on; another waits."""
    ref = system.open_case(title="Uitbouw")
    system.lock(ref, "casebridge")
    with pytest.raises(CaseLocked, match="in gebruik bij casebridge"):
        system.set(ref, "title", "Aanbouw")
    system.unlock(ref, "iemand anders")
    system.set(ref, "title", "Aanbouw", who="casebridge")
    system.unlock(ref, "casebridge")
    system.set(ref, "title", "Opbouw")
    assert not system.leftovers()


def test_access_log_says_who_did_what(system: MemorySystem) -> None:
    """Every effect, in order; refused ones are none."""
    ref = system.open_case(who="balie")
    system.set(ref, "title", "Uitbouw", who="balie")
    with pytest.raises(Refused):
        system.set(ref, "notes/n9", {"text": "weg"}, who="balie")
    done = [(access.what, access.path) for access in system.writes_by("balie")]
    assert done == [("create", ""), ("set", "title")]


async def test_file_keeps_everything_across_a_restart(tmp_path: Path) -> None:
    """Cases, contents, subscriptions, keys of creates, and the place in the feed."""
    path = tmp_path / "vru.sqlite"
    settings = MemorySettings(system="vru-file", path=path)
    adapter = MemoryAdapter(settings)
    patch = Patch(changes=(change("title", "Uitbouw"),), at=AT)
    ref = await adapter.create(patch, mark=Mark("M1"), contents=GivenContents(), key="k1")
    document = {"key": "d1", "type": "tekening", "title": "Plattegrond"}
    bring = Change.model_validate(
        {
            "path": "documents/d1",
            "become": document,
            "content": Content(agency="vru", key="c1", version="1"),
        }
    )
    await adapter.write(
        ref,
        Patch(changes=(bring,), at=AT),
        token=None,
        contents=GivenContents({"c1": these(b"tekening")}),
        key="k2",
    )
    await adapter.subscribe(URL)
    before = await adapter.read(ref)
    cursors = [page.cursor async for page in adapter.poll(None)]
    MemorySystem.shared("vru-file").close()

    restarted = MemoryAdapter(settings)
    system = MemorySystem.shared("vru-file")
    assert await restarted.read(ref) == before
    again = await restarted.create(patch, mark=Mark("M1"), contents=GivenContents(), key="k1")
    assert again == ref
    assert list(await restarted.find(Mark("M1"))) == [ref]
    assert list(system.announcer.subscriptions) == [URL]
    async with restarted.download(ref, before.case.documents[0]) as pieces:
        assert b"".join([piece async for piece in pieces]) == b"tekening"
    another = system.open_case(title="Nieuw")
    found = [one async for page in restarted.poll(cursors[-1]) for one in page.refs]
    assert found == [another]
    system.close()


def test_one_name_is_one_system_in_a_process() -> None:
    """Until it is closed; then the name is free."""
    one = MemorySystem.shared("zelfde")
    assert MemorySystem.shared("zelfde") is one
    one.close()
    assert MemorySystem.shared("zelfde") is not one
    MemorySystem.shared("zelfde").close()


async def test_stale_reads_show_what_stood_before(
    system: MemorySystem, adapter: MemoryAdapter
) -> None:
    """For as many reads as are told, and no longer."""
    ref = system.open_case(title="Uitbouw")
    system.faults.switch_on(Fault(Misbehaviour.STALE, frozenset({"read"}), times=2))
    system.set(ref, "title", "Aanbouw")
    titles = [(await adapter.read(CaseRef(ref))).case.title for _ in range(3)]
    assert titles == ["Uitbouw", "Uitbouw", "Aanbouw"]


async def test_stale_reads_end_with_time(
    system: MemorySystem, adapter: MemoryAdapter, clock: Clock
) -> None:
    """A replica catches up."""
    ref = system.open_case(title="Uitbouw")
    lag = timedelta(seconds=5)
    system.faults.switch_on(Fault(Misbehaviour.STALE, frozenset({"read"}), times=None, delay=lag))
    system.set(ref, "title", "Aanbouw")
    assert (await adapter.read(CaseRef(ref))).case.title == "Uitbouw"
    await clock.sleep(5)
    assert (await adapter.read(CaseRef(ref))).case.title == "Aanbouw"


async def test_late_write_lands_after_a_newer_one(
    system: MemorySystem, adapter: MemoryAdapter, clock: Clock
) -> None:
    """No answer came, and what was asked for happens when nobody expects it any more."""
    ref = system.open_case(title="een")
    late = Fault(Misbehaviour.LATE, frozenset({"change"}), delay=timedelta(minutes=1))
    system.faults.switch_on(late)
    unguarded = MemoryAdapter(
        MemorySettings.model_validate({"system": system.name, "update_guard": "none"})
    )
    with pytest.raises(Uncertain):
        await write(unguarded, ref, change("title", "twee", "een"))
    assert system.cells(ref)["title"] == "een"
    system.set(ref, "title", "drie")
    await clock.sleep(60)
    assert (await adapter.read(CaseRef(ref))).case.title == "twee"


async def test_slow_calls_take_time_by_the_given_clock(
    system: MemorySystem, adapter: MemoryAdapter, clock: Clock
) -> None:
    """Nothing inside reads another clock."""
    ref = system.open_case()
    system.faults.switch_on(Fault(Misbehaviour.SLOW, delay=timedelta(minutes=3)))
    await adapter.read(CaseRef(ref))
    assert clock.moment == AT + timedelta(minutes=3)


async def test_gone_can_be_told_of_a_case_that_is_there(
    system: MemorySystem, adapter: MemoryAdapter
) -> None:
    """A system may be wrong about it, once."""
    ref = system.open_case()
    system.faults.switch_on(Fault(Misbehaviour.GONE, frozenset({"read"}), ref=ref))
    with pytest.raises(Gone):
        await adapter.read(CaseRef(ref))
    await adapter.read(CaseRef(ref))


async def test_faults_strike_where_they_are_told_to(
    system: MemorySystem, adapter: MemoryAdapter
) -> None:
    """By case, by path, after some calls that go well, and as often as is said."""
    one, other = system.open_case(title="een"), system.open_case(title="een")
    fault = system.faults.switch_on(
        Fault(Misbehaviour.LOST_BEFORE, frozenset({"change"}), ref=other, path="title", skip=1)
    )
    await write(adapter, one, change("title", "twee", "een"))
    await write(adapter, other, change("title", "twee", "een"))
    with pytest.raises(Uncertain):
        await write(adapter, other, change("title", "drie", "twee"))
    await write(adapter, other, change("title", "drie", "twee"))
    assert fault.struck == 1


async def test_system_adds_by_itself(system: MemorySystem, adapter: MemoryAdapter) -> None:
    """A default that nobody asked for is the system's own edit."""
    system.rendering = Rendering(adds={"confidentiality": "openbaar"})
    ref = system.open_case(title="Uitbouw")
    snapshot = await adapter.read(CaseRef(ref))
    assert snapshot.case.confidentiality == "openbaar"
    assert snapshot.authors["confidentiality"].by == "vru"


async def test_item_that_is_edited_while_the_case_is_read_tells_its_author(clock: Clock) -> None:
    """Its page comes after the case itself, and says by itself who changed it."""

    async def somebody_types(seconds: float) -> None:
        system.set(ref, "properties/soort", {"key": "soort", "value": "nieuw"}, who="p.jansen")

    system = MemorySystem("vru", now=clock, sleep=somebody_types).share()
    ref = system.open_case({"properties/soort": {"key": "soort", "value": "oud"}})
    system.faults.switch_on(Fault(Misbehaviour.SLOW, frozenset({"items"}), path="properties"))
    try:
        snapshot = await MemoryAdapter(MemorySettings(system=system.name)).read(CaseRef(ref))
    finally:
        system.close()
    assert [each.value for each in snapshot.case.properties] == ["nieuw"]
    assert snapshot.authors["properties/soort"].by == "p.jansen"


@pytest.mark.parametrize(
    ("rendering", "text", "shown"),
    [
        (Rendering(cut=4), "Uitbouw", "Uitb"),
        (Rendering(case="upper"), "één", "ÉÉN"),
        (Rendering(trims=True), "  a b ", "a b"),
        (Rendering(decimals=1), "2.25", "2.2"),
        (Rendering(decimals=1), "geen getal", "geen getal"),
        (Rendering(cut=4, fields=frozenset({"notes"})), "Uitbouw", "Uitbouw"),
    ],
)
def test_system_renders_what_it_stores(
    system: MemorySystem, rendering: Rendering, text: str, shown: str
) -> None:
    """Cut, re-cased, trimmed, rounded; only where it is told to."""
    system.rendering = rendering
    assert system.cells(system.open_case(title=text))["title"] == shown


def test_hints_are_lost_doubled_and_late(
    system: MemorySystem, heard: list[str], clock: Clock
) -> None:
    """In that order, and a late one comes only when time has passed."""
    ref = system.open_case()
    heard.clear()
    system.announcer.quirks = HintQuirks(lose=1, double=1)
    for number in range(3):
        system.set(ref, "title", str(number))
    assert len(heard) == 0 + 2 + 1
    heard.clear()
    system.announcer.quirks = HintQuirks(delay=timedelta(minutes=1))
    system.set(ref, "title", "laat")
    assert not heard
    assert system.announcer.next_due == clock.moment + timedelta(minutes=1)
    clock.moment += timedelta(minutes=1)
    system.catch_up()
    assert heard == [f'{{"cases": ["{ref}"]}}']


def test_hints_are_reordered(system: MemorySystem, heard: list[str], clock: Clock) -> None:
    """The last comes first."""
    system.announcer.quirks = HintQuirks(delay=timedelta(minutes=1), reorders=True)
    first, second = system.open_case(), system.open_case()
    clock.moment += timedelta(minutes=1)
    system.catch_up()
    assert [first in body for body in heard] == [False, True]
    assert second in heard[0]


def test_unknown_case_is_no_such_case(system: MemorySystem) -> None:
    with pytest.raises(NoSuchCase):
        system.cells("vru-999999")


@pytest.mark.parametrize("name", ["readable", "writable", "creatable"])
def test_settings_cannot_switch_on_more_than_there_is(name: str) -> None:
    """A misspelt field is found when the settings are read."""
    with pytest.raises(ValueError, match="is more than a memory system can do"):
        MemorySettings.model_validate({name: {"tittel"}})
