"""Journal: everything that happened, latest first."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import OVERSEEING, Route
from bridge.console.inert import spoken
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.engine.decision import What
from bridge.store.views import JournalEntry
from contracts.ids import AgencyId, LinkId

_PAGE: Final = 100
_COLUMNS: Final = (
    Column("at", "journals.at"),
    Column("what", "journals.what"),
    Column("agency", "cases.agency"),
    Column("case", "journals.case"),
    Column("path", "case.field"),
    Column("value", "journals.value"),
    Column("other", "journals.against"),
    Column("by", "journals.by"),
    Column("why", "journals.why"),
    Column("rule", "journals.rule"),
)


async def journal(request: web.Request) -> web.StreamResponse:
    """Tell what happened: to anything, or to what somebody asks for."""
    asked = {name: value for name, value in request.query.items() if value}
    try:
        what = What(asked["what"]) if "what" in asked else None
        before = int(asked["after"]) if "after" in asked else None
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    supply, reader = supply_of(request), reader_of(request)
    found = await supply.store.journal_of(
        LinkId(asked["link"]) if "link" in asked else None,
        agency=AgencyId(asked["agency"]) if "agency" in asked else None,
        what=what,
        before=before,
        limit=_PAGE,
    )
    following = str(found[-1].id) if len(found) == _PAGE else None
    rows = [_row(entry, reader) for entry in found]
    return await page_of_table(
        request,
        "journal.html",
        Table("journal", "journals.caption", _COLUMNS, rows, after=following),
        watch="all",
        chosen=request.query,
        agencies=sorted(supply.rules().lenses),
        whats=tuple(What),
    )


def _row(entry: JournalEntry, reader: Reader) -> Row:
    return {
        "at": Cell(entry.at),
        "what": Cell(entry.what.value, shown=reader.say(f"journal.{entry.what.name.lower()}")),
        "agency": Cell(entry.agency),
        "case": Cell(
            entry.link,
            href=f"/cases/{entry.link}" if entry.link else None,
            shown=spoken(entry.link or entry.ref),
        ),
        "path": Cell(entry.path),
        "value": Cell(entry.value, shown=spoken(entry.value)),
        "other": Cell(entry.other, shown=spoken(entry.other)),
        "by": Cell(entry.by),
        "why": Cell(entry.why),
        "rule": Cell(entry.rule),
    }


ROUTES: Final = (Route("GET", "/journal", journal, OVERSEEING),)
