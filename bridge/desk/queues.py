"""Queues: how they stand, and the letters that nobody could deliver or understand."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from bridge.broker.base import (
    DEAD_ACCOUNT,
    DEAD_QUEUE,
    DEAD_REASON,
    Broker,
    Delivery,
    Outgoing,
    Subscription,
)
from bridge.broker.senders import ANYBODY, Senders
from bridge.broker.topology import DEAD_QUEUE_NAME, UNROUTED_QUEUE
from bridge.clock import Now
from bridge.desk.again import Again, again_of, cases_of
from bridge.desk.hints import Hinting
from bridge.desk.together import Lasting
from bridge.engine.decision import Row, What
from bridge.jobs.errors import NotToBeDone
from bridge.store import HubStore, Work
from contracts.messages import Cause

_MOST: Final = 500
"""So many letters are looked at; whoever has more begins with those."""
_PATIENCE_SECONDS: Final = 2.0
_LATELY: Final = timedelta(seconds=2)
_LOOKS: Final = 3
_ON_ITS_WAY_SECONDS: Final = 0.2
_OURS: Final = frozenset({DEAD_REASON, DEAD_QUEUE, DEAD_ACCOUNT})


class Box(StrEnum):
    """Where letters lie that went wrong."""

    DEAD = DEAD_QUEUE_NAME
    """They could not be understood, or came back too often."""
    UNROUTED = UNROUTED_QUEUE
    """No queue takes them."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue; ``oldest`` is since when its oldest message waits, where the broker shows it."""

    name: str
    messages: int
    consumers: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Letter:
    """
    A message in one of the boxes; what it says is in ``body``, for who may see that.

    Attributes:
        id: Its own, or what it is made of where its sender gave it none.
        about: The kind of message and whom it was for or from (its routing key).
        queue: Where it was when it went wrong; empty where it never was in one.
        account: The sender's account, where the broker vouched for it.
        again: What becomes of it when it is set going.
    """

    id: str
    box: Box
    about: str
    reason: str
    queue: str
    account: str
    at: datetime | None
    size_bytes: int
    again: Again
    body: bytes = field(repr=False)


class Queues:
    """Tells how the queues stand, and does with letters in the boxes what people say."""

    def __init__(
        self,
        store: HubStore,
        broker: Broker,
        *,
        source: str,
        now: Now,
        senders: Senders = ANYBODY,
    ) -> None:
        self._store, self._broker, self._now, self._senders = store, broker, now, senders
        self._hints = Hinting(store, source=source, now=now)
        self._lately = Lasting(self.standings, lasts=_LATELY, now=now)

    async def lately(self) -> tuple[QueueLine, ...]:
        """Tell how each queue stood a moment ago: for what is looked at by many, all the time."""
        return await self._lately.get()

    async def standings(self) -> tuple[QueueLine, ...]:
        """Tell how each queue stands."""
        found = await self._broker.queues()
        return tuple(
            QueueLine(name, each.messages, each.consumers, _time(each.oldest))
            for name, each in found.items()
        )

    async def letters(self, box: Box = Box.DEAD) -> tuple[Letter, ...]:
        """Look into a box; every letter stays in it."""
        async with self._opened(box) as (_, deliveries):
            return tuple(self._letter(box, delivery) for delivery in deliveries)

    async def letter(self, id_: str, box: Box = Box.DEAD, *, by: str) -> Letter:
        """
        Look at what one letter says, and tell the journal who did: it may be a person's data.

        Raises:
            NotToBeDone: It is not there (any more).
        """
        async with self._opened(box) as (_, deliveries):
            delivery = _the(id_, box, deliveries)
            await self._tell(What.SEEN, box, delivery, by)
            return self._letter(box, delivery)

    async def requeue(self, id_: str, box: Box = Box.DEAD, *, by: str, reason: str) -> None:
        """
        Set a letter going again, as `Again` says: what made it go wrong was taken away.

        Raises:
            NotToBeDone: It is not there, nobody would believe who sends it, or it is refused.
        """
        _see_reason(reason)
        async with self._opened(box) as (subscription, deliveries):
            delivery = _the(id_, box, deliveries)
            match again_of(delivery, self._senders):
                case Again.SENT:
                    await self._send(delivery)
                case _:
                    await self._look(delivery)
            await self._tell(What.REQUEUED, box, delivery, by, reason)
            await subscription.done([delivery])

    async def drop(self, id_: str, box: Box = Box.DEAD, *, by: str, reason: str) -> None:
        """
        Throw a letter away; the journal keeps what it was about.

        Raises:
            NotToBeDone: It is not there, or no reason is given.
        """
        _see_reason(reason)
        async with self._opened(box) as (subscription, deliveries):
            delivery = _the(id_, box, deliveries)
            await self._tell(What.DROPPED, box, delivery, by, reason)
            await subscription.done([delivery])

    @asynccontextmanager
    async def _opened(self, box: Box) -> AsyncIterator[tuple[Subscription, Sequence[Delivery]]]:
        """Take what is in a box; what is not reported done goes back when it is closed."""
        expected = await self._expected(box)
        found: list[Delivery] = []
        async with self._broker.subscribe(box, prefetch=_MOST) as subscription:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    while len(found) < min(expected, _MOST):
                        found += await subscription.take(_MOST)
            except TimeoutError:
                # Somebody else looks into it, and has them for the moment.
                pass
            yield subscription, found

    async def _expected(self, box: Box) -> int:
        """Count what lies in a box; what somebody looked at a moment ago is on its way back."""
        for _ in range(_LOOKS):
            if depth := (await self._broker.depths()).get(box, 0):
                return depth
            await asyncio.sleep(_ON_ITS_WAY_SECONDS)
        return 0

    async def _send(self, delivery: Delivery) -> None:
        headers = {k: v for k, v in delivery.headers.items() if k not in _OURS}
        id_ = _letter_id(delivery)
        sent = await self._broker.publish(
            [Outgoing(id_, delivery.routing_key, delivery.body, headers)]
        )
        if not sent:
            why = sent.unconfirmed[0].why if sent.unconfirmed else "no answer"
            msg = f"the broker did not take it ({why}); it lies where it lay"
            raise NotToBeDone(msg)

    async def _look(self, delivery: Delivery) -> None:
        """Have the case of a letter looked at that nobody but its edge may send."""
        cases = await cases_of(delivery, self._store)
        if not cases:
            _, _, agency = delivery.routing_key.partition(".")
            msg = (
                f"only the edge of {agency} may send such a letter, and it does not say of which "
                f"case it is; have all its cases looked at anew (`casebridge sweep {agency}`) and "
                "drop the letter"
            )
            raise NotToBeDone(msg)
        await self._hints.send(cases, Cause.REQUEST)

    async def _tell(
        self, what: What, box: Box, delivery: Delivery, by: str, reason: str = ""
    ) -> None:
        letter = self._letter(box, delivery)
        row = Row(
            what,
            self._now(),
            value=letter.about,
            other=letter.reason or None,
            rule=box.value,
            why=reason,
            by=by,
            cause=letter.id,
        )
        await self._store.commit([Work(at=row.at, journal=(row,))])

    def _letter(self, box: Box, delivery: Delivery) -> Letter:
        headers = delivery.headers
        no_queue = "no queue takes it" if box is Box.UNROUTED else ""
        return Letter(
            id=_letter_id(delivery),
            box=box,
            about=delivery.routing_key,
            reason=headers.get(DEAD_REASON, no_queue),
            queue=headers.get(DEAD_QUEUE, ""),
            account=headers.get(DEAD_ACCOUNT) or delivery.account or "",
            at=_time(delivery.body),
            size_bytes=len(delivery.body),
            again=again_of(delivery, self._senders),
            body=delivery.body,
        )


def _letter_id(delivery: Delivery) -> str:
    return delivery.message_id or f"nameless-{hashlib.sha256(delivery.body).hexdigest()[:16]}"


def _the(id_: str, box: Box, deliveries: Sequence[Delivery]) -> Delivery:
    for delivery in deliveries:
        if _letter_id(delivery) == id_:
            return delivery
    msg = f"no letter {id_!r} lies in {box.value}; `casebridge dead-letters list` shows those"
    raise NotToBeDone(msg)


def _time(body: bytes | None) -> datetime | None:
    """Tell when a message was made, as its envelope says; a letter may say anything."""
    if body is None:
        return None
    try:
        envelope: Any = json.loads(body)
        at = datetime.fromisoformat(envelope["time"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return at if at.tzinfo is not None else None


def _see_reason(reason: str) -> None:
    if not reason.strip():
        msg = "say why: it is kept in the journal"
        raise NotToBeDone(msg)
