"""Pauses: agencies in whose systems operators have nothing written for now."""

from __future__ import annotations

from typing import Final, Protocol

from sqlalchemy import Connection, bindparam, delete, insert, select

from bridge.engine.decision import Row
from bridge.engine.rules import Rules
from bridge.store.engine import Database, OnDatabase
from bridge.store.records import Pause
from bridge.store.rows import journal_row
from bridge.store.statements import insert_new
from bridge.store.tables import JOURNAL, PAUSES
from contracts.ids import AgencyId

_PAUSES: Final = select(PAUSES.c.agency, PAUSES.c.by, PAUSES.c.reason, PAUSES.c.since).order_by(
    PAUSES.c.agency
)
_LIFT: Final = delete(PAUSES).where(PAUSES.c.agency == bindparam("agency_"))
_TELL: Final = insert(JOURNAL)


class KnowsPauses(Protocol):
    """A store, as far as it can be asked for pauses."""

    async def pauses(self) -> tuple[Pause, ...]:
        """Tell where nothing is written for now."""


class SqlPauses(OnDatabase):
    """Implements the pauses of `HubStore`."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._pause = insert_new(database.dialect, PAUSES, "agency")

    async def pauses(self) -> tuple[Pause, ...]:
        """Tell where nothing is written for now."""
        rows = await self._database.read(lambda c: c.execute(_PAUSES).all())
        return tuple(Pause(*row) for row in rows)

    async def pause(self, pause: Pause, told: Row) -> bool:
        """Have nothing written at an agency any more, and say so in the journal."""
        values = {
            "agency": pause.agency,
            "by": pause.by,
            "reason": pause.reason,
            "since": pause.since,
        }

        def run(connection: Connection) -> bool:
            is_new = connection.execute(self._pause, values).rowcount == 1
            if is_new:
                connection.execute(_TELL, journal_row(told))
            return is_new

        return await self._database.write(run)

    async def unpause(self, agency: AgencyId, told: Row) -> bool:
        """Have an agency written to again, and say so in the journal."""

        def run(connection: Connection) -> bool:
            was_paused = connection.execute(_LIFT, {"agency_": agency}).rowcount == 1
            if was_paused:
                connection.execute(_TELL, journal_row(told))
            return was_paused

        return await self._database.write(run)


async def rules_now(rules: Rules, store: KnowsPauses) -> Rules:
    """Give the rules with what operators paused: what is decided and foreseen goes by these."""
    return rules.pausing(frozenset(pause.agency for pause in await store.pauses()))
