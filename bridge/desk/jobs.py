"""Jobs, for people: plan a deed, look at the plan, start it, pause it, read the report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ulid import ULID

from bridge.clock import Now
from bridge.engine.rules import Rules
from bridge.jobs.deed import DANGEROUS, Deed, dump_deed, load_deed
from bridge.jobs.errors import NotToBeDone
from bridge.jobs.foresee import foresee
from bridge.store import Became, Job, JobCounts, JobItem, JobState, Step, Store, StoredLink
from bridge.store.pauses import rules_now
from bridge.store.views import CaseState
from contracts.ids import AgencyId, LinkId

MOST_CASES: Final = 20_000
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """
    The cases that a deed is for: those named, else those under its matter, else what a list shows.

    Attributes:
        most: At most so many, those that wait longest first: one, to try it.
    """

    links: tuple[LinkId, ...] = ()
    text: str = ""
    agency: AgencyId | None = None
    state: CaseState = CaseState.PARKED
    most: int = MOST_CASES


@dataclass(frozen=True, slots=True)
class Report:
    """How a job stands: what was foreseen, what became of it, and a page of its cases."""

    job: Job
    deed: Deed
    counts: JobCounts
    items: tuple[JobItem, ...] = ()

    @property
    def changed(self) -> int:
        """Cases that changed after the plan was made, and were left alone."""
        return self.counts.became.get(Became.CHANGED, 0)


class Jobs:
    """What people ask of many cases at once."""

    def __init__(self, store: Store, *, rules: Callable[[], Rules], now: Now) -> None:
        self._store, self._rules, self._now = store, rules, now

    async def plan(self, deed: Deed, chosen: Chosen, *, by: str, reason: str) -> Report:
        """
        Say of each case what a deed would come to, and keep that; nothing is done yet.

        Raises:
            NotToBeDone: No case is meant, or a deed that needs a reason has none.
        """
        if deed.kind in DANGEROUS and not reason.strip():
            msg = f"say why you {deed.kind.value}: it is kept in the journal"
            raise NotToBeDone(msg)
        at, items = self._now(), list[JobItem]()
        rules = await rules_now(self._rules(), self._store)
        async for stored in self._loaded(await self._links(deed, chosen)):
            found = foresee(deed, stored.link, rules, at, by=by, reason=reason)
            number = len(items) + 1
            items.append(
                JobItem(number, stored.link.id, stored.version, found.verdict, found.lines)
            )
        if not items:
            msg = "no case is meant; `casebridge parked --groups` lists what waits"
            raise NotToBeDone(msg)
        step = Step(at, by, JobState.PLANNED.value, reason)
        job = Job(str(ULID()), JobState.PLANNED, dump_deed(deed), by, reason, at, (step,))
        await self._store.add_job(job, items)
        return await self.show(job.id)

    async def start(self, id_: str, *, by: str) -> Job:
        """Apply a plan: the running hub works it off."""
        return await self._step(id_, {JobState.PLANNED}, JobState.RUNNING, by)

    async def pause(self, id_: str, *, by: str, reason: str = "") -> Job:
        """Let a job rest between two cases."""
        return await self._step(id_, {JobState.RUNNING}, JobState.PAUSED, by, reason)

    async def resume(self, id_: str, *, by: str) -> Job:
        """Let a job go on that was paused."""
        return await self._step(id_, {JobState.PAUSED}, JobState.RUNNING, by)

    async def cancel(self, id_: str, *, by: str, reason: str = "") -> Job:
        """End a job where it is; what is done stays done, and the report says where it ended."""
        open_states = {JobState.PLANNED, JobState.RUNNING, JobState.PAUSED}
        return await self._step(id_, open_states, JobState.CANCELLED, by, reason)

    async def latest(self, limit: int = 50) -> Sequence[Report]:
        """List jobs with how they stand, the newest first."""
        return [await self._report(job) for job in await self._store.jobs(limit)]

    async def show(self, id_: str, *, after: int = 0, limit: int = 100) -> Report:
        """
        Show a job, and a page of its cases.

        Raises:
            NotToBeDone: There is no such job.
        """
        report = await self._report(await self._job(id_))
        items = await self._store.job_items(id_, after=after, limit=limit)
        return replace(report, items=tuple(items))

    async def _report(self, job: Job) -> Report:
        return Report(job, load_deed(job.deed), await self._store.job_counts(job.id))

    async def _job(self, id_: str) -> Job:
        job = await self._store.job(id_)
        if job is None:
            msg = f"no job {id_!r}; `casebridge jobs list` shows those that are kept"
            raise NotToBeDone(msg)
        return job

    async def _step(
        self, id_: str, from_: set[JobState], to: JobState, by: str, reason: str = ""
    ) -> Job:
        job = await self._job(id_)
        if job.state not in from_:
            msg = f"job {id_} is {job.state.value} already, so it cannot become {to.value}"
            raise NotToBeDone(msg)
        at = self._now()
        step = Step(at, by, to.value, reason)
        moved = replace(job, state=to, history=(*job.history, step))
        ends = at if to is JobState.CANCELLED else None
        if not await self._store.save_job(moved, cancel_at=ends):
            msg = f"job {id_} was changed by somebody else just now; look again"
            raise NotToBeDone(msg)
        return await self._job(id_)

    async def _links(self, deed: Deed, chosen: Chosen) -> list[LinkId]:
        if chosen.links:
            return list(chosen.links[: chosen.most])
        if deed.matter is not None:
            return await self._waiting(deed.matter, chosen.most)
        found: list[LinkId] = []
        after = None
        while len(found) < chosen.most:
            page = await self._store.cases(
                text=chosen.text,
                agency=chosen.agency,
                state=chosen.state,
                limit=_PAGE,
                after=after,
            )
            found += [row.link for row in page.rows]
            after = page.after
            if after is None:
                break
        return found[: chosen.most]

    async def _waiting(self, matter: str, most: int) -> list[LinkId]:
        found: dict[LinkId, None] = {}
        skip = 0
        while len(found) < most:
            rows = await self._store.parked(matter=matter, limit=_PAGE, skip=skip)
            found |= dict.fromkeys(row.link for row in rows)
            skip += len(rows)
            if len(rows) < _PAGE:
                break
        return list(found)[:most]

    async def _loaded(self, links: Sequence[LinkId]) -> AsyncIterator[StoredLink]:
        for start in range(0, len(links), _PAGE):
            part = links[start : start + _PAGE]
            found = await self._store.links(part)
            for id_ in part:
                if id_ in found:
                    yield found[id_]
