"""
Consuming: the broker fills an inbox, and a supervisor keeps it filled.

The library's callback only enqueues: its task belongs to the channel and is cancelled with it.
The supervisor opens the channel, consumes, and waits for the end of either, whatever the cause:
broker restarted, connection killed, channel closed for a reason, queue deleted. Then it empties
the inbox (those messages come again) and starts anew.

One end is silent: when a queue is deleted and made again within a moment, RabbitMQ 3.10 does not
tell the consumer, counts it as one of the new queue, and holds messages for it that never arrive.
From here this looks like an empty queue. So a consumer that is idle is renewed now and then: with
nothing out, closing its channel costs nothing, and gives back what is held in error.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelInvalidStateError

from bridge.broker._rabbit_line import LONGEST_PAUSE_SECONDS, Line, speaking
from bridge.broker._rabbit_publish import CONTENT_TYPE, Publisher
from bridge.broker.base import (
    DEAD_ACCOUNT,
    DEAD_QUEUE,
    DEAD_REASON,
    BrokerError,
    Delivery,
    Outgoing,
)
from bridge.broker.topology import DEAD_EXCHANGE

log = structlog.get_logger(__name__)

# What the broker itself writes on a message over its delivery limit.
FIRST_DEATH: Final = {"x-first-death-reason": DEAD_REASON, "x-first-death-queue": DEAD_QUEUE}


IDLE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Tag:
    channel: AbstractChannel
    number: int


class RabbitSubscription:
    """One consumer on a channel of its own."""

    def __init__(
        self,
        queue: str,
        *,
        prefetch: int,
        line: Line,
        dead_letters: Publisher,
        patience_seconds: float,
    ) -> None:
        self._queue = queue
        self._prefetch = prefetch
        self._line = line
        self._dead_letters = dead_letters
        self._patience_seconds = patience_seconds
        self._inbox: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._out: set[Tag] = set()
        self._has_news = False
        self._supervisor: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._supervisor = asyncio.create_task(self._keep_consuming())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])

    async def take(self, at_most: int) -> Sequence[Delivery]:
        while not self._inbox:
            self._arrived.clear()
            await self._arrived.wait()
        return [self._inbox.popleft() for _ in range(min(at_most, len(self._inbox)))]

    async def done(self, deliveries: Sequence[Delivery]) -> None:
        for position, delivery in enumerate(deliveries, start=1):
            tag = _tag(delivery)
            self._out.discard(tag)
            try:
                async with asyncio.timeout(self._patience_seconds):
                    channel = await tag.channel.get_underlay_channel()
                    # Waiting for the last to leave is enough: they leave in order.
                    await channel.basic_ack(tag.number, wait=position == len(deliveries))
            except (AMQPError, ChannelInvalidStateError, OSError) as exc:
                log.info(
                    "ack_dropped", queue=self._queue, message=delivery.message_id, why=repr(exc)
                )

    async def dead_letter(self, delivery: Delivery, reason: str) -> None:
        coffin = Outgoing(
            delivery.message_id or f"nameless-{uuid4()}",
            delivery.routing_key,
            delivery.body,
            {
                **delivery.headers,
                DEAD_REASON: reason,
                DEAD_QUEUE: delivery.queue,
                DEAD_ACCOUNT: delivery.account or "",
            },
        )
        log.warning("dead_lettered", queue=self._queue, message=coffin.message_id, why=reason)
        if await self._dead_letters.publish([coffin], exchange=DEAD_EXCHANGE):
            await self.done([delivery])
        else:
            await self._reject(delivery)

    async def _reject(self, delivery: Delivery) -> None:
        """Leave it to the broker to move the message, at least once, though without our reason."""
        tag = _tag(delivery)
        self._out.discard(tag)
        with suppress(AMQPError, ChannelInvalidStateError, OSError):
            async with asyncio.timeout(self._patience_seconds):
                channel = await tag.channel.get_underlay_channel()
                await channel.basic_reject(tag.number, requeue=False)

    async def _keep_consuming(self) -> None:
        last_trouble = ""
        while True:
            try:
                await self._consume()
            except BrokerError as error:
                if str(error) != last_trouble:
                    log.warning("cannot_consume", queue=self._queue, why=str(error))
                last_trouble = str(error)
                await asyncio.sleep(LONGEST_PAUSE_SECONDS / 2)

    async def _consume(self) -> None:
        """Fill the inbox until the channel or the consumer ends."""
        channel = await self._line.channel(confirms=False)
        try:
            with speaking(f"{self._line.where}, queue {self._queue}"):
                async with asyncio.timeout(self._patience_seconds):
                    cancelled = await self._start_consuming(channel)
                await self._watch(channel, cancelled)
        finally:
            self._inbox.clear()
            self._out.clear()
            await self._line.close_channel(channel)

    async def _start_consuming(self, channel: AbstractChannel) -> asyncio.Future[None]:
        """Return what is done when the broker cancels the consumer."""
        cancelled = asyncio.get_running_loop().create_future()

        async def on_cancel(_: object) -> None:
            if not cancelled.done():
                cancelled.set_result(None)

        async def enqueue(message: AbstractIncomingMessage) -> None:
            tag = Tag(channel, message.delivery_tag or 0)
            self._out.add(tag)
            self._inbox.append(_delivery(self._queue, message, tag))
            self._has_news = True
            self._arrived.set()

        await channel.set_qos(prefetch_count=self._prefetch)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(on_cancel)
        queue = await channel.get_queue(self._queue)
        await queue.consume(enqueue)
        return cancelled

    async def _watch(self, channel: AbstractChannel, cancelled: asyncio.Future[None]) -> None:
        """Return when consuming has ended, or has been idle for long."""
        closed: asyncio.Future[Any] = asyncio.ensure_future(channel.closed())
        ends: list[asyncio.Future[Any]] = [cancelled, closed]
        try:
            while True:
                self._has_news = False
                await asyncio.wait(ends, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if cancelled.done() or closed.done():
                    log.warning("consuming_ended", queue=self._queue)
                    return
                if not self._has_news and not self._out:
                    return
        finally:
            closed.cancel()


def _tag(delivery: Delivery) -> Tag:
    if not isinstance(delivery.tag, Tag):
        msg = "this delivery was not taken from RabbitMQ"
        raise TypeError(msg)
    return delivery.tag


def _delivery(queue: str, message: AbstractIncomingMessage, tag: Tag) -> Delivery:
    headers = {
        name: value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)
        for name, value in message.headers.items()
        if isinstance(value, str | bytes | bytearray | int | float)
    }
    for theirs, ours in FIRST_DEATH.items():
        if theirs in headers:
            headers.setdefault(ours, headers[theirs])
    if message.content_type:
        headers[CONTENT_TYPE] = message.content_type
    return Delivery(
        queue=queue,
        message_id=message.message_id or "",
        routing_key=message.routing_key or "",
        body=message.body,
        headers=headers,
        redelivered=bool(message.redelivered),
        account=message.user_id or None,
        tag=tag,
    )
