"""A Command is made true once, whatever happened before, between, and after."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.memory import MemoryAdapter, MemorySettings
from adapters.memory.faults import Misbehaviour
from bridge.store import LeaseLost, Store
from contracts.adapter import Contents, Limit
from contracts.case import Cells, Content
from contracts.errors import Gone, NotFound, Unreachable
from contracts.ids import CaseRef, CommandId, Mark, Token
from contracts.messages import (
    Command,
    Lane,
    Outcome,
    Refused,
    Result,
    Settled,
    Unanswered,
    Waiting,
)
from contracts.patch import Patch
from contracts.snapshot import Snapshot
from tests.bridge.edge.conftest import Place, change, create, update
from tests.bridge.engine.samples import some_rules


def settled(result: Result | None) -> Settled:
    assert isinstance(result, Settled), result
    return result


def outcome(result: Result | None, path: str) -> Outcome:
    return settled(result).outcomes[path].outcome


# One counterpart, whatever becomes of the answers


async def test_a_create_gives_one_case_that_bears_the_mark(place: Place) -> None:
    result = settled(await place.ensure(create()))
    (ref,) = place.system.refs()
    assert result.ref == ref
    assert result.snapshot.mark == Mark("link-1")
    assert result.snapshot.case.title == "Graafwerk"


@pytest.mark.parametrize(
    "kind",
    [
        Misbehaviour.LOST_AFTER,
        Misbehaviour.LOST_BEFORE,
        Misbehaviour.SERVER_ERROR,
        Misbehaviour.GARBLED,
    ],
)
async def test_three_creates_without_an_answer_make_one_case(
    place: Place, kind: Misbehaviour
) -> None:
    place.fault(kind, "create", times=3)
    result = None
    for _ in range(6):
        result = result or await place.after_a_crash(create())
        place.at += place.patience
    assert settled(result).ref == place.system.refs()[0]
    assert len(place.system.refs()) == 1


async def test_a_create_may_land_until_its_time_is_over(place: Place) -> None:
    """It was begun, and may be on its way still: looked for, and not done a second time."""
    place.fault(Misbehaviour.LOST_BEFORE, "create")
    assert await place.ensure(create()) is None
    place.at += place.patience - timedelta(seconds=1)
    assert await place.after_a_crash(create()) is None
    assert place.system.calls["create"] == 1
    place.at += timedelta(seconds=1)
    settled(await place.after_a_crash(create()))
    assert place.system.calls["create"] == 2


async def test_a_create_that_cannot_be_found_yet_is_not_repeated(
    store: Store, tmp_path: Path
) -> None:
    """Applied, unanswered, and found only after a minute: we wait that long."""
    settles = timedelta(minutes=1)
    place = Place(store, tmp_path / "z", create_guard=["mark"], settles_within=settles)
    place.system.findable_after = settles
    place.fault(Misbehaviour.LOST_AFTER, "create")
    assert await place.ensure(create()) is None
    place.at += timedelta(seconds=30)
    assert await place.after_a_crash(create()) is None, "it may still come about"
    place.at += timedelta(seconds=31) + place.patience
    settled(await place.after_a_crash(create()))
    assert len(place.system.refs()) == 1
    assert place.system.calls["create"] == 1


async def test_a_create_that_may_have_been_done_is_not_given_up_while_the_system_is_away(
    store: Store, tmp_path: Path
) -> None:
    """A Command of another id would not know of it, and make a second case."""
    settles = timedelta(minutes=1)
    place = Place(store, tmp_path / "z", create_guard=["mark"], settles_within=settles)
    place.system.findable_after = settles
    place.fault(Misbehaviour.LOST_AFTER, "create")
    assert await place.ensure(create()) is None
    away = place.fault(Misbehaviour.UNREACHABLE, times=None)
    assert await place.after_a_crash(create()) is None, "nobody answers: the search fails"
    assert place.breaker.is_open
    assert await place.after_a_crash(create()) is None, "left alone for a while"
    place.system.faults.switch_off(away)
    place.at += timedelta(minutes=2)
    settled(await place.after_a_crash(create()))
    assert len(place.system.refs()) == 1


async def test_a_refused_account_does_not_end_a_create_that_may_have_been_done(
    place: Place,
) -> None:
    place.fault(Misbehaviour.LOST_AFTER, "create")
    place.fault(Misbehaviour.DENIED, "find", skip=1, times=1)
    assert await place.ensure(create()) is None
    place.at += timedelta(hours=1)
    settled(await place.ensure(create()))
    assert len(place.system.refs()) == 1


async def test_without_a_guard_an_unanswered_create_waits_for_a_person(
    store: Store, tmp_path: Path
) -> None:
    place = Place(store, tmp_path / "z", create_guard=[])
    place.fault(Misbehaviour.LOST_BEFORE, "create")
    assert await place.ensure(create()) is None
    place.at += place.patience
    result = await place.ensure(create())
    assert isinstance(result, Refused)
    assert result.reason == "ambiguous"
    assert place.system.refs() == []


async def test_two_cases_with_our_mark_are_for_a_person(place: Place) -> None:
    for _ in range(2):
        place.system.open_case({"title": "x"}, references={"casebridge": "link-1"})
    result = await place.ensure(create())
    assert isinstance(result, Refused)
    assert result.reason == "ambiguous"
    assert "2 zaken" in result.detail


async def test_a_case_that_was_made_and_cannot_be_read_is_not_made_again(
    store: Store, tmp_path: Path
) -> None:
    """Even where it cannot be searched for: its reference is known."""
    settles = timedelta(minutes=1)
    place = Place(store, tmp_path / "z", create_guard=["mark"], settles_within=settles)
    place.system.findable_after = settles
    away = place.fault(Misbehaviour.UNREACHABLE, "read", times=None)
    assert await place.ensure(create()) is None
    place.system.faults.switch_off(away)
    place.at += timedelta(seconds=2)
    settled(await place.ensure(create()))
    assert place.system.calls["create"] == 1


async def test_what_a_colleague_typed_in_a_case_that_is_found_again_is_not_overwritten(
    place: Place,
) -> None:
    """Made, and never read back; a day later somebody has worked in it."""
    away = place.fault(Misbehaviour.UNREACHABLE, "read", times=None)
    assert await place.ensure(create()) is None
    (ref,) = place.system.refs()
    place.system.set(ref, "title", "Anders")
    place.system.set(ref, "status", None, who="casebridge")
    place.system.faults.switch_off(away)
    place.at += timedelta(days=1)
    result = await place.after_a_crash(create())
    assert outcome(result, "title") is Outcome.CONFLICT
    assert outcome(result, "confidentiality") is Outcome.ALREADY
    assert outcome(result, "status") is Outcome.DONE, "nothing stood there"
    assert place.cells(ref)["title"] == "Anders"


async def test_what_a_colleague_emptied_in_a_case_that_is_found_again_stays_empty(
    place: Place,
) -> None:
    """Nothing stands there, and the system says whose doing that is."""
    away = place.fault(Misbehaviour.UNREACHABLE, "read", times=None)
    assert await place.ensure(create()) is None
    (ref,) = place.system.refs()
    place.system.set(ref, "status", None)
    place.system.faults.switch_off(away)
    place.at += timedelta(days=1)
    result = await place.after_a_crash(create())
    assert outcome(result, "status") is Outcome.CONFLICT
    assert place.cells(ref)["status"] is None


@pytest.mark.parametrize("tells_authors", [True, False])
async def test_what_a_colleague_types_in_a_case_that_is_being_made_is_not_overwritten(
    store: Store, tmp_path: Path, *, tells_authors: bool
) -> None:
    """Where the system says that it is a colleague's; else it may be what it filled in itself."""
    place = Place(store, tmp_path / "zuid", tells_authors=tells_authors)

    class Quick(MemoryAdapter):
        async def create(self, *args: Any, **more: Any) -> CaseRef:
            ref = await super().create(*args, **more)
            place.system.set(ref, "status", "30")
            return ref

    settings = MemorySettings(system=place.system.name, tells_authors=tells_authors)
    place.use(Quick(settings))
    result = await place.ensure(create())
    assert outcome(result, "status") is (Outcome.CONFLICT if tells_authors else Outcome.DONE)
    assert outcome(result, "title") is Outcome.ALREADY


async def test_what_moves_as_a_case_is_being_made_is_somebodys(place: Place) -> None:
    """The system shows something of its own; as we write ours over that, somebody types."""
    typed = ["20"]

    class Typed(MemoryAdapter):
        async def create(self, *args: Any, **more: Any) -> CaseRef:
            ref = await super().create(*args, **more)
            place.system.set(ref, "status", "30", who="casebridge")
            return ref

        async def write(self, ref: CaseRef, *args: Any, **more: Any) -> None:
            if typed:
                place.system.set(ref, "status", typed.pop(), who="casebridge")
            await super().write(ref, *args, **more)

    place.use(Typed(MemorySettings(system=place.system.name)))
    assert outcome(await place.ensure(create()), "status") is Outcome.CONFLICT


async def test_how_a_case_that_is_found_again_renders_is_nobodys_edit(place: Place) -> None:
    away = place.fault(Misbehaviour.UNREACHABLE, "read", times=None)
    assert await place.ensure(create()) is None
    (ref,) = place.system.refs()
    place.system.set(ref, "title", "GRAAFW")
    place.system.faults.switch_off(away)
    place.at += timedelta(minutes=5)
    assert outcome(await place.after_a_crash(create()), "title") is Outcome.ALREADY


async def test_a_system_that_is_away_before_a_create_just_waits(place: Place) -> None:
    place.fault(Misbehaviour.UNREACHABLE)
    assert isinstance(await place.ensure(create()), Waiting)
    assert place.begun == {}


async def test_a_create_that_hangs_is_looked_for_and_found(place: Place) -> None:
    """The deadline passes; it was done all the same."""
    place.patience = timedelta(seconds=0.05)

    class Hangs(MemoryAdapter):
        async def create(self, *args: Any, **more: Any) -> CaseRef:
            await super().create(*args, **more)
            await asyncio.Event().wait()
            raise AssertionError

    place.use(Hangs(MemorySettings(system=place.system.name)))
    settled(await place.ensure(create()))
    assert len(place.system.refs()) == 1


# One write, where it is expected


async def test_only_what_is_missing_is_written(place: Place) -> None:
    ref = place.open_case(title="Al goed")
    command = update(ref, change("title", "Oud", "Al goed"), change("status", "10", "20"))
    result = await place.ensure(command)
    assert outcome(result, "title") is Outcome.ALREADY
    assert outcome(result, "status") is Outcome.DONE
    assert place.writes() == ["set status"]


async def test_what_is_not_as_expected_is_not_overwritten(place: Place) -> None:
    """A colleague typed meanwhile: theirs stays, and is in the answer."""
    ref = place.open_case(title="Van een collega")
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Van ons")))
    assert outcome(result, "title") is Outcome.CONFLICT
    assert settled(result).snapshot.case.title == "Van een collega"
    assert place.writes() == []


async def test_an_edit_between_reading_and_writing_is_not_overwritten(place: Place) -> None:
    """With a token the system itself refuses; then it is compared again."""
    ref = place.open_case()

    class Typed(MemoryAdapter):
        async def write(self, *args: Any, **more: Any) -> None:
            place.system.set(ref, "title", "Net getypt")
            await super().write(*args, **more)

    place.use(Typed(MemorySettings(system=place.system.name)))
    command = update(ref, change("title", "Graafwerk", "Van ons"), change("status", "10", "20"))
    result = await place.ensure(command)
    assert outcome(result, "title") is Outcome.CONFLICT
    assert place.cells(ref)["title"] == "Net getypt"


async def test_an_assertion_writes_nothing_and_notices_an_edit(place: Place) -> None:
    ref = place.open_case(status="10")
    assert outcome(await place.ensure(update(ref, change("status", "10", "10"))), "status") is (
        Outcome.ALREADY
    )
    place.system.set(ref, "status", "50")
    again = await place.ensure(update(ref, change("status", "10", "10"), id=CommandId("c-2")))
    assert outcome(again, "status") is Outcome.CONFLICT
    assert place.writes() == []


async def test_what_is_refused_is_refused_alone_in_the_systems_words(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.REFUSED, "change", path="status", words="status mag niet", times=None)
    command = update(ref, change("status", "10", "20"), change("title", "Graafwerk", "Nieuw"))
    result = await place.ensure(command)
    assert outcome(result, "status") is Outcome.REFUSED
    assert "status mag niet" in settled(result).outcomes["status"].detail
    assert outcome(result, "title") is Outcome.DONE
    assert place.cells(ref)["title"] == "Nieuw"


async def test_what_a_system_cannot_hold_is_said_with_a_reason(
    store: Store, tmp_path: Path
) -> None:
    place = Place(store, tmp_path / "z", writable=["title"])
    ref = place.open_case()
    result = await place.ensure(update(ref, change("status", "10", "20")))
    assert outcome(result, "status") is Outcome.UNSUPPORTED
    assert settled(result).outcomes["status"].detail


async def test_long_text_is_cut_before_it_is_sent(store: Store, tmp_path: Path) -> None:
    """So that nothing is refused; and what was cut is not written again."""
    place = Place(store, tmp_path / "z", limits={"title": Limit(max_length=10)})
    ref = place.open_case()
    command = update(ref, change("title", "Graafwerk", "Een heel lange titel"))
    assert outcome(await place.ensure(command), "title") is Outcome.DONE
    assert place.cells(ref)["title"] == "Een heel l"
    assert outcome(await place.ensure(command), "title") is Outcome.ALREADY
    assert len(place.writes()) == 1


async def test_a_code_that_the_system_does_not_take_is_refused_before_it_is_sent(
    store: Store, tmp_path: Path
) -> None:
    codes = frozenset({"10", "20"})
    place = Place(store, tmp_path / "z", limits={"status": Limit(codes=codes)})
    ref = place.open_case()
    result = await place.ensure(update(ref, change("status", "10", "50")))
    assert outcome(result, "status") is Outcome.REFUSED
    assert place.system.calls["change"] == 0


async def test_what_no_agreement_lets_arrive_is_not_written(place: Place) -> None:
    """The target's edge checks once more."""
    ref = place.open_case()
    place.rules = some_rules(period={"from": "2020-01-01", "to": "2020-12-31"})
    command = update(ref, change("title", "Graafwerk", "Geheim"))
    result = await place.ensure(command)
    assert isinstance(result, Refused), "nothing may leave either"
    assert result.reason == "out-of-scope"
    assert place.writes() == []


async def test_a_case_that_was_made_and_may_not_leave_any_more_is_named(place: Place) -> None:
    """The agreement ended while it was made: a person is asked, and no second one is made."""
    place.fault(Misbehaviour.LOST_AFTER, "create")
    place.system.findable_after = place.patience
    assert await place.ensure(create()) is None
    place.at += 2 * place.patience
    place.rules = some_rules(period={"from": "2020-01-01", "to": "2020-12-31"})
    result = await place.after_a_crash(create())
    assert isinstance(result, Refused)
    assert (result.reason, result.ref) == ("out-of-scope", place.system.refs()[0])


async def test_a_document_without_its_bytes_waits_alone(place: Place) -> None:
    ref = place.open_case()
    document = {
        "key": "D1", "type": "R", "title": "Rapport", "digest": "0" * 64, "version": 1,
        "confidentiality": "openbaar",
    }  # fmt: skip
    content = Content(agency="noord", key="N-D1", version="1")
    command = update(
        ref, change("documents/D1", None, document, content=content), lane=Lane.DOCUMENTS
    )
    assert outcome(await place.ensure(command), "documents/D1") is Outcome.NO_CONTENT
    assert place.writes() == []


def filed_by_somebody(place: Place, ref: CaseRef) -> tuple[str, Command]:
    """Somebody filed what a Command is to bring; give its key there, and the Command."""
    key = place.system.new_key("documents")
    writer = place.system.content_writer(key, 1)
    writer.write(b"rapport")
    writer.finish()
    scan: Cells = {"type": "R", "title": "Scan", "version": 1, "confidentiality": "openbaar"}
    place.system.add(ref, "documents", scan, key=key)
    sha256 = hashlib.sha256(b"rapport").hexdigest()
    document = {
        "key": "D1", "type": "R", "title": "Rapport", "digest": sha256, "version": 1,
        "confidentiality": "openbaar", "mark": "CB1",
    }  # fmt: skip
    content = Content(agency="noord", key="N-D1", version="1")
    bringing = change("documents/D1", None, document, content=content)
    return key, update(ref, bringing, lane=Lane.DOCUMENTS)


async def test_a_document_that_somebody_filed_meanwhile_is_not_made_again(place: Place) -> None:
    """Of the same content: the hub is told, and knows it for the one that it was to bring."""
    _, command = filed_by_somebody(place, place.open_case())
    assert outcome(await place.ensure(command), "documents/D1") is Outcome.CONFLICT
    assert place.writes() == []


async def test_what_the_hub_saw_and_keeps_out_is_in_no_documents_way(place: Place) -> None:
    """Named as known, though it is none of the case as it crosses: theirs is brought beside it."""
    key, command = filed_by_somebody(place, place.open_case())
    patch = command.patch.model_copy(update={"known": (f"documents/{key}",)})
    (change_,) = patch.changes

    @asynccontextmanager
    async def source(_start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"rapport"

        yield pieces()

    await place.content.stage("noord|N-D1|1", source)
    told = await place.ensure(command.model_copy(update={"patch": patch}))
    assert outcome(told, change_.path) is Outcome.DONE


# Answers that do not come


async def test_an_unanswered_write_that_shows_is_done(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.LOST_AFTER, "change")
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert outcome(result, "title") is Outcome.DONE


async def test_an_unanswered_write_that_was_cut_and_shows_is_done(
    store: Store, tmp_path: Path
) -> None:
    place = Place(store, tmp_path / "z", limits={"title": Limit(max_length=5)})
    ref = place.open_case(title="Kort")
    place.fault(Misbehaviour.LOST_AFTER, "change")
    result = await place.ensure(update(ref, change("title", "Kort", "Langer dan vijf")))
    assert outcome(result, "title") is Outcome.DONE
    assert settled(result).in_doubt == ("title",), "sent twice on its way, it may land again"


async def test_what_was_begun_before_a_crash_is_in_doubt_whatever_became_of_it(
    place: Place,
) -> None:
    ref = place.open_case()
    command = update(ref, change("title", "Graafwerk", "Nieuw"))
    place.fault(Misbehaviour.LOST_BEFORE, "change")
    await place.ensure(command)
    result = await place.after_a_crash(command)
    assert outcome(result, "title") is Outcome.DONE
    assert settled(result).in_doubt == ("title",)


async def test_an_unanswered_write_that_does_not_show_is_uncertain(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.LOST_BEFORE, "change")
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert outcome(result, "title") is Outcome.UNCERTAIN


async def test_a_system_that_is_away_before_writing_just_waits(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.UNREACHABLE, "read")
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert isinstance(result, Waiting)
    assert place.breaker.is_open


@pytest.mark.parametrize(
    "kind", [Misbehaviour.UNREACHABLE, Misbehaviour.DENIED, Misbehaviour.GARBLED]
)
async def test_once_written_no_error_says_that_nothing_was_done(
    place: Place, kind: Misbehaviour
) -> None:
    """The read back fails: the write is remembered as unanswered, or it would pass for an edit."""
    ref = place.open_case()
    # The edge reads, the adapter compares once more, then it is read back.
    place.fault(kind, "read", skip=2)
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert place.cells(ref)["title"] == "Nieuw"
    assert isinstance(result, Unanswered)


async def test_a_throttled_write_is_waited_out_as_long_as_was_asked(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.THROTTLED, "change", delay=timedelta(seconds=40))
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert isinstance(result, Unanswered)
    assert place.breaker.until == place.at + timedelta(seconds=40)


class Lags(MemoryAdapter):
    """Shows a case as it was a tenth of a second ago."""

    LAG = timedelta(seconds=0.1)

    def __init__(self, settings: MemorySettings) -> None:
        super().__init__(settings)
        self._states: list[tuple[float, Snapshot]] = []

    async def read(self, ref: CaseRef) -> Snapshot:
        now = asyncio.get_running_loop().time()
        self._states.append((now, await super().read(ref)))
        old = [state for at, state in self._states if at <= now - self.LAG.total_seconds()]
        return (old or [self._states[0][1]])[-1]

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        await super().write(ref, patch, token=token, contents=contents, key=key)
        self._states.append((asyncio.get_running_loop().time(), await super().read(ref)))


async def test_reads_that_lag_are_waited_for(store: Store, tmp_path: Path) -> None:
    """A look right after a write would show what stood before: that is no edit of anybody."""
    place = Place(store, tmp_path / "z", read_lag=Lags.LAG)
    ref = place.open_case()
    place.use(Lags(MemorySettings(system=place.system.name)))
    result = settled(await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw"))))
    assert result.snapshot.case.title == "Nieuw"
    again = await place.reader.read(ref)
    assert again.snapshot.case.title == "Nieuw"


async def test_a_write_of_a_process_that_is_gone_is_in_doubt_while_it_cannot_be_looked_at(
    place: Place,
) -> None:
    """Done, and killed before it was told. "Waiting" would say that nothing of it was done."""
    command = update(place.open_case(), change("title", "Graafwerk", "Nieuw"))
    settled(await place.ensure(command))
    away = place.fault(Misbehaviour.UNREACHABLE, times=None)
    assert isinstance(await place.after_a_crash(command), Unanswered), "nobody answers"
    assert place.breaker.is_open
    assert isinstance(await place.after_a_crash(command), Unanswered), "left alone for a while"
    place.system.faults.switch_off(away)
    place.at += timedelta(minutes=2)
    assert outcome(await place.after_a_crash(command), "title") is Outcome.ALREADY


async def test_a_write_that_hangs_is_looked_at_after_its_deadline(place: Place) -> None:
    place.patience = timedelta(seconds=0.05)
    ref = place.open_case()

    class Hangs(MemoryAdapter):
        async def write(self, *args: Any, **more: Any) -> None:
            await asyncio.Event().wait()

    place.use(Hangs(MemorySettings(system=place.system.name)))
    result = await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert outcome(result, "title") is Outcome.UNCERTAIN


async def test_a_read_that_hangs_counts_as_a_system_that_is_away(place: Place) -> None:
    place.patience = timedelta(seconds=0.05)
    ref = place.open_case()

    class Hangs(MemoryAdapter):
        async def read(self, ref: CaseRef) -> Snapshot:
            await asyncio.Event().wait()
            raise AssertionError

    place.use(Hangs(MemorySettings(system=place.system.name)))
    assert isinstance(await place.ensure(update(ref, change("title", "a", "b"))), Waiting)
    assert place.breaker.is_open


# What concerns more than this case


async def test_a_refused_account_pauses_the_side_and_is_said_once(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.DENIED, times=None)
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            command = update(ref, change("title", "a", "b"), id=CommandId(f"c-{number}"))
            result = await place.ensure(command)
            assert isinstance(result, Waiting)
            assert result.retry_after is not None
            assert result.retry_after > timedelta(minutes=10)
    assert [entry["event"] for entry in logs] == ["side_paused"]
    assert place.system.calls["read"] == 1, "an account that is tried on and on is locked"


async def test_a_garbled_case_parks_alone(place: Place) -> None:
    ref = place.open_case()
    place.fault(Misbehaviour.GARBLED, "read")
    result = await place.ensure(update(ref, change("title", "a", "b")))
    assert isinstance(result, Refused)
    assert result.reason == "garbled"
    assert not place.breaker.is_open


@pytest.mark.parametrize("error", [NotFound("weg"), Gone("gewist")])
async def test_a_case_that_is_gone_is_for_a_person(place: Place, error: NotFound) -> None:
    class Missing(MemoryAdapter):
        async def read(self, ref: CaseRef) -> Snapshot:
            raise error

    place.use(Missing(MemorySettings(system=place.system.name)))
    result = await place.ensure(update(CaseRef("x"), change("title", "a", "b")))
    assert isinstance(result, Refused)
    assert result.reason == "gone"


async def test_an_edge_that_lost_its_lease_writes_nothing(place: Place) -> None:
    """Frozen between reading and writing, and another edge speaks for the agency by now."""
    ref = place.open_case()

    class Frozen:
        async def __aenter__(self) -> None:
            raise LeaseLost("ran out", where="here", way_out="none")

        async def __aexit__(self, *exc: object) -> None:
            return

    place.ensurer.writer.while_ours = place.ensurer.creator.while_ours = Frozen
    with pytest.raises(LeaseLost):
        await place.ensure(update(ref, change("title", "Graafwerk", "Nieuw")))
    assert place.writes() == []
    place.at += place.patience
    with pytest.raises(LeaseLost):
        await place.ensure(create())
    assert place.system.refs() == [ref]


async def test_a_search_that_fails_for_good_after_an_unanswered_create_is_for_a_person(
    place: Place,
) -> None:
    place.fault(Misbehaviour.LOST_BEFORE, "create")
    assert await place.ensure(create()) is None
    place.fault(Misbehaviour.REFUSED, "find")
    result = await place.ensure(create())
    assert isinstance(result, Refused)
    assert result.reason == "ambiguous"


class _Slow(MemoryAdapter):
    """Finds nothing, as a system that is away."""

    async def find(self, mark: Mark) -> Sequence[CaseRef]:
        msg = "nobody answers"
        raise Unreachable(msg)


async def test_a_create_is_taken_up_again_where_only_the_search_failed(place: Place) -> None:
    place.use(_Slow(MemorySettings(system=place.system.name)))
    assert isinstance(await place.ensure(create()), Waiting)
    assert place.begun == {}
