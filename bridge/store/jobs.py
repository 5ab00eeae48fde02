"""Jobs in a database: planned, worked off by one at a time, kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, func, insert, select, update

from bridge.store.engine import OnDatabase
from bridge.store.job_records import (
    Became,
    ItemEnd,
    Job,
    JobCounts,
    JobItem,
    JobState,
    Line,
    Step,
    Verdict,
    told,
)
from bridge.store.lease import LONG_AGO
from bridge.store.rows import journal_row
from bridge.store.shown import Columns
from bridge.store.statements import run_many
from bridge.store.tables import JOB_ITEMS, JOBS, JOURNAL

_HISTORY: Final = TypeAdapter(tuple[Step, ...])
_LINES: Final = TypeAdapter(tuple[Line, ...])

_JOB: Final = select(JOBS).where(JOBS.c.id == bindparam("id"))
_LATEST: Final = (
    select(JOBS).order_by(JOBS.c.made_at.desc(), JOBS.c.id.desc()).limit(bindparam("at_most"))
)
_SAVE: Final = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("id_"), JOBS.c.version == bindparam("expected"))
    .values({name: bindparam(name) for name in ("state", "history", "version")})
)
_FREE: Final = (
    select(JOBS)
    .where(
        JOBS.c.state == JobState.RUNNING.value,
        (JOBS.c.held_until <= bindparam("now", type_=JOBS.c.held_until.type))
        | (JOBS.c.holder == bindparam("holder")),
    )
    .order_by(JOBS.c.made_at, JOBS.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_HOLD: Final = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("id_"))
    .values(holder=bindparam("holder_"), held_until=bindparam("until"))
)
_ITEMS: Final = (
    select(JOB_ITEMS)
    .where(JOB_ITEMS.c.job_id == bindparam("job"), JOB_ITEMS.c.number > bindparam("after"))
    .order_by(JOB_ITEMS.c.number)
    .limit(bindparam("at_most"))
)
_OPEN: Final = _ITEMS.where(JOB_ITEMS.c.became.is_(None))
_END: Final = (
    update(JOB_ITEMS)
    .where(
        JOB_ITEMS.c.job_id == bindparam("job"),
        JOB_ITEMS.c.number == bindparam("number_"),
        JOB_ITEMS.c.became.is_(None),
    )
    .values({name: bindparam(name) for name in ("became", "why", "at")})
)
_CANCEL: Final = (
    update(JOB_ITEMS)
    .where(JOB_ITEMS.c.job_id == bindparam("job"), JOB_ITEMS.c.became.is_(None))
    .values(became=Became.CANCELLED.value, at=bindparam("moment"))
)
_COUNTS: Final = (
    select(JOB_ITEMS.c.verdict, JOB_ITEMS.c.became, func.count())
    .where(JOB_ITEMS.c.job_id == bindparam("job"))
    .group_by(JOB_ITEMS.c.verdict, JOB_ITEMS.c.became)
)


def end_items(connection: Connection, ends: Sequence[ItemEnd]) -> None:
    """Note what became of cases, within a transaction; the first end counts."""
    run_many(
        connection,
        _END,
        (
            {
                "job": end.job,
                "number_": end.number,
                "became": end.became.value,
                "why": end.why,
                "at": end.at,
            }
            for end in ends
        ),
    )


class SqlJobs(OnDatabase):
    """Implements `JobStore`."""

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> None:
        """Keep a new job with its plan, and tell the journal."""
        rows = [_item_row(job.id, item) for item in items]

        def run(connection: Connection) -> None:
            connection.execute(insert(JOBS), _job_row(job))
            connection.execute(insert(JOURNAL), journal_row(told(job)))
            run_many(connection, insert(JOB_ITEMS), rows)

        await self._database.write(run)

    async def job(self, id_: str) -> Job | None:
        """Load a job; ``None`` where there is none."""
        row = await self._database.read(lambda c: c.execute(_JOB, {"id": id_}).mappings().first())
        return _job(row) if row else None

    async def jobs(self, limit: int) -> Sequence[Job]:
        """List jobs, the newest first."""
        values = {"at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_LATEST, values).mappings().all())
        return list(map(_job, rows))

    async def save_job(self, job: Job, *, cancel_at: datetime | None = None) -> bool:
        """Save how a job stands now and tell the journal, unless somebody else did."""
        values = {
            "id_": job.id,
            "expected": job.version,
            "state": job.state.value,
            "history": _HISTORY.dump_python(job.history, mode="json"),
            "version": job.version + 1,
        }

        def run(connection: Connection) -> bool:
            is_saved = connection.execute(_SAVE, values).rowcount == 1
            if is_saved:
                connection.execute(insert(JOURNAL), journal_row(told(job)))
            if is_saved and cancel_at is not None:
                connection.execute(_CANCEL, {"job": job.id, "moment": cancel_at})
            return is_saved

        return await self._database.write(run)

    async def claim_job(self, holder: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest running job that nobody works on; hold it until *until*."""

        def run(connection: Connection) -> Job | None:
            row = connection.execute(_FREE, {"now": now, "holder": holder}).mappings().first()
            if row is None:
                return None
            connection.execute(_HOLD, {"id_": row["id"], "holder_": holder, "until": until})
            return _job(row)

        return await self._database.write(run)

    async def job_items(
        self, job: str, *, after: int = 0, limit: int = 100, open_only: bool = False
    ) -> Sequence[JobItem]:
        """Give cases of a job in their order."""
        values = {"job": job, "after": after, "at_most": limit}
        statement = _OPEN if open_only else _ITEMS
        rows = await self._database.read(lambda c: c.execute(statement, values).mappings().all())
        return list(map(_item, rows))

    async def end_items(self, ends: Sequence[ItemEnd]) -> None:
        """Note what became of cases without anything being saved of their Links."""
        await self._database.write(lambda c: end_items(c, ends))

    async def job_counts(self, job: str) -> JobCounts:
        """Count what was foreseen, and what became of it."""
        rows = await self._database.read(lambda c: c.execute(_COUNTS, {"job": job}).all())
        return counted((Verdict(verdict), became, count) for verdict, became, count in rows)


def counted(rows: Any) -> JobCounts:
    """Add up (verdict, what became of it or ``None``, how many)."""
    foreseen: dict[Verdict, int] = {}
    ended: dict[Became, int] = {}
    for verdict, became, count in rows:
        foreseen[verdict] = foreseen.get(verdict, 0) + count
        if became is not None:
            ended[Became(became)] = ended.get(Became(became), 0) + count
    return JobCounts(dict(sorted(foreseen.items())), dict(sorted(ended.items())))


def _job_row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state.value,
        "deed": dict(job.deed),
        "by": job.by,
        "reason": job.reason,
        "made_at": job.made_at,
        "history": _HISTORY.dump_python(job.history, mode="json"),
        "version": 1,
        "holder": "",
        "held_until": LONG_AGO,
    }


def _job(row: Columns) -> Job:
    return Job(
        id=row["id"],
        state=JobState(row["state"]),
        deed=row["deed"],
        by=row["by"],
        reason=row["reason"],
        made_at=row["made_at"],
        history=_HISTORY.validate_python(row["history"]),
        version=row["version"],
    )


def _item_row(job: str, item: JobItem) -> dict[str, Any]:
    return {
        "job_id": job,
        "number": item.number,
        "link_id": item.link,
        "version": item.version,
        "verdict": item.verdict.value,
        "lines": _LINES.dump_python(item.lines, mode="json"),
        "became": None,
        "why": "",
        "at": None,
    }


def _item(row: Columns) -> JobItem:
    return JobItem(
        number=row["number"],
        link=row["link_id"],
        version=row["version"],
        verdict=Verdict(row["verdict"]),
        lines=_LINES.validate_python(row["lines"]),
        became=Became(row["became"]) if row["became"] else None,
        why=row["why"],
        at=row["at"],
    )
