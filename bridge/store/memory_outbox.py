"""The outbox of a store in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Final

from bridge.store.memory_state import OnState
from bridge.store.records import HUB, OutboxRow, OutboxStats

_ID: Final = attrgetter("id")


class MemoryOutbox(OnState):
    """Implements `Outbox`."""

    async def unsent(
        self, limit: int, *, sender: str = HUB, before: datetime | None = None
    ) -> Sequence[OutboxRow]:
        """Give the oldest messages of *sender*."""
        wanted = (
            row
            for row in self._state.outbox.values()
            if row.sender == sender and (before is None or row.at < before)
        )
        return list(islice(wanted, limit))

    async def sent(self, ids: Collection[str]) -> None:
        """Let go of messages that the broker confirmed."""
        for id_ in ids:
            self._state.outbox.pop(id_, None)

    async def outbox_stats(self, *, sender: str = HUB) -> OutboxStats:
        """Count what waits to be sent."""
        moments = [row.at for row in self._state.outbox.values() if row.sender == sender]
        return OutboxStats(len(moments), min(moments, default=None))

    def _put_out(self, rows: Sequence[OutboxRow]) -> None:
        # By id, as a database has it, so that a run with either goes the same way.
        for row in sorted(rows, key=_ID):
            self._state.outbox.setdefault(row.id, row)
