"""Jobs in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bridge.store.columns import storable
from bridge.store.job_records import Became, ItemEnd, Job, JobCounts, JobItem, JobState, told
from bridge.store.jobs import counted
from bridge.store.lease import LONG_AGO
from bridge.store.memory_state import KeptJob, MemoryState, OnState


class MemoryJobs(OnState):
    """Implements `JobStore`."""

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> None:
        """Keep a new job with its plan, and tell the journal."""
        self._state.journal.append(told(job))
        self._state.jobs[job.id] = KeptJob(replace(job, version=1), "", LONG_AGO)
        self._state.job_items[job.id] = {item.number: item for item in items}

    async def job(self, id_: str) -> Job | None:
        """Load a job; ``None`` where there is none."""
        kept = self._state.jobs.get(id_)
        return kept.job if kept else None

    async def jobs(self, limit: int) -> Sequence[Job]:
        """List jobs, the newest first."""
        found = [kept.job for kept in self._state.jobs.values()]
        return sorted(found, key=_age, reverse=True)[:limit]

    async def save_job(self, job: Job, *, cancel_at: datetime | None = None) -> bool:
        """Save how a job stands now and tell the journal, unless somebody else did."""
        kept = self._state.jobs.get(job.id)
        if kept is None or kept.job.version != job.version:
            return False
        self._state.journal.append(told(job))
        self._state.jobs[job.id] = replace(kept, job=replace(job, version=job.version + 1))
        if cancel_at is not None:
            numbers = self._state.job_items[job.id]
            ends = [ItemEnd(job.id, number, Became.CANCELLED, cancel_at) for number in numbers]
            end_items(self._state, ends)
        return True

    async def claim_job(self, holder: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest running job that nobody works on; hold it until *until*."""
        free = [
            kept
            for kept in self._state.jobs.values()
            if kept.job.state is JobState.RUNNING
            and (kept.held_until <= now or kept.holder == holder)
        ]
        if not free:
            return None
        kept = min(free, key=lambda each: _age(each.job))
        self._state.jobs[kept.job.id] = replace(kept, holder=holder, held_until=until)
        return kept.job

    async def job_items(
        self, job: str, *, after: int = 0, limit: int = 100, open_only: bool = False
    ) -> Sequence[JobItem]:
        """Give cases of a job in their order."""
        items = self._state.job_items.get(job, {})
        found = [
            item
            for number, item in sorted(items.items())
            if number > after and not (open_only and item.became is not None)
        ]
        return found[:limit]

    async def end_items(self, ends: Sequence[ItemEnd]) -> None:
        """Note what became of cases without anything being saved of their Links."""
        end_items(self._state, ends)

    async def job_counts(self, job: str) -> JobCounts:
        """Count what was foreseen, and what became of it."""
        items = self._state.job_items.get(job, {}).values()
        return counted((item.verdict, item.became, 1) for item in items)


def end_items(state: MemoryState, ends: Iterable[ItemEnd]) -> None:
    """Note what became of cases; the first end counts."""
    for end in ends:
        items = state.job_items.get(end.job, {})
        item = items.get(end.number)
        if item is not None and item.became is None:
            ended = replace(item, became=end.became, why=storable(end.why), at=end.at)
            state.job_items[end.job] = {**items, end.number: ended}


def _age(job: Job) -> tuple[datetime, str]:
    return job.made_at, job.id
