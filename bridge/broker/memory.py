"""
The broker in memory: every promise but that of the disk, for tests and for simulated runs.

`MemoryQueues` is the server; a `MemoryBroker` is one process's connection to it. No threads, no
clock but the loop's, nothing random: what may go one way or another is asked of the `Faults` that
the server was given. A process that is killed runs no cleaning up; `MemoryQueues.drop` gives back
what it had out.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import structlog

from bridge.broker._memory_faults import Connection, Fate, Faults, NoFaults, Outage
from bridge.broker._memory_queue import Consumer
from bridge.broker._memory_queues import WHERE, MemoryQueues
from bridge.broker.base import (
    DEAD_ACCOUNT,
    DEAD_QUEUE,
    DEAD_REASON,
    Broker,
    BrokerMisconfigured,
    BrokerUnreachable,
    Delivery,
    Outgoing,
    Published,
    QueueStanding,
    distinct_ids,
)
from bridge.broker.topology import Topology

log = structlog.get_logger(__name__)


class MemoryBroker:
    """One process's connection to the queues."""

    def __init__(
        self, queues: MemoryQueues, *, expected: Topology, account: str | None = None
    ) -> None:
        """
        Connect.

        Args:
            queues: The server; others may be connected to it.
            expected: What `check` looks for and `depths` counts.
            account: The sender of what is published here, as deliveries tell it.
        """
        self.connection = Connection(account)
        self._queues = queues
        self._expected = expected

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        ids = distinct_ids(messages)
        if not ids:
            return Published(())
        why = self._why_away()
        if why:
            outcomes: dict[str, str | None] = dict.fromkeys(ids, why)
        else:
            put = self._queues.put
            outcomes = {each.message_id: put(self.connection, each) for each in messages}
        # The answer travels: who is cancelled or killed meanwhile does not know it.
        await asyncio.sleep(0)
        published = Published.of(outcomes)
        if published.unconfirmed:
            why = published.unconfirmed[0].why
            log.warning("publish_unconfirmed", unconfirmed=len(published.unconfirmed), why=why)
        return published

    def subscribe(self, queue: str, *, prefetch: int) -> "MemorySubscription":
        return MemorySubscription(self._queues, Consumer(self.connection, queue, prefetch))

    async def provision(self, topology: Topology) -> None:
        self._reach()
        self._queues.declare(topology)

    async def check(self) -> None:
        self._reach()
        missing = self._queues.missing(self._expected)
        if missing:
            msg = f"these are missing: {', '.join(missing)}"
            raise BrokerMisconfigured(msg, where=WHERE, way_out="run `casebridge provision`")

    async def depths(self) -> Mapping[str, int]:
        self._reach()
        return self._queues.depths(self._expected)

    async def queues(self) -> Mapping[str, QueueStanding]:
        self._reach()
        return self._queues.standings(self._expected)

    async def close(self) -> None:
        self.connection.is_closed = True
        self._queues.drop(self.connection)

    def _reach(self) -> None:
        if why := self._why_away():
            raise BrokerUnreachable(why, where=WHERE, way_out="start again, or wait")

    def _why_away(self) -> str:
        if self.connection.is_closed:
            return "it was closed"
        seconds = self._queues.reach(self.connection)
        return f"no answer, for {seconds:g} s to come" if seconds else ""


class MemorySubscription:
    """One consumer; it asks the server whenever it has nothing left."""

    def __init__(self, queues: MemoryQueues, consumer: Consumer) -> None:
        self._queues = queues
        self._consumer = consumer
        self._connection = consumer.connection
        self._is_over = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over = True
        self._queues.cancel(self._consumer)

    async def take(self, at_most: int) -> Sequence[Delivery]:
        while not self._consumer.inbox:
            self._consumer.bell.clear()
            await self._look()
            if not self._consumer.inbox:
                await self._consumer.bell.wait()
        inbox = self._consumer.inbox
        return [inbox.popleft() for _ in range(min(at_most, len(inbox)))]

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        self._queues.reach(self._connection)
        self._report(len(deliveries) - self._queues.forget(deliveries))
        await asyncio.sleep(0)

    async def dead_letter(self, delivery: Delivery, reason: str) -> None:
        self._queues.reach(self._connection)
        why = {
            DEAD_REASON: reason,
            DEAD_QUEUE: delivery.queue,
            DEAD_ACCOUNT: delivery.account or "",
        }
        log.warning("dead_lettered", queue=delivery.queue, message=delivery.message_id, why=reason)
        if not self._queues.bury(delivery, why, self._connection.account):
            self._report(1)
        await asyncio.sleep(0)

    async def _look(self) -> None:
        """Have the inbox filled with what is there."""
        queue = self._consumer.queue
        while seconds := self._queues.reach(self._connection):
            log.warning("cannot_consume", queue=queue, why=f"no answer, for {seconds:g} s to come")
            await asyncio.sleep(seconds)
        if self._is_over or self._connection.is_closed:
            return
        if not self._queues.hand_out(self._consumer):
            log.warning(
                "cannot_consume",
                queue=queue,
                why="there is no such queue; run `casebridge provision`",
            )

    def _report(self, dropped: int) -> None:
        if dropped:
            log.info("ack_dropped", queue=self._consumer.queue, count=dropped)


__all__ = [
    "Connection",
    "Fate",
    "Faults",
    "MemoryBroker",
    "MemoryQueues",
    "MemorySubscription",
    "NoFaults",
    "Outage",
]

_: type[Broker] = MemoryBroker
