"""
The runner: works jobs off, so many cases a second, where the hub runs.

Several may run: one at a time holds a job, for a while. Even where two hold one (the first was
frozen), each case is done once: what becomes of it is saved with its Link, on the version that was
planned on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog
from ulid import ULID

from bridge.clock import Now
from bridge.engine.rules import Rules
from bridge.jobs.deed import Deed, DeedKind, load_deed
from bridge.jobs.errors import NotToBeDone
from bridge.jobs.foresee import decided
from bridge.outbox import row_for, rows_of
from bridge.store import (
    HUB,
    Became,
    ItemEnd,
    Job,
    JobItem,
    JobState,
    Step,
    Store,
    StoredLink,
    StoreError,
    Work,
)
from bridge.store.pauses import rules_now
from contracts.messages import Cause, Hint

log = structlog.get_logger(__name__)

_TURN: Final = 1.0
"""Seconds from one turn to the next."""
_TERM: Final = timedelta(seconds=30)
"""So long a job is held; a runner that was killed gives way after it."""


class JobRunner:
    """Works off what people asked of many cases at once."""

    def __init__(
        self,
        *,
        store: Store,
        rules: Callable[[], Rules],
        source: str,
        now: Now,
        holder: str,
        rate: int,
    ) -> None:
        """Do at most *rate* cases a second, in the name of *holder*."""
        self._store, self._rules, self._source, self._now = store, rules, source, now
        self._holder, self._rate = holder, rate

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreError as error:
                log.warning("jobs_wait", why=str(error))
            await asyncio.sleep(_TURN)

    async def turn(self) -> bool:
        """Do the next cases of a job; tell whether there was one."""
        now = self._now()
        job = await self._store.claim_job(self._holder, now, now + _TERM)
        if job is None:
            return False
        items = await self._store.job_items(job.id, limit=self._rate, open_only=True)
        if items:
            await self._do(job, items)
            return True
        step = Step(now, "casebridge", JobState.DONE.value)
        ended = replace(job, state=JobState.DONE, history=(*job.history, step))
        if await self._store.save_job(ended):
            log.info("job_done", job=job.id)
        return True

    async def _do(self, job: Job, items: Sequence[JobItem]) -> None:
        deed = load_deed(job.deed)
        links = await self._store.links({item.link for item in items})
        rules = await rules_now(self._rules(), self._store)
        works: list[Work] = []
        ends: list[ItemEnd] = []
        for item in items:
            done = self._one(job, deed, item, links.get(item.link), rules)
            if isinstance(done, Work):
                works.append(done)
            else:
                ends.append(done)
        saved = await self._store.commit(works)
        for work, is_saved in zip(works, saved, strict=True):
            if not is_saved and work.ends is not None:
                ends.append(replace(work.ends, became=Became.CHANGED))
        await self._store.end_items(ends)

    def _one(
        self, job: Job, deed: Deed, item: JobItem, stored: StoredLink | None, rules: Rules
    ) -> Work | ItemEnd:
        at = self._now()
        end = ItemEnd(job.id, item.number, Became.DONE, at)
        if stored is None or (stored.version != item.version and deed.kind is not DeedKind.SWEEP):
            return replace(end, became=Became.CHANGED)
        if deed.kind is DeedKind.SWEEP:
            return self._look(stored, end)
        try:
            decision = decided(deed, stored.link, rules, at, by=job.by, reason=job.reason)
        except NotToBeDone as error:
            return replace(end, became=Became.REFUSED, why=str(error))
        except Exception:
            log.exception("job_bug", job=job.id, link=item.link)
            why = "the bridge failed on this case; the log says where"
            return replace(end, became=Became.REFUSED, why=why)
        return Work(
            at=at,
            link=decision.link,
            expected_version=stored.version,
            journal=decision.journal,
            outgoing=tuple(rows_of(decision, stored.version, source=self._source, at=at)),
            wake_at=decision.wake_at,
            is_equal=decision.is_equal,
            ends=end,
        )

    def _look(self, stored: StoredLink, end: ItemEnd) -> Work:
        rows = [
            row_for(
                Hint(agency=side.agency, ref=side.ref, cause=Cause.SWEEP, at=end.at),
                id_=f"hint-{ULID()}",
                source=self._source,
                sender=HUB,
                at=end.at,
            )
            for side in stored.link.sides.values()
            if side.ref is not None
        ]
        return Work(at=end.at, outgoing=tuple(rows), ends=end)
