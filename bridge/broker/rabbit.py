"""
The broker on RabbitMQ, 3.10 to 4.x.

One connection publishes, another consumes: an alarm in the broker freezes only the first. Services
publish and consume; declaring is done by `provision` alone, with an account that may.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity
from yarl import URL

from bridge.broker._rabbit_consume import RabbitSubscription
from bridge.broker._rabbit_line import Line, speaking
from bridge.broker._rabbit_publish import Publisher
from bridge.broker.base import Broker, BrokerMisconfigured, Outgoing, Published, QueueStanding
from bridge.broker.senders import account_of
from bridge.broker.topology import Topology

PUBLISH_TIMEOUT: Final = timedelta(seconds=10)
CONNECT_TIMEOUT: Final = timedelta(seconds=5)


class RabbitBroker:
    """Connects when first used, and again whenever a connection is lost."""

    def __init__(
        self,
        url: str,
        *,
        expected: Topology,
        publish_timeout: timedelta = PUBLISH_TIMEOUT,
        connect_timeout: timedelta = CONNECT_TIMEOUT,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """
        Remember how to connect; nothing happens yet.

        Args:
            url: `amqp://` or `amqps://`, with account and vhost.
            expected: What `check` looks for and `depths` counts.
            publish_timeout: When `publish` gives up waiting for confirms.
            connect_timeout: For connecting, and for each answer that is not a confirm.
            ssl_context: For `amqps://`: the authorities to trust, a client certificate.
        """
        address = URL(url)
        self._expected = expected
        self._seconds = connect_timeout.total_seconds()
        self._publishing = self._line(address, "publish", ssl_context)
        self._consuming = self._line(address, "consume", ssl_context)
        account = account_of(url)
        patience = publish_timeout.total_seconds()
        self._publisher = Publisher(self._publishing, account=account, timeout_seconds=patience)
        # Apart, because a dead letter keeps its sender's id, which may be ours and under way.
        self._dead_letters = Publisher(self._publishing, account=account, timeout_seconds=patience)

    async def publish(self, messages: Sequence[Outgoing]) -> Published:
        return await self._publisher.publish(messages)

    def subscribe(self, queue: str, *, prefetch: int) -> RabbitSubscription:
        return RabbitSubscription(
            queue,
            prefetch=prefetch,
            line=self._consuming,
            dead_letters=self._dead_letters,
            patience_seconds=self._seconds,
        )

    async def provision(self, topology: Topology) -> None:
        async with self._channel(self._publishing) as channel:
            for exchange in topology.exchanges:
                alternate = {"alternate-exchange": exchange.alternate} if exchange.alternate else {}
                await channel.declare_exchange(
                    exchange.name, exchange.kind, durable=True, arguments={**alternate}
                )
            for wanted in topology.queues:
                queue = await channel.declare_queue(
                    wanted.name, durable=True, arguments={**wanted.arguments}
                )
                for binding in wanted.bindings:
                    await queue.bind(binding.exchange, binding.pattern)

    async def check(self) -> None:
        async with self._channel(self._publishing):
            pass
        missing = [e.name for e in self._expected.exchanges if not await self._has_exchange(e.name)]
        missing += [q.name for q in self._expected.queues if await self._standing(q.name) is None]
        if missing:
            msg = f"these are missing: {', '.join(missing)}"
            raise BrokerMisconfigured(
                msg,
                where=self._consuming.where,
                way_out="run `casebridge provision`",
            )

    async def depths(self) -> Mapping[str, int]:
        return {name: standing.messages for name, standing in (await self.queues()).items()}

    async def queues(self) -> Mapping[str, QueueStanding]:
        found = {queue.name: await self._standing(queue.name) for queue in self._expected.queues}
        return {name: standing for name, standing in found.items() if standing is not None}

    async def close(self) -> None:
        await self._publisher.close()
        await self._dead_letters.close()
        await self._publishing.close()
        await self._consuming.close()

    async def _has_exchange(self, name: str) -> bool:
        try:
            async with self._channel(self._consuming) as channel:
                await channel.get_exchange(name, ensure=True)
        except BrokerMisconfigured as error:
            if isinstance(error.__cause__, ChannelNotFoundEntity):
                return False
            raise
        return True

    async def _standing(self, name: str) -> QueueStanding | None:
        """Return None where there is no such queue."""
        try:
            async with self._channel(self._consuming) as channel:
                queue = await channel.get_queue(name, ensure=True)
        except BrokerMisconfigured as error:
            if isinstance(error.__cause__, ChannelNotFoundEntity):
                return None
            raise
        told = queue.declaration_result
        return QueueStanding(told.message_count or 0, told.consumer_count or 0)

    @asynccontextmanager
    async def _channel(self, line: Line) -> AsyncIterator[AbstractChannel]:
        """Open a channel for a few questions; each must be answered in time."""
        channel = await line.channel(confirms=False)
        with speaking(line.where):
            try:
                async with asyncio.timeout(self._seconds):
                    yield channel
            finally:
                await line.close_channel(channel)

    def _line(self, url: URL, purpose: str, ssl_context: ssl.SSLContext | None) -> Line:
        return Line(url, purpose=purpose, connect_seconds=self._seconds, ssl_context=ssl_context)


_: type[Broker] = RabbitBroker
