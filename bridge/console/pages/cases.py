"""Cases: all that are linked, and those that somebody looks for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

from bridge.console.access import LOOKING, OPERATING, Route
from bridge.console.inert import spoken
from bridge.console.names import Names
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.people import PERSON
from bridge.console.seeing import agreements_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import Chosen, Deed, DeedKind, state_of
from bridge.engine.rules import Rules
from bridge.store.views import CasePage, CaseRow, CaseState, Narrowing
from contracts.ids import AgencyId, LinkId

DEEDS: Final = (DeedKind.RESUME, DeedKind.SWEEP, DeedKind.UNLINK)
"""What can be asked of the cases that somebody ticks."""
_PAGE: Final = 50
_COLUMNS: Final = (
    Column("number", "cases.number"),
    Column("state", "cases.state"),
    Column("since", "cases.since"),
    Column("title", "cases.case_title"),
    Column("case_type", "fields.case_type"),
    Column("handler", "fields.handler"),
    Column("changed", "cases.changed"),
    Column("home", "cases.home"),
    Column("counterparts", "cases.counterparts", breaks=True),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases somebody looks for, as the address of the page says."""

    text: str
    agency: AgencyId | None
    state: CaseState
    within: Narrowing
    after: str | None

    @classmethod
    def of(cls, request: web.Request) -> Self:
        """
        Read it from the address; never more than whoever asks may see.

        Raises:
            HTTPBadRequest: There is no such state.
        """
        asked = {name: value.strip() or None for name, value in request.query.items()}
        try:
            state = CaseState(asked.get("state") or CaseState.ALL)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        agreements, agreement = agreements_of(request), asked.get("agreement")
        if agreement is not None:
            agreements = frozenset({agreement}) & (agreements or {agreement})
        within = Narrowing(
            agreements=agreements,
            case_type=asked.get("case_type"),
            participant=asked.get("participant"),
            handler=asked.get("handler"),
        )
        agency = asked.get("agency")
        text = asked.get("text") or ""
        return cls(text, AgencyId(agency) if agency else None, state, within, asked.get("after"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter of the page: what can be chosen, by what stands in the address."""

    name: str
    word: str
    options: tuple[tuple[str, str], ...]


async def cases(request: web.Request) -> web.StreamResponse:
    """List cases, latest change first."""
    wanted = Wanted.of(request)
    supply = supply_of(request)
    found = await supply.store.cases(
        text=wanted.text,
        agency=wanted.agency,
        state=wanted.state,
        within=wanted.within,
        limit=_PAGE,
        after=wanted.after,
    )
    return await page_of_table(
        request,
        "cases.html",
        table_of(found, await supply.desk.sides.pauses(), reader_of(request)),
        watch="all",
        chosen=request.query,
        deeds=DEEDS if reader_of(request).may(OPERATING) else (),
        states=tuple(CaseState),
        choices=_choices(supply.rules(), agreements_of(request)),
    )


async def plan(request: web.Request) -> web.StreamResponse:
    """Plan a deed for the cases that were ticked; its page shows what that comes to."""
    form = await request.post()
    kind = next((deed for deed in DEEDS if deed.value == form.get("kind")), None)
    if kind is None:
        raise web.HTTPBadRequest(text="that is not done to many cases from here")
    links = tuple(LinkId(str(link)) for link in form.getall("chosen", ()))
    if not links:
        raise web.HTTPBadRequest(text="tick the cases that you mean")
    report = await supply_of(request).desk.jobs.plan(
        Deed(kind),
        Chosen(links=links),
        by=request[PERSON].id,
        reason=str(form.get("reason", "")).strip(),
    )
    where = f"/jobs/{report.job.id}"
    raise web.HTTPSeeOther(where)


def table_of(
    found: CasePage, paused: Collection[AgencyId], reader: Reader, place: str = "/cases"
) -> Table:
    """Put cases into a table, with some agencies paused; each leads to its page below *place*."""
    names = Names(reader.supply.rules())
    rows = [_row(row, paused, names, reader, place) for row in found.rows]
    can_be_ticked = place == "/cases" and reader.may(OPERATING)
    return Table(
        "cases",
        "cases.caption",
        _COLUMNS,
        rows,
        after=found.after,
        choosable="link" if can_be_ticked else None,
    )


def _choices(rules: Rules, agreements: frozenset[str] | None) -> tuple[Choice, ...]:
    known = [each.id for each in rules.agreements if agreements is None or each.id in agreements]
    people = sorted((staff.name, staff.id) for staff in rules.staff.values())
    places = sorted((each.name, each.code) for each in rules.participants.values())
    types = sorted((each.name, each.code) for each in rules.vocabulary.case_types)
    agencies = tuple((each, Names(rules).agency(each)) for each in sorted(rules.lenses))
    return (
        Choice("agency", "cases.agency", agencies),
        Choice("agreement", "cases.agreement", tuple((name, name) for name in sorted(known))),
        Choice("case_type", "fields.case_type", tuple((code, name) for name, code in types)),
        Choice("participant", "fields.participant", tuple((code, name) for name, code in places)),
        Choice("handler", "fields.handler", tuple((id_, name) for name, id_ in people)),
    )


def _row(
    row: CaseRow, paused: Collection[AgencyId], names: Names, reader: Reader, place: str
) -> Row:
    others = [side for side in row.sides if side.agency != row.home]
    since = row.unsettled_since
    return {
        "link": Cell(row.link),
        "number": Cell(row.number, href=f"{place}/{row.link}", shown=spoken(row.number)),
        "title": Cell(row.title),
        "case_type": Cell(row.case_type, shown=names.shared("case_type", row.case_type).text),
        "handler": Cell(row.handler, shown=names.person(row.handler).text),
        "home": Cell(row.home, shown=names.agency(row.home)),
        "counterparts": Cell(
            ", ".join(
                f"{names.agency(side.agency)} {side.number or side.ref or '…'}" for side in others
            )
        ),
        "state": Cell(state_of(row, paused)),
        "since": Cell(since, shown=reader.age(since) if since else ""),
        "changed": Cell(row.updated_at, shown=reader.age(row.updated_at)),
    }


ROUTES: Final = (
    Route("GET", "/cases", cases, LOOKING),
    Route("POST", "/cases/plan", plan, OPERATING),
)
