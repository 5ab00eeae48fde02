"""Parked: what stands still, by what is the matter; and setting it going."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import OPERATING, OVERSEEING, Route
from bridge.console.fields import field_name, table_name
from bridge.console.inert import inert, spoken
from bridge.console.page import Reader, page, page_of_table, reader_of
from bridge.console.people import PERSON
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import Chosen, Deed, DeedKind, Group, Healer, NotToBeDone
from bridge.desk.jobs import MOST_CASES
from bridge.engine.parked import Reason, Way
from bridge.jobs.deed import DANGEROUS
from bridge.store import ParkedRow

_COLUMNS: Final = (
    Column("matter", "parked.matter"),
    Column("agency", "parked.agency"),
    Column("reason", "parked.reason"),
    Column("cases", "parked.cases", is_number=True),
    Column("recent", "parked.recent", is_number=True),
    Column("since", "parked.since"),
    Column("returned", "parked.returned"),
    Column("healer", "parked.healer"),
)
_PAGE: Final = 50
_WAITING: Final = (
    Column("number", "parked.number"),
    Column("path", "parked.field"),
    Column("why", "parked.why"),
    Column("since", "parked.since"),
)


async def groups(request: web.Request) -> web.StreamResponse:
    """List what is the matter, most frequent first."""
    try:
        healer = Healer(request.query["healer"]) if request.query.get("healer") else None
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    found = await supply_of(request).desk.parked_by_matter.groups()
    reader = reader_of(request)
    rows = [_row(group, reader) for group in found if healer in (None, group.healer)]
    table = Table("parked", "parked.caption", _COLUMNS, rows, nothing="parked.nothing")
    return await page_of_table(
        request, "parked.html", table, watch="all", healers=tuple(Healer), chosen=healer
    )


async def group(request: web.Request) -> web.StreamResponse:
    """Show one matter: what waits for it, who can cure it, and the ways out."""
    reader, matters = reader_of(request), supply_of(request).desk.parked_by_matter
    skip = _skipped(request)
    try:
        found = await matters.group(request.match_info["group"], most=_PAGE, skip=skip)
    except NotToBeDone:
        return await page(request, "solved.html", status=404)
    rows = [_one(each, reader) for each in found.shown]
    following = str(skip + _PAGE) if skip + _PAGE < found.counted.count else None
    return await page_of_table(
        request,
        "group.html",
        Table("waiting", "parked.waiting", _WAITING, rows, after=following),
        watch="all",
        group=found,
        about=about(found, reader),
        deeds=[_offer(way, found, reader) for way in Way],
        may_act=bool(reader.person and reader.person.roles & OPERATING),
    )


async def plan(request: web.Request) -> web.StreamResponse:
    """Plan a deed for one of the cases, or for all; its page shows what that comes to."""
    form = await request.post()
    value = str(form.get("value", "")).strip() or None
    try:
        kind = DeedKind(str(form.get("kind")))
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    deed = Deed(kind, request.match_info["group"], value=value if kind is DeedKind.CHOOSE else None)
    report = await supply_of(request).desk.jobs.plan(
        deed,
        Chosen(most=1 if form.get("how") == "one" else MOST_CASES),
        by=request[PERSON].id,
        reason=str(form.get("reason", "")).strip(),
    )
    location = f"/jobs/{report.job.id}"
    raise web.HTTPSeeOther(location)


def _skipped(request: web.Request) -> int:
    after = request.query.get("after", "0")
    if not (after.isdecimal() and len(after) <= 9):
        raise web.HTTPBadRequest(text=f"after: {inert(after)!r} is no number of rows")
    return int(after)


def about(group: Group, reader: Reader) -> str:
    """Say what a matter is about: the word and its table, or the field."""
    matter = group.counted.matter
    if matter.gap is None:
        return field_name(matter.field, reader)
    table = matter.gap.table
    named = table_name(table, reader) if table else matter.gap.where
    return f"{inert(matter.gap.word)} ({named})"


def reason_word(reason: Reason) -> str:
    """Name the word for a reason."""
    return f"parked.reason_{reason.value.replace('-', '_')}"


def healer_word(healer: Healer) -> str:
    """Name the word for who can take a cause away."""
    return f"parked.healer_{healer.value.replace('-', '_')}"


def _offer(way: Way, group: Group, reader: Reader) -> dict[str, object]:
    """Say whether a way out is open, and why not where it is not."""
    return {
        "way": way,
        "is_open": way in group.ways,
        "asks_reason": DeedKind(way.value) in DANGEROUS,
        "why_not": reader.say(
            "parked.not_this_way", reason=reader.say(reason_word(group.counted.matter.reason))
        ),
    }


def _row(group: Group, reader: Reader) -> Row:
    counted, course = group.counted, group.counted.course
    return {
        "matter": Cell(group.id, href=f"/parked/{group.id}", shown=about(group, reader)),
        "agency": Cell(counted.matter.agency, shown=reader.names.agency(counted.matter.agency)),
        "reason": Cell(
            counted.matter.reason.value, shown=reader.say(reason_word(counted.matter.reason))
        ),
        "cases": Cell(counted.cases),
        "recent": Cell(counted.recent),
        "since": Cell(course.first_seen, shown=reader.age(course.first_seen)),
        "returned": Cell(
            course.returned_at,
            shown=reader.age(course.returned_at) if course.returned_at else "",
        ),
        "healer": Cell(
            group.healer.value,
            shown=reader.say(healer_word(group.healer)),
        ),
    }


def _one(row: ParkedRow, reader: Reader) -> Row:
    return {
        "number": Cell(
            row.number or row.ref, href=f"/cases/{row.link}", shown=spoken(row.number or row.ref)
        ),
        "path": Cell(row.path, shown=field_name(row.path, reader)),
        "why": Cell(row.why),
        "since": Cell(row.since, shown=reader.age(row.since)),
    }


ROUTES: Final = (
    Route("GET", "/parked", groups, OVERSEEING),
    Route("GET", "/parked/{group}", group, OVERSEEING),
    Route("POST", "/parked/{group}/plan", plan, OPERATING),
)
