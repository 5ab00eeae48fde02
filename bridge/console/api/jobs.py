"""Jobs: one deed for many cases, planned first, then applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field, JsonValue

from bridge.console.access import OPERATING, OVERSEEING
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Limit, Number, Why, Word
from bridge.desk import Chosen, Deed, DeedKind, Report
from bridge.store import Became, JobState, Verdict
from bridge.store.views import CaseState
from contracts.ids import AgencyId, LinkId

_MOST_NAMED: Final = 1000


class StepTold(Told):
    """Somebody did something about a job."""

    at: datetime
    by: str
    what: str
    why: str


class LineTold(Told):
    """What a deed would come to at one field of one side."""

    agency: AgencyId | None
    path: str
    verdict: Verdict
    why: str


class ItemTold(Told):
    """One case of a job: what was foreseen, and what became of it."""

    number: int
    link: LinkId
    version: int
    verdict: Verdict
    lines: tuple[LineTold, ...]
    became: Became | None
    why: str
    at: datetime | None


class JobTold(Told):
    """A job: what is asked, how it stands, and a page of its cases."""

    id: str
    state: JobState
    deed: Mapping[str, JsonValue]
    by: str
    reason: str
    made_at: datetime
    history: tuple[StepTold, ...]
    foreseen: Mapping[Verdict, int]
    became: Mapping[Became, int]
    total: int
    left: int
    items: tuple[ItemTold, ...]

    @classmethod
    def of(cls, report: Report) -> JobTold:
        """Tell of one job."""
        job, counts = report.job, report.counts
        return cls(
            id=job.id,
            state=job.state,
            deed=job.deed,
            by=job.by,
            reason=job.reason,
            made_at=job.made_at,
            history=tuple(StepTold.model_validate(step) for step in job.history),
            foreseen=counts.foreseen,
            became=counts.became,
            total=counts.total,
            left=counts.left,
            items=tuple(ItemTold.model_validate(item) for item in report.items),
        )


class JobsTold(Told):
    """Jobs, the newest first."""

    items: tuple[JobTold, ...]


class JobsAsked(Asked):
    """How many."""

    limit: Limit = 50


class JobAsked(Asked):
    """Which of its cases."""

    limit: Limit = 100
    after: Annotated[Number, Field(description="Only cases with a higher number.")] = 0


class PlanAsked(Asked):
    """
    What is to be done, and with which cases.

    With those named; else with those that wait for the deed's matter; else with those that a
    list of cases would show.
    """

    kind: DeedKind
    group: Annotated[Word | None, Field(description="Only what waits for this matter.")] = None
    at: Annotated[Word | None, Field(description="Only at this agency.")] = None
    path: Annotated[Word | None, Field(description="Only this field.")] = None
    value: Annotated[JsonValue, Field(description="For *choose*: in shared terms.")] = None
    links: Annotated[tuple[Word, ...], Field(max_length=_MOST_NAMED)] = ()
    text: Word = ""
    agency: Word | None = None
    state: CaseState = CaseState.PARKED
    most: Annotated[int, Field(ge=1, le=20_000, description="At most so many: 1 to try it.")] = (
        20_000
    )
    reason: Why = ""


class StateAsked(Asked):
    """How the job is to stand."""

    state: Literal["paused", "running", "cancelled"]
    reason: Why = ""


async def list_jobs(call: Call[JobsAsked, Nothing]) -> Answer:
    """Give the newest jobs, without their cases."""
    reports = await call.supply.desk.jobs.latest(call.query.limit)
    return Answer(JobsTold(items=tuple(map(JobTold.of, reports))))


async def show_job(call: Call[JobAsked, Nothing]) -> Answer:
    """Give a job, and a page of its cases."""
    await _see_it_is_there(call)
    asked = call.query
    report = await call.supply.desk.jobs.show(
        call.place("job"), after=asked.after, limit=asked.limit
    )
    is_full = len(report.items) == asked.limit
    after = {"after": str(report.items[-1].number)} if is_full else None
    return Answer(JobTold.of(report), after)


async def plan(call: Call[Nothing, PlanAsked]) -> Answer:
    """Foresee case by case what a deed would come to; nothing is done yet."""
    asked = call.body
    deed = Deed(
        asked.kind,
        matter=asked.group,
        agency=AgencyId(asked.at) if asked.at else None,
        path=asked.path,
        value=asked.value,
    )
    chosen = Chosen(
        links=tuple(map(LinkId, asked.links)),
        text=asked.text,
        agency=AgencyId(asked.agency) if asked.agency else None,
        state=asked.state,
        most=asked.most,
    )
    report = await call.supply.desk.jobs.plan(deed, chosen, by=call.person.id, reason=asked.reason)
    return Answer(JobTold.of(report))


async def start(call: Call[Nothing, Nothing]) -> Answer:
    """Apply a plan."""
    await _see_it_is_there(call)
    await call.supply.desk.jobs.start(call.place("job"), by=call.person.id)
    return await _shown(call)


async def set_state(call: Call[Nothing, StateAsked]) -> Answer:
    """Let a job rest, go on, or end."""
    await _see_it_is_there(call)
    jobs, id_, by = call.supply.desk.jobs, call.place("job"), call.person.id
    match call.body.state:
        case "paused":
            await jobs.pause(id_, by=by, reason=call.body.reason)
        case "running":
            await jobs.resume(id_, by=by)
        case "cancelled":
            await jobs.cancel(id_, by=by, reason=call.body.reason)
    return await _shown(call)


async def _shown(call: Call[Asked, Asked]) -> Answer:
    return Answer(JobTold.of(await call.supply.desk.jobs.show(call.place("job"))))


async def _see_it_is_there(call: Call[Asked, Asked]) -> None:
    if await call.supply.store.job(call.place("job")) is None:
        raise web.HTTPNotFound


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/jobs",
        name="listJobs",
        told="Jobs, the newest first, without their cases",
        tag="jobs",
        roles=OVERSEEING,
        run=list_jobs,
        query=JobsAsked,
        gives=JobsTold,
    ),
    Operation(
        method="POST",
        path="/jobs",
        name="planJob",
        told="Plan a deed for many cases: what it would come to; nothing is done yet",
        tag="jobs",
        roles=OPERATING,
        run=plan,
        body=PlanAsked,
        gives=JobTold,
        status=HTTPStatus.CREATED,
        may_clash=True,
    ),
    Operation(
        method="GET",
        path="/jobs/{job}",
        name="showJob",
        told="A job, how it stands, and a page of its cases",
        tag="jobs",
        roles=OVERSEEING,
        run=show_job,
        query=JobAsked,
        gives=JobTold,
    ),
    Operation(
        method="POST",
        path="/jobs/{job}/start",
        name="startJob",
        told="Apply a plan: the running hub works it off",
        tag="jobs",
        roles=OPERATING,
        run=start,
        gives=JobTold,
        fresh=True,
        may_clash=True,
    ),
    Operation(
        method="PUT",
        path="/jobs/{job}/state",
        name="setJobState",
        told="Let a job rest between two cases, go on, or end where it is",
        tag="jobs",
        roles=OPERATING,
        run=set_state,
        body=StateAsked,
        gives=JobTold,
        may_clash=True,
    ),
)
