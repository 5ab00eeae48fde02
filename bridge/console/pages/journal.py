"""Journal: everything that happened, latest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from pydantic import JsonValue

from bridge.console.access import OVERSEEING, Route
from bridge.console.fields import field_name
from bridge.console.inert import spoken
from bridge.console.names import Names
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.engine.decision import What
from bridge.engine.link import Link
from bridge.store.views import JournalEntry
from contracts.ids import AgencyId, LinkId

_PAGE: Final = 100
_COLUMNS: Final = (
    Column("at", "journals.at"),
    Column("what", "journals.what"),
    Column("agency", "cases.agency"),
    Column("case", "journals.case", breaks=True),
    Column("path", "case.field", breaks=True),
    Column("value", "journals.value", breaks=True),
    Column("other", "journals.against", breaks=True),
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
    names = reader.names
    found = await supply.store.journal_of(
        LinkId(asked["link"]) if "link" in asked else None,
        agency=AgencyId(asked["agency"]) if "agency" in asked else None,
        what=what,
        before=before,
        limit=_PAGE,
    )
    following = str(found[-1].id) if len(found) == _PAGE else None
    numbers = await supply.store.numbers({entry.link for entry in found if entry.link})
    stored = await supply.store.links(
        {
            each.link
            for each in found
            if each.link and each.what is What.SENT and each.path == "status"
        }
    )
    links = {id_: each.link for id_, each in stored.items()}
    rows = [
        _row(each, numbers, links.get(each.link) if each.link else None, reader, names)
        for each in found
    ]
    return await page_of_table(
        request,
        "journal.html",
        Table("journal", "journals.caption", _COLUMNS, rows, after=following),
        watch="all",
        chosen=request.query,
        agencies=sorted(supply.rules().lenses),
        whats=tuple(What),
    )


def _row(
    entry: JournalEntry,
    numbers: Mapping[LinkId, str],
    link: Link | None,
    reader: Reader,
    names: Names,
) -> Row:
    known = numbers.get(entry.link) if entry.link else None

    def said(value: JsonValue) -> str:
        return names.told(entry, value, link).text

    return {
        "at": Cell(entry.at),
        "what": Cell(entry.what.value, shown=reader.say(f"journal.{entry.what.name.lower()}")),
        "agency": Cell(entry.agency, shown=names.agency(entry.agency) if entry.agency else ""),
        "case": Cell(
            entry.link,
            href=f"/cases/{entry.link}" if entry.link else None,
            shown=spoken(known or entry.link or entry.ref),
        ),
        "path": Cell(entry.path, shown=field_name(entry.path, reader) if entry.path else ""),
        "value": Cell(entry.value, shown=_step(entry, reader) or said(entry.value)),
        "other": Cell(entry.other, shown=said(entry.other)),
        "by": Cell(entry.by, shown=names.person(entry.by).text if entry.by else ""),
        "why": Cell(entry.why),
        "rule": Cell(entry.rule, shown=_deed(entry, reader)),
    }


def _step(entry: JournalEntry, reader: Reader) -> str | None:
    """Say which step of a job a row tells of."""
    return reader.say(f"jobs.state_{entry.value}") if entry.what is What.JOB else None


def _deed(entry: JournalEntry, reader: Reader) -> str | None:
    """Say what a job does, where a row tells of one."""
    return reader.say(f"parked.way_{entry.rule}") if entry.what is What.JOB else None


ROUTES: Final = (Route("GET", "/journal", journal, OVERSEEING),)
