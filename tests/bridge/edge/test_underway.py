"""Of a content that takes its time people see how far it is; of any other they see nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

import pytest

from bridge.edge.pace import Pace
from bridge.edge.underway import Underway
from bridge.store import Direction, MemoryState, StoreUnreachable, Transfer, open_memory_store
from contracts.case import Document
from contracts.ids import AgencyId, CaseRef
from tests.bridge.edge.conftest import NOW

ZAAK = CaseRef("Z-1")
DRAWING = Document(key="D-1", type="tekening", title="Kelder", size_bytes=40)


class Line:
    """Gives ten bytes at a time, and lets time pass with each."""

    def __init__(self, step: timedelta) -> None:
        self.at, self.step = NOW, step
        self.reports: list[Transfer] = []
        self.ended: list[Transfer] = []
        self.fails, self.breaks = False, False

    def now(self) -> datetime:
        return self.at

    async def report_transfer(self, transfer: Transfer) -> None:
        if self.fails:
            raise StoreUnreachable("gone", where="here", way_out="wait")
        self.reports.append(transfer)

    async def end_transfer(self, transfer: Transfer) -> None:
        self.ended.append(transfer)

    async def pieces(self, count: int = 4) -> AsyncIterator[bytes]:
        for _ in range(count):
            self.at += self.step
            yield b"x" * 10
        if self.breaks:
            raise ConnectionError

    def underway(self) -> Underway:
        return Underway(AgencyId("odru"), self, self.now, Pace(), 16)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[AsyncIterator[bytes]]:
        yield self.pieces()

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        assert document is DRAWING
        return self._opened()


async def read(line: Line, *, start: int = 0) -> bytes:
    reading = line.underway().reading(ZAAK, DRAWING, line.open(DRAWING), start=start)
    async with reading as told:
        return b"".join([piece async for piece in told])


async def test_a_content_that_is_slow_is_told_of_once_a_second() -> None:
    """Each report says how far it is since when; when it is over nothing is left of it."""
    line = Line(timedelta(seconds=0.6))
    assert await read(line) == b"x" * 40
    assert [report.done_bytes for report in line.reports] == [20, 40]
    assert {report.since for report in line.reports} == {NOW}
    assert [report.share for report in line.reports] == [0.5, 1.0]
    assert line.reports[0].direction is Direction.OUT
    assert line.ended == [line.reports[-1]]


async def test_a_content_that_is_quick_is_not_told_of() -> None:
    """Five hundred small documents cost the store nothing."""
    line = Line(timedelta(seconds=0.1))
    await read(line)
    assert (line.reports, line.ended) == ([], [])


async def test_what_an_earlier_try_brought_counts() -> None:
    line = Line(timedelta(seconds=1))
    await read(line, start=20)
    assert [report.done_bytes for report in line.reports] == [30, 40, 50, 60]


async def test_a_content_that_is_cut_is_under_way_no_longer() -> None:
    line = Line(timedelta(seconds=2))
    line.breaks = True
    with pytest.raises(ConnectionError):
        await read(line)
    assert line.reports
    assert line.ended == line.reports[-1:]


async def test_what_is_written_is_told_of_as_well() -> None:
    line = Line(timedelta(seconds=2))
    async with line.underway().writing(ZAAK, line).open(DRAWING) as told:
        assert b"".join([piece async for piece in told]) == b"x" * 40
    assert {report.direction for report in line.reports} == {Direction.IN}
    assert len(line.ended) == 1


async def test_a_content_goes_on_where_nobody_can_be_told() -> None:
    line = Line(timedelta(seconds=2))
    line.fails = True
    assert await read(line) == b"x" * 40


async def test_people_see_it_in_the_store() -> None:
    """From the first second until it is there."""
    store = await open_memory_store(MemoryState(), environment="test")
    line = Line(timedelta(seconds=1))
    underway = Underway(AgencyId("odru"), store, line.now, Pace(), 16)
    seen: list[int] = []
    async with underway.reading(ZAAK, DRAWING, line.open(DRAWING)) as told:
        async for _ in told:
            seen += [each.done_bytes for each in await store.transfers()]
    assert seen == [10, 20, 30]
    assert await store.transfers() == ()
