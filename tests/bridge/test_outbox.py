"""What leaves was a row first, and the row goes when the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

from bridge.broker.base import Broker, Outgoing, Published
from bridge.outbox import Outbox
from bridge.store.errors import StoreUnreachable
from bridge.store.records import OutboxRow, OutboxStats

NOW = datetime(2024, 12, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=1)


class Rows:
    """A store's outbox, in memory."""

    def __init__(self, *rows: OutboxRow) -> None:
        self.rows = {row.id: row for row in rows}
        self.let_go: list[frozenset[str]] = []
        self.failures = 0
        self.are_gone = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def unsent(
        self, limit: int, *, sender: str = "", before: datetime | None = None
    ) -> Sequence[OutboxRow]:
        assert before is not None
        return [row for row in self.rows.values() if row.at < before][:limit]

    async def sent(self, ids: Collection[str]) -> None:
        await self.answers.wait()
        if self.failures:
            self.failures -= 1
            raise StoreUnreachable("away", where="here", way_out="wait")
        self.let_go.append(frozenset(ids))
        for id_ in ids:
            self.rows.pop(id_, None)
        if not self.rows:
            self.are_gone.set()

    async def outbox_stats(self, *, sender: str = "") -> OutboxStats:
        return OutboxStats(len(self.rows), None)


class Line:
    """A broker that confirms all but what it is told not to."""

    def __init__(self, *refused: str) -> None:
        self.refused = set(refused)
        self.took: list[str] = []

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        ids = [message.message_id for message in messages]
        self.took += ids
        return Published(tuple(id_ for id_ in ids if id_ not in self.refused))


@asynccontextmanager
async def running(rows: Rows, line: Line) -> AsyncIterator[Outbox]:
    outbox = Outbox(rows, cast(Broker, line), sender="hub", now=lambda: NOW)
    task = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        task.cancel()
        await asyncio.wait([task])


def a_row(id_: str, at: datetime = NOW) -> OutboxRow:
    return OutboxRow(id=id_, routing_key="command.a", body=b"{}", at=at)


async def emptied(rows: Rows) -> None:
    async with asyncio.timeout(5):
        await rows.are_gone.wait()


async def test_rows_go_once_the_broker_has_their_messages() -> None:
    rows, line = Rows(a_row("1"), a_row("2")), Line()
    async with running(rows, line) as outbox:
        await outbox.send([a_row("1"), a_row("2")])
        await emptied(rows)
    assert line.took == ["1", "2"]


async def test_who_sends_does_not_wait_for_the_rows_to_go_and_they_go_together() -> None:
    rows, line = Rows(a_row("1"), a_row("2"), a_row("3")), Line()
    rows.answers.clear()
    async with running(rows, line) as outbox:
        for id_ in ("1", "2", "3"):
            await outbox.send([a_row(id_)])
        assert len(rows.rows) == 3
        rows.answers.set()
        await emptied(rows)
    assert len(rows.let_go) < 3


async def test_what_a_crash_left_behind_is_sent_at_the_start() -> None:
    rows, line = Rows(a_row("old", LONG_AGO)), Line()
    async with running(rows, line):
        await emptied(rows)
    assert line.took == ["old"]


async def test_what_was_not_confirmed_stays_and_is_sent_again() -> None:
    rows, line = Rows(a_row("1", LONG_AGO)), Line("1")
    async with running(rows, line) as outbox:
        await outbox.send([a_row("1", LONG_AGO)])
        assert list(rows.rows) == ["1"]
        line.refused.clear()
        await emptied(rows)
    assert len(line.took) >= 2


async def test_a_store_that_is_away_for_a_moment_lets_go_later() -> None:
    rows, line = Rows(a_row("1")), Line()
    rows.failures = 1
    async with running(rows, line) as outbox:
        await outbox.send([a_row("1")])
        await emptied(rows)
    assert rows.let_go == [frozenset({"1"})]
    assert line.took == ["1"]
