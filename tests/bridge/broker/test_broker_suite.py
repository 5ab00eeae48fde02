"""What holds for every broker: RabbitMQ, the embedded one (with and without thread), in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

from bridge.broker import (
    Broker,
    BrokerMisconfigured,
    Delivery,
    Outgoing,
    Subscription,
    Topology,
)
from bridge.broker.base import DEAD_QUEUE, DEAD_REASON
from bridge.broker.topology import (
    DELIVERY_LIMIT,
    HUB_QUEUE,
    Binding,
    Queue,
    command_key,
    commands_queue,
    event_key,
    hint_key,
    hints_queue,
    observation_key,
    receipt_key,
)

if TYPE_CHECKING:
    from tests.bridge.broker.conftest import Site

TOPOLOGY = Topology.of(["odru", "rud"]).with_subscriber("events.odru.v1")
SECONDS = 20


def outgoing(
    message_id: str = "m1",
    routing_key: str = observation_key("odru"),
    body: bytes = b"{}",
    headers: Mapping[str, str] | None = None,
) -> Outgoing:
    return Outgoing(message_id, routing_key, body, headers or {})


def several(count: int, routing_key: str = observation_key("odru")) -> list[Outgoing]:
    return [outgoing(f"m{number}", routing_key) for number in range(count)]


async def take(subscription: Subscription, count: int) -> list[Delivery]:
    """Take exactly *count*, in as many turns as it needs."""
    taken: list[Delivery] = []
    async with asyncio.timeout(SECONDS):
        while len(taken) < count:
            taken += await subscription.take(count - len(taken))
    return taken


async def drain(broker: Broker, queue: str, count: int) -> list[Delivery]:
    """Take and report exactly *count*."""
    drained: list[Delivery] = []
    async with broker.subscribe(queue, prefetch=100) as subscription, asyncio.timeout(SECONDS):
        while len(drained) < count:
            taken = await subscription.take(count - len(drained))
            await subscription.done(taken)
            drained += taken
    return drained


async def depth_becomes(broker: Broker, queue: str, depth: int) -> None:
    """Wait until the count is so; acknowledgements are told, not answered."""
    async with asyncio.timeout(SECONDS):
        while (await broker.depths())[queue] != depth:  # it is elsewhere
            await asyncio.sleep(0.02)


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [delivery.message_id for delivery in deliveries]


async def test_a_message_arrives_as_it_was_sent(broker: Broker) -> None:
    """Body, headers, routing key and id come out as they went in."""
    headers = {"content-type": "application/json", "cloudEvents:id": "é1", "traceparent": "00-ab"}
    sent = outgoing(body=b"\x00\xff" * 300_000, headers=headers)
    assert list(await broker.publish([sent])) == ["m1"]
    [got] = await drain(broker, HUB_QUEUE, 1)
    assert (got.queue, got.message_id, got.routing_key) == (HUB_QUEUE, "m1", sent.routing_key)
    assert got.body == sent.body
    assert got.headers == headers
    assert not got.redelivered


@pytest.mark.parametrize(
    ("routing_key", "queue"),
    [
        (observation_key("odru"), HUB_QUEUE),
        (receipt_key("rud"), HUB_QUEUE),
        (command_key("odru"), commands_queue("odru")),
        (hint_key("rud"), hints_queue("rud")),
        (event_key("case.changed"), "events.odru.v1"),
        (command_key("nobody"), "unrouted.v1"),
        ("nonsense", "unrouted.v1"),
    ],
)
async def test_a_routing_key_leads_to_one_queue(
    broker: Broker, routing_key: str, queue: str
) -> None:
    """Each kind of message has its queue; what no queue wants is kept apart, and confirmed."""
    assert list(await broker.publish([outgoing(routing_key=routing_key)])) == ["m1"]
    await depth_becomes(broker, queue, 1)
    assert sum((await broker.depths()).values()) == 1


async def test_an_event_without_subscribers_is_confirmed_and_gone(site: Site) -> None:
    """Nobody having subscribed is no mistake: nothing lands among the unroutable."""
    topology = Topology.of(["odru"])
    broker = site.open(topology)
    await broker.provision(topology)
    assert list(await broker.publish([outgoing(routing_key=event_key("case"))])) == ["m1"]
    assert sum((await broker.depths()).values()) == 0


async def test_before_the_topology_is_applied_nothing_is_confirmed(site: Site) -> None:
    """What cannot be kept stays in the outbox, with the reason; then it goes through."""
    broker = site.open()
    published = await broker.publish(several(3))
    assert list(published) == []
    assert [each.message_id for each in published.unconfirmed] == ["m0", "m1", "m2"]
    assert all(each.why for each in published.unconfirmed)
    await broker.provision(TOPOLOGY)
    assert sorted(await broker.publish(several(3))) == ["m0", "m1", "m2"]


async def test_before_the_topology_is_applied_no_event_is_confirmed(site: Site) -> None:
    """It may well have subscribers then: only where there is an exchange does nobody want it."""
    broker = site.open()
    assert list(await broker.publish([outgoing(routing_key=event_key("case"))])) == []
    await broker.provision(TOPOLOGY)
    assert list(await broker.publish([outgoing(routing_key=event_key("case"))])) == ["m1"]
    await depth_becomes(broker, "events.odru.v1", 1)


async def test_many_messages_are_confirmed_in_one_call(broker: Broker) -> None:
    """More than are under way at a time, and every one of them arrives once."""
    messages = several(1_200)
    assert len(await broker.publish(messages)) == len(messages)
    taken = await drain(broker, HUB_QUEUE, len(messages))
    assert sorted(ids(taken)) == sorted(message.message_id for message in messages)


async def test_publishing_nothing_confirms_nothing(broker: Broker) -> None:
    """An idle outbox may call without looking."""
    assert list(await broker.publish([])) == []


async def test_two_messages_with_one_id_in_a_call_are_a_bug(broker: Broker) -> None:
    """It could not be said which of them was confirmed."""
    with pytest.raises(ValueError, match="message_id"):
        await broker.publish([outgoing("m1"), outgoing("m1")])


async def test_take_returns_what_is_there_without_lingering(broker: Broker) -> None:
    """It waits for the first message only, and hands out no more than was asked."""
    async with broker.subscribe(HUB_QUEUE, prefetch=100) as subscription:
        waiting = asyncio.create_task(take(subscription, 1))
        await broker.publish([outgoing("first")])
        assert ids(await waiting) == ["first"]
        await broker.publish(several(5))
        assert len(await take(subscription, 2)) == 2
        assert len(await take(subscription, 3)) == 3


async def test_no_more_than_the_prefetch_is_out(broker: Broker) -> None:
    """A slow consumer leaves the rest to others, and gets more once it has reported some."""
    await broker.publish(several(10))
    async with broker.subscribe(HUB_QUEUE, prefetch=3) as subscription:
        taken = await take(subscription, 3)
        waiting = asyncio.create_task(subscription.take(10))
        await broker.publish([outgoing("more")])
        await depth_becomes(broker, HUB_QUEUE, 8)
        assert not waiting.done()
        waiting.cancel()
        await subscription.done(taken)
        assert len(await take(subscription, 3)) == 3


async def test_one_that_waits_for_room_goes_on_when_there_is_some(broker: Broker) -> None:
    """A report wakes it; nothing else need happen."""
    await broker.publish(several(2))
    async with broker.subscribe(HUB_QUEUE, prefetch=1) as subscription:
        first = await take(subscription, 1)
        waiting = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0.1)
        await subscription.done(first)
        assert ids(await waiting) == ["m1"]


async def test_a_cancelled_take_loses_no_message(broker: Broker) -> None:
    """Whoever was cancelled at any point finds the message at the next try."""
    async with broker.subscribe(HUB_QUEUE, prefetch=50) as subscription:
        for number in range(30):
            waiting = asyncio.create_task(subscription.take(1))
            await asyncio.sleep(0)
            sending = asyncio.create_task(broker.publish([outgoing(f"m{number}")]))
            for _ in range(number):
                await asyncio.sleep(0)
            if waiting.cancel():
                await asyncio.wait([waiting])
            await sending
            taken = [] if waiting.cancelled() else list(waiting.result())
            taken = taken or await take(subscription, 1)
            assert ids(taken) == [f"m{number}"]
            await subscription.done(taken)


async def test_what_was_not_reported_comes_again(broker: Broker) -> None:
    """A subscription that ends gives back what it held, marked; what was done is gone."""
    await broker.publish(several(4))
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        taken = await take(subscription, 4)
        await subscription.done(taken[:2])
    again = await drain(broker, HUB_QUEUE, 2)
    assert sorted(ids(again)) == sorted(ids(taken[2:]))
    assert all(delivery.redelivered for delivery in again)


async def test_reporting_after_the_end_is_dropped_quietly(broker: Broker) -> None:
    """The worker that finishes late must not fall; its message simply comes again."""
    await broker.publish([outgoing()])
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        taken = await take(subscription, 1)
    await subscription.done(taken)
    assert [delivery.redelivered for delivery in await drain(broker, HUB_QUEUE, 1)] == [True]


async def test_everything_is_kept_across_a_restart(site: Site) -> None:
    """A new process finds what was confirmed, and what the old one held is marked."""
    first = site.open()
    await first.provision(TOPOLOGY)
    await first.publish(several(3))
    subscription = first.subscribe(HUB_QUEUE, prefetch=1)
    await subscription.__aenter__()
    held = await take(subscription, 1)
    await first.close()
    second = site.open()
    await second.check()
    taken = await drain(second, HUB_QUEUE, 3)
    assert {d.message_id: d.redelivered for d in taken} == {
        "m0": True,
        "m1": False,
        "m2": False,
    }
    assert ids(held) == ["m0"]
    await subscription.__aexit__(None, None, None)


async def test_consumers_of_one_queue_share_its_messages(broker: Broker) -> None:
    """Each message goes to one of them, and a message back from one goes to the other."""
    async with (
        broker.subscribe(HUB_QUEUE, prefetch=5) as one,
        broker.subscribe(HUB_QUEUE, prefetch=5) as other,
    ):
        await broker.publish(several(10))
        first, second = await asyncio.gather(take(one, 5), take(other, 5))
        assert sorted(ids([*first, *second])) == sorted(m.message_id for m in several(10))
        await one.done(first)
        await other.done(second)
        await broker.publish([outgoing("late")])
        done, waiting = await asyncio.wait(
            [asyncio.create_task(take(each, 1)) for each in (one, other)],
            return_when=asyncio.FIRST_COMPLETED,
        )
        assert [ids(task.result()) for task in done] == [["late"]]
        for task in waiting:
            task.cancel()


async def test_one_that_ends_leaves_its_messages_to_one_that_waits(broker: Broker) -> None:
    """A consumer asleep on an empty queue wakes when another gives back."""
    await broker.publish([outgoing()])
    leaving = broker.subscribe(HUB_QUEUE, prefetch=5)
    async with leaving:
        await take(leaving, 1)
        async with broker.subscribe(HUB_QUEUE, prefetch=5) as staying:
            waiting = asyncio.create_task(take(staying, 1))
            await asyncio.sleep(0.1)
            await leaving.__aexit__(None, None, None)
            assert ids(await waiting) == ["m1"]


async def test_an_undecodable_message_goes_to_the_dead_letters(broker: Broker) -> None:
    """With its reason, its origin and its own headers; its queue goes on."""
    await broker.publish([outgoing("bad", headers={"traceparent": "00-ab"}), outgoing("good")])
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        for delivery in await take(subscription, 2):
            if delivery.message_id == "bad":
                await subscription.dead_letter(delivery, "not JSON")
            else:
                await subscription.done([delivery])
    [dead] = await drain(broker, "dead.v1", 1)
    assert dead.message_id == "bad"
    assert dead.routing_key == observation_key("odru")
    assert dead.headers["traceparent"] == "00-ab"
    assert dead.headers[DEAD_REASON] == "not JSON"
    assert dead.headers[DEAD_QUEUE] == HUB_QUEUE
    await depth_becomes(broker, HUB_QUEUE, 0)


@pytest.mark.covers("F46")
async def test_what_comes_back_too_often_goes_to_the_dead_letters(broker: Broker) -> None:
    """A message that kills its consumer each time does not do so for ever."""
    await broker.publish([outgoing("poison", command_key("odru"))])
    for turn in range(DELIVERY_LIMIT + 1):
        async with broker.subscribe(commands_queue("odru"), prefetch=1) as subscription:
            [delivery] = await take(subscription, 1)
            assert delivery.redelivered == (turn > 0)
    [dead] = await drain(broker, "dead.v1", 1)
    assert dead.message_id == "poison"
    assert dead.headers[DEAD_REASON] == "delivery_limit"
    assert dead.headers[DEAD_QUEUE] == commands_queue("odru")


async def test_check_names_everything_that_is_missing(site: Site) -> None:
    """One look tells the administrator all there is to do."""
    broker = site.open()
    with pytest.raises(BrokerMisconfigured, match=r"casebridge.*hub\.v1.*casebridge provision"):
        await broker.check()
    await broker.provision(TOPOLOGY)
    await broker.check()


async def test_provisioning_again_changes_nothing(broker: Broker) -> None:
    """The step may run at every deployment."""
    await broker.publish([outgoing()])
    await broker.provision(TOPOLOGY)
    assert (await broker.depths())[HUB_QUEUE] == 1


@pytest.mark.covers("F42")
async def test_a_queue_with_other_arguments_is_refused(broker: Broker) -> None:
    """Arguments are for life: the message says so and names the queue."""
    changed = Queue(
        HUB_QUEUE,
        (Binding("casebridge", "#"),),
        {**TOPOLOGY.queues[2].arguments, "x-delivery-limit": 7},
    )
    with pytest.raises(BrokerMisconfigured, match=r"hub\.v1"):
        await broker.provision(Topology((), (changed,)))
    await broker.check()


async def test_a_queue_made_later_is_consumed_then(site: Site) -> None:
    """A worker started before the topology was applied begins by itself."""
    broker = site.open()
    async with broker.subscribe(HUB_QUEUE, prefetch=5) as subscription:
        waiting = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0.1)
        await broker.provision(TOPOLOGY)
        await broker.publish([outgoing()])
        assert ids(await waiting) == ["m1"]


async def test_after_closing_nothing_is_confirmed(broker: Broker) -> None:
    """A publish that comes too late keeps its messages in the outbox; closing again is fine."""
    await broker.close()
    assert list(await broker.publish([outgoing()])) == []
    await broker.close()
