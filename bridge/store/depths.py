"""
Depths: how full each queue was, and how long its oldest message waited, by ten minutes.

Whoever measures says what it saw; of a span the worst is kept, however many measured. So a row is
a few bytes for each queue, and there are few of them: what is older than two days goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, delete, select

from bridge.store.engine import Database, OnDatabase
from bridge.store.memory_state import OnState
from bridge.store.statements import insert_into, run_many
from bridge.store.tables import DEPTHS
from bridge.store.views import DEPTHS_SPAN, DepthRow

KEPT_FOR: Final = timedelta(days=2)

_SINCE: Final = (
    select(DEPTHS.c.queue, DEPTHS.c.at, DEPTHS.c.messages, DEPTHS.c.oldest_seconds)
    .where(DEPTHS.c.at >= bindparam("since", type_=DEPTHS.c.at.type))
    .order_by(DEPTHS.c.queue, DEPTHS.c.at)
)
_OLD: Final = delete(DEPTHS).where(DEPTHS.c.at < bindparam("before", type_=DEPTHS.c.at.type))


def span_of(at: datetime) -> datetime:
    """Give the beginning of the span in which a moment falls."""
    minutes = int(DEPTHS_SPAN.total_seconds()) // 60
    return at.replace(minute=at.minute - at.minute % minutes, second=0, microsecond=0)


def _worst(before: DepthRow, now: DepthRow) -> DepthRow:
    ages = [row.oldest for row in (before, now) if row.oldest is not None]
    return DepthRow(now.queue, now.at, max(before.messages, now.messages), max(ages, default=None))


class SqlDepths(OnDatabase):
    """Implements the depths of `Store`."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._note = _noting(database.dialect)

    async def note_depths(self, seen: Iterable[DepthRow], at: datetime) -> None:
        """Keep the worst of what was seen in this span, and forget what is old."""
        rows = [
            {
                "queue": row.queue,
                "at": span_of(row.at),
                "messages": row.messages,
                "oldest_seconds": None if row.oldest is None else row.oldest.total_seconds(),
            }
            for row in seen
        ]

        def run(connection: Connection) -> None:
            run_many(connection, self._note, rows)
            connection.execute(_OLD, {"before": at - KEPT_FOR})

        await self._database.write(run)

    async def depths(self, since: datetime) -> tuple[DepthRow, ...]:
        """Tell how full the queues were, from the span of *since* on."""
        values = {"since": span_of(since)}
        rows = await self._database.read(lambda c: c.execute(_SINCE, values).all())
        return tuple(
            DepthRow(queue, at, messages, None if age is None else timedelta(seconds=age))
            for queue, at, messages, age in rows
        )


class MemoryDepths(OnState):
    """The same in memory."""

    async def note_depths(self, seen: Iterable[DepthRow], at: datetime) -> None:
        """Keep the worst of what was seen in this span, and forget what is old."""
        kept = {key: row for key, row in self._state.depths.items() if key[1] >= at - KEPT_FOR}
        for row in seen:
            here = DepthRow(row.queue, span_of(row.at), row.messages, row.oldest)
            key = here.queue, here.at
            kept[key] = _worst(kept[key], here) if key in kept else here
        self._state.depths = kept

    async def depths(self, since: datetime) -> tuple[DepthRow, ...]:
        """Tell how full the queues were, from the span of *since* on."""
        found = self._state.depths
        return tuple(found[key] for key in sorted(found) if key[1] >= span_of(since))


def _noting(dialect: str) -> Any:
    start: Any = insert_into(dialect, DEPTHS)
    new, old = start.excluded, DEPTHS.c
    return start.on_conflict_do_update(
        index_elements=["queue", "at"],
        set_={
            "messages": case((new.messages > old.messages, new.messages), else_=old.messages),
            "oldest_seconds": case(
                (old.oldest_seconds.is_(None), new.oldest_seconds),
                (new.oldest_seconds > old.oldest_seconds, new.oldest_seconds),
                else_=old.oldest_seconds,
            ),
        },
    )
