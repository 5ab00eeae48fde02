"""
The hub: takes Observations and Receipts in groups, decides, saves, sends, acknowledges.

Several hubs share one queue. They need no agreement among each other: who saves first is right,
and the other decides again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import structlog

from bridge.broker.base import Broker, Delivery
from bridge.broker.senders import ANYBODY, FalseSender, Senders
from bridge.broker.topology import HUB_QUEUE
from bridge.clock import Now
from bridge.engine.decide import AFTER_A_BUG
from bridge.hub.group import Event, Group, Operate, Wake
from bridge.metrics.meters import Meters
from bridge.outbox import Outbox
from bridge.settings import HubSettings
from bridge.store.base import HubStore
from bridge.store.errors import StoreError
from bridge.store.records import HUB, OutboxRow
from contracts.envelope import Undecodable, decode
from contracts.ids import LinkId
from contracts.messages import Observation, Receipt

log = structlog.get_logger(__name__)

_TIMERS_EVERY: Final = 1.0
_STORE_PAUSE: Final = 1.0
"""Seconds, while the store is away."""


class Hub:
    """One worker of the hub."""

    def __init__(
        self,
        *,
        store: HubStore,
        broker: Broker,
        group: Group,
        settings: HubSettings,
        now: Now,
        senders: Senders = ANYBODY,
        meters: Meters | None = None,
    ) -> None:
        self._store, self._broker, self._settings, self._now = store, broker, settings, now
        self._group, self._senders = group, senders
        self._meters = meters or Meters()
        self._outbox = Outbox(store, broker, sender=HUB, now=now)

    async def run(self) -> None:
        """Work until cancelled. Trouble with store or broker is waited out."""
        async with asyncio.TaskGroup() as tasks:
            for loop in (self._take, self._wake, self._outbox.run):
                tasks.create_task(self._kept_alive(loop), name=f"hub:{loop.__name__}")

    async def operate(self, operate: Operate) -> None:
        """Do what a person asked of a Link, at once."""
        await self._outbox.send(await self._group.settle([operate]))

    async def _kept_alive(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await loop()
            except StoreError as error:
                # What was taken and not acknowledged comes again.
                log.warning("hub_waits", why=str(error))
                await asyncio.sleep(_STORE_PAUSE)

    async def _take(self) -> None:
        group = self._settings.group
        async with self._broker.subscribe(HUB_QUEUE, prefetch=2 * group) as subscription:
            while True:
                deliveries = await subscription.take(group)
                self._meters.taken(HUB_QUEUE, deliveries)
                readable: list[Delivery] = []
                events: list[Event] = []
                for delivery in deliveries:
                    try:
                        events.append(self._event(delivery))
                    except (Undecodable, FalseSender) as error:
                        log.warning("dead_letter", why=str(error))
                        self._meters.dead_letter(HUB_QUEUE, error)
                        await subscription.dead_letter(delivery, str(error))
                    else:
                        readable.append(delivery)
                rows = await self._settle_once_it_can(events)
                # Durable: acknowledged at once, and sent; what is not sent is a row already.
                await asyncio.gather(subscription.done(readable), self._outbox.send(rows))

    def _event(self, delivery: Delivery) -> Event:
        message = decode(delivery.body).data
        if not isinstance(message, Observation | Receipt):
            msg = f"{type(message).__name__} is no message for the hub"
            raise Undecodable(msg)
        self._senders.check_agency(delivery, message.agency)
        if isinstance(message, Observation):
            self._meters.observation(message.agency, message.sight.kind)
        else:
            self._meters.receipt(message.agency, message.result.kind)
        return message

    async def _settle_once_it_can(self, events: Sequence[Event]) -> list[OutboxRow]:
        """
        Decide on a group as soon as the store is there.

        What was taken is kept meanwhile. Given back again and again, it would come to the end of
        its deliveries and go to the dead letters while a database is restarted.
        """
        is_told = False
        while True:
            try:
                return await self._settle(events)
            except StoreError as error:
                if not is_told:
                    log.warning("hub_waits", why=str(error))
                is_told = True
                await asyncio.sleep(_STORE_PAUSE)

    async def _settle(self, events: Sequence[Event]) -> list[OutboxRow]:
        """Decide on a group; where one event meets a bug, the others are decided without it."""
        try:
            return await self._group.settle(events)
        except StoreError:
            raise
        except Exception:
            if len(events) == 1:
                log.exception("hub_bug", link=_link(events[0]))
                return await self._set_aside(events[0])
        rows: list[OutboxRow] = []
        for event in events:
            rows += await self._settle([event])
        return rows

    async def _set_aside(self, event: Event) -> list[OutboxRow]:
        """Park the case; where even that fails, keep the rest going."""
        try:
            return await self._group.park_for_bug(event)
        except StoreError:
            raise
        except Exception:
            link = _link(event)
            log.exception("hub_bug_not_parked", link=link)
            if isinstance(event, Wake) and link is not None:
                await self._store.postpone([link], self._now() + AFTER_A_BUG)
            return []

    async def _wake(self) -> None:
        while True:
            due = await self._store.due_timers(self._now(), self._settings.group)
            if due:
                rows = await self._settle([Wake(timer.link) for timer in due])
                await self._outbox.send(rows)
            if len(due) < self._settings.group:
                await asyncio.sleep(_TIMERS_EVERY)


def _link(event: Event) -> LinkId | None:
    return None if isinstance(event, Observation) else event.link
