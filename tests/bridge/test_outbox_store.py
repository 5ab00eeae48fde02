"""The outbox over stores of every kind: what was committed leaves, whatever became of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bridge.broker import Outgoing, Published, Unconfirmed
from bridge.outbox import Outbox
from bridge.store import HUB, OutboxRow, Store, Work
from tests.bridge.edge.worker_site import until

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


class _Broker:
    """Confirms what it is told to confirm."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.refuses: set[str] = set()

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        ids = [each.message_id for each in messages]
        assert len(ids) == len(set(ids)), "the real ones refuse that"
        self.got += ids
        return Published(
            tuple(each for each in ids if each not in self.refuses),
            tuple(Unconfirmed(each, "no") for each in ids if each in self.refuses),
        )


@pytest.fixture
def broker() -> _Broker:
    return _Broker()


@pytest.fixture
async def outbox(store: Store, broker: _Broker) -> AsyncIterator[Outbox]:
    outbox = Outbox(store, broker, sender=HUB, now=lambda: NOW + timedelta(minutes=1))  # type: ignore[arg-type]
    work = asyncio.create_task(outbox.run())
    yield outbox
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def put(store: Store, *ids: str) -> list[OutboxRow]:
    rows = [OutboxRow(each, "command.odru", b"{}", NOW) for each in ids]
    await store.commit([Work(NOW, outgoing=tuple(rows))])
    return rows


async def left(store: Store) -> list[str]:
    return [row.id for row in await store.unsent(100)]


async def gone(store: Store) -> None:
    async with asyncio.timeout(10):
        while await left(store):  # in the store
            await asyncio.sleep(0.02)


async def test_what_was_committed_and_never_published_is_sent(
    store: Store, broker: _Broker, outbox: Outbox
) -> None:
    """A crash between the commit and the publish."""
    await put(store, "a", "b")
    await gone(store)
    assert sorted(broker.got) == ["a", "b"]


async def test_what_is_not_confirmed_stays_and_is_sent_again(
    store: Store, broker: _Broker, outbox: Outbox
) -> None:
    broker.refuses = {"b"}
    await outbox.send(await put(store, "a", "b"))
    await until(lambda: broker.got.count("b") >= 2, "a second try")
    assert await left(store) == ["b"]
    broker.refuses = set()
    await gone(store)
    assert broker.got.count("a") == 1


async def test_a_message_that_stands_twice_in_a_group_is_sent_once(
    store: Store, broker: _Broker, outbox: Outbox
) -> None:
    rows = await put(store, "a")
    await outbox.send([*rows, *rows])
    await gone(store)
    assert broker.got == ["a"]
