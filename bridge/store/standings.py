"""Standings: how each edge finds its case system, as it told last, and who holds its lease."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from bridge.store.engine import Database, OnDatabase
from bridge.store.records import Condition, Standing
from bridge.store.statements import upsert
from bridge.store.tables import LEASES, LINK_SIDES, STANDINGS
from bridge.store.views import EdgeRow, SideFigures
from contracts.ids import AgencyId

_STANDINGS: Final = select(
    STANDINGS.c.agency, STANDINGS.c.condition, STANDINGS.c.why, STANDINGS.c.since
)
_LEASES: Final = select(LEASES.c.agency, LEASES.c.holder, LEASES.c.epoch, LEASES.c.until)
_LINKED: Final = select(LINK_SIDES.c.agency, func.count()).group_by(LINK_SIDES.c.agency)


def _is(phase: str) -> ColumnElement[bool]:
    return or_(LINK_SIDES.c.facts == phase, LINK_SIDES.c.documents == phase)


_BUSY: Final = (
    select(
        LINK_SIDES.c.agency,
        func.count().filter(_is("in-flight")),
        func.count().filter(_is("waiting")),
        func.count().filter(LINK_SIDES.c.parked > 0),
    )
    # As the index on those few is made, so that it is used.
    .where(
        (LINK_SIDES.c.facts != "idle")
        | (LINK_SIDES.c.documents != "idle")
        | (LINK_SIDES.c.parked > 0)
    )
    .group_by(LINK_SIDES.c.agency)
)


class SqlStandings(OnDatabase):
    """Implements what edges tell of their systems, and what people see of it."""

    def __init__(self, database: Database) -> None:
        """Use *database*."""
        super().__init__(database)
        self._report = upsert(database.dialect, STANDINGS)

    async def report(self, agency: AgencyId, standing: Standing) -> None:
        """Tell how an edge finds its case system."""
        values = {
            "agency": agency,
            "condition": standing.condition.value,
            "why": standing.why,
            "since": standing.since,
        }
        await self._database.write(lambda c: c.execute(self._report, values))

    async def edges(self) -> tuple[EdgeRow, ...]:
        """Show every edge that this store knows."""
        return await self._database.read(_edges)

    async def side_figures(self) -> tuple[SideFigures, ...]:
        """Count the sides of each agency."""
        return await self._database.read(_figures)


def _edges(connection: Connection) -> tuple[EdgeRow, ...]:
    standings = {
        agency: Standing(Condition(condition), why, since)
        for agency, condition, why, since in connection.execute(_STANDINGS)
    }
    leases = {row.agency: row for row in connection.execute(_LEASES)}
    rows: list[EdgeRow] = []
    for agency in sorted(standings.keys() | leases.keys()):
        lease = leases.get(agency)
        holder, epoch, until = (lease.holder, lease.epoch, lease.until) if lease else ("", 0, None)
        rows.append(EdgeRow(agency, holder, epoch, until, standings.get(agency)))
    return tuple(rows)


def _figures(connection: Connection) -> tuple[SideFigures, ...]:
    busy = {agency: counts for agency, *counts in connection.execute(_BUSY)}
    linked: dict[AgencyId, int] = dict(map(tuple, connection.execute(_LINKED)))
    return tuple(
        SideFigures(agency, linked[agency], *busy.get(agency, (0, 0, 0)))
        for agency in sorted(linked)
    )
