"""
Messages that this system sends of its own accord: worded once, kept, and brought until taken.

A message is kept as the bytes that go out, so each try is the same as the first.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import structlog

from adapters.kit.simulator import Deliveries, NotificationQuirks, Outcome, Row, Store
from adapters.stuf_zds.envelope import NoMessage, Systeem, unwrap, wrap
from adapters.stuf_zds.fo import read_fault
from adapters.stuf_zds.incoming import BadXml, parse
from adapters.stuf_zds.names import STUF
from adapters.stuf_zds.xml import Element, local

from .afwijkingen import deviate, serialised
from .settings import Client, Deviations, SimulatorSettings, Subscriber

log = structlog.get_logger(__name__)
_CLIENT: Final = "client:"
_MOST_BYTES: Final = 1024 * 1024


class Post:
    """Knows where everybody is, and brings messages there."""

    def __init__(
        self,
        store: Store,
        settings: SimulatorSettings,
        chance: random.Random,
        quirks: Callable[[], NotificationQuirks],
        deviations: Callable[[], Deviations],
    ) -> None:
        self._store = store
        self._settings = settings
        self._quirks = quirks
        self._deviations = deviations
        self._session: aiohttp.ClientSession | None = None
        self.deliveries = Deliveries(store, chance, quirks, self._send)

    # -- addresses ---------------------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber) -> None:
        """Tell a system what changes here, from now on; in the place of what it asked before."""
        systeem = subscriber.systeem
        self._store.put(
            "abonnee",
            {
                "uuid": systeem.applicatie,
                "organisatie": systeem.organisatie,
                "applicatie": systeem.applicatie,
                "administratie": systeem.administratie,
                "url": subscriber.url,
                "speaks": subscriber.speaks,
                "profile": str(subscriber.profile),
                "user": subscriber.user,
                "password": subscriber.password,
            },
        )

    def unsubscribe(self, applicatie: str) -> None:
        """Tell a system nothing any more."""
        if self._store.get("abonnee", applicatie) is not None:
            self._store.remove("abonnee", applicatie)

    def subscribers(self) -> list[Row]:
        """Give those who are told what changes here."""
        return self._store.all("abonnee")

    def client(self, applicatie: str) -> Client | None:
        """Give a client that can be called back."""
        for client in self._settings.clients:
            if client.systeem.applicatie == applicatie and client.callback:
                return client
        return None

    # -- sending -----------------------------------------------------------------------------

    def tell(self, subscriber: Row, action: str, message: Element, reference: str) -> None:
        """Send a message to a subscriber; within the transaction of what it tells of."""
        self._add(subscriber["uuid"], action, message, reference)

    def call_back(self, client: Client, name: str, message: Element, reference: str) -> None:
        """Send a message of the protocol itself (Bv01, Fo01 …) to a client."""
        self._add(f"{_CLIENT}{client.systeem.applicatie}", f"{STUF}/{name}", message, reference)

    def answer(self, client: Client, action: str, message: Element, reference: str) -> None:
        """Send a client the answer to what it asked before."""
        self._add(f"{_CLIENT}{client.systeem.applicatie}", action, message, reference)

    def _add(self, to: str, action: str, message: Element, reference: str) -> None:
        deviations = self._deviations()
        deviate(message, deviations)
        body, content_type = serialised(wrap(message), deviations)
        self._store.put("verzonden", {"uuid": reference, "aan": to, "actie": action})
        self.deliveries.add(
            to,
            {
                "action": action,
                "type": content_type,
                "body": base64.b64encode(body).decode("ascii"),
            },
        )

    def knows(self, reference: str) -> bool:
        """Tell whether we sent a message by this reference."""
        return self._store.get("verzonden", reference) is not None

    async def run(self) -> None:
        """Bring messages until cancelled."""
        async with aiohttp.ClientSession() as self._session:
            await self.deliveries.run()

    def _address(self, to: str) -> tuple[str, dict[str, str]] | None:
        """Give where somebody is, and how we log in there."""
        if to.startswith(_CLIENT):
            client = self.client(to.removeprefix(_CLIENT))
            if client is None:
                return None
            return client.callback, _login(client.callback_user, client.callback_password)
        row = self._store.get("abonnee", to)
        if row is None:
            return None
        return row["url"], _login(row["user"], row["password"])

    async def _send(self, to: str, message: Any) -> Outcome:
        address = self._address(to)
        if address is None:
            return Outcome.UNWANTED
        url, login = address
        about = {"Content-Type": message["type"], "SOAPAction": f'"{message["action"]}"'}
        timeout = aiohttp.ClientTimeout(total=self._quirks().timeout_seconds)
        if self._session is None:
            msg = "the post is not running"
            raise RuntimeError(msg)
        try:
            async with self._session.post(
                url,
                data=base64.b64decode(message["body"]),
                headers={**about, **login},
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                return _outcome(answer.status, await answer.content.read(_MOST_BYTES))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("notification_not_delivered", error=type(error).__name__)
            return Outcome.FAILED


def _login(user: str, password: str) -> dict[str, str]:
    if not password:
        return {}
    said = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    return {"Authorization": f"Basic {said}"}


def systeem_of(subscriber: Row) -> Systeem:
    """Give what a subscriber calls itself."""
    return Systeem(subscriber["applicatie"], subscriber["organisatie"], subscriber["administratie"])


def _outcome(status: int, body: bytes) -> Outcome:
    """Only a Bv says that it was taken; what the other side blames on us is not sent again."""
    try:
        message = unwrap(parse(body))
    except (BadXml, NoMessage):
        return Outcome.FAILED
    if 200 <= status < 300 and local(message) in ("Bv03Bericht", "Bv04Bericht"):
        return Outcome.TAKEN
    fault = read_fault(message)
    if fault is not None and fault.place == "client":
        log.info("notification_refused", code=fault.code)
        return Outcome.UNWANTED
    return Outcome.FAILED
