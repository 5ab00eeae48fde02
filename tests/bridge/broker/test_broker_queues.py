"""How queues stand, and letters that went wrong, on every broker."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bridge.broker import Broker
from bridge.broker.base import DEAD_ACCOUNT, DEAD_QUEUE, DEAD_REASON
from bridge.broker.senders import Senders
from bridge.broker.topology import HUB_QUEUE, command_key, commands_queue, observation_key
from bridge.desk.again import Again
from bridge.desk.queues import Box, QueueLine, Queues
from bridge.engine.decision import What
from bridge.engine.link import Link, Side
from bridge.jobs.errors import NotToBeDone
from bridge.outbox import row_for
from bridge.store import MemoryState, MemoryStore, Work, open_memory_store
from contracts.envelope import decode
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId
from contracts.messages import (
    Cause,
    Hint,
    Lane,
    Observation,
    Receipt,
    Sequence,
    Unreadable,
    Waiting,
)
from tests.bridge.broker.test_broker_suite import TOPOLOGY, outgoing, take

if TYPE_CHECKING:
    from tests.bridge.broker.conftest import Site

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SOURCE = "urn:nld:oin:00000000000000000000:systeem:casebridge"
MADE = b'{"time": "2026-03-02T08:00:00+00:00", "data": "van iemand"}'


@pytest.fixture
async def broker(site: Site) -> Broker:
    broker = site.open(TOPOLOGY)
    await broker.provision(TOPOLOGY)
    return broker


@pytest.fixture
async def store() -> MemoryStore:
    return await open_memory_store(MemoryState(), environment="test")


def desk(store: MemoryStore, broker: Broker, senders: Senders | None = None) -> Queues:
    return Queues(store, broker, source=SOURCE, now=lambda: NOW, senders=senders or Senders())


async def standings(store: MemoryStore, broker: Broker) -> dict[str, QueueLine]:
    return {line.name: line for line in await desk(store, broker).standings()}


async def with_a_dead_letter(broker: Broker) -> None:
    """A command that its edge cannot read."""
    await broker.publish([outgoing("m1", command_key("odru"), MADE, {"own": "kept"})])
    async with broker.subscribe(commands_queue("odru"), prefetch=5) as subscription:
        (delivery,) = await take(subscription, 1)
        await subscription.dead_letter(delivery, "not to be read")


async def test_standings_tell_what_waits_and_who_would_take_it(
    broker: Broker, store: MemoryStore
) -> None:
    await broker.publish([outgoing("m1", command_key("odru"), MADE)])
    async with broker.subscribe(HUB_QUEUE, prefetch=1) as subscription:
        waiting = asyncio.create_task(subscription.take(1))
        lines = await standings(store, broker)
        async with asyncio.timeout(10):
            while not lines[HUB_QUEUE].consumers:  # until the broker has heard of it
                await asyncio.sleep(0.05)
                lines = await standings(store, broker)
        waiting.cancel()
    assert (lines[HUB_QUEUE].messages, lines[HUB_QUEUE].consumers) == (0, 1)
    commands = lines[commands_queue("odru")]
    assert (commands.messages, commands.consumers) == (1, 0)
    assert commands.oldest in (None, datetime(2026, 3, 2, 8, tzinfo=UTC))


async def test_a_letter_is_looked_at_and_stays(broker: Broker, store: MemoryStore) -> None:
    await with_a_dead_letter(broker)
    queues = desk(store, broker)
    for _ in range(3):
        (letter,) = await queues.letters()
        assert (letter.id, letter.about, letter.reason) == ("m1", "command.odru", "not to be read")
        assert (letter.queue, letter.body) == (commands_queue("odru"), MADE)
        assert "van iemand" not in repr(letter)
    assert await store.journal_of() == (), "what a list shows is nobody's data"
    letter = await queues.letter("m1", by="op")
    assert letter.at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    (row,) = await store.journal_of()
    assert (row.what, row.by, row.cause, row.rule) == (What.SEEN, "op", "m1", "dead.v1")


async def test_a_requeued_letter_arrives_as_it_was_once(broker: Broker, store: MemoryStore) -> None:
    await with_a_dead_letter(broker)
    await desk(store, broker).requeue("m1", by="op", reason="hersteld")
    async with broker.subscribe(commands_queue("odru"), prefetch=5) as subscription:
        (again,) = await take(subscription, 1)
        await subscription.done([again])
    assert (again.message_id, again.body, again.headers.get("own")) == ("m1", MADE, "kept")
    assert not {DEAD_REASON, DEAD_QUEUE, DEAD_ACCOUNT} & again.headers.keys()
    assert await desk(store, broker).letters() == ()
    (row,) = await store.journal_of()
    assert (row.what, row.by, row.why, row.value) == (
        What.REQUEUED, "op", "hersteld", "command.odru",
    )  # fmt: skip


async def test_a_dropped_letter_is_gone_and_the_journal_says_why(
    broker: Broker, store: MemoryStore
) -> None:
    await broker.publish([outgoing("m1", "nobody.knows", MADE), outgoing("m2", "nobody.knows")])
    queues = desk(store, broker)
    await queues.drop("m1", Box.UNROUTED, by="op", reason="van een oude versie")
    (left,) = await queues.letters(Box.UNROUTED)
    assert (left.id, left.reason) == ("m2", "no queue takes it")
    (row,) = await store.journal_of()
    assert (row.what, row.cause, row.rule) == (What.DROPPED, "m1", "unrouted.v1")
    assert "van iemand" not in str(row)


async def test_what_cannot_be_done_is_refused(broker: Broker, store: MemoryStore) -> None:
    await with_a_dead_letter(broker)
    queues = desk(store, broker)
    with pytest.raises(NotToBeDone, match="no letter 'm9'"):
        await queues.drop("m9", by="op", reason="x")
    with pytest.raises(NotToBeDone, match="say why"):
        await queues.drop("m1", by="op", reason=" ")
    assert len(await queues.letters()) == 1


ODRU, REF = AgencyId("odru"), CaseRef("zaak/1")
OBSERVED = Observation(
    agency=ODRU,
    ref=REF,
    sequence=Sequence(1, 1),
    cause=Cause.SWEEP,
    at=NOW,
    sight=Unreadable(detail="503"),
)
ANSWERED = Receipt(
    command=CommandId("C"),
    link=LinkId("L"),
    agency=ODRU,
    lane=Lane.FACTS,
    at=NOW,
    result=Waiting(detail="503"),
)
VOUCHED = Senders(hub="hub", agencies={"odru": "edge-odru"})


async def with_a_dead_letter_of_an_edge(broker: Broker, body: bytes) -> None:
    await broker.publish([outgoing("m1", observation_key("odru"), body)])
    async with broker.subscribe(HUB_QUEUE, prefetch=5) as subscription:
        (delivery,) = await take(subscription, 1)
        await subscription.dead_letter(delivery, "false sender")


async def test_nobody_speaks_for_an_edge_where_accounts_are_vouched_for(
    broker: Broker, store: MemoryStore
) -> None:
    """Where nobody can read which case it is about, the way out is told instead."""
    await with_a_dead_letter_of_an_edge(broker, MADE)
    queues = desk(store, broker, VOUCHED)
    (letter,) = await queues.letters()
    assert letter.again is Again.NOT
    with pytest.raises(NotToBeDone, match="casebridge sweep odru"):
        await queues.requeue("m1", by="op", reason="x")
    assert len(await queues.letters()) == 1


@pytest.mark.parametrize("message", [OBSERVED, ANSWERED], ids=["observation", "receipt"])
async def test_the_case_of_a_letter_of_an_edge_is_looked_at_anew(
    broker: Broker, store: MemoryStore, message: Observation | Receipt
) -> None:
    """It brings what the letter said, as it is now; who asked is kept like for any letter."""
    side = Side(ODRU, REF, checked_at=NOW)
    link = Link(LinkId("L"), "dvo", "route", ODRU, NOW, truth={}, sides={ODRU: side})
    await store.commit([Work(NOW, link)])
    letter_body = row_for(message, id_="m1", source=SOURCE, sender="odru", at=NOW).body
    await with_a_dead_letter_of_an_edge(broker, letter_body)
    queues = desk(store, broker, VOUCHED)
    (letter,) = await queues.letters()
    assert letter.again is Again.LOOKED
    await queues.requeue("m1", by="op", reason="account hersteld")
    assert await queues.letters() == ()
    (row,) = await store.unsent(5)
    hint = decode(row.body).data
    assert isinstance(hint, Hint)
    assert (hint.agency, hint.ref) == (ODRU, REF)
    (told,) = await store.journal_of()
    assert (told.what, told.by, told.why) == (What.REQUEUED, "op", "account hersteld")
