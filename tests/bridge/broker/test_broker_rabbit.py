"""What a RabbitMQ can do to us: restart, die, freeze, raise alarms, close channels, refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count, islice
from typing import TYPE_CHECKING

import aio_pika
import pytest
from yarl import URL

from bridge.broker import (
    BrokerMisconfigured,
    BrokerUnreachable,
    Outgoing,
    Subscription,
    Topology,
    _rabbit_consume,
    accounts,
)
from bridge.broker.base import DEAD_REASON, Unconfirmed
from bridge.broker.rabbit import RabbitBroker
from bridge.broker.topology import (
    EXCHANGE,
    HUB_QUEUE,
    command_key,
    commands_queue,
    event_key,
    hint_key,
    hints_queue,
    observation_key,
    receipt_key,
)
from bridge.clock import real_clock
from bridge.desk.queues import Queues
from bridge.store import MemoryState, open_memory_store

if TYPE_CHECKING:
    from tests.services.grant import Grant
    from tests.services.rabbitmq import RabbitMQ

TOPOLOGY = Topology.of(["odru", "rud"])
SECONDS = 30
BACK_WITHIN_SECONDS = 5
PUBLISH_TIMEOUT = timedelta(seconds=1)


@asynccontextmanager
async def broker_at(url: str, expected: Topology = TOPOLOGY) -> AsyncIterator[RabbitBroker]:
    broker = RabbitBroker(
        url,
        expected=expected,
        publish_timeout=PUBLISH_TIMEOUT,
        connect_timeout=timedelta(seconds=2),
    )
    try:
        yield broker
    finally:
        await broker.close()


@pytest.fixture
async def broker(vhost_url: str) -> AsyncIterator[RabbitBroker]:
    async with broker_at(vhost_url) as broker:
        await broker.provision(TOPOLOGY)
        yield broker


class Traffic:
    """An outbox that is emptied through the broker, and a worker that reports what it takes."""

    def __init__(self, broker: RabbitBroker) -> None:
        self.broker = broker
        self.sent: set[str] = set()
        self.received: set[str] = set()
        self.progress = asyncio.Event()

    async def publish_for_ever(self) -> None:
        numbers = count()
        outbox: dict[str, Outgoing] = {}
        while True:
            # New ones join those that were not confirmed; bounded as a relay's batch is.
            for number in islice(numbers, max(0, 100 - len(outbox))):
                outbox[f"m{number}"] = outgoing(f"m{number}")
            for confirmed in await self.broker.publish(list(outbox.values())):
                del outbox[confirmed]
                self.sent.add(confirmed)

    async def consume_for_ever(self) -> None:
        async with self.broker.subscribe(HUB_QUEUE, prefetch=50) as subscription:
            while True:
                deliveries = await subscription.take(50)
                self.received |= {delivery.message_id for delivery in deliveries}
                await subscription.done(deliveries)
                self.progress.set()

    async def moves(self, within: float = SECONDS) -> None:
        """See that something sent from now on arrives."""
        before = len(self.received)
        async with asyncio.timeout(within):
            while len(self.received) < before + 500:
                self.progress.clear()
                await self.progress.wait()

    async def all_arrived(self) -> None:
        async with asyncio.timeout(SECONDS):
            while not self.sent <= self.received:
                self.progress.clear()
                await self.progress.wait()


@asynccontextmanager
async def traffic_through(broker: RabbitBroker) -> AsyncIterator[Traffic]:
    """Publish and consume meanwhile; at the end, everything confirmed must have arrived."""
    traffic = Traffic(broker)
    consuming = asyncio.create_task(traffic.consume_for_ever())
    publishing = asyncio.create_task(traffic.publish_for_ever())
    try:
        await traffic.moves()
        yield traffic
        publishing.cancel()
        await asyncio.wait([publishing])
        await traffic.all_arrived()
    finally:
        publishing.cancel()
        consuming.cancel()
        await asyncio.wait([publishing, consuming])


def outgoing(message_id: str = "m1", routing_key: str = observation_key("odru")) -> Outgoing:
    return Outgoing(message_id, routing_key, b"{}" * 100)


async def take(subscription: Subscription, count: int = 1) -> list[str]:
    taken: list[str] = []
    async with asyncio.timeout(SECONDS):
        while len(taken) < count:
            deliveries = await subscription.take(count - len(taken))
            await subscription.done(deliveries)
            taken += [delivery.message_id for delivery in deliveries]
    return taken


async def depth_becomes(broker: RabbitBroker, queue: str, depth: int) -> None:
    async with asyncio.timeout(SECONDS):
        while (await broker.depths())[queue] != depth:  # it is elsewhere
            await asyncio.sleep(0.02)


async def test_a_restart_of_the_broker_loses_nothing(
    broker: RabbitBroker, rabbitmq: RabbitMQ
) -> None:
    """Publishing and consuming go on by themselves soon after it serves again."""
    async with traffic_through(broker) as traffic:
        await asyncio.to_thread(rabbitmq.restart)
        await traffic.moves(BACK_WITHIN_SECONDS)


async def test_a_killed_broker_loses_nothing_that_was_confirmed(
    broker: RabbitBroker, rabbitmq: RabbitMQ
) -> None:
    """SIGKILL in the midst of traffic, twice."""
    async with traffic_through(broker) as traffic:
        for _ in range(2):
            await asyncio.to_thread(rabbitmq.kill)
            await asyncio.to_thread(rabbitmq.start)
            await traffic.moves(BACK_WITHIN_SECONDS)


async def test_killed_connections_are_replaced(broker: RabbitBroker, rabbitmq: RabbitMQ) -> None:
    """An administrator closes both connections in the midst of traffic, three times."""
    async with traffic_through(broker) as traffic:
        for _ in range(3):
            await asyncio.to_thread(rabbitmq.ctl, "close_all_connections", "for a test")
            await traffic.moves(BACK_WITHIN_SECONDS)


async def test_without_a_broker_publishing_ends_in_time(
    broker: RabbitBroker, rabbitmq: RabbitMQ
) -> None:
    """Every message stays in the outbox, with the reason, and nothing is raised."""
    await asyncio.to_thread(rabbitmq.stop)
    for _ in range(3):
        async with asyncio.timeout(PUBLISH_TIMEOUT.total_seconds() + 1):
            published = await broker.publish([outgoing("a"), outgoing("b")])
        assert list(published) == []
        assert [each.message_id for each in published.unconfirmed] == ["a", "b"]
    with pytest.raises(BrokerUnreachable, match="see whether it runs"):
        await broker.check()


async def test_a_frozen_broker_is_waited_out(broker: RabbitBroker, rabbitmq: RabbitMQ) -> None:
    """Connections stay open and nobody answers: publishing ends in time, and goes on later."""
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        await broker.publish([outgoing("before")])
        assert await take(subscription) == ["before"]
        rabbitmq.freeze()
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT.total_seconds() + 1):
                assert list(await broker.publish([outgoing("meanwhile")])) == []
        finally:
            rabbitmq.thaw()
        # The first try is still under way: the second waits for it instead of sending again.
        assert list(await broker.publish([outgoing("meanwhile")])) == ["meanwhile"]
        assert await take(subscription) == ["meanwhile"]
    await depth_becomes(broker, HUB_QUEUE, 0)


async def test_a_memory_alarm_freezes_publishing_only(
    broker: RabbitBroker, rabbitmq: RabbitMQ
) -> None:
    """Consumers go on, memory stays bounded, dead letters still move; then all is sent once."""
    await broker.publish([outgoing(f"old{number}") for number in range(10)])
    outbox = [outgoing(f"new{number}") for number in range(100)]
    async with broker.subscribe(HUB_QUEUE, prefetch=3) as subscription:
        async with _alarm(rabbitmq):
            for _ in range(3):
                assert list(await broker.publish(outbox)) == []
                assert list(await broker.publish([outgoing("other")])) == []
            assert len(broker._publisher._under_way) <= len(outbox)
            assert len(await take(subscription, 9)) == 9
            [last] = await subscription.take(1)
            await subscription.dead_letter(last, "undecodable")
        async with asyncio.timeout(SECONDS):
            unsent = {message.message_id: message for message in [*outbox, outgoing("other")]}
            while unsent:
                for confirmed in await broker.publish(list(unsent.values())):
                    del unsent[confirmed]
        arrived = await take(subscription, len(outbox) + 1)
        assert sorted(arrived) == sorted([m.message_id for m in outbox] + ["other"])
        await depth_becomes(broker, HUB_QUEUE, 0)
    async with broker.subscribe("dead.v1", prefetch=3) as dead, asyncio.timeout(SECONDS):
        [letter, *_] = await dead.take(1)
    assert letter.message_id == last.message_id
    assert letter.headers[DEAD_REASON] in ("undecodable", "rejected")


@asynccontextmanager
async def _alarm(rabbitmq: RabbitMQ) -> AsyncIterator[None]:
    await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "0.0000001")
    try:
        yield
    finally:
        await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "0.4")


@pytest.mark.parametrize("pause_seconds", [0, 1])
async def test_a_queue_deleted_and_made_anew_is_consumed_again(
    broker: RabbitBroker,
    vhost_url: str,
    pause_seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The consumer does not wait in silence.

    RabbitMQ 3.10 cancels it only if the queue stays away for a moment.
    """
    monkeypatch.setattr(_rabbit_consume, "IDLE_SECONDS", 1.0)
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        await broker.publish([outgoing("before")])
        assert await take(subscription) == ["before"]
        async with await aio_pika.connect(vhost_url) as connection:
            channel = await connection.channel()
            await channel.queue_delete(HUB_QUEUE)
            await asyncio.sleep(pause_seconds)
            await broker.provision(TOPOLOGY)
        waiting = asyncio.create_task(take(subscription))
        await broker.publish([outgoing("after")])
        assert await waiting == ["after"]


async def test_a_full_queue_pushes_back(broker: RabbitBroker, rabbitmq: RabbitMQ) -> None:
    """What the broker refuses stays in the outbox until there is room."""
    limit = ("set_policy", "limit", "^hub", '{"max-length": 5}', "--apply-to", "queues")
    vhost = URL(broker._publishing._url).path[1:]
    await asyncio.to_thread(rabbitmq.ctl, *limit, "-p", vhost)
    refused = await _refused(broker)
    assert {each.why for each in refused} == {"refused: a queue is full"}
    async with broker.subscribe(HUB_QUEUE, prefetch=100) as subscription, asyncio.timeout(SECONDS):
        while not await broker.publish([outgoing("there is room")]):
            await subscription.done(await subscription.take(100))


async def _refused(broker: RabbitBroker) -> Sequence[Unconfirmed]:
    """Publish until the limit is in force: the broker tells its queues of it in its own time."""
    async with asyncio.timeout(SECONDS):
        while not (
            refused := (await broker.publish([outgoing(f"m{n}") for n in range(20)])).unconfirmed
        ):
            await asyncio.sleep(0.2)
    return refused


async def test_foreign_messages_are_delivered_too(broker: RabbitBroker, vhost_url: str) -> None:
    """Without id, with odd headers: the worker decides, and nothing falls."""
    async with await aio_pika.connect(vhost_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(EXCHANGE)
        odd = aio_pika.Message(
            b"?", headers={"n": 1, "deep": {"a": [1]}, "raw": bytearray(b"\xff")}
        )
        odd.message_id = None
        await exchange.publish(odd, observation_key("odru"))
    async with broker.subscribe(HUB_QUEUE, prefetch=1) as subscription:
        async with asyncio.timeout(SECONDS):
            [delivery] = await subscription.take(1)
        assert delivery.headers == {"n": "1", "raw": "\ufffd"}
        assert delivery.account is None
        await subscription.dead_letter(delivery, "not a CloudEvent")
    async with broker.subscribe("dead.v1", prefetch=1) as dead, asyncio.timeout(SECONDS):
        [letter] = await dead.take(1)
    assert letter.headers[DEAD_REASON] == "not a CloudEvent"


async def test_nobody_listening_is_said_with_the_way_out(broker: RabbitBroker) -> None:
    """Nothing listens on that port: unreachable, and the password is not in the message."""
    async with broker_at("amqp://someone:secret@127.0.0.1:9/") as nowhere:
        with pytest.raises(BrokerUnreachable, match=r"127\.0\.0\.1:9") as caught:
            await nowhere.check()
    assert "secret" not in str(caught.value)


@pytest.mark.covers("F42")
async def test_a_wrong_password_is_said_with_the_way_out(vhost_url: str) -> None:
    """The account is refused: waiting will not help."""
    async with broker_at(str(URL(vhost_url).with_password("wrong"))) as broker:
        with pytest.raises(BrokerMisconfigured, match="user name and password"):
            await broker.check()


@pytest.mark.covers("F42")
async def test_a_missing_vhost_is_said_with_the_way_out(vhost_url: str) -> None:
    """Connecting succeeds, and the broker refuses the environment."""
    async with broker_at(str(URL(vhost_url).with_path("/nowhere"))) as broker:
        with pytest.raises(BrokerMisconfigured, match="create the vhost"):
            await broker.check()


async def test_nobody_can_name_another_as_the_sender(broker: RabbitBroker) -> None:
    """Not even an administrator: what a delivery says of its account is the broker's word."""
    broker._publisher._account = "edge-rud"
    published = await broker.publish([outgoing()])
    assert list(published) == []
    assert "PRECONDITION_FAILED" in published.unconfirmed[0].why


@pytest.fixture
def grant(grant: Grant, broker: RabbitBroker) -> Grant:
    """Makes the accounts of the documentation; the topology is there already."""
    return grant


async def test_an_edge_has_the_rights_of_its_agency_only(grant: Grant) -> None:
    """It reports for its own agency and reads its own queues; all else is refused."""
    url = await grant.account("odru", accounts.of_edge("odru"))
    async with broker_at(url, Topology.of_edge("odru")) as edge:
        await edge.check()
        allowed = [observation_key("odru"), receipt_key("odru"), hint_key("odru")]
        forbidden = [
            observation_key("rud"),
            receipt_key("rud"),
            hint_key("rud"),
            command_key("odru"),
            command_key("rud"),
            event_key("case"),
            "observation.odru.x",
        ]
        # One forbidden message holds up no other, though the broker closes the channel for it.
        published = await edge.publish([outgoing(key, key) for key in [*forbidden, *allowed]])
        assert sorted(published) == sorted(allowed)
        assert sorted(each.message_id for each in published.unconfirmed) == sorted(forbidden)
        assert all("ACCESS_REFUSED" in each.why for each in published.unconfirmed)
        async with edge.subscribe(hints_queue("odru"), prefetch=2) as hints:
            assert await take(hints) == [hint_key("odru")]
        with pytest.raises(BrokerMisconfigured, match="may not"):
            await edge.provision(Topology.of_edge("odru"))
        for queue in (HUB_QUEUE, commands_queue("rud"), hints_queue("rud"), "dead.v1"):
            await _is_refused(url, queue)


async def test_the_set_up_can_declare_and_bind_and_publishes_nothing(grant: Grant) -> None:
    """Provisioning works with its own account, which is used for nothing else."""
    url = await grant.account("setup", accounts.of_setup())
    async with broker_at(url, Topology.of(["odru"])) as setup:
        await setup.provision(Topology.of(["odru"]))
        await setup.check()
        assert list(await setup.publish([outgoing("x", observation_key("odru"))])) == []


async def test_the_hub_can_do_its_work(grant: Grant, broker: RabbitBroker) -> None:
    """It commands and publishes events, sees who sent a message, and cannot pose as an edge."""
    edge_url = await grant.account("odru", accounts.of_edge("odru"))
    async with broker_at(edge_url) as edge:
        await edge.publish([outgoing("seen")])
    url = await grant.account("hub", accounts.of_hub())
    async with broker_at(url) as hub:
        await hub.check()
        keys = [command_key("odru"), hint_key("rud"), event_key("case.changed")]
        assert len(await hub.publish([outgoing(key, key) for key in keys])) == len(keys)
        assert list(await hub.publish([outgoing()])) == []
        async with hub.subscribe(HUB_QUEUE, prefetch=1) as subscription:
            async with asyncio.timeout(SECONDS):
                [delivery] = await subscription.take(1)
            assert delivery.account == URL(edge_url).user
            await subscription.dead_letter(delivery, "try")
        await depth_becomes(broker, "dead.v1", 1)
        queues = Queues(
            await open_memory_store(MemoryState(), environment="test"),
            hub,
            source="urn:nld:oin:test:systeem:casebridge",
            now=real_clock,
        )
        (letter,) = await queues.letters()
        assert letter.reason == "try", "an operator looks with the hub's account"
        await queues.drop(letter.id, by="op", reason="gezien")
        await depth_becomes(broker, "dead.v1", 0)
        await _is_refused(url, commands_queue("odru"))


async def _is_refused(url: str, queue: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelClosed, match="ACCESS_REFUSED"):
            await (await channel.get_queue(queue, ensure=False)).get()
