"""Jobs: a plan, applied, watched, reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from bridge.console.access import OPERATING, OVERSEEING, Route
from bridge.console.fields import field_name
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.people import PERSON
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import NotToBeDone, Report
from bridge.desk.jobs import Jobs
from bridge.store import Job, JobItem, JobState
from bridge.store.job_records import Line
from contracts.ids import LinkId

_PAGE: Final = 50
_COLUMNS: Final = (
    Column("job", "jobs.job"),
    Column("deed", "jobs.deed"),
    Column("state", "jobs.state"),
    Column("cases", "jobs.cases", is_number=True),
    Column("left", "jobs.left", is_number=True),
    Column("by", "jobs.by"),
    Column("made", "jobs.made"),
)
_ITEMS: Final = (
    Column("case", "jobs.case"),
    Column("verdict", "jobs.verdict"),
    Column("fields", "jobs.fields"),
    Column("became", "jobs.became"),
)
STEPS: Final = ("start", "pause", "resume", "cancel")
_OPEN: Final = {
    "start": {JobState.PLANNED},
    "pause": {JobState.RUNNING},
    "resume": {JobState.PAUSED},
    "cancel": {JobState.PLANNED, JobState.RUNNING, JobState.PAUSED},
}


async def jobs(request: web.Request) -> web.StreamResponse:
    """List jobs, the newest first."""
    reader = reader_of(request)
    found = await supply_of(request).desk.jobs.latest()
    rows = [_row(report, reader) for report in found]
    return await page_of_table(
        request,
        "jobs.html",
        Table("jobs", "jobs.caption", _COLUMNS, rows, nothing="jobs.nothing"),
        watch="all",
    )


async def job(request: web.Request) -> web.StreamResponse:
    """Show one job: what was foreseen, how far it is, what became of it."""
    reader = reader_of(request)
    after = request.query.get("after", "0")
    try:
        report = await supply_of(request).desk.jobs.show(
            request.match_info["job"], after=int(after) if after.isdecimal() else 0, limit=_PAGE
        )
    except NotToBeDone:
        raise web.HTTPNotFound from None
    items = report.items
    following = str(items[-1].number) if len(items) == _PAGE else None
    numbers = await supply_of(request).store.numbers({item.link for item in items})
    rows = [_item(item, numbers, reader) for item in items]
    return await page_of_table(
        request,
        "job.html",
        Table("items", "jobs.items", _ITEMS, rows, after=following),
        watch="all",
        report=report,
        job=report.job,
        is_running=report.job.state is JobState.RUNNING,
        steps=[(step, report.job.state in _OPEN[step]) for step in STEPS],
        may_act=bool(reader.person and reader.person.roles & OPERATING),
    )


async def step(request: web.Request) -> web.StreamResponse:
    """Start, pause, resume or cancel a job, and show it again."""
    form = await request.post()
    wanted, id_ = request.match_info["step"], request.match_info["job"]
    if wanted not in STEPS:
        raise web.HTTPNotFound
    by, reason = request[PERSON].id, str(form.get("reason", "")).strip()
    await _do(supply_of(request).desk.jobs, wanted, id_, by, reason)
    location = f"/jobs/{id_}"
    raise web.HTTPSeeOther(location)


async def _do(jobs: Jobs, wanted: str, id_: str, by: str, reason: str) -> Job:
    match wanted:
        case "start":
            return await jobs.start(id_, by=by)
        case "pause":
            return await jobs.pause(id_, by=by, reason=reason)
        case "resume":
            return await jobs.resume(id_, by=by)
        case _:
            return await jobs.cancel(id_, by=by, reason=reason)


def _row(report: Report, reader: Reader) -> Row:
    job, counts = report.job, report.counts
    deed = reader.say(f"parked.way_{report.deed.kind.value}")
    return {
        "job": Cell(job.id, href=f"/jobs/{job.id}"),
        "deed": Cell(report.deed.kind.value, shown=deed),
        "state": Cell(job.state.value, shown=reader.say(f"jobs.state_{job.state.value}")),
        "cases": Cell(counts.total),
        "left": Cell(counts.left),
        "by": Cell(job.by),
        "made": Cell(job.made_at),
    }


def _item(item: JobItem, numbers: Mapping[LinkId, str], reader: Reader) -> Row:
    fields = "; ".join(_line(line, reader) for line in item.lines)
    became = item.became.value if item.became else None
    said = f"{reader.say(f'jobs.became_{became}')} {item.why}".strip() if became else ""
    return {
        "case": Cell(
            item.link, href=f"/cases/{item.link}", shown=numbers.get(item.link, item.link)
        ),
        "verdict": Cell(item.verdict.value, shown=verdict_word(reader, item.verdict.value)),
        "fields": Cell(fields.strip()),
        "became": Cell(became, shown=said),
    }


def _line(line: Line, reader: Reader) -> str:
    what = field_name(line.path, reader) if line.path else ""
    at = f" ({reader.names.agency(line.agency)})" if line.agency else ""
    why = f": {line.why}" if line.why else ""
    return f"{what}{at} {verdict_word(reader, line.verdict.value)}{why}".strip()


def verdict_word(reader: Reader, verdict: str) -> str:
    """Say a verdict in the reader's language."""
    return reader.say(f"jobs.verdict_{verdict.replace('-', '_')}")


ROUTES: Final = (
    Route("GET", "/jobs", jobs, OVERSEEING),
    Route("GET", "/jobs/{job}", job, OVERSEEING),
    Route("POST", "/jobs/{job}/{step}", step, OPERATING),
)
