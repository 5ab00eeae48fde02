"""Contents of documents on their way: told by edges, shown to people."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, delete, select, tuple_

from bridge.store.engine import Database, OnDatabase
from bridge.store.records import Direction, Transfer
from bridge.store.statements import upsert
from bridge.store.tables import LINK_SIDES, TRANSFERS
from contracts.ids import AgencyId, LinkId

_ALL: Final = select(TRANSFERS).order_by(
    TRANSFERS.c.since, TRANSFERS.c.agency, TRANSFERS.c.ref, TRANSFERS.c.document
)
_OF_A_LINK: Final = _ALL.where(
    tuple_(TRANSFERS.c.agency, TRANSFERS.c.ref).in_(
        select(LINK_SIDES.c.agency, LINK_SIDES.c.ref).where(
            LINK_SIDES.c.link_id == bindparam("link")
        )
    )
)
_END: Final = delete(TRANSFERS).where(
    TRANSFERS.c.agency == bindparam("agency"),
    TRANSFERS.c.ref == bindparam("ref"),
    TRANSFERS.c.document == bindparam("document"),
    TRANSFERS.c.direction == bindparam("direction"),
)
_FORGET: Final = delete(TRANSFERS).where(TRANSFERS.c.agency == bindparam("agency"))


class SqlTransfers(OnDatabase):
    """Implements the transfers of `EdgeStore` and of `Queries`."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        super().__init__(database)
        self._save_transfer = upsert(database.dialect, TRANSFERS)

    async def report_transfer(self, transfer: Transfer) -> None:
        """Note how far a content is; the last report counts."""
        await self._database.write(lambda c: c.execute(self._save_transfer, _row(transfer)))

    async def end_transfer(self, transfer: Transfer) -> None:
        """Note that a content is on its way no longer, whatever became of it."""
        await self._database.write(lambda c: c.execute(_END, _row(transfer)))

    async def forget_transfers(self, agency: AgencyId) -> None:
        """Forget what is on its way: what a process was at that is gone."""
        await self._database.write(lambda c: c.execute(_FORGET, {"agency": agency}))

    async def transfers(self, link: LinkId | None = None) -> tuple[Transfer, ...]:
        """List contents of documents that are on their way for more than a moment."""
        asked, values = (_ALL, {}) if link is None else (_OF_A_LINK, {"link": link})
        rows = await self._database.read(lambda c: c.execute(asked, values).mappings().all())
        return tuple(Transfer(**{**row, "direction": Direction(row["direction"])}) for row in rows)


def _row(transfer: Transfer) -> dict[str, Any]:
    return {
        "agency": transfer.agency,
        "ref": transfer.ref,
        "document": transfer.document,
        "direction": transfer.direction.value,
        "done_bytes": transfer.done_bytes,
        "size_bytes": transfer.size_bytes,
        "since": transfer.since,
        "at": transfer.at,
    }
