"""What writes have locked: kept until it is released, and told apart from what is in use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.store import Store
from bridge.store.records import Answered, CommandRow, Finished, Lock
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId
from tests.bridge.store.conftest import NOW, a_message

ODRU = AgencyId("odru")
LATER = timedelta(seconds=1)


def a_lock(command: str, lock: str = "", place: str = "D-1", *, later: int = 0) -> Lock:
    return Lock(ODRU, place, CommandId(command), lock, NOW + later * LATER)


async def taken_in(store: Store, *commands: str) -> None:
    await store.accept(
        [
            CommandRow(CommandId(id_), ODRU, CaseRef("1"), LinkId("L"), b"{}", NOW)
            for id_ in commands
        ]
    )


async def answered(store: Store, command: str) -> None:
    epoch = await store.acquire(ODRU, "one", timedelta(minutes=1), NOW)
    assert epoch is not None
    receipt = a_message(f"r-{command}", sender="odru", at=NOW)
    await store.finish(ODRU, epoch, [Finished(answered=(Answered(CommandId(command), receipt),))])


async def test_a_lock_is_left_once_its_command_is_answered(store: Store) -> None:
    """While that is at work the lock is in use, whatever it is called; another agency has none."""
    await taken_in(store, "c1")
    assert await store.keep_lock(a_lock("c1")) is None
    await store.name_lock(a_lock("c1", "abc"))
    assert await store.left_locks(ODRU) == []
    await answered(store, "c1")
    assert await store.left_locks(ODRU) == [a_lock("c1", "abc")]
    assert await store.left_locks(AgencyId("rud")) == []
    await store.forget_lock(a_lock("c1"))
    assert await store.left_locks(ODRU) == []


async def test_the_same_command_finds_its_own_lock_again(store: Store) -> None:
    """After a restart: its id where it was told, else that it was asked for."""
    await taken_in(store, "c1")
    await store.keep_lock(a_lock("c1"))
    assert await store.keep_lock(a_lock("c1", later=1)) == a_lock("c1")
    await store.name_lock(a_lock("c1", "abc", later=1))
    assert await store.keep_lock(a_lock("c1", later=2)) == a_lock("c1", "abc", later=1)
    await answered(store, "c1")
    assert await store.left_locks(ODRU) == [a_lock("c1", "abc", later=2)]


async def test_a_command_takes_over_what_an_answered_one_left(store: Store) -> None:
    """It is in use again; of two that were left the one counts whose id is known."""
    await taken_in(store, "c1", "c2", "c3")
    await store.name_lock(a_lock("c1", "abc"))
    await store.keep_lock(a_lock("c2"))
    await answered(store, "c1")
    await answered(store, "c2")
    assert await store.left_locks(ODRU) == [a_lock("c1", "abc"), a_lock("c2")]
    assert await store.keep_lock(a_lock("c3", later=5)) == a_lock("c1", "abc")
    assert await store.left_locks(ODRU) == []
    await answered(store, "c3")
    assert await store.left_locks(ODRU) == [a_lock("c3", "abc", later=5)]


async def test_what_another_command_has_locked_is_its_own(store: Store) -> None:
    """Nobody is told its id, and nothing of that place is left as long as one is at work there."""
    await taken_in(store, "c1", "c2")
    await store.name_lock(a_lock("c1", "abc"))
    assert await store.keep_lock(a_lock("c2")) is None
    await answered(store, "c2")
    assert await store.left_locks(ODRU) == []
    await store.name_lock(replace(a_lock("c2"), place="D-2"))
    assert [each.place for each in await store.left_locks(ODRU)] == ["D-2"]
