"""
The outbox: what leaves was first a row, committed with the state that it speaks of.

A row goes by its id after the broker confirmed. A failed publish is an unknown outcome: the row
stays and is sent again, and who receives it twice knows it by its state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bridge.broker.base import Broker, Outgoing
from bridge.broker.topology import command_key, event_key, hint_key, observation_key, receipt_key
from bridge.clock import Now
from bridge.engine.decision import Decision
from bridge.store.base import Outbox as OutboxStore
from bridge.store.errors import StoreError
from bridge.store.records import HUB, OutboxRow
from contracts.envelope import Envelope, Message, encode, type_of
from contracts.messages import CaseChanged, Command, Hint, Observation, Receipt

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 1.0
_RETRY_SECONDS = 1.0
_GATHER_SECONDS = 0.1
"""What was confirmed meanwhile goes in one transaction."""

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


def rows_of(decision: Decision, version: int, *, source: str, at: datetime) -> list[OutboxRow]:
    """Wrap up all that a decision sends, which was made on *version* of its Link."""
    rows = [
        row_for(command, id_=f"command-{command.id}", source=source, sender=HUB, at=at)
        for command in decision.commands
    ]
    if decision.changed and decision.link:
        # The same when it is decided again; each version of a Link is saved once.
        id_ = f"changed-{decision.link.id}-{version + 1}"
        rows.append(row_for(decision.changed, id_=id_, source=source, sender=HUB, at=at))
    return rows


def _routing_key(message: Message) -> str:
    match message:
        case Observation():
            return observation_key(message.agency)
        case Receipt():
            return receipt_key(message.agency)
        case Command():
            return command_key(message.agency)
        case Hint():
            return hint_key(message.agency)
        case CaseChanged():
            return event_key("case-changed")


def _subject(message: Message) -> str | None:
    return None if isinstance(message, Observation | Hint) else message.link


class Outbox:
    """Publishes the rows that one sender left in a store."""

    def __init__(self, store: OutboxStore, broker: Broker, *, sender: str, now: Now) -> None:
        self._store, self._broker, self._sender, self._now = store, broker, sender, now
        self._confirmed: set[str] = set()
        self._is_behind = True
        self._bell = asyncio.Event()

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        """
        Publish rows that were just committed; what is not confirmed is left to `run`.

        Their rows go a moment later, many at a time: whoever sends need not wait for that. After
        a crash between the two they are sent again; one that is put in again meanwhile goes with
        them, for the broker has it.
        """
        if not rows:
            return
        # Put in twice, it stands there once.
        unique = {row.id: row for row in rows}.values()
        confirmed = await self._broker.publish(
            [Outgoing(row.id, row.routing_key, row.body, row.headers) for row in unique]
        )
        self._confirmed.update(confirmed)
        self._is_behind |= len(confirmed) < len(unique)
        self._bell.set()

    def nudge(self) -> None:
        """Let `run` look at once: somebody else put rows there."""
        self._is_behind = True
        self._bell.set()

    async def run(self) -> None:
        """Let go of what was confirmed; send what was left, and look for it now and then."""
        looked_at = 0.0
        while True:
            clock = asyncio.get_running_loop().time
            try:
                await self._let_go()
                if self._is_behind or clock() - looked_at > _IDLE_SECONDS:
                    looked_at, self._is_behind = clock(), False
                    await self._send_leftovers()
            except StoreError as error:
                log.warning("outbox_waits", sender=self._sender, why=str(error))
                self._is_behind = True
            if self._is_behind:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._bell.wait()
            self._bell.clear()
            await asyncio.sleep(_GATHER_SECONDS)

    async def _let_go(self) -> None:
        while gone := frozenset(self._confirmed):
            await self._store.sent(gone)
            self._confirmed -= gone

    async def _send_leftovers(self) -> None:
        before = self._now() - _OTHERS_ARE_SENDING
        while rows := await self._store.unsent(_BATCH, sender=self._sender, before=before):
            await self.send(rows)
            await self._let_go()
            if self._is_behind:
                return
