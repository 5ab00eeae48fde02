"""The broker of the simulation: the one in memory, with faults that the seed draws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.broker.base import Broker, Outgoing, Published
from bridge.broker.memory import Connection, Fate, MemoryBroker, MemoryQueues, Outage
from bridge.broker.topology import DEAD_QUEUE_NAME, UNROUTED_QUEUE, Topology
from tests.simulation.trace import Left

if TYPE_CHECKING:
    from tests.simulation.world import World

HUB: Final = "casebridge-hub"


class DrawnFaults:
    """Answers the broker's questions with the seed's chance."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance, self._random = world.chance, world.loop.random

    def outage(self, connection: Connection) -> Outage | None:
        """Lose a connection, or all of them, now and then."""
        if self._chance.strikes("connection-lost"):
            return Outage(self._random.uniform(0, 4))
        if self._random.random() < 0.02 and self._chance.strikes("broker-down"):
            return Outage(self._random.uniform(1, 30), is_for_all=True)
        return None

    def fate(self, connection: Connection, message: Outgoing) -> Fate:
        """Let a message, or its confirm, get lost."""
        if self._chance.strikes("publish-lost", message.routing_key):
            return Fate.LOST
        if self._chance.strikes("confirm-lost", message.routing_key):
            return Fate.UNHEARD
        return Fate.CONFIRMED

    def choose(self, queue: str, *, ready: int, out: int, most: int) -> Sequence[int]:
        """Hand out in another order, and now and then what somebody else has."""
        if ready and self._random.random() < 0.5 and self._chance.strikes("reordered", queue):
            order = self._random.sample(range(ready), ready)
            return order[: self._random.randint(1, most)]
        chosen = list(range(min(ready, most)))
        if out and len(chosen) < most and self._chance.strikes("redelivered", queue):
            chosen.append(ready + self._random.randrange(out))
        return chosen

    def delay(self, queue: str) -> float:
        """Let most go at once, and some dawdle."""
        draw = self._random.random()
        return 0.0 if draw < 0.7 else draw if self._chance.is_open else draw / 10


class Connections:
    """Who is connected, by process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.queues = MemoryQueues(DrawnFaults(world))
        self.topology = Topology.of(world.ruleset.agencies)
        self.queues.declare(self.topology)
        self._brokers: dict[str, MemoryBroker] = {}

    def connect(self, process: str) -> Broker:
        """Give a process its connection."""
        self._brokers[process] = broker = Telling(self, process, self._world)
        return broker

    def drop(self, process: str) -> None:
        """Lose the connection of a process that was killed."""
        if process in self._brokers:
            self.queues.drop(self._brokers.pop(process).connection)

    def waiting(self) -> int:
        """Count what is in the queues and not reported done."""
        return sum(
            len(kept.ready) + len(kept.out)
            for name, kept in self.queues._queues.items()
            if name not in (DEAD_QUEUE_NAME, UNROUTED_QUEUE)
        )


class Telling(MemoryBroker):
    """A connection that writes down which bytes left by it."""

    def __init__(self, connections: Connections, process: str, world: World) -> None:
        super().__init__(connections.queues, expected=connections.topology)
        self._process, self._world = process, world

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        now: datetime = self._world.now()
        agency = self._world.agency_of(self._process)
        for message in messages:
            self._world.trace.add(Left(now, agency, message.routing_key, message.body))
        return await super().publish(messages)
