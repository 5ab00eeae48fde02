"""
The broker without a server: durable queues in one SQLite file, for one process.

The same promises as on RabbitMQ, from the same topology. What `publish` confirmed and what
`done` forgot is on the disk. A second process is refused: with more than one, use RabbitMQ.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from bridge.broker._embedded_file import Held, QueueFile
from bridge.broker._embedded_writer import InlineWriter, OnReady, ThreadWriter, Writer
from bridge.broker.base import (
    DEAD_QUEUE,
    DEAD_REASON,
    RETURNED,
    Broker,
    BrokerError,
    BrokerMisconfigured,
    Delivery,
    Outgoing,
    Published,
    QueueStanding,
    distinct_ids,
)
from bridge.broker.topology import Topology

log = structlog.get_logger(__name__)

PUBLISH_TIMEOUT: Final = timedelta(seconds=10)
PAUSE_SECONDS: Final = 1.0


class EmbeddedBroker:
    """Opens its file when first used, and holds it until closed."""

    def __init__(
        self,
        path: Path,
        *,
        expected: Topology,
        publish_timeout: timedelta = PUBLISH_TIMEOUT,
        writer: Callable[[Path, OnReady], Writer] = ThreadWriter,
    ) -> None:
        """
        Remember the file; nothing happens yet.

        Args:
            path: The file, on a local disk; made if it does not exist.
            expected: What `check` looks for and `depths` counts.
            publish_timeout: When `publish` gives up waiting for the disk.
            writer: Where the file is worked on; `InlineWriter` where there may be no threads.
        """
        self._path = path
        self._expected = expected
        self._publish_seconds = publish_timeout.total_seconds()
        self._subscriptions: dict[EmbeddedSubscription, None] = {}
        self._holders = count(1)
        self._writer = writer(path, self._ring)

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        ids = distinct_ids(messages)
        if not ids:
            return Published(())
        try:
            async with asyncio.timeout(self._publish_seconds):
                returned = set(await self._writer.submit(lambda file: file.put(messages)))
        except (BrokerError, TimeoutError) as error:
            why = str(error) or f"no answer within {self._publish_seconds:g} s"
            log.warning("publish_unconfirmed", unconfirmed=len(ids), why=why)
            return Published.of(dict.fromkeys(ids, why))
        return Published.of({each: RETURNED if each in returned else None for each in ids})

    def subscribe(self, queue: str, *, prefetch: int) -> "EmbeddedSubscription":
        return EmbeddedSubscription(
            queue,
            prefetch=prefetch,
            holder=next(self._holders),
            writer=self._writer,
            family=self._subscriptions,
        )

    async def provision(self, topology: Topology) -> None:
        await self._writer.submit(lambda file: file.declare(topology))
        self._ring({queue.name for queue in topology.queues})

    async def check(self) -> None:
        missing = await self._writer.submit(lambda file: file.missing(self._expected))
        if missing:
            msg = f"these are missing: {', '.join(missing)}"
            raise BrokerMisconfigured(
                msg,
                where=str(self._path),
                way_out="run `casebridge provision`",
            )

    async def depths(self) -> Mapping[str, int]:
        there = await self._writer.submit(QueueFile.depths)
        return {q.name: there[q.name] for q in self._expected.queues if q.name in there}

    async def queues(self) -> Mapping[str, QueueStanding]:
        there = await self._writer.submit(QueueFile.depths)
        oldest = await self._writer.submit(QueueFile.oldest)
        takers = Counter(subscription.queue for subscription in self._subscriptions)
        return {
            queue.name: QueueStanding(there[queue.name], takers[queue.name], oldest.get(queue.name))
            for queue in self._expected.queues
            if queue.name in there
        }

    async def close(self) -> None:
        await self._writer.close()

    def _ring(self, queues: AbstractSet[str]) -> None:
        for subscription in self._subscriptions:
            if subscription.queue in queues:
                subscription.bell.set()


class EmbeddedSubscription:
    """One consumer; what it holds is marked with its number."""

    def __init__(
        self,
        queue: str,
        *,
        prefetch: int,
        holder: int,
        writer: Writer,
        family: "dict[EmbeddedSubscription, None]",
    ) -> None:
        self.queue = queue
        self.bell = asyncio.Event()
        """Rung when there may be something to take, or room to take it."""
        self._prefetch = prefetch
        self._holder = holder
        self._writer = writer
        self._family = family
        self._taking = asyncio.Lock()
        self._asked: asyncio.Future[list[Delivery]] | None = None
        self._inbox: deque[Delivery] = deque()
        self._out: set[int] = set()

    async def __aenter__(self) -> Self:
        self._family[self] = None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._family.pop(self, None)
        try:
            # Behind whatever was asked and not awaited: the thread works in order.
            await self._writer.submit(lambda file: file.release(self._holder))
        except BrokerError as trouble:
            log.warning("not_given_back", queue=self.queue, why=str(trouble))

    async def take(self, at_most: int) -> Sequence[Delivery]:
        async with self._taking:
            while not self._inbox:
                try:
                    await self._fill(at_most)
                except BrokerError as trouble:
                    log.warning("cannot_consume", queue=self.queue, why=str(trouble))
                    await asyncio.sleep(PAUSE_SECONDS)
            return [self._inbox.popleft() for _ in range(min(at_most, len(self._inbox)))]

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        held = [_held(delivery) for delivery in deliveries]
        try:
            forgotten = await self._writer.submit(lambda file: file.forget(held))
        except BrokerError as trouble:
            log.warning("ack_dropped", queue=self.queue, count=len(held), why=str(trouble))
        else:
            if forgotten < len(held):
                log.info("ack_dropped", queue=self.queue, count=len(held) - forgotten)
        self._make_room(held)

    async def dead_letter(self, delivery: Delivery, reason: str) -> None:
        held = _held(delivery)
        headers = {**delivery.headers, DEAD_REASON: reason, DEAD_QUEUE: delivery.queue}
        log.warning("dead_lettered", queue=self.queue, message=delivery.message_id, why=reason)
        try:
            if not await self._writer.submit(lambda file: file.bury(held, headers)):
                log.info("ack_dropped", queue=self.queue, message=delivery.message_id)
        except BrokerError as trouble:
            log.warning("ack_dropped", queue=self.queue, count=1, why=str(trouble))
        self._make_room([held])

    async def _fill(self, at_most: int) -> None:
        """Ask for messages, or wait for the bell; what was asked for survives cancellation."""
        if self._asked is None:
            # Not while an earlier question is open: its answer may be older than the last ring.
            self.bell.clear()
            room = min(at_most, self._prefetch - len(self._out))
            if room > 0:
                self._asked = self._writer.submit(
                    lambda file: file.hand_out(self._holder, self.queue, room)
                )
        if self._asked is not None:
            asked = self._asked
            await asyncio.wait([asked])
            self._asked = None
            self._inbox.extend(asked.result())
            self._out.update(_held(delivery).number for delivery in self._inbox)
        if not self._inbox:
            await self.bell.wait()

    def _make_room(self, held: Sequence[Held]) -> None:
        self._out.difference_update(each.number for each in held)
        self.bell.set()


def _held(delivery: Delivery) -> Held:
    if not isinstance(delivery.tag, Held):
        msg = "this delivery was not taken from an embedded broker"
        raise TypeError(msg)
    return delivery.tag


__all__ = ["EmbeddedBroker", "EmbeddedSubscription", "InlineWriter", "OnReady", "ThreadWriter"]

_: type[Broker] = EmbeddedBroker
