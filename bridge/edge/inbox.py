"""
The inbox: what the broker brings an edge, made durable before it is acknowledged.

What cannot be read, or comes from somebody who may not send it, is set aside with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final, TypeVar

import structlog

from bridge.broker.base import Broker, Delivery
from bridge.broker.senders import FalseSender, Senders
from bridge.broker.topology import commands_queue, hints_queue
from bridge.clock import Now
from bridge.edge.bell import Bell
from bridge.edge.lease import Lease
from bridge.metrics.meters import Meters
from bridge.outbox import Outbox
from bridge.store.base import EdgeStore
from bridge.store.errors import StoreError
from bridge.store.records import CommandRow
from contracts.envelope import Undecodable, decode
from contracts.ids import AgencyId
from contracts.messages import Command, Hint

log = structlog.get_logger(__name__)

T = TypeVar("T")

_AT_ONCE: Final = 50
_STORE_PAUSE: Final = 1.0
"""Seconds, while the store is away."""


class Inbox:
    """Takes in the Commands and Hints of one agency."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        store: EdgeStore,
        broker: Broker,
        senders: Senders,
        lease: Lease,
        outbox: Outbox,
        bell: Bell,
        meters: Meters,
        now: Now,
    ) -> None:
        self._agency, self._store, self._broker, self._senders = agency, store, broker, senders
        self._lease, self._outbox, self._bell = lease, outbox, bell
        self._meters, self._now = meters, now

    async def take_commands(self) -> None:
        """Take in Commands; until cancelled. One that is done already is answered again."""
        async with aclosing(self._taken(commands_queue(self._agency), self._row)) as taken:
            async for commands in taken:
                accepted = await self._durably(partial(self._store.accept, commands))
                if accepted.answered:
                    self._outbox.nudge()

    async def take_hints(self) -> None:
        """Take in Hints, due at once whatever the clock of who sent them; until cancelled."""
        async with aclosing(self._taken(hints_queue(self._agency), self._hint)) as taken:
            async for hints in taken:
                await self._durably(partial(self._store.hint, hints, due_at=self._now()))

    async def _durably(self, save: Callable[[], Awaitable[T]]) -> T:
        """
        Save what was taken from the broker as soon as the store is there.

        It is kept meanwhile: given back again and again it would end among the dead letters.
        """
        is_told = False
        while True:
            try:
                return await save()
            except StoreError as error:
                if not is_told:
                    log.warning("edge_waits", agency=self._agency, why=str(error))
                is_told = True
                await asyncio.sleep(_STORE_PAUSE)

    async def _taken(
        self, queue: str, read: Callable[[Delivery], T]
    ) -> AsyncGenerator[Sequence[T], None]:
        """Give what comes in, as read; it is acknowledged once the caller has made it durable."""
        await self._lease.is_held.wait()
        async with self._broker.subscribe(queue, prefetch=2 * _AT_ONCE) as subscription:
            while True:
                readable: list[Delivery] = []
                found: list[T] = []
                deliveries = await subscription.take(_AT_ONCE)
                self._meters.taken(queue, deliveries)
                for delivery in deliveries:
                    try:
                        found.append(read(delivery))
                    except (Undecodable, FalseSender) as error:
                        log.warning("dead_letter", agency=self._agency, why=str(error))
                        self._meters.dead_letter(queue, error)
                        await subscription.dead_letter(delivery, str(error))
                    else:
                        readable.append(delivery)
                yield found
                await subscription.done(readable)
                self._bell.ring()

    def _hint(self, delivery: Delivery) -> Hint:
        hint = decode(delivery.body).data
        if not isinstance(hint, Hint) or hint.agency != self._agency:
            msg = f"no Hint for {self._agency}"
            raise Undecodable(msg)
        return hint

    def _row(self, delivery: Delivery) -> CommandRow:
        command = decode(delivery.body).data
        if not isinstance(command, Command) or command.agency != self._agency:
            msg = f"no Command for {self._agency}"
            raise Undecodable(msg)
        self._senders.check_hub(delivery)
        return CommandRow(
            id=command.id,
            agency=self._agency,
            ref=command.ref,
            link=command.link,
            body=delivery.body,
            at=self._now(),
        )
