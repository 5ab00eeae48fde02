"""
The outbox: what leaves was first a row, committed with the state that it speaks of.

A row goes by its id once the broker confirmed. A failed publish is an unknown outcome: the row
stays and is sent again, and who receives it twice knows it by its state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bridge.broker.base import Broker, Outgoing
from bridge.clock import Now
from bridge.store.base import Outbox as OutboxStore
from bridge.store.errors import StoreError
from bridge.store.records import OutboxRow
from contracts.envelope import Envelope, Message, encode, type_of
from contracts.messages import CaseChanged, Command, Hint, Observation, Receipt

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 1.0
_RETRY_SECONDS = 1.0
_BATCH = 200
_OTHERS_ARE_SENDING = timedelta(seconds=2)
"""Rows younger than this are being sent by whoever committed them."""


def row_for(message: Message, *, id_: str, source: str, sender: str, at: datetime) -> OutboxRow:
    """Wrap a message up for its way: envelope, routing key, id."""
    envelope = Envelope(
        id=id_,
        source=source,
        type=type_of(message),
        time=at,
        subject=_subject(message),
        data=message,
    )
    return OutboxRow(
        id=id_,
        routing_key=_routing_key(message),
        body=encode(envelope),
        at=at,
        sender=sender,
        headers={"content-type": "application/cloudevents+json; charset=utf-8"},
    )


def _routing_key(message: Message) -> str:
    match message:
        case Observation():
            return f"observation.{message.agency}"
        case Receipt():
            return f"receipt.{message.agency}"
        case Command():
            return f"command.{message.agency}"
        case Hint():
            return f"hint.{message.agency}"
        case CaseChanged():
            return "event.case-changed"


def _subject(message: Message) -> str | None:
    return None if isinstance(message, Observation | Hint) else message.link


class Outbox:
    """Publishes the rows that one sender left in a store."""

    def __init__(self, store: OutboxStore, broker: Broker, *, sender: str, now: Now) -> None:
        self._store, self._broker, self._sender, self._now = store, broker, sender, now
        self._left = asyncio.Event()
        self._left.set()

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """Publish rows that were just committed; what is not confirmed is left to `run`."""
        if not rows:
            return
        confirmed = await self._broker.publish(
            [Outgoing(row.id, row.routing_key, row.body, row.headers) for row in rows]
        )
        if len(confirmed) < len(rows):
            self._left.set()
        if confirmed:
            await self._store.sent(list(confirmed))

    def nudge(self) -> None:
        """Let `run` look at once: somebody else put rows there."""
        self._left.set()

    async def run(self) -> None:
        """Send what was left: at the start, after a failure, and now and then to be sure."""
        while True:
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._left.wait()
            except TimeoutError:
                pass
            self._left.clear()
            try:
                await self._send_leftovers()
            except StoreError as error:
                log.warning("outbox_waits", sender=self._sender, why=str(error))
                self._left.set()
            if self._left.is_set():
                await asyncio.sleep(_RETRY_SECONDS)

    async def _send_leftovers(self) -> None:
        before = self._now() - _OTHERS_ARE_SENDING
        while rows := await self._store.unsent(_BATCH, sender=self._sender, before=before):
            await self.send(rows)
            if self._left.is_set():
                return
