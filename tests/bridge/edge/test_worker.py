"""The edge at work: hints become Observations, Commands become Receipts, and nothing is lost."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.memory import MemoryAdapter
from adapters.memory.faults import Misbehaviour
from bridge.broker.topology import DEAD_QUEUE_NAME
from bridge.store import Store, StoreUnreachable
from contracts.adapter import AdapterSettings
from contracts.case import Document
from contracts.errors import Denied, Garbled
from contracts.ids import CaseRef, CommandId, LinkId, Mark
from contracts.messages import (
    Lane,
    Missing,
    Observation,
    Outcome,
    Refused,
    Seen,
    Settled,
    Unreadable,
    Waiting,
)
from contracts.snapshot import Snapshot
from tests.bridge.edge.conftest import change, create, row_of, update
from tests.bridge.edge.worker_site import TOPOLOGY, WorkerSite, until


@pytest.fixture
async def site(store: Store, tmp_path: Path) -> AsyncIterator[WorkerSite]:
    site = WorkerSite(store, tmp_path)
    await site.broker.provision(TOPOLOGY)
    yield site
    await site.broker.close()


# Hints


async def test_a_hint_is_looked_at_once_however_often_it_came(site: WorkerSite) -> None:
    ref, edge = site.open_case(), site.edge(fold_for=timedelta(seconds=3))
    async with site.working(edge):
        for _ in range(50):
            await site.hint(edge, ref)
        await until(site.observations, "an observation")
        await asyncio.sleep(0.3)
    (seen,) = site.observations()
    assert isinstance(seen.sight, Seen)
    assert seen.sight.snapshot.case.title == "Graafwerk"
    assert site.system.calls["read"] == 1


async def test_a_hint_that_comes_while_the_case_is_read_is_not_lost(site: WorkerSite) -> None:
    """What was typed after the reading began is seen by a second one."""
    ref = site.open_case()
    reading, go_on = asyncio.Event(), asyncio.Event()

    class Slow(MemoryAdapter):
        async def read(self, ref: CaseRef) -> Snapshot:
            found = await super().read(ref)
            reading.set()
            await go_on.wait()
            return found

    edge = site.edge(adapter=Slow(site.settings))
    async with site.working(edge):
        await site.hint(edge, ref)
        await reading.wait()
        site.system.set(ref, "title", "Net getypt")
        await site.hint(edge, ref)
        go_on.set()
        await until(lambda: len(site.observations()) == 2, "a second observation")
    first, second = site.observations()
    assert second.sequence > first.sequence
    assert isinstance(second.sight, Seen)
    assert second.sight.snapshot.case.title == "Net getypt"


async def test_hints_travel_by_the_broker_too_and_clocks_that_differ_delay_none(
    site: WorkerSite,
) -> None:
    ref = site.open_case()
    async with site.working(site.edge()):
        await site.hint_by_message(ref, ahead=timedelta(minutes=5))
        await until(site.observations, "an observation")


async def test_a_case_that_was_never_told_of_and_is_not_there_is_nobodys_business(
    site: WorkerSite,
) -> None:
    edge, ref = site.edge(), site.open_case()
    async with site.working(edge):
        await site.hint(edge, "never-there", ref)
        await until(site.observations, "an observation")
        await asyncio.sleep(0.2)
        assert [each.ref for each in site.observations()] == [ref]
        site.system.delete(ref)
        await site.hint(edge, ref)
        await until(lambda: len(site.observations()) == 2, "that it is gone")
    last = site.observations()[-1].sight
    assert isinstance(last, Missing)
    assert last.gone


async def test_a_bug_on_one_case_parks_that_case_and_the_worker_lives(site: WorkerSite) -> None:
    bad, good = site.open_case(), site.open_case()

    class Buggy(MemoryAdapter):
        async def read(self, ref: CaseRef) -> Snapshot:
            if ref == bad:
                raise KeyError(ref)
            return await super().read(ref)

    edge = site.edge(adapter=Buggy(site.settings))
    async with site.working(edge):
        await site.hint(edge, bad, good)
        await site.command(update(bad, change("title", "Graafwerk", "x")))
        await until(lambda: len(site.observations()) == 2, "both observations")
        result = (await site.receipt()).result
    assert isinstance(result, Refused)
    assert result.reason == "bug"
    sights = {each.ref: each.sight for each in site.observations()}
    assert isinstance(sights[bad], Unreadable)
    assert isinstance(sights[good], Seen)


@pytest.mark.parametrize(
    ("shown", "field"),
    [
        ({"title": "Graaf\ud800werk"}, "title"),
        ({"properties/soort": {"key": "soort", "value": "\udfff"}}, "properties/soort"),
        ({"notes/n1": {"key": "n1", "text": "tot hier \udc00"}}, "notes"),
    ],
)
async def test_half_a_character_in_a_case_parks_that_case_and_says_where(
    site: WorkerSite, shown: dict[str, Any], field: str
) -> None:
    """No message can carry it; whoever sees the case in its own system is told what to mend."""
    bad, good = site.open_case(**shown), site.open_case()
    edge = site.edge()
    async with site.working(edge):
        await site.hint(edge, bad, good)
        await site.command(update(bad, change("status", "10", "20")))
        await until(lambda: len(site.observations()) == 2, "both observations")
        result = (await site.receipt()).result
    assert isinstance(result, Refused)
    assert result.reason == "garbled"
    assert result.detail.startswith(f"{field}: holds half a character")
    sights = {each.ref: each.sight for each in site.observations()}
    assert isinstance(sights[good], Seen)
    sight = sights[bad]
    assert isinstance(sight, Unreadable)
    assert sight.detail.startswith(f"{field}: holds half a character")


async def test_a_bug_in_telling_whose_hint_it_is_does_not_end_the_edge(site: WorkerSite) -> None:
    good = site.open_case()

    class Buggy(MemoryAdapter):
        async def cases_of(self, ref: CaseRef) -> Sequence[CaseRef]:
            if ref == "document-1":
                raise IndexError
            return [ref]

    edge = site.edge(adapter=Buggy(site.settings))
    async with site.working(edge):
        await site.hint(edge, "document-1", good)
        await until(site.observations, "an observation of the good one")


async def test_a_store_that_fails_for_a_moment_does_not_end_the_edge(
    site: WorkerSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what runs meanwhile."""
    ref, edge, failures = site.open_case(), site.edge(), 3
    really = site.store.pending

    async def fails(*args: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnreachable("away", where="there", way_out="wait")
        return await really(*args)

    monkeypatch.setattr(site.store, "pending", fails)
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(site.observations, "an observation")
    assert failures == 0


# Commands


async def test_a_command_that_comes_again_is_answered_with_the_same_receipt(
    site: WorkerSite,
) -> None:
    ref = site.open_case()
    command = update(ref, change("title", "Graafwerk", "Nieuw"))
    async with site.working(site.edge()):
        await site.command(command)
        await site.settled()
        await site.sent()
        await site.command(command)
        await site.receipt(2)
    assert site.bodies[0] == site.bodies[1]
    assert [each.path for each in site.system.writes_by("casebridge")] == ["title"]


async def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_rest_goes_on(
    site: WorkerSite,
) -> None:
    ref = site.open_case()
    async with site.working(site.edge()):
        await site.publish("command.zuid", b"\xff{no json", "bad-1")
        await site.publish("command.zuid", b'{"type": "nl.casebridge.case.hinted.v1"}', "bad-2")
        await site.publish("hint.zuid", b"[]", "bad-3")
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        await site.settled()
        async with asyncio.timeout(5):
            while (await site.broker.depths())[DEAD_QUEUE_NAME] < 3:
                await asyncio.sleep(0.02)


async def test_a_command_that_is_done_while_what_is_due_is_read_is_not_done_again(
    site: WorkerSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read shows it as due, and older than it is: as if it had never been begun."""
    ref = site.open_case()
    slow = site.fault(Misbehaviour.SLOW, "read", delay=timedelta(seconds=0.6), times=1)
    really, readings = site.store.pending, 0

    async def reads_slowly(*args: Any) -> Any:
        nonlocal readings
        rows = await really(*args)
        if rows and slow.struck:
            await until(site.receipts, "a receipt")
        readings += 1
        return rows

    monkeypatch.setattr(site.store, "pending", reads_slowly)
    async with site.working(site.edge()):
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        await site.receipt()
        reads, before = site.system.calls["read"], readings
        await until(lambda: readings > before + 1, "what is due was read, and read again")
        await asyncio.sleep(0.2)
    assert site.system.calls["read"] == reads
    assert len(site.receipts()) == 1


@pytest.mark.covers("F56")
async def test_a_command_of_a_newer_release_does_not_end_the_edge(site: WorkerSite) -> None:
    """It was taken in before somebody went back a release; the others are done."""
    ref = site.open_case()
    newer = update(ref, change("title", "x", "y"), id=CommandId("newer"))
    await site.store.accept([row_of(newer, b'{"type": "nl.casebridge.case.commanded.v9"}')])
    async with site.working(site.edge()):
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        await site.settled()


async def test_large_documents_do_not_keep_a_status_waiting(site: WorkerSite) -> None:
    """All the room for documents is taken; facts have room of their own."""
    refs = [site.open_case() for _ in range(9)]
    stuck = asyncio.Event()

    class Stuck(MemoryAdapter):
        async def write(self, ref: CaseRef, *args: Any, **more: Any) -> None:
            if more["key"].startswith("doc"):
                await stuck.wait()
            await super().write(ref, *args, **more)

    edge = site.edge(adapter=Stuck(site.settings), concurrency=2)
    document = {"key": "D", "type": "R", "title": "R", "version": 1, "confidentiality": "openbaar"}
    async with site.working(edge):
        for number, ref in enumerate(refs[:8]):
            large = change("documents/D", None, document)
            await site.command(
                update(ref, large, id=CommandId(f"doc-{number}"), lane=Lane.DOCUMENTS)
            )
        await until(lambda: site.system.calls["read"] >= 1, "a document is begun")
        await site.command(update(refs[8], change("status", "10", "20")))
        await site.hint(edge, refs[8])
        await until(site.observations, "an observation")
        await site.settled()
        stuck.set()


async def test_commands_that_cannot_begin_do_not_hide_those_behind_them(
    site: WorkerSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.edge.work._PENDING", 2)
    site.system.findable_after = timedelta(hours=1)
    settings = site.settings.model_copy(update={"settles_within": timedelta(hours=1)})
    lost = site.fault(Misbehaviour.LOST_AFTER, "create", times=None)
    ref = site.open_case()
    async with site.working(site.edge(adapter=MemoryAdapter(settings))):
        for number in range(5):
            id_ = f"create-{number}"
            await site.command(create(id=CommandId(id_), link=LinkId(id_), mark=Mark(id_)))
        await until(lambda: lost.struck == 5, "five creates without an answer")
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw"), id=CommandId("z")))
        await site.settled()
    assert site.system.calls["create"] == 5


async def test_a_timeout_frees_its_place_and_the_side_waits(site: WorkerSite) -> None:
    """The system accepts and hangs: the deadline passes, and it is told."""
    ref = site.open_case()
    site.fault(Misbehaviour.SLOW, "read", delay=timedelta(hours=1), times=1)
    async with site.working(site.edge(request_timeout=timedelta(seconds=0.2))):
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        result = (await site.receipt()).result
        assert isinstance(result, Waiting)


# A system that is away


def _answered(site: WorkerSite) -> set[str]:
    """Which Commands have a Receipt; one may be delivered twice."""
    return {each.command for each in site.receipts()}


async def test_a_system_that_was_away_gets_one_write_for_each_case(site: WorkerSite) -> None:
    refs = [site.open_case() for _ in range(10)]
    edge = site.edge()
    away = site.fault(Misbehaviour.UNREACHABLE, times=None)
    with structlog.testing.capture_logs() as logs:
        async with site.working(edge):
            for number, ref in enumerate(refs):
                await site.hint(edge, ref)
                id_ = CommandId(f"c-{number}")
                await site.command(update(ref, change("title", "Graafwerk", "Nieuw"), id=id_))
            await until(lambda: len(_answered(site)) == 10, "that all wait")
            assert all(isinstance(each.result, Waiting) for each in site.receipts())
            assert site.observations() == []
            site.system.faults.switch_off(away)
            await until(lambda: len(site.observations()) >= 10, "all are looked at")
            for number, ref in enumerate(refs):
                id_ = CommandId(f"d-{number}")
                await site.command(update(ref, change("title", "Graafwerk", "Nieuw"), id=id_))
            await until(lambda: len(_answered(site)) == 20, "all are settled")
    assert len(site.system.writes_by("casebridge")) == 10
    events = [each["event"] for each in logs]
    assert events.count("side_down") == 1
    assert events.count("side_up") == 1


async def test_while_a_system_is_down_one_call_at_a_time_tries_it(site: WorkerSite) -> None:
    refs = [site.open_case() for _ in range(20)]
    site.fault(Misbehaviour.UNREACHABLE, times=None)
    edge = site.edge()
    async with site.working(edge):
        await site.hint(edge, *refs)
        await asyncio.sleep(1.2)
    assert site.system.calls["read"] + site.system.calls["check"] < 25


async def test_a_refused_account_is_not_tried_on_and_on(site: WorkerSite) -> None:
    """Neither by looking, nor by polling, nor at the start."""
    site.settings = site.settings.model_copy(update={"intake": frozenset({"poll"})})
    ref = site.open_case()
    site.fault(Misbehaviour.DENIED, times=None)
    edge = site.edge(poll_every=timedelta(seconds=0.02))
    async with site.working(edge):
        await site.hint(edge, ref)
        await asyncio.sleep(1)
    assert sum(site.system.calls.values()) <= 3


# The lease


async def test_a_second_edge_waits_and_takes_over_at_once(site: WorkerSite) -> None:
    ref = site.open_case()
    term = timedelta(seconds=0.6)
    first, second = site.edge("one", lease=term), site.edge("two", lease=term)
    async with site.working():
        async with site.working_alone(first):
            await site.hint(first, ref)
            await until(site.observations, "an observation")
            async with site.working_alone(second):
                await asyncio.sleep(0.5)
                assert not second._lease.is_held.is_set()
        site.system.set(ref, "title", "Nieuw")
        await site.hint(second, ref)
        async with site.working_alone(second):
            await until(lambda: len(site.observations()) == 2, "the other took over")
    one, two = site.observations()
    assert two.sequence > one.sequence
    assert two.sequence.epoch > one.sequence.epoch


async def test_what_a_frozen_edge_read_is_not_told_as_new(site: WorkerSite) -> None:
    """It read, was frozen, lost its lease, and has it again: somebody may have read later."""
    ref = site.open_case()
    reading, go_on = asyncio.Event(), asyncio.Event()
    reads = 0

    class Slow(MemoryAdapter):
        async def read(self, ref: CaseRef) -> Snapshot:
            nonlocal reads
            reads += 1
            found = await super().read(ref)
            if reads == 1:
                reading.set()
                await go_on.wait()
            return found

    edge = site.edge(adapter=Slow(site.settings), lease=timedelta(seconds=0.3))
    async with site.working(edge):
        await site.hint(edge, ref)
        await reading.wait()
        before = edge._lease.epoch
        # Another edge has it for a while, as after a freeze.
        later = site.now() + timedelta(hours=1)
        term = timedelta(seconds=0.5) - timedelta(hours=1)
        epoch = await site.store.acquire(edge.agency, "two", term, later)
        assert epoch is not None
        site.system.set(ref, "title", "Later gelezen")
        await until(lambda: edge._lease.epoch > before, "it has the lease again")
        go_on.set()
        await until(site.observations, "an observation")
        await asyncio.sleep(0.3)
    for seen in site.observations():
        assert isinstance(seen.sight, Seen)
        assert seen.sight.snapshot.case.title == "Later gelezen"


async def test_a_write_is_broken_off_where_the_lease_ends(site: WorkerSite) -> None:
    """
    Frozen between two requests of one write, for longer than its lease.

    The answer to the first is there when it wakes; the second must not follow, for whoever took
    over may have written since.
    """
    ref = site.open_case()
    loop, asked, answered = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    written: list[str] = []

    class InTwoRequests(MemoryAdapter):
        async def write(self, *args: Any, **more: Any) -> None:
            written.append("first")
            asked.set()
            await answered.wait()
            written.append("second")

    edge = site.edge(adapter=InTwoRequests(site.settings), lease=timedelta(seconds=0.4))
    async with site.working(edge):
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        await asked.wait()
        timer = threading.Timer(0.2, loop.call_soon_threadsafe, [answered.set])
        timer.start()
        time.sleep(1)  # noqa: ASYNC251  # nothing of the process runs, as while it is frozen
        timer.join()
        answered.clear()
        await asyncio.sleep(0.1)
        assert written == ["first"]
        answered.set()
        await until(lambda: "second" in written, "it has the lease again, and looks and writes")
    assert written[:2] == ["first", "first"]


async def test_a_drained_edge_has_saved_what_it_began(site: WorkerSite) -> None:
    """SIGTERM in the midst of a write: it comes to its end, nothing new begins."""
    ref = site.open_case()
    writing, go_on = asyncio.Event(), asyncio.Event()

    class Slow(MemoryAdapter):
        async def write(self, *args: Any, **more: Any) -> None:
            writing.set()
            await go_on.wait()
            await super().write(*args, **more)

    edge = site.edge(adapter=Slow(site.settings))
    async with site.working(edge):
        await site.command(update(ref, change("title", "Graafwerk", "Nieuw")))
        await writing.wait()
        draining = asyncio.create_task(edge.drain())
        await site.command(update(ref, change("status", "10", "20"), id=CommandId("c-9")))
        await asyncio.sleep(0.1)
        assert not draining.done()
        go_on.set()
        async with asyncio.timeout(5):
            await draining
        await site.settled()
        await asyncio.sleep(0.2)
    assert len(site.receipts()) == 1
    assert site.system.cells(ref)["status"] == "10"


# Rounds


async def test_a_system_that_announces_nothing_is_looked_at_again_and_again(
    store: Store, tmp_path: Path
) -> None:
    """With a sweep far away, nobody to push and nothing to ask, an edit is still seen."""
    site = WorkerSite(store, tmp_path, intake=[])
    await site.broker.provision(TOPOLOGY)
    ref, edge = site.open_case(), site.edge(look_every=timedelta(seconds=0.1))
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(site.observations, "the first look")
        site.system.set(ref, "title", "Graven")
        (_, seen) = await until(lambda: len(found := site.observations()) > 1 and found, "a round")
    assert isinstance(seen.sight, Seen)
    assert seen.sight.snapshot.case.title == "Graven"
    await site.broker.close()


async def test_rounds_are_not_gone_where_a_poll_tells_what_changed(
    store: Store, tmp_path: Path
) -> None:
    site = WorkerSite(store, tmp_path, intake=["poll"])
    await site.broker.provision(TOPOLOGY)
    ref, edge = site.open_case(), site.edge(look_every=timedelta(seconds=0.1))
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(site.observations, "the first look")
        await asyncio.sleep(2.5)  # two rounds, were there any
    assert site.system.calls["read"] == 1
    await site.broker.close()


async def test_a_system_that_cannot_tell_is_not_asked_to(store: Store, tmp_path: Path) -> None:
    """One of two systems pushes; that the other cannot is no reason to leave it alone."""

    class Silent(MemoryAdapter):
        async def subscribe(self, callback_url: str) -> None:
            raise Denied("pushes were not agreed")

    site = WorkerSite(store, tmp_path, intake=["poll"])
    await site.broker.provision(TOPOLOGY)
    adapter = Silent(site.settings)
    edge = site.edge(
        adapter=adapter, public_url="http://127.0.0.1:9", poll_every=timedelta(seconds=0.1)
    )
    site.open_case()
    async with site.working(edge):
        await until(site.observations, "a look at the case that a poll found")
    await site.broker.close()


# Documents


async def test_facts_fetch_no_content(site: WorkerSite) -> None:
    """A drawing never holds up a status: not even by being read back. It is told that it comes."""
    ref = site.open_case()
    key = site.system.new_key("documents")
    site.system.add(
        ref,
        "documents",
        {"type": "R", "title": "Tekening", "version": 1, "confidentiality": "openbaar"},
        key=key,
    )

    async with site.working(site.edge(adapter=Stuck(site.settings))):
        await site.command(update(ref, change("status", "10", "20")))
        result = await site.settled()
    assert result.outcomes["status"].outcome is Outcome.DONE
    (document,) = result.snapshot.case.documents
    assert (document.digest, document.content is not None) == (None, True)


def with_document(site: WorkerSite, size_bytes: int, *, tells_size: bool = True) -> CaseRef:
    """A case with a document of some size."""
    ref, key = site.open_case(), site.system.new_key("documents")
    writer = site.system.content_writer(key, 1)
    writer.write(bytes(size_bytes))
    writer.finish()
    shown: dict[str, Any] = {"type": "R", "title": "Tekening", "confidentiality": "openbaar"}
    size = size_bytes if tells_size else None
    site.system.add(ref, "documents", {**shown, "version": 1, "size_bytes": size}, key=key)
    return ref


class Stuck(MemoryAdapter):
    """Holds up each download of more than a few bytes."""

    def __init__(self, settings: AdapterSettings) -> None:
        super().__init__(settings)
        self.go, self.begun = asyncio.Event(), 0

    @asynccontextmanager
    async def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if document.size_bytes is None or document.size_bytes > 100:
            self.begun += 1
            await self.go.wait()
        async with super().download(ref, document, start=start) as pieces:
            yield pieces


def _documents(observation: Observation) -> tuple[Document, ...]:
    assert isinstance(observation.sight, Seen)
    return observation.sight.snapshot.case.documents


async def test_the_facts_of_a_case_are_told_before_its_large_documents_are_read(
    site: WorkerSite,
) -> None:
    ref = with_document(site, 5000)
    adapter = Stuck(site.settings)
    edge = site.edge(adapter=adapter, large_document_bytes=1000)
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(site.observations, "an observation")
        (document,) = _documents(site.observations()[0])
        assert (document.digest, document.size_bytes) == (None, 5000)
        assert document.content is not None, "it is said that it comes"
        adapter.go.set()
        await until(lambda: len(site.observations()) >= 2, "another, when its content is there")
        (document,) = _documents(site.observations()[-1])
    assert document.digest == hashlib.sha256(bytes(5000)).hexdigest()
    assert adapter.begun == 1


@pytest.mark.covers("F32")
async def test_small_documents_never_wait_for_large_ones(site: WorkerSite) -> None:
    """However many of those there are: they wait for each other."""
    large = [with_document(site, 5000) for _ in range(8)]
    small = with_document(site, 50)
    adapter = Stuck(site.settings)
    edge = site.edge(adapter=adapter, concurrency=3, large_document_bytes=1000)
    async with site.working(edge):
        await site.hint(edge, *large)
        await until(lambda: len(site.observations()) >= 8, "the facts of all")
        await site.hint(edge, small)
        await until(lambda: any(each.ref == small for each in site.observations()), "the small one")
        told = next(each for each in site.observations() if each.ref == small)
        (document,) = _documents(told)
        assert document.digest is not None
        assert adapter.begun == 1, "a third of the room"


async def test_a_document_that_turns_out_to_be_large_is_left_for_later(site: WorkerSite) -> None:
    """Its system does not say how large it is; what was read of it is not read for nothing."""
    ref = with_document(site, 300_000, tells_size=False)
    edge = site.edge(large_document_bytes=1000)
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(lambda: len(site.observations()) >= 2, "two looks")
    digests = [_documents(each)[0].digest for each in site.observations()[:2]]
    assert digests == [None, hashlib.sha256(bytes(300_000)).hexdigest()]


class Withholding(MemoryAdapter):
    """Gives no content of more than a few bytes until it is told to."""

    def __init__(self, settings: AdapterSettings) -> None:
        super().__init__(settings)
        self.begun, self.gives = 0, False

    @asynccontextmanager
    async def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if (document.size_bytes or 0) > 100:
            self.begun += 1
            if not self.gives:
                msg = "the system says that it cannot find the file"
                raise Garbled(msg)
        async with super().download(ref, document, start=start) as pieces:
            yield pieces


async def test_a_large_document_that_cannot_be_read_is_told_and_left_alone_for_a_while(
    site: WorkerSite,
) -> None:
    """The case goes on; its content is not tried at each look, but when somebody asks for it."""
    ref = with_document(site, 5000)
    adapter = Withholding(site.settings)
    edge = site.edge(adapter=adapter, large_document_bytes=1000)
    async with site.working(edge):
        await site.hint(edge, ref)
        await until(lambda: len(site.observations()) >= 2, "a look after it was tried")
        site.system.set(ref, "title", "Graven")
        await site.hint(edge, ref)
        await until(lambda: len(site.observations()) >= 3, "a look at another edit")
        for observation in site.observations()[1:]:
            (document,) = _documents(observation)
            assert (document.digest, document.content) == (None, None)
            assert isinstance(observation.sight, Seen)
            (told,) = observation.sight.snapshot.unmapped
            assert "cannot find the file" in told.why
        assert adapter.begun == 1
        adapter.gives = True
        (document,) = _documents(site.observations()[-1])
        asked = update(ref, lane=Lane.DOCUMENTS).model_copy(update={"stage": (document.key,)})
        await site.command(asked)
        (document,) = (await site.settled()).snapshot.case.documents
    assert document.digest == hashlib.sha256(bytes(5000)).hexdigest()


async def test_a_create_that_finds_a_case_tells_it_whole(site: WorkerSite) -> None:
    ref = CaseRef(
        site.system.open_case(
            {"case_type": "Z-1", "title": "Graafwerk", "participant": "GM1", "status": "10",
             "confidentiality": "openbaar"},
            references={"casebridge": "link-1"},
        )
    )  # fmt: skip
    async with site.working(site.edge()):
        await site.command(create())
        result = await site.settled()
    assert result.ref == ref
    assert isinstance(site.receipts()[0].result, Settled)
    assert site.system.calls["create"] == 0
