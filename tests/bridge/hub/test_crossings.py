"""What a hub counts of edits that arrive, and of systems that are heard."""

from __future__ import annotations

from datetime import timedelta

from bridge.store import CrossingRow
from contracts.messages import Cause
from contracts.snapshot import Author
from tests.bridge.engine.samples import NOORD, ZUID
from tests.bridge.hub.conftest import START, Bench


async def crossings(bench: Bench) -> list[CrossingRow]:
    return list(await bench.store.crossings(START))


async def test_an_edit_counts_once_it_is_read_back_at_the_other_side(bench: Bench) -> None:
    """Not when it is sent; and from the moment that it was seen."""
    (command,) = await bench.settle(bench.see())
    assert await crossings(bench) == []
    bench.at += timedelta(seconds=25)
    await bench.settle(bench.obey(command, "Z-1"))
    (row,) = await crossings(bench)
    assert (row.from_, row.to, sum(row.counts)) == (NOORD, ZUID, 1)
    (command,) = await bench.settle(bench.see("Z-1", ZUID, title="Zuids"))
    await bench.settle(bench.obey(command))
    assert [(row.from_, row.to) for row in await crossings(bench)] == [(NOORD, ZUID), (ZUID, NOORD)]


async def test_an_old_edit_that_was_seen_late_counts_from_when_it_was_seen(bench: Bench) -> None:
    """A case of last year that begins to be shared did not take a year to arrive."""
    seen = bench.see()
    snapshot = seen.sight.snapshot  # type: ignore[union-attr]
    old = Author(by=None, at=START - timedelta(days=365))
    authored = snapshot.model_copy(update={"authors": {"title": old, "number": old}})
    sight = seen.sight.model_copy(update={"snapshot": authored})
    (command,) = await bench.settle(seen.model_copy(update={"sight": sight}))
    assert (await bench.link()).origins["title"].at == old.at
    await bench.settle(bench.obey(command, "Z-1"))
    (row,) = await crossings(bench)
    assert row.counts[0] == 1


async def test_a_system_is_heard_by_what_it_tells_itself_not_by_our_own_looks(bench: Bench) -> None:
    await bench.settle(bench.see())
    swept = bench.see().model_copy(update={"cause": Cause.SWEEP})
    await bench.settle(swept)
    (row,) = await bench.store.heard(START)
    assert (row.agency, row.count) == (NOORD, 1)
