"""
Notifications: one delivery per subscription whose filters let the message pass.

Filters fail open: what a message lacks, passes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, Final

import aiohttp
import structlog

from adapters.kit.simulator import Clock, Deliveries, NotificationQuirks, Outcome, Row, Store

from .links import Links

log = structlog.get_logger(__name__)
CONCURRENT: Final = 50


class Announcer:
    """Words messages and brings them to whom they concern."""

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
        self._quirks = quirks
        self._session: aiohttp.ClientSession | None = None
        self.deliveries = Deliveries(store, chance, quirks, self._send)

    def announce(self, message: dict[str, Any]) -> None:
        """Store *message* for all whom it concerns; within the transaction of the change."""
        moment = self._clock.now().astimezone(UTC)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.publish({**message, "aanmaakdatum": message.get("aanmaakdatum", stamp)})

    def publish(self, message: dict[str, Any]) -> None:
        for abonnement in self._store.all("abonnement"):
            if concerns(abonnement, message):
                self.deliveries.add(abonnement["uuid"], message)

    async def run(self) -> None:
        """Deliver until cancelled."""
        connector = aiohttp.TCPConnector(limit=CONCURRENT)
        async with aiohttp.ClientSession(connector=connector) as self._session:
            await self.deliveries.run()

    async def _send(self, to: str, message: Any) -> Outcome:
        abonnement = self._store.get("abonnement", to)
        if abonnement is None:
            return Outcome.UNWANTED
        status = await self.post(abonnement["callbackUrl"], abonnement["auth"], message)
        return Outcome.TAKEN if 200 <= status < 300 else Outcome.FAILED

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
