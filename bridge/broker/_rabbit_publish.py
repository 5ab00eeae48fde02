"""
Publishing with confirms, many messages under way at a time.

What must stay true:
1. An id is reported as confirmed only when the broker said so.
2. `publish` ends in time. A message without an answer by then stays *under way*: it is still on
   the wire and may arrive. Nothing new is sent before all such have their answer or the channel
   is gone; so an alarm of an hour costs one batch of memory, not one batch for each try.
3. A message id is on the wire once at a time (the client library matches returned messages by
   it): a second publish of a message that is under way waits for the first.
4. A message that makes the broker close the channel (forbidden, too large) holds up no other:
   its companions are sent again one by one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from weakref import WeakSet

import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractExchange
from aio_pika.exceptions import (
    AMQPError,
    ChannelClosed,
    ChannelInvalidStateError,
    DeliveryError,
    PublishError,
)

from bridge.broker._rabbit_line import SHORTEST_PAUSE_SECONDS, Line
from bridge.broker.base import (
    BrokerError,
    BrokerUnreachable,
    Outgoing,
    Published,
    distinct_ids,
)
from bridge.broker.topology import EVENTS_EXCHANGE, exchange_for

log = structlog.get_logger(__name__)

MOST_UNDER_WAY: Final = 500
GRACE_SECONDS: Final = 1.0
CONTENT_TYPE: Final = "content-type"


@dataclass(frozen=True, slots=True)
class Sending:
    message: Outgoing
    channel: AbstractChannel
    task: asyncio.Task[str | None]
    """Ends with None when confirmed, else with the reason why not."""


class Publisher:
    """One channel for publishing, opened again after each loss."""

    def __init__(self, line: Line, *, account: str | None, timeout_seconds: float) -> None:
        self._line = line
        self._account = account
        self._timeout_seconds = timeout_seconds
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._under_way: dict[str, Sending] = {}
        self._overdue: dict[str, Sending] = {}
        """Sent, and not waited for to the end; kept to hear of a confirm that came late."""
        self._poisoned: WeakSet[AbstractChannel] = WeakSet()
        self._was_silent = False

    async def publish(
        self, messages: Sequence[Outgoing], *, exchange: str | None = None
    ) -> Published:
        """Send to *exchange*, or to where the routing key belongs; see `Broker.publish`."""
        ids = distinct_ids(messages)
        sent: dict[str, Sending] = {}
        trouble = f"no confirm within {self._timeout_seconds:g} s"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._send_all(messages, exchange, sent)
        except TimeoutError:
            pass
        except BrokerError as error:
            trouble = str(error)
        finally:
            self._overdue |= {key: s for key, s in sent.items() if not s.task.done()}
        published = _published(ids, sent, trouble)
        self._report(published)
        return published

    async def close(self) -> None:
        tasks = [sending.task for sending in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_all(
        self, messages: Sequence[Outgoing], exchange: str | None, sent: dict[str, Sending]
    ) -> None:
        sent.update(self._sent_before(messages))
        while waiting := [s.task for s in self._overdue.values() if not s.task.done()]:
            await asyncio.wait(waiting)
        for message in messages:
            self._overdue.pop(message.message_id, None)
        if len(self._overdue) > MOST_UNDER_WAY:
            self._overdue.clear()
        remaining = iter([m for m in messages if not _is_confirmed(sent.get(m.message_id))])
        while group := list(islice(remaining, MOST_UNDER_WAY)):
            channel = await self._open()
            sent.update({m.message_id: self._start(channel, m, exchange) for m in group})
            await asyncio.wait([sent[m.message_id].task for m in group])
            if channel in self._poisoned:
                await self._send_one_by_one(group, exchange, sent)

    def _sent_before(self, messages: Sequence[Outgoing]) -> Mapping[str, Sending]:
        """Find those that an earlier publish could not wait for."""
        under_way = self._overdue | self._under_way
        return {
            message.message_id: sending
            for message in messages
            if (sending := under_way.get(message.message_id)) is not None
            and sending.message == message
        }

    async def _send_one_by_one(
        self, messages: Sequence[Outgoing], exchange: str | None, sent: dict[str, Sending]
    ) -> None:
        for message in messages:
            while _outcome(sent[message.message_id].task) is not None:
                channel = await self._open_patiently()
                sending = sent[message.message_id] = self._start(channel, message, exchange)
                await asyncio.wait([sending.task])
                if not channel.is_closed or channel in self._poisoned:
                    # An answer to this very message, be it a refusal.
                    break

    async def _open_patiently(self) -> AbstractChannel:
        """Open a channel after one was closed: what was behind the culprit may cost the line."""
        while True:
            try:
                return await self._open()
            except BrokerUnreachable:
                await asyncio.sleep(SHORTEST_PAUSE_SECONDS)

    async def _open(self) -> AbstractChannel:
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                self._channel = await self._line.channel(confirms=True)
                self._channel.close_callbacks.add(self._abandon)
            return self._channel

    def _start(self, channel: AbstractChannel, message: Outgoing, exchange: str | None) -> Sending:
        before = self._under_way.get(message.message_id)
        if before is not None and before.message == message:
            return before
        task = asyncio.create_task(self._send(channel, message, exchange, before))
        sending = self._under_way[message.message_id] = Sending(message, channel, task)
        task.add_done_callback(lambda _: self._forget(sending))
        return sending

    def _forget(self, sending: Sending) -> None:
        if self._under_way.get(sending.message.message_id) is sending:
            del self._under_way[sending.message.message_id]

    async def _send(
        self,
        channel: AbstractChannel,
        message: Outgoing,
        exchange: str | None,
        before: Sending | None,
    ) -> str | None:
        if before is not None:
            # Another message with this id, as foreign senders have them: one after the other.
            await asyncio.wait([before.task])
        name = exchange or exchange_for(message.routing_key)
        try:
            target: AbstractExchange = await channel.get_exchange(name, ensure=False)
            await target.publish(
                self._amqp(message), message.routing_key, mandatory=name != EVENTS_EXCHANGE
            )
        except PublishError:
            return f"returned: no queue takes {message.routing_key!r}, not even for the unroutable"
        except DeliveryError:
            return "refused: a queue is full"
        except ChannelClosed as exc:
            self._poisoned.add(channel)
            return f"the broker closed the channel: {exc}"
        except (AMQPError, ChannelInvalidStateError, OSError) as exc:
            return f"the connection was lost: {exc!r}"
        return None

    def _amqp(self, message: Outgoing) -> Message:
        headers: Mapping[str, str] = message.headers
        return Message(
            message.body,
            message_id=message.message_id,
            content_type=headers.get(CONTENT_TYPE),
            headers={name: value for name, value in headers.items() if name != CONTENT_TYPE},
            delivery_mode=DeliveryMode.PERSISTENT,
            # The broker closes the channel if this is not who we are, so receivers can trust it.
            user_id=self._account,
        )

    def _abandon(self, sender: object, error: BaseException | None) -> None:
        """Let nothing hang on a channel that is gone, should the library forget to fail it."""
        tasks = [s.task for s in self._under_way.values() if s.channel is sender]

        def cancel() -> None:
            for task in tasks:
                task.cancel()

        asyncio.get_running_loop().call_later(GRACE_SECONDS, cancel)

    def _report(self, published: Published) -> None:
        if published.unconfirmed and not self._was_silent:
            log.warning(
                "publish_unconfirmed",
                confirmed=len(published),
                unconfirmed=len(published.unconfirmed),
                why=published.unconfirmed[0].why,
            )
        elif published.confirmed and self._was_silent:
            log.info("publish_confirmed_again")
        self._was_silent = bool(published.unconfirmed)


def _published(ids: Sequence[str], sent: Mapping[str, Sending], trouble: str) -> Published:
    outcomes: dict[str, str | None] = dict.fromkeys(ids, trouble)
    outcomes.update({key: _outcome(s.task) for key, s in sent.items() if s.task.done()})
    return Published.of(outcomes)


def _is_confirmed(sending: Sending | None) -> bool:
    return sending is not None and sending.task.done() and _outcome(sending.task) is None


def _outcome(task: asyncio.Task[str | None]) -> str | None:
    return "given up: closed without an answer" if task.cancelled() else task.result()
