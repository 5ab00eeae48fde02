"""What a write of an edge left locked is given back, and nothing else is released."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from adapters.memory import MemoryAdapter
from adapters.memory.faults import Misbehaviour
from bridge.store import Store
from bridge.store.records import Answered, Finished, Lock
from contracts.adapter import Unlocks, UpdateGuard
from contracts.ids import CaseRef
from tests.bridge.edge.conftest import Place, change, row_of, update
from tests.bridge.engine.samples import ZUID
from tests.bridge.store.conftest import NOW, a_message

MINUTE = timedelta(minutes=1)


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    """An agency whose system locks a case for whoever writes to it."""
    return Place(store, tmp_path / "zuid", update_guard=UpdateGuard.LOCK)


async def is_over(place: Place) -> None:
    """Answer the Command, so that nobody goes on with it."""
    epoch = await place.store.acquire(ZUID, "one", MINUTE, NOW)
    assert epoch is not None
    receipt = a_message("r-c-1", sender=ZUID, at=NOW)
    done = Finished(answered=(Answered(update(None).id, receipt),))
    await place.store.finish(ZUID, epoch, [done])


async def give_back(place: Place) -> None:
    assert isinstance(place.adapter, Unlocks)
    await place.locking.give_back(place.adapter)


async def left_locked(place: Place, *kinds: Misbehaviour) -> CaseRef:
    """A case that our write locked, and of whose release nothing came."""
    ref = place.open_case()
    command = update(ref, change("title", "Graafwerk", "Nieuw"))
    await place.store.accept([row_of(command)])
    for kind in kinds or (Misbehaviour.LOST_BEFORE,):
        place.fault(kind, "unlock")
    await place.ensure(command)
    assert place.system.leftovers() == [f"lock of casebridge on {ref}"]
    return ref


@pytest.mark.covers("F57")
async def test_what_was_left_locked_is_given_back(place: Place) -> None:
    """Once its Command is over: until then who takes that up goes on under its lock."""
    await left_locked(place)
    await give_back(place)
    assert place.system.leftovers() != []
    await is_over(place)
    await give_back(place)
    assert place.system.leftovers() == []
    assert await place.store.left_locks(ZUID) == []


async def test_what_cannot_be_given_back_is_tried_again_ever_later(place: Place) -> None:
    """The system is away; afterwards it is released, and nobody had to be asked."""
    await left_locked(place)
    await is_over(place)
    for _ in range(2):
        place.fault(Misbehaviour.LOST_BEFORE, "unlock")
        place.at += 10 * MINUTE
        await give_back(place)
        calls = place.system.calls["unlock"]
        await give_back(place)
        assert place.system.calls["unlock"] == calls, "it was tried again at once"
    place.at += 10 * MINUTE
    await give_back(place)
    assert place.system.leftovers() == []


@pytest.mark.covers("F11")
async def test_a_lock_that_is_given_after_we_gave_up_is_given_back_too(place: Place) -> None:
    """It was asked for, nobody answered, and nothing was locked when we looked first."""
    ref = place.open_case()
    command = update(ref, change("title", "Graafwerk", "Nieuw"))
    await place.store.accept([row_of(command)])
    place.fault(Misbehaviour.LATE, "lock", delay=MINUTE)
    await place.ensure(command)
    await is_over(place)
    await give_back(place)
    place.at += MINUTE
    place.system.catch_up()
    assert place.system.leftovers() == [f"lock of casebridge on {ref}"]
    place.at += 5 * MINUTE
    await give_back(place)
    assert place.system.leftovers() == []
    assert await place.store.left_locks(ZUID) == []


@pytest.mark.parametrize(("lock", "says"), [("", "somebody who works there"), ("L1", "none is")])
async def test_a_lock_that_is_left_is_told_once_with_its_way_out(
    place: Place, lock: str, says: str
) -> None:
    """A person is needed only where its id never came."""

    class Refuses(MemoryAdapter):
        async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
            return False

    command = update(None)
    await place.store.accept([row_of(command)])
    await place.store.keep_lock(Lock(ZUID, "D-1", command.id, "", NOW))
    await place.store.name_lock(Lock(ZUID, "D-1", command.id, lock, NOW))
    await is_over(place)
    adapter = place.adapter
    assert isinstance(adapter, MemoryAdapter)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await place.locking.give_back(Refuses(adapter.settings))
            place.at += 10 * MINUTE
    (left,) = [each for each in logs if each["event"] == "lock_left"]
    assert says in left["way_out"]


async def test_an_adapter_that_falls_over_keeps_the_others_back_from_nothing(place: Place) -> None:
    """What it was about is tried again; the edge lives."""

    class Clumsy(MemoryAdapter):
        async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
            raise ZeroDivisionError

    await left_locked(place)
    await is_over(place)
    adapter = place.adapter
    assert isinstance(adapter, MemoryAdapter)
    await place.locking.give_back(Clumsy(adapter.settings))
    assert len(await place.store.left_locks(ZUID)) == 1
