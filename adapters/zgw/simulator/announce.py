"""
Notifications: stored with the change they speak of, delivered later, never in a promised order.

A message becomes one delivery per subscription whose filters let it pass (they fail open: what a
message lacks, passes). A delivery leaves the store when it was answered 2xx or given up.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import aiohttp
import structlog

from .clock import Clock
from .links import Links
from .settings import NotificationQuirks
from .store import Row, Store

log = structlog.get_logger(__name__)
CONCURRENT: Final = 50


@dataclass(slots=True)
class Delivery:
    """One message to one subscription. `due` is in the time of the event loop."""

    seq: int
    abonnement: str
    message: dict[str, Any]
    tries: int
    due: float


class Announcer:
    """Stores messages and delivers them by the quirks of the moment."""

    def __init__(
        self,
        store: Store,
        links: Links,
        clock: Clock,
        chance: random.Random,
        quirks: Callable[[], NotificationQuirks],
    ) -> None:
        self._store = store
        self._links = links
        self._clock = clock
        self._chance = chance
        self._quirks = quirks
        self._waiting: dict[int, Delivery] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self._session: aiohttp.ClientSession | None = None
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

    # -- publishing --------------------------------------------------------------------------

    def announce(self, message: dict[str, Any]) -> None:
        """Store *message* for all whom it concerns; within the transaction of the change."""
        moment = self._clock.now().astimezone(UTC)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.publish({**message, "aanmaakdatum": message.get("aanmaakdatum", stamp)})

    def publish(self, message: dict[str, Any]) -> None:
        shared = self._quirks()
        for abonnement in self._store.all("abonnement"):
            if not concerns(abonnement, message):
                continue
            if self._chance.random() < shared.lose_share:
                self.lost += 1
                continue
            for _ in range(2 if self._chance.random() < shared.duplicate_share else 1):
                self._add(abonnement["uuid"], message)

    def _add(self, abonnement: str, message: dict[str, Any]) -> None:
        body = json.dumps({"abonnement": abonnement, "message": message})
        cursor = self._store.db.execute("insert into outgoing (body) values (?)", (body,))
        seq = int(cursor.lastrowid or 0)
        delivery = Delivery(seq, abonnement, message, 0, self._due())
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
        connector = aiohttp.TCPConnector(limit=CONCURRENT)
        async with aiohttp.ClientSession(connector=connector) as self._session:
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
                self._queue(Delivery(seq, kept["abonnement"], kept["message"], 0, due))

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
        """One subscription after another at once; within one, in turn unless reordered."""
        by_abonnement: dict[str, list[Delivery]] = {}
        for delivery in ready:
            by_abonnement.setdefault(delivery.abonnement, []).append(delivery)
        async with asyncio.TaskGroup() as group:
            for deliveries in by_abonnement.values():
                group.create_task(self._deliver_in_turn(deliveries))

    async def _deliver_in_turn(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            if self._quirks().hold:
                return
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        abonnement = self._store.get("abonnement", delivery.abonnement)
        if abonnement is None:
            self._done(delivery)
            return
        if await self.send(abonnement["callbackUrl"], abonnement["auth"], delivery.message):
            self.delivered += 1
            self._done(delivery)
            return
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

    async def send(self, url: str, auth: str | None, message: Mapping[str, Any]) -> bool:
        """POST one message; whether it was answered 2xx in time."""
        return 200 <= await self.post(url, auth, message) < 300

    async def post(self, url: str, auth: str | None, message: Mapping[str, Any]) -> int:
        """Return the status of the answer, 0 where none came."""
        if self._session is None:
            msg = "the announcer is not running"
            raise RuntimeError(msg)
        headers = {"Content-Type": "application/json"}
        if auth:
            headers["Authorization"] = auth
        timeout = aiohttp.ClientTimeout(total=self._quirks().timeout_seconds)
        body = self._links.dump(message)
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=timeout
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("notification_not_delivered", error=type(error).__name__)
            return 0


def concerns(abonnement: Row, message: Mapping[str, Any]) -> bool:
    """Whether one of the channels of a subscription lets *message* pass."""
    for kanaal in abonnement["kanalen"]:
        if kanaal["naam"] == message["kanaal"] and _passes(kanaal["filters"], message["kenmerken"]):
            return True
    return False


def _passes(filters: Mapping[str, str], kenmerken: Mapping[str, Any]) -> bool:
    for name, wanted in filters.items():
        found = kenmerken.get(name, kenmerken.get(_camel(name)))
        if wanted != "*" and found is not None and found != wanted:
            return False
    return True


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
