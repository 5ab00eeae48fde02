"""What a simulator can do to the broker in memory: kill, cut, lose, delay, repeat, reorder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bridge.broker import BrokerUnreachable, Delivery, Outgoing, Topology
from bridge.broker.base import DEAD_ACCOUNT, DEAD_QUEUE, DEAD_REASON
from bridge.broker.memory import (
    Connection,
    Fate,
    MemoryBroker,
    MemoryQueues,
    MemorySubscription,
    NoFaults,
    Outage,
)
from bridge.broker.topology import DEAD_QUEUE_NAME, DELIVERY_LIMIT, HUB_QUEUE, observation_key

TOPOLOGY = Topology.of(["odru"])
SECONDS = 60

pytestmark = pytest.mark.usefixtures("time_jumps")


@dataclass
class Script(NoFaults):
    """Answers each question as a test says, once; after that all goes well."""

    outages: list[Outage | None] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    choices: list[Sequence[int]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    def outage(self, connection: Connection) -> Outage | None:
        return self.outages.pop(0) if self.outages else None

    def fate(self, connection: Connection, message: Outgoing) -> Fate:
        return self.fates.pop(message.message_id, Fate.CONFIRMED)

    def choose(self, queue: str, *, ready: int, out: int, most: int) -> Sequence[int]:
        if self.choices:
            return self.choices.pop(0)
        return super().choose(queue, ready=ready, out=out, most=most)

    def delay(self, queue: str) -> float:
        return self.delays.pop(0) if self.delays else super().delay(queue)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def queues(script: Script) -> MemoryQueues:
    queues = MemoryQueues(script)
    await process(queues).provision(TOPOLOGY)
    return queues


def process(queues: MemoryQueues, account: str | None = None) -> MemoryBroker:
    return MemoryBroker(queues, expected=TOPOLOGY, account=account)


def several(count: int) -> list[Outgoing]:
    return [Outgoing(f"m{number}", observation_key("odru"), b"{}") for number in range(count)]


def consuming(broker: MemoryBroker, prefetch: int = 10) -> MemorySubscription:
    return broker.subscribe(HUB_QUEUE, prefetch=prefetch)


async def take(subscription: MemorySubscription, count: int = 10) -> Sequence[Delivery]:
    async with asyncio.timeout(SECONDS):
        return await subscription.take(count)


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    return [delivery.message_id for delivery in deliveries]


async def waiting(broker: MemoryBroker) -> int:
    return (await broker.depths())[HUB_QUEUE]


# A process that is killed


async def test_what_a_killed_process_had_out_comes_again(queues: MemoryQueues) -> None:
    """Nothing of it runs any more; another gets its messages, marked, also those not yet taken."""
    victim, other = process(queues), process(queues)
    await victim.publish(several(4))
    assert ids(await take(consuming(victim, prefetch=3), 1)) == ["m0"]
    assert await waiting(other) == 1, "the others were on their way to it"
    queues.drop(victim.connection)
    taken = await take(consuming(other))
    assert [(d.message_id, d.redelivered) for d in taken] == [
        ("m0", True),
        ("m1", True),
        ("m2", True),
        ("m3", False),
    ]


async def test_one_that_waits_wakes_when_another_is_killed(queues: MemoryQueues) -> None:
    """Its messages do not wait for the next that is published."""
    victim, other = process(queues), process(queues)
    await victim.publish(several(1))
    await take(consuming(victim))
    sleeping = asyncio.create_task(take(consuming(other)))
    await asyncio.sleep(1)
    queues.drop(victim.connection)
    assert ids(await sleeping) == ["m0"]


async def test_a_kill_takes_nothing_from_others(queues: MemoryQueues) -> None:
    """What another process has out stays with it, and its report counts."""
    victim, other = process(queues), process(queues)
    await other.publish(several(1))
    subscription = consuming(other)
    taken = await take(subscription)
    queues.drop(victim.connection)
    await subscription.done(taken)
    queues.drop(other.connection)
    assert await waiting(other) == 0


async def test_a_message_that_kills_too_often_goes_to_the_dead_letters(
    queues: MemoryQueues,
) -> None:
    """Each time that it was out when a process died counts, as on a quorum queue."""
    await process(queues, "edge-odru").publish(several(1))
    for turn in range(DELIVERY_LIMIT + 1):
        victim = process(queues)
        [delivery] = await take(consuming(victim))
        assert delivery.redelivered == (turn > 0)
        queues.drop(victim.connection)
    [dead] = await take(process(queues).subscribe(DEAD_QUEUE_NAME, prefetch=1))
    assert (dead.message_id, dead.account, dead.redelivered) == ("m0", "edge-odru", False)
    assert dead.headers[DEAD_REASON] == "delivery_limit"
    assert dead.headers[DEAD_QUEUE] == HUB_QUEUE


# A connection that is lost


async def test_who_lives_goes_on_after_its_connection_was_lost(queues: MemoryQueues) -> None:
    """Its late report is dropped, its room is whole again, and the message comes once more."""
    broker = process(queues)
    await broker.publish(several(2))
    subscription = consuming(broker, prefetch=2)
    before = await take(subscription)
    more = asyncio.create_task(take(subscription))
    await asyncio.sleep(1)
    queues.drop(broker.connection)
    again = await more
    assert ids(again) == ids(before) == ["m0", "m1"]
    assert all(delivery.redelivered for delivery in again)
    await subscription.done(before)
    await subscription.done(again[:1])
    queues.drop(broker.connection)
    assert ids(await take(subscription)) == ["m1"]


@pytest.mark.parametrize("report", ["done", "dead_letter"])
async def test_a_connection_lost_at_a_report_drops_the_report(
    queues: MemoryQueues, script: Script, report: str
) -> None:
    """The work was done, and comes again."""
    broker = process(queues)
    await broker.publish(several(1))
    subscription = consuming(broker)
    [delivery] = await take(subscription)
    script.outages = [Outage()]
    if report == "done":
        await subscription.done([delivery])
    else:
        await subscription.dead_letter(delivery, "not JSON")
    assert [d.redelivered for d in await take(subscription)] == [True]
    assert await process(queues).depths() == dict.fromkeys(await broker.depths(), 0)


async def test_while_one_is_cut_off_the_others_go_on(queues: MemoryQueues, script: Script) -> None:
    """It confirms nothing there and waits; what it had out goes to others; then it is back."""
    cut_off, other = process(queues), process(queues)
    await other.publish(several(1))
    subscription = consuming(cut_off)
    before = await take(subscription)
    script.outages = [Outage(seconds=30)]
    published = await cut_off.publish(several(2))
    assert list(published) == []
    assert [each.message_id for each in published.unconfirmed] == ["m0", "m1"]
    with pytest.raises(BrokerUnreachable, match="30 s to come"):
        await cut_off.check()
    elsewhere = consuming(other)
    assert ids(await take(elsewhere)) == ["m0"]
    await subscription.done(before)
    sleeping = asyncio.create_task(take(subscription))
    assert list(await other.publish([Outgoing("new", observation_key("odru"), b"")])) == ["new"]
    await asyncio.sleep(29)
    assert not sleeping.done()
    assert ids(await sleeping) == ["new"]
    assert list(await cut_off.publish(several(1))) == ["m0"]


async def test_a_broker_that_is_away_is_away_for_all(queues: MemoryQueues, script: Script) -> None:
    """Also for who connects meanwhile; what was out anywhere comes again after it."""
    one, other = process(queues), process(queues)
    await one.publish(several(1))
    holding = consuming(one)
    held = await take(holding)
    script.outages = [Outage(seconds=5, is_for_all=True)]
    assert list(await other.publish(several(1))) == []
    await holding.done(held)
    newcomer = process(queues)
    for broker in (one, other, newcomer):
        with pytest.raises(BrokerUnreachable):
            await broker.depths()
    began = asyncio.get_running_loop().time()
    assert [d.redelivered for d in await take(consuming(newcomer))] == [True]
    assert asyncio.get_running_loop().time() - began == pytest.approx(5)


async def test_who_is_gone_leaves_nothing_behind(queues: MemoryQueues) -> None:
    """However many processes are killed or end in a run, the server remembers none of them."""
    victim, other = process(queues), process(queues)
    await victim.publish(several(2))
    await take(consuming(victim))
    queues.drop(victim.connection)
    async with consuming(other) as subscription:
        await take(subscription)
    assert queues._all_consumers() == []


async def test_a_take_that_outlives_its_subscription_or_broker_gets_nothing(
    queues: MemoryQueues,
) -> None:
    """What it would hold nobody would give back."""
    broker, closed = process(queues), process(queues)
    async with consuming(broker) as subscription:
        pass
    other = consuming(closed)
    await closed.close()
    sleeping = [asyncio.create_task(take(each)) for each in (subscription, other)]
    await broker.publish(several(1))
    await asyncio.sleep(1)
    assert await waiting(broker) == 1
    for task in sleeping:
        task.cancel()


# A publish without an answer


async def test_a_message_that_is_lost_did_not_arrive(queues: MemoryQueues, script: Script) -> None:
    """Its companions do; sent again it is there once."""
    broker = process(queues)
    script.fates = {"m1": Fate.LOST}
    assert list(await broker.publish(several(3))) == ["m0", "m2"]
    assert await waiting(broker) == 2
    assert list(await broker.publish(several(2)[1:])) == ["m1"]
    assert await waiting(broker) == 3


async def test_a_message_whose_confirm_is_lost_arrives_and_is_sent_again(
    queues: MemoryQueues, script: Script
) -> None:
    """So it is there twice: receivers recognise by state."""
    broker = process(queues)
    script.fates = {"m0": Fate.UNHEARD}
    published = await broker.publish(several(1))
    assert list(published) == []
    assert "before the confirm" in published.unconfirmed[0].why
    assert list(await broker.publish(several(1))) == ["m0"]
    assert ids(await take(consuming(broker))) == ["m0", "m0"]


async def test_who_is_cancelled_in_a_publish_does_not_know_that_it_arrived(
    queues: MemoryQueues,
) -> None:
    """There is a moment between the two, in which a process may die."""
    broker = process(queues)
    publishing = asyncio.create_task(broker.publish(several(1)))
    await asyncio.sleep(0)
    publishing.cancel()
    await asyncio.wait([publishing])
    assert publishing.cancelled()
    assert await waiting(broker) == 1


# What is handed out, and when


async def test_messages_are_handed_out_as_chosen(queues: MemoryQueues, script: Script) -> None:
    """Few or many, in any order; the rest stays in its order."""
    broker = process(queues)
    await broker.publish(several(5))
    subscription = consuming(broker)
    script.choices = [(3, 1)]
    assert ids(await take(subscription)) == ["m3", "m1"]
    assert ids(await take(subscription)) == ["m0", "m2", "m4"]


async def test_a_message_that_is_out_can_come_again_elsewhere(
    queues: MemoryQueues, script: Script
) -> None:
    """The first holder's report is dropped, the second's counts."""
    one, other = process(queues), process(queues)
    await one.publish(several(3))
    first, second = consuming(one, prefetch=2), consuming(other)
    before = await take(first)
    script.choices = [(0, 2)]
    again = await take(second)
    assert [(d.message_id, d.redelivered) for d in again] == [("m2", False), ("m1", True)]
    await first.done(before)
    queues.drop(one.connection)
    assert await waiting(one) == 0
    queues.drop(other.connection)
    assert await waiting(one) == 2


async def test_a_message_that_is_out_can_come_again_to_its_holder(
    queues: MemoryQueues, script: Script
) -> None:
    """It never holds more than its prefetch for that."""
    broker = process(queues)
    await broker.publish(several(2))
    subscription = consuming(broker, prefetch=3)
    assert ids(await take(subscription)) == ["m0", "m1"]
    script.choices = [(0,)]
    assert ids(await take(subscription)) == ["m0"]
    await broker.publish(several(2))
    assert len(await take(subscription)) == 1


async def test_a_message_that_went_elsewhere_before_it_was_taken_is_not_taken(
    queues: MemoryQueues, script: Script
) -> None:
    """It lay in one's inbox; now it is another's, and the first has room for the next."""
    one, other = process(queues), process(queues)
    await one.publish(several(3))
    first, second = consuming(one, prefetch=2), consuming(other)
    assert ids(await take(first, 1)) == ["m0"]
    script.choices = [(0, 2)]
    assert ids(await take(second)) == ["m2", "m1"]
    sleeping = asyncio.create_task(take(first))
    await asyncio.sleep(1)
    assert not sleeping.done()
    await one.publish([Outgoing("next", observation_key("odru"), b"")])
    assert ids(await sleeping) == ["next"]


async def test_whose_message_goes_elsewhere_has_room_for_another(
    queues: MemoryQueues, script: Script
) -> None:
    """Though it sleeps because it holds all that it may."""
    one, other = process(queues), process(queues)
    await one.publish(several(1))
    first = consuming(one, prefetch=1)
    await take(first)
    await one.publish(several(3)[1:])
    sleeping = asyncio.create_task(take(first))
    await asyncio.sleep(1)
    script.choices = [(0, 2)]
    assert ids(await take(consuming(other))) == ["m1", "m0"]
    assert ids(await sleeping) == ["m2"]


async def test_a_message_that_comes_again_too_often_is_not_handed_out(
    queues: MemoryQueues, script: Script
) -> None:
    """Its place is among the dead letters; the others go on."""
    broker = process(queues)
    await broker.publish(several(1))
    subscription = consuming(broker, prefetch=2)
    await take(subscription)
    script.choices = [(0,)] * (DELIVERY_LIMIT + 1)
    for _ in range(DELIVERY_LIMIT):
        await take(subscription)
    sleeping = asyncio.create_task(take(subscription))
    await asyncio.sleep(1)
    assert (await broker.depths())[DEAD_QUEUE_NAME] == 1
    await broker.publish([Outgoing("next", observation_key("odru"), b"")])
    assert ids(await sleeping) == ["next"]


@pytest.mark.parametrize("choice", [(), (3,), (0, 0), (0, 1, 2)])
async def test_a_choice_that_no_broker_makes_is_refused(
    queues: MemoryQueues, script: Script, choice: Sequence[int]
) -> None:
    """A simulator that loses or doubles messages by mistake is told."""
    broker = process(queues)
    await broker.publish(several(4))
    other = consuming(broker, prefetch=1)
    await take(other)
    script.choices = [choice]
    with pytest.raises(ValueError, match="chosen"):
        await take(consuming(broker, prefetch=2))


async def test_a_delivery_that_takes_long_is_overtaken(
    queues: MemoryQueues, script: Script
) -> None:
    """It counts as out meanwhile, and arrives when its time has come."""
    broker = process(queues)
    await broker.publish(several(2))
    subscription = consuming(broker)
    script.delays = [8.0]
    began = asyncio.get_running_loop().time()
    assert ids(await take(subscription)) == ["m1"]
    assert await waiting(broker) == 0
    assert ids(await take(subscription)) == ["m0"]
    assert asyncio.get_running_loop().time() - began == pytest.approx(8)


async def test_a_delivery_that_is_on_its_way_when_the_connection_is_lost_comes_again(
    queues: MemoryQueues, script: Script
) -> None:
    """Once: the first never arrives, late as it is."""
    broker = process(queues)
    await broker.publish(several(1))
    subscription = consuming(broker)
    script.delays = [8.0]
    sleeping = asyncio.create_task(take(subscription))
    await asyncio.sleep(1)
    queues.drop(broker.connection)
    assert [d.redelivered for d in await sleeping] == [True]
    await asyncio.sleep(10)
    more = asyncio.create_task(take(subscription))
    await asyncio.sleep(1)
    assert not more.done()
    more.cancel()


# Who sent it


async def test_the_server_vouches_for_the_sender(queues: MemoryQueues) -> None:
    """A dead letter is the burier's, and names whose message it was."""
    hub = process(queues, "hub")
    await process(queues, "edge-odru").publish(several(1))
    await process(queues).publish([Outgoing("nameless", observation_key("odru"), b"")])
    subscription = consuming(hub)
    taken = await take(subscription)
    assert [delivery.account for delivery in taken] == ["edge-odru", None]
    await subscription.dead_letter(taken[0], "not JSON")
    [dead] = await take(hub.subscribe(DEAD_QUEUE_NAME, prefetch=1))
    assert (dead.account, dead.headers[DEAD_ACCOUNT]) == ("hub", "edge-odru")
