"""Hints that people ask for: a case is looked at, whatever was or was not announced."""

from __future__ import annotations

from collections.abc import Sequence

from ulid import ULID

from bridge.clock import Now
from bridge.outbox import row_for
from bridge.store import HUB, CaseKey, HubStore, Work
from contracts.messages import Cause, Hint


class Hinting:
    """Sends Hints by way of the outbox; the running hub publishes them."""

    def __init__(self, store: HubStore, *, source: str, now: Now) -> None:
        self._store, self._source, self._now = store, source, now

    async def send(self, cases: Sequence[CaseKey], cause: Cause) -> None:
        """Have the edges look at *cases*."""
        at = self._now()
        rows = [
            row_for(
                Hint(agency=agency, ref=ref, cause=cause, at=at),
                id_=f"hint-{ULID()}",
                source=self._source,
                sender=HUB,
                at=at,
            )
            for agency, ref in cases
        ]
        if rows:
            await self._store.commit([Work(at=at, outgoing=tuple(rows))])
