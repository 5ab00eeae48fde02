"""Hints become durable, and are looked at when they are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bridge.clock import Now
from bridge.edge.bell import Bell
from bridge.metrics.meters import Meters
from bridge.store.base import EdgeStore
from bridge.store.records import HintRow
from contracts.adapter import HintPage
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Cause, Hint


class Hints:
    """The hints of one agency, on their way into its store."""

    def __init__(
        self, *, agency: AgencyId, store: EdgeStore, bell: Bell, meters: Meters, now: Now
    ) -> None:
        self._agency, self._store, self._bell = agency, store, bell
        self._meters, self._now = meters, now

    async def keep(self, refs: Sequence[CaseRef], cause: Cause, due_at: datetime) -> None:
        """Make it durable that some cases are to be looked at from a moment on."""
        if refs:
            await self._store.hint(self._made(refs, cause), due_at=due_at)
            self._bell.ring_at(due_at)

    async def keep_page(self, page: HintPage) -> None:
        """Make what a poll found durable, together with how far it has come; due at once."""
        hints = self._made(page.refs, Cause.POLL)
        cursors = {self._agency: page.cursor} if page.cursor else None
        await self._store.hint(hints, cursors=cursors)
        if hints:
            self._bell.ring()

    async def put_back(self, hint: HintRow, due_at: datetime) -> None:
        """Have one looked at again, one try further."""
        await self._store.requeue_hint(hint, max(due_at, self._now()))
        self._bell.ring_at(due_at)

    def _made(self, refs: Sequence[CaseRef], cause: Cause) -> list[Hint]:
        self._meters.hints(self._agency, cause, len(refs))
        return [Hint(agency=self._agency, ref=ref, cause=cause, at=self._now()) for ref in refs]
