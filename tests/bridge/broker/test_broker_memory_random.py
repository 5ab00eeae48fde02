"""Whatever happens at the broker in memory, it keeps its promises; the same seed, the same run."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from bridge.broker import Outgoing, Topology
from bridge.broker.memory import (
    Connection,
    Fate,
    MemoryBroker,
    MemoryQueues,
    NoFaults,
    Outage,
)
from bridge.broker.topology import DEAD_QUEUE_NAME, HUB_QUEUE, observation_key

TOPOLOGY = Topology.of(["odru"])
MESSAGES = 200
SEEDS = 25

pytestmark = pytest.mark.usefixtures("time_jumps")


class Dice(NoFaults):
    """Lets everything happen now and then, until it is told to stop."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seen: Counter[str] = Counter()
        self.is_over = False

    def happens(self, what: str, share: float) -> bool:
        is_so = not self.is_over and self.random.random() < share
        self.seen[what] += is_so
        return is_so

    def outage(self, connection: Connection) -> Outage | None:
        if not self.happens("outage", 0.02):
            return None
        seconds = self.random.choice([0.0, 1.0, 30.0])
        return Outage(seconds, is_for_all=self.happens("away", 0.3))

    def fate(self, connection: Connection, message: Outgoing) -> Fate:
        if self.happens("lost", 0.05):
            return Fate.LOST
        return Fate.UNHEARD if self.happens("unheard", 0.05) else Fate.CONFIRMED

    def choose(self, queue: str, *, ready: int, out: int, most: int) -> Sequence[int]:
        again = [ready + self.random.randrange(out)] if out and self.happens("again", 0.1) else []
        if not ready:
            return again
        few = self.random.randint(1, min(ready, most))
        return [*self.random.sample(range(ready), few), *again][:most]

    def delay(self, queue: str) -> float:
        return self.random.expovariate(1.0) if self.happens("delay", 0.2) else 0.0


class World:
    """One that publishes from an outbox, three that work, and whoever kills these."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed)
        self.queues = MemoryQueues(self.dice)
        self.log: list[str] = []
        self.confirmed: set[str] = set()
        self.done: set[str] = set()

    def process(self) -> MemoryBroker:
        return MemoryBroker(self.queues, expected=TOPOLOGY)

    async def publish(self) -> None:
        broker, key = self.process(), observation_key("odru")
        outbox = {f"m{n}": Outgoing(f"m{n}", key, b"{}") for n in range(MESSAGES)}
        while outbox:
            batch = list(outbox.values())[: self.dice.random.randint(1, 5)]
            for message_id in await broker.publish(batch):
                del outbox[message_id]
                self.confirmed.add(message_id)
            await asyncio.sleep(0.5)

    async def work(self, name: str) -> None:
        """Take and report; now and then be killed in between: nothing is cleaned up."""
        while True:
            broker = self.process()
            subscription = broker.subscribe(HUB_QUEUE, prefetch=self.dice.random.randint(1, 10))
            while not self.dice.happens("killed", 0.03):
                taken = await subscription.take(5)
                self.log += [f"{name} {each.message_id} {each.redelivered}" for each in taken]
                if self.dice.happens("killed at work", 0.03):
                    break
                await asyncio.sleep(self.dice.random.random())
                await subscription.done(taken)
                self.done.update(each.message_id for each in taken)
            self.queues.drop(broker.connection)

    async def run(self) -> None:
        """Come to rest."""
        self.queues.declare(TOPOLOGY)
        workers = [asyncio.create_task(self.work(name)) for name in ("a", "b", "c")]
        await self.publish()
        self.dice.is_over = True
        await asyncio.sleep(1_000)
        for worker in workers:
            assert not worker.done(), worker.exception()
            worker.cancel()

    async def dead(self) -> set[str]:
        broker, dead = self.process(), set()
        async with broker.subscribe(DEAD_QUEUE_NAME, prefetch=MESSAGES) as subscription:
            while (await broker.depths())[DEAD_QUEUE_NAME]:
                dead |= {each.message_id for each in await subscription.take(MESSAGES)}
        return dead


async def test_whatever_happens_nothing_that_was_confirmed_is_lost() -> None:
    """It was worked off, or came back too often and lies among the dead letters."""
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        world = World(seed)
        await world.run()
        dead = await world.dead()
        assert len(world.confirmed) == MESSAGES
        assert world.confirmed <= world.done | dead, f"seed {seed}"
        assert (await world.process().depths())[HUB_QUEUE] == 0, f"seed {seed}"
        seen.update(world.dice.seen)
    assert all(seen.values()), f"never happened: {seen}"


async def test_the_same_seed_is_the_same_run() -> None:
    """The broker adds nothing of its own to what the seed decides."""
    runs = []
    for _ in range(2):
        world = World(7)
        await world.run()
        runs.append(world.log)
    assert len(runs[0]) >= MESSAGES
    assert runs[0] == runs[1]
