"""Contents of documents that are on their way: the last report counts, and what ended is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.store import Direction, Store, Transfer, Work
from contracts.ids import AgencyId, CaseRef, LinkId
from tests.bridge.store.conftest import NOW, a_link

LATER = timedelta(seconds=1)


def a_transfer(
    agency: str = "odru", ref: str = "Z-1", document: str = "D-1", direction: str = "out"
) -> Transfer:
    return Transfer(
        AgencyId(agency), CaseRef(ref), document, Direction(direction), 10, 2**32, NOW, NOW
    )


async def test_the_last_report_of_a_transfer_counts(store: Store) -> None:
    """However large; and what the system does not tell the size of has none."""
    first = a_transfer()
    await store.report_transfer(first)
    last = replace(first, done_bytes=2**31, at=NOW + LATER)
    await store.report_transfer(last)
    assert await store.transfers() == (last,)
    assert last.share == 0.5
    unsized = replace(last, size_bytes=None)
    await store.report_transfer(unsized)
    assert (await store.transfers())[0].share is None


async def test_one_document_may_go_both_ways(store: Store) -> None:
    """What is read and what is written are two; each ends by itself, and may end twice."""
    out, in_ = a_transfer(direction="out"), replace(a_transfer(direction="in"), since=NOW - LATER)
    await store.report_transfer(out)
    await store.report_transfer(in_)
    assert await store.transfers() == (in_, out)
    await store.end_transfer(out)
    await store.end_transfer(out)
    assert await store.transfers() == (in_,)


async def test_transfers_of_a_link_are_those_of_its_cases(store: Store) -> None:
    """The same reference at another agency is another case."""
    work = Work(NOW, a_link("L1", odru="Z-1", rud="R-1"), 0)
    assert await store.commit([work]) == (True,)
    mine = [a_transfer("odru", "Z-1"), a_transfer("rud", "R-1", direction="in")]
    for each in (*mine, a_transfer("rud", "Z-1"), a_transfer("odru", "Z-2")):
        await store.report_transfer(each)
    assert await store.transfers(LinkId("L1")) == tuple(mine)
    assert await store.transfers(LinkId("L2")) == ()
    assert len(await store.transfers()) == 4


async def test_an_agency_that_begins_anew_forgets_its_own(store: Store) -> None:
    """What a process was at that is gone is at nothing now; other agencies go on."""
    await store.report_transfer(a_transfer("odru"))
    await store.report_transfer(a_transfer("rud"))
    await store.forget_transfers(AgencyId("odru"))
    assert await store.transfers() == (a_transfer("rud"),)
