"""The outbox: messages that were saved with the state they speak of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select

from bridge.store.engine import Database, OnDatabase
from bridge.store.records import HUB, OutboxRow, OutboxStats
from bridge.store.rows import outbox_row
from bridge.store.statements import in_parts, insert_new, padded, run_many
from bridge.store.tables import OUTBOX

_COLUMNS: Final = (
    OUTBOX.c.id,
    OUTBOX.c.routing_key,
    OUTBOX.c.body,
    OUTBOX.c.at,
    OUTBOX.c.headers,
    OUTBOX.c.sender,
)
_OLDEST: Final = (
    select(*_COLUMNS)
    .where(OUTBOX.c.sender == bindparam("sender"))
    .order_by(OUTBOX.c.number)
    .limit(bindparam("at_most"))
)
_OLDEST_BEFORE: Final = _OLDEST.where(OUTBOX.c.at < bindparam("before"))
_DELETE: Final = delete(OUTBOX).where(OUTBOX.c.id.in_(bindparam("ids", expanding=True)))
_STATS: Final = select(func.count(), func.min(OUTBOX.c.at)).where(
    OUTBOX.c.sender == bindparam("sender")
)


class SqlOutbox(OnDatabase):
    """Implements `Outbox`."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        super().__init__(database)
        self._insert_outgoing = insert_new(database.dialect, OUTBOX, "id")

    async def unsent(
        self, limit: int, *, sender: str = HUB, before: datetime | None = None
    ) -> Sequence[OutboxRow]:
        """Give the oldest messages of *sender*."""
        values: dict[str, Any] = {"sender": sender, "at_most": limit}
        statement = _OLDEST
        if before is not None:
            statement, values = _OLDEST_BEFORE, values | {"before": before}
        rows = await self._database.read(lambda c: c.execute(statement, values).all())
        return [OutboxRow(*row) for row in rows]

    async def sent(self, ids: Collection[str]) -> None:
        """Let go of messages that the broker confirmed."""
        parts = [padded(part) for part in in_parts(sorted(ids))]

        def run(connection: Connection) -> None:
            for part in parts:
                connection.execute(_DELETE, {"ids": part})

        if parts:
            await self._database.write(run)

    async def outbox_stats(self, *, sender: str = HUB) -> OutboxStats:
        """Count what waits to be sent."""
        row = await self._database.read(lambda c: c.execute(_STATS, {"sender": sender}).one())
        return OutboxStats(*row)

    def _put_out(self, connection: Connection, rows: Sequence[OutboxRow]) -> None:
        # In one order everywhere, so that two who put in the same ids wait, and never deadlock.
        ordered = sorted(map(outbox_row, rows), key=lambda row: str(row["id"]))
        run_many(connection, self._insert_outgoing, ordered)
