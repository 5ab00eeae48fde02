"""What an edge must not forget."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.store import (
    Accepted,
    Answered,
    CommandRow,
    ContentKey,
    Digest,
    Finished,
    Known,
    LeaseLost,
    Store,
)
from contracts.ids import AgencyId, CaseRef, CommandId, Cursor, LinkId
from contracts.messages import Cause, Hint
from tests.bridge.store.conftest import NOW, a_message
from tests.bridge.store_sites import Site

ODRU, RUD = AgencyId("odru"), AgencyId("rud")
SECOND = timedelta(seconds=1)
TTL = timedelta(seconds=30)


def a_hint(ref: str, *, seconds: int = 0, cause: Cause = Cause.PUSH) -> Hint:
    return Hint(agency=ODRU, ref=CaseRef(ref), cause=cause, at=NOW + seconds * SECOND)


def a_command(id_: str, *, seconds: int = 0) -> CommandRow:
    at = NOW + seconds * SECOND
    return CommandRow(CommandId(id_), ODRU, CaseRef("1"), LinkId("L"), b"{}", at)


def an_answer(id_: str, *, seconds: int = 0) -> Answered:
    at = NOW + seconds * SECOND
    return Answered(CommandId(id_), a_message(f"r-{id_}", sender="odru", at=at))


async def leased(store: Store) -> int:
    epoch = await store.acquire(ODRU, "one", TTL, NOW)
    assert epoch is not None
    return epoch


async def test_hints_for_one_case_fold_to_the_earliest(store: Store) -> None:
    """Three Hints are one look, as early as the earliest asks; other cases keep theirs."""
    await store.hint([a_hint("1", seconds=5), a_hint("1", seconds=2), a_hint("2", seconds=4)])
    await store.hint([a_hint("1", seconds=9, cause=Cause.POLL)])
    assert await store.due_hints(ODRU, NOW + SECOND, 9) == []
    first, second = await store.due_hints(ODRU, NOW + 4 * SECOND, 9)
    assert (first.ref, first.due_at, first.cause) == ("1", NOW + 2 * SECOND, Cause.POLL)
    assert (second.ref, second.tries) == ("2", 0)
    assert await store.due_hints(RUD, NOW + TTL, 9) == []


async def test_a_hint_that_comes_while_the_case_is_read_survives(store: Store) -> None:
    """Finishing and putting off concern the Hint that was seen, not the one that came since."""
    epoch = await leased(store)
    await store.hint([a_hint("1")])
    (seen,) = await store.due_hints(ODRU, NOW, 9)
    await store.hint([a_hint("1", seconds=1)])
    await store.finish(ODRU, epoch, [Finished(hints=(seen,))])
    await store.requeue_hint(seen, NOW + TTL)
    (newer,) = await store.due_hints(ODRU, NOW, 9)
    assert newer.tries == 0
    await store.finish(ODRU, epoch, [Finished(hints=(newer,))])
    assert await store.due_hints(ODRU, NOW + TTL, 9) == []


async def test_finishing_twice_does_not_take_the_next_hint_along(store: Store) -> None:
    """Whoever repeats a finish whose answer got lost does not delete a Hint that came between."""
    epoch = await leased(store)
    await store.hint([a_hint("1")])
    done = Finished(hints=tuple(await store.due_hints(ODRU, NOW, 9)))
    await store.finish(ODRU, epoch, [done])
    await store.hint([a_hint("1")])
    await store.finish(ODRU, epoch, [done])
    assert len(await store.due_hints(ODRU, NOW, 9)) == 1


async def test_a_hint_put_off_counts_its_tries_and_can_be_hastened(store: Store) -> None:
    """After a failure the case is looked at later; a new Hint makes it sooner."""
    await store.hint([a_hint("1")])
    (row,) = await store.due_hints(ODRU, NOW, 9)
    await store.requeue_hint(row, NOW + TTL)
    assert await store.due_hints(ODRU, NOW, 9) == []
    (row,) = await store.due_hints(ODRU, NOW + TTL, 9)
    assert row.tries == 1
    await store.hint([a_hint("1", seconds=1)], due_at=NOW)
    assert [row.tries for row in await store.due_hints(ODRU, NOW, 9)] == [1]


async def test_racing_hints_lose_none(site: Site) -> None:
    """Pushes and polls for the same cases at once neither deadlock nor fail."""
    stores = [await site.open() for _ in range(3)]
    hints = [a_hint(str(number), seconds=number) for number in range(30)]
    await asyncio.gather(
        *(store.hint(hints if turn % 2 else hints[::-1]) for store in stores for turn in range(5))
    )
    assert len(await stores[0].due_hints(ODRU, NOW + TTL, 99)) == 30


async def test_a_poll_keeps_its_page_and_its_place_together(store: Store) -> None:
    """The cursor is saved with the Hints of its page, for each agency."""
    assert await store.cursor(ODRU) is None
    await store.hint([a_hint("1")], cursors={ODRU: Cursor("p1")})
    await store.hint([], cursors={ODRU: Cursor("p2"), RUD: Cursor("x")})
    assert (await store.cursor(ODRU), await store.cursor(RUD)) == ("p2", "x")


async def test_a_command_is_taken_in_once(store: Store) -> None:
    """Delivered again, it waits as before; oldest first, with the mark of whoever began it."""
    taken = await store.accept([a_command("c2", seconds=2), a_command("c1", seconds=1)])
    assert taken == Accepted(new=frozenset({CommandId("c1"), CommandId("c2")}))
    await store.begin(CommandId("c1"), NOW + TTL)
    taken = await store.accept([a_command("c1", seconds=9), a_command("c3", seconds=3)])
    assert taken == Accepted(new=frozenset({CommandId("c3")}), waiting=frozenset({CommandId("c1")}))
    pending = await store.pending(ODRU, 9)
    assert [row.id for row in pending] == ["c1", "c2", "c3"]
    assert [row.begun_at for row in pending] == [NOW + TTL, None, None]
    assert pending[1] == a_command("c2", seconds=2)
    assert await store.pending(RUD, 9) == []


async def test_a_command_that_is_done_is_answered_again(store: Store) -> None:
    """A repetition gets the same Receipt and is not done again, until that is forgotten."""
    epoch = await leased(store)
    await store.accept([a_command("c1")])
    await store.finish(ODRU, epoch, [Finished(answered=(an_answer("c1", seconds=1),))])
    (receipt,) = await store.unsent(9, sender="odru")
    await store.sent([receipt.id])
    assert await store.pending(ODRU, 9) == []

    taken = await store.accept([a_command("c1", seconds=5)])
    assert taken == Accepted(answered=frozenset({CommandId("c1")}))
    (again,) = await store.unsent(9, sender="odru")
    assert (again.id, again.body, again.routing_key) == ("r-c1", b"body of r-c1", "commands.odru")
    assert again.headers == receipt.headers
    assert await store.pending(ODRU, 9) == []

    assert await store.prune(NOW + SECOND) == 0
    assert await store.prune(NOW + 2 * SECOND) == 1
    assert (await store.accept([a_command("c1")])).new


async def test_the_first_receipt_is_the_receipt(store: Store) -> None:
    """Finished twice, a Command keeps the first Receipt for its repetitions."""
    epoch = await leased(store)
    await store.accept([a_command("c1")])
    await store.finish(ODRU, epoch, [Finished(answered=(an_answer("c1"),))])
    other = Answered(CommandId("c1"), a_message("other", sender="odru"))
    await store.finish(ODRU, epoch, [Finished(answered=(other,))])
    await store.sent(["r-c1", "other"])
    await store.accept([a_command("c1")])
    assert [row.id for row in await store.unsent(9, sender="odru")] == ["r-c1"]


async def test_what_was_done_is_saved_together(store: Store) -> None:
    """Hints go, Observations and Receipts come, and what was read is known: in one call."""
    epoch = await leased(store)
    await store.hint([a_hint("1"), a_hint("2")])
    await store.accept([a_command("c1")])
    hints = await store.due_hints(ODRU, NOW, 9)
    await store.finish(
        ODRU,
        epoch,
        [
            Finished(
                hints=(hint,),
                outgoing=(a_message(f"o-{hint.ref}", sender="odru"),),
                seen=(Known(ODRU, hint.ref, NOW, "digest", LinkId("L")),),
            )
            for hint in hints
        ]
        + [Finished(answered=(an_answer("c1"),))],
    )
    assert await store.due_hints(ODRU, NOW, 9) == []
    assert await store.pending(ODRU, 9) == []
    assert {row.id for row in await store.unsent(9, sender="odru")} == {"o-1", "o-2", "r-c1"}
    assert [known.ref for known in await store.known(ODRU, None, 9)] == ["1", "2"]


async def test_a_sweep_goes_through_what_is_known(store: Store) -> None:
    """Known cases come page by page; reading one again renews it and keeps its Link."""
    epoch = await leased(store)
    known = [Known(ODRU, CaseRef(f"{n:02}"), NOW, "d", LinkId("L")) for n in range(5)]
    await store.finish(ODRU, epoch, [Finished(seen=tuple(known))])
    page = await store.known(ODRU, None, 3)
    rest = await store.known(ODRU, page[-1].ref, 3)
    assert [*page, *rest] == known
    newer = Known(ODRU, CaseRef("01"), NOW + SECOND, "e")
    await store.finish(ODRU, epoch, [Finished(seen=(newer,))])
    found = await store.known_cases(ODRU, [CaseRef("01"), CaseRef("99")])
    assert found == {"01": Known(ODRU, CaseRef("01"), NOW + SECOND, "e", LinkId("L"))}


async def test_what_a_command_told_of_a_case_stays_known(store: Store) -> None:
    """Also where a look that knows of no Link is saved in the same go."""
    epoch = await leased(store)
    told = Known(ODRU, CaseRef("1"), NOW, "d", LinkId("L"))
    looked = Known(ODRU, CaseRef("1"), NOW + SECOND, "e")
    await store.finish(ODRU, epoch, [Finished(seen=(told,)), Finished(seen=(looked,))])
    assert await store.known(ODRU, None, 9) == [replace(looked, link=LinkId("L"))]


async def test_digests_are_remembered(store: Store) -> None:
    """A version of a document is read once."""
    content, other = ContentKey("d/1", "3"), ContentKey("d/1", "4")
    await store.save_digests(ODRU, {content: Digest("ab", 2**40)}, NOW)
    await store.save_digests(ODRU, {content: Digest("cd", 2**40)}, NOW)
    assert await store.digests(ODRU, [content, other]) == {content: Digest("cd", 2**40)}
    assert await store.digests(RUD, [content]) == {}


async def test_one_holder_at_a_time(store: Store) -> None:
    """A lease is had by one, kept by renewing, and passed on when it ran out or was released."""
    first = await leased(store)
    assert await store.acquire(ODRU, "two", TTL, NOW + SECOND) is None
    assert await store.renew(ODRU, "one", first, TTL, NOW + 20 * SECOND)
    assert await store.acquire(ODRU, "two", TTL, NOW + 40 * SECOND) is None
    second = await store.acquire(ODRU, "two", TTL, NOW + 50 * SECOND)
    assert second is not None
    assert second > first
    assert not await store.renew(ODRU, "one", first, TTL, NOW + 51 * SECOND)
    await store.release(ODRU, "one", first)
    assert await store.acquire(ODRU, "one", TTL, NOW + 51 * SECOND) is None
    await store.release(ODRU, "two", second)
    third = await store.acquire(ODRU, "one", TTL, NOW + 51 * SECOND)
    assert third is not None
    assert third > second


async def test_the_clock_of_a_lease_is_the_databases_where_several_machines_share_it(
    site: Site,
) -> None:
    """Machines whose clocks are a day apart are told the same; what lies on one has no other."""
    store, day = await site.open(), timedelta(days=1)
    apart = await store.clock(NOW + day) - await store.clock(NOW)
    if getattr(site, "url", "").startswith("postgresql"):
        assert abs(apart) < TTL
    else:
        assert apart == day


async def test_a_lease_that_ran_out_is_not_renewed(store: Store) -> None:
    """Nobody may have it, but somebody might have had it in between."""
    epoch = await leased(store)
    assert not await store.renew(ODRU, "one", epoch, TTL, NOW + TTL)


async def test_the_epoch_grows_for_the_same_holder_and_against_a_lost_store(
    store: Store,
) -> None:
    """A restart counts anew, so its epoch is new; and it follows the clock, so it survives loss."""
    first = await leased(store)
    assert await leased(store) == first + 1
    assert first >= NOW.timestamp()
    assert (await store.acquire(RUD, "x", TTL, NOW - timedelta(days=999))) is not None
    again = await store.acquire(RUD, "x", TTL, NOW)
    assert again == first


async def test_of_many_who_want_the_lease_one_gets_it(site: Site) -> None:
    """However many start at once."""
    stores = [await site.open() for _ in range(4)]
    got = await asyncio.gather(
        *(store.acquire(ODRU, str(name), TTL, NOW) for name, store in enumerate(stores))
    )
    assert len([epoch for epoch in got if epoch is not None]) == 1


async def test_a_former_holder_changes_nothing(store: Store) -> None:
    """Work done under a lease that is somebody else's now is refused whole."""
    old = await leased(store)
    await store.hint([a_hint("1")])
    hints = tuple(await store.due_hints(ODRU, NOW, 9))
    assert await store.acquire(ODRU, "two", TTL, NOW + TTL) is not None
    done = Finished(hints=hints, outgoing=(a_message("o", sender="odru"),))
    with pytest.raises(LeaseLost, match="odru"):
        await store.finish(ODRU, old, [done])
    with pytest.raises(LeaseLost):
        await store.finish(RUD, old, [done])
    assert len(await store.due_hints(ODRU, NOW, 9)) == 1
    assert await store.unsent(9, sender="odru") == []
