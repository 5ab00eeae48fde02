"""What a store in memory is beside what all stores are: one state, copied and put back."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest

from bridge.store import (
    Finished,
    Identity,
    MemoryState,
    MemoryStore,
    Store,
    StoreForeign,
    Work,
    open_memory_store,
)
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId
from contracts.messages import Cause, Hint
from tests.bridge.store.conftest import NOW, a_link, a_message, journal, key, told

ODRU = AgencyId("odru")
LATER = NOW + timedelta(hours=1)
TTL = timedelta(seconds=30)


def a_work(id_: str, version: int = 0, **more: Any) -> Work:
    link = a_link(id_, **more)
    return Work(NOW, link, version, (told(id_),), (a_message(f"{id_}-{version}"),), LATER)


async def fill(store: Store) -> int:
    """Something of everything; give the epoch of the lease."""
    epoch = await store.acquire(ODRU, "one", TTL, NOW)
    assert epoch is not None
    await store.commit([a_work("A")])
    await store.hint([Hint(agency=ODRU, ref=CaseRef("1"), cause=Cause.PUSH, at=NOW)])
    return epoch


async def shown(store: Store) -> list[object]:
    """How all stands, as far as a restore may bring it back."""
    return [
        await store.identity(),
        await store.figures(),
        await store.links([LinkId("A"), LinkId("B")]),
        await store.links_of([key("odru", "A"), key("odru", "B")]),
        await store.due_timers(LATER, 9),
        await store.unsent(9),
        await store.due_hints(ODRU, LATER, 9),
        await journal(store),
    ]


async def test_a_killed_process_leaves_its_state_to_the_next() -> None:
    """Whoever opens it again finds all that was saved, and goes on with it."""
    state = MemoryState()
    first = await open_memory_store(state, environment="test")
    await fill(first)
    before = await shown(first)
    del first
    again = await open_memory_store(state, environment="test")
    assert await shown(again) == before
    assert await again.commit([a_work("A", 1)]) == (True,)


async def test_a_backup_is_not_changed_by_what_comes_after_it() -> None:
    """And can be put back as often as one likes, under stores that are open."""
    state = MemoryState()
    store = await open_memory_store(state, environment="test")
    epoch = await fill(store)
    before, backup = await shown(store), state.copy()
    for _ in range(2):
        await store.commit([a_work("A", 1, title="Nieuw", rud="9"), a_work("B")])
        await store.sent(["A-0"])
        await store.postpone([LinkId("A")], NOW)
        await store.finish(ODRU, epoch, [Finished(tuple(await store.due_hints(ODRU, NOW, 9)))])
        await store.restored(NOW)
        assert all(one != other for one, other in zip(await shown(store), before, strict=True))
        state.put_back(backup)
        assert await shown(store) == before


async def test_a_copy_elsewhere_is_refused_until_it_is_adopted() -> None:
    """And what is done there does not show here."""
    state = MemoryState()
    store = await open_memory_store(state, environment="production")
    copied = state.copy()
    with pytest.raises(StoreForeign, match=r"'production', not 'acceptance'.*adopt"):
        await open_memory_store(copied, environment="acceptance")
    assert await MemoryStore(copied, environment="acceptance").adopt(NOW) == Identity(
        "acceptance", 2
    )
    await (await open_memory_store(copied, environment="acceptance")).commit([a_work("A")])
    assert await store.identity() == Identity("production", 1)
    assert await store.links([LinkId("A")]) == {}


async def test_after_a_restore_nobody_finishes_a_hint_that_he_did_not_see() -> None:
    """A process that outlived the restore knows a Hint which came after the backup."""
    state = MemoryState()
    store = await open_memory_store(state, environment="test")
    epoch = await fill(store)
    backup, hint = state.copy(), Hint(agency=ODRU, ref=CaseRef("2"), cause=Cause.PUSH, at=NOW)
    await store.hint([hint])
    seen = tuple(await store.due_hints(ODRU, NOW, 9))
    state.put_back(backup)
    await store.hint([hint])
    await store.finish(ODRU, epoch, [Finished(hints=seen)])
    assert [row.ref for row in await store.due_hints(ODRU, NOW, 9)] == ["2"]


async def test_a_group_that_fails_leaves_nothing_behind() -> None:
    """No second Link comes about for one case of a home by a change either; a database refuses."""
    store = await open_memory_store(MemoryState(), environment="test")
    await store.commit([Work(NOW, a_link("A", odru="1")), Work(NOW, a_link("B", odru="2"))])
    before = await shown(store)
    with pytest.raises(ValueError, match="second one beside A"):
        await store.commit([a_work("C", odru="3"), a_work("B", 1, odru="1")])
    assert await shown(store) == before


def test_no_call_suspends() -> None:
    """So nothing comes between, and a run goes the same way again."""
    store = MemoryStore(MemoryState(), environment="test")
    calls: list[Coroutine[Any, Any, object]] = [
        store.check(),
        fill(store),
        shown(store),
        store.restored(NOW),
        store.adopt(NOW),
        store.accept([]),
        store.begin(CommandId("c"), NOW),
        store.close(),
    ]
    for call in calls:
        with pytest.raises(StopIteration):
            call.send(None)
