"""How a memory system tells that a case changed: signed pushes to whoever subscribed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from adapters.memory.faults import HintQuirks
from contracts.adapter import Push

SIGNATURE: Final = "x-signature"
"""Header of a push: HMAC-SHA256 of its body, in hex."""

Listener = Callable[[str, Push], None]
"""Takes a callback address and what was sent there; returns at once, keeps what it needs."""


def signed(body: bytes, secret: str) -> Push:
    """Make the push that a system sends which knows *secret*."""
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", SIGNATURE: signature}
    return Push(method="POST", path="", headers=headers, body=body)


def is_signed(push: Push, secret: str) -> bool:
    """Tell whether whoever made *push* knows *secret*."""
    known = signed(push.body, secret).headers[SIGNATURE]
    given = push.headers.get(SIGNATURE, "")
    return hmac.compare_digest(known.encode(), given.encode())


def body_of(refs: Sequence[str]) -> bytes:
    """Write the body of a push that speaks of these cases."""
    return json.dumps({"cases": list(refs)}).encode()


class Announcer:
    """
    Sends pushes, as well as its quirks let it.

    Prompt ones are handed to the listeners within the change itself; late ones by `deliver_due`,
    which whoever owns the clock calls.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.quirks = HintQuirks()
        self.listeners: list[Listener] = []
        self.subscriptions: dict[str, str] = {}
        self._now = now
        self._late: list[tuple[datetime, str]] = []

    def announce(self, ref: str) -> None:
        """Tell all subscribers that the case *ref* may have changed."""
        quirks = self.quirks
        if quirks.lose > 0:
            quirks.lose -= 1
            return
        times = 1
        if quirks.double > 0:
            quirks.double -= 1
            times = 2
        self._late += [(self._now() + quirks.delay, ref)] * times
        self.deliver_due()

    def deliver_due(self) -> None:
        """Send what is due by now."""
        now = self._now()
        due = [ref for at, ref in self._late if at <= now]
        self._late = [(at, ref) for at, ref in self._late if at > now]
        for ref in reversed(due) if self.quirks.reorders else due:
            for url, secret in tuple(self.subscriptions.items()):
                push = signed(body_of([ref]), secret)
                for listener in tuple(self.listeners):
                    listener(url, push)

    @property
    def next_due(self) -> datetime | None:
        """When the next late hint is to go; ``None`` where none waits."""
        return min((at for at, _ in self._late), default=None)
