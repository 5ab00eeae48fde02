"""Cases: all that are linked, and those that somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

from bridge.console.access import OVERSEEING, Route
from bridge.console.inert import spoken
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import state_of
from bridge.store.views import CasePage, CaseRow, CaseState
from contracts.ids import AgencyId

_PAGE: Final = 50
_COLUMNS: Final = (
    Column("number", "cases.number"),
    Column("title", "cases.case_title"),
    Column("home", "cases.home"),
    Column("counterparts", "cases.counterparts"),
    Column("state", "cases.state"),
    Column("since", "cases.since"),
    Column("changed", "cases.changed"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases somebody looks for, as the address of the page says."""

    text: str
    agency: AgencyId | None
    state: CaseState
    after: str | None

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """
        Read it from the address.

        Raises:
            HTTPBadRequest: There is no such state.
        """
        query = request.query
        try:
            state = CaseState(query.get("state") or CaseState.ALL)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        agency = query.get("agency")
        return cls(
            query.get("text", "").strip(),
            AgencyId(agency) if agency else None,
            state,
            query.get("after"),
        )


async def cases(request: web.Request) -> web.StreamResponse:
    """List cases, latest change first."""
    wanted = Wanted.of(request)
    supply = supply_of(request)
    found = await supply.store.cases(
        text=wanted.text,
        agency=wanted.agency,
        state=wanted.state,
        limit=_PAGE,
        after=wanted.after,
    )
    return await page_of_table(
        request,
        "cases.html",
        table_of(found, reader_of(request)),
        watch="all",
        wanted=wanted,
        states=tuple(CaseState),
        agencies=sorted(supply.rules().lenses),
    )


def table_of(found: CasePage, reader: Reader) -> Table:
    """Put cases into a table."""
    rows = [_row(row, reader) for row in found.rows]
    return Table("cases", "cases.caption", _COLUMNS, rows, after=found.after)


def _row(row: CaseRow, reader: Reader) -> Row:
    others = [side for side in row.sides if side.agency != row.home]
    since = row.unsettled_since
    return {
        "number": Cell(row.number, href=f"/cases/{row.link}", shown=spoken(row.number)),
        "title": Cell(row.title),
        "home": Cell(row.home),
        "counterparts": Cell(
            ", ".join(f"{side.agency} {side.number or side.ref or '…'}" for side in others)
        ),
        "state": Cell(state_of(row)),
        "since": Cell(since, shown=reader.age(since) if since else ""),
        "changed": Cell(row.updated_at),
    }


ROUTES: Final = (Route("GET", "/cases", cases, OVERSEEING),)
