"""
Messages on their way to those who want to hear: stored with the change, delivered later.

Never in a promised order, though to one address in turn unless reordered. A message leaves the
store when it was taken, given up, or is no longer wanted.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .store import Store


@dataclass(frozen=True, slots=True)
class NotificationQuirks:
    """
    How notifications travel. Shares are between 0 and 1; times in seconds.

    `batch_seconds` 0 sends at once; a real server may gather (Open Notificaties for 20 s).
    `retry_seconds` are the waits after each failed delivery, after which it is dropped.
    """

    delay_seconds: float = 0.0
    batch_seconds: float = 0.0
    reorder: bool = False
    duplicate_share: float = 0.0
    lose_share: float = 0.0
    hold: bool = False
    retry_seconds: tuple[float, ...] = (25, 100, 400, 1600, 6400, 25600, 52000)
    timeout_seconds: float = 10.0


class Outcome(Enum):
    """What became of one try."""

    TAKEN = auto()
    FAILED = auto()
    UNWANTED = auto()


@dataclass(slots=True)
class Delivery:
    """One message to one address. `due` is in the time of the event loop."""

    seq: int
    to: str
    message: Any
    tries: int
    due: float


Send = Callable[[str, Any], Awaitable[Outcome]]
"""Tries once to bring a message to an address; does not raise."""


class Deliveries:
    """Stores messages and delivers them by the quirks of the moment."""

    def __init__(
        self,
        store: Store,
        chance: random.Random,
        quirks: Callable[[], NotificationQuirks],
        send: Send,
    ) -> None:
        self._store = store
        self._chance = chance
        self._quirks = quirks
        self._send = send
        self._waiting: dict[int, Delivery] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self.delivered = 0
        self.failed = 0
        self.dropped = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def settled(self) -> None:
        """Wait until every message was delivered, or given up."""
        await self._settled.wait()

    def add(self, to: str, message: Any) -> None:
        """Store *message*, within the transaction of the change that it tells of."""
        shared = self._quirks()
        if self._chance.random() < shared.lose_share:
            self.lost += 1
            return
        for _ in range(2 if self._chance.random() < shared.duplicate_share else 1):
            body = json.dumps({"to": to, "message": message})
            cursor = self._store.db.execute("insert into outgoing (body) values (?)", (body,))
            self._queue_on_commit(Delivery(int(cursor.lastrowid or 0), to, message, 0, self._due()))

    def _queue_on_commit(self, delivery: Delivery) -> None:
        self._store.on_commit(lambda: self._queue(delivery))

    def _due(self) -> float:
        shared, now = self._quirks(), asyncio.get_running_loop().time()
        due = now + shared.delay_seconds
        if shared.batch_seconds > 0:
            due = (due // shared.batch_seconds + 1) * shared.batch_seconds
        return due

    def _queue(self, delivery: Delivery) -> None:
        self._waiting[delivery.seq] = delivery
        self._settled.clear()
        self._wake.set()

    def nudge(self) -> None:
        """Look again: the quirks have changed."""
        self._wake.set()

    # -- delivering --------------------------------------------------------------------------

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._resume()
        while True:
            self._wake.clear()
            ready = self._ready()
            if ready:
                await self._deliver_all(ready)
                continue
            await self._wait()

    def _resume(self) -> None:
        """Take up what a former run had stored and not delivered."""
        for seq, body in self._store.db.execute("select seq, body from outgoing order by seq"):
            kept = json.loads(body)
            if seq not in self._waiting:
                due = asyncio.get_running_loop().time()
                self._queue(Delivery(seq, kept["to"], kept["message"], 0, due))

    def _ready(self) -> list[Delivery]:
        if self._quirks().hold:
            return []
        now = asyncio.get_running_loop().time()
        ready = [delivery for delivery in self._waiting.values() if delivery.due <= now]
        if self._quirks().reorder:
            self._chance.shuffle(ready)
        return ready

    async def _wait(self) -> None:
        timeout = None
        if self._waiting and not self._quirks().hold:
            first = min(delivery.due for delivery in self._waiting.values())
            timeout = max(0.0, first - asyncio.get_running_loop().time())
        try:
            await asyncio.wait_for(self._wake.wait(), timeout)
        except TimeoutError:
            return

    async def _deliver_all(self, ready: list[Delivery]) -> None:
        """One address after another at once; to one, in turn."""
        by_address: dict[str, list[Delivery]] = {}
        for delivery in ready:
            by_address.setdefault(delivery.to, []).append(delivery)
        async with asyncio.TaskGroup() as group:
            for deliveries in by_address.values():
                group.create_task(self._deliver_in_turn(deliveries))

    async def _deliver_in_turn(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            if self._quirks().hold:
                return
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        match await self._send(delivery.to, delivery.message):
            case Outcome.TAKEN:
                self.delivered += 1
                self._done(delivery)
            case Outcome.UNWANTED:
                self._done(delivery)
            case Outcome.FAILED:
                self._try_later(delivery)

    def _try_later(self, delivery: Delivery) -> None:
        self.failed += 1
        waits = self._quirks().retry_seconds
        if delivery.tries >= len(waits):
            self.dropped += 1
            self._done(delivery)
            return
        delivery.due = asyncio.get_running_loop().time() + waits[delivery.tries]
        delivery.tries += 1

    def _done(self, delivery: Delivery) -> None:
        self._waiting.pop(delivery.seq, None)
        if not self._waiting:
            self._settled.set()
        self._store.db.execute("delete from outgoing where seq = ?", (delivery.seq,))
