"""
The tally: how long edits took to arrive, and when each system was heard; counted as they are saved.

It is written last in a transaction and in one order, in rows of this hub's own: so hubs neither
wait for each other nor deadlock.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Executable, bindparam, delete, func, select

from bridge.store.records import Work
from bridge.store.rows import Values
from bridge.store.statements import insert_into, run_many
from bridge.store.tables import CROSSINGS, HEARD
from bridge.store.views import CROSSING_BOUNDS, CrossingRow, HeardRow, bucket_of
from contracts.ids import AgencyId

KEPT_FOR: Final = timedelta(days=42)
"""Six weeks: enough to know the rhythm of a system."""

_WRITERS: Final = 64
_OLD: Final = tuple(
    delete(table).where(table.c.hour < bindparam("before", type_=table.c.hour.type))
    for table in (CROSSINGS, HEARD)
)
_CROSSED: Final = (
    select(
        CROSSINGS.c.from_agency,
        CROSSINGS.c.to_agency,
        CROSSINGS.c.hour,
        CROSSINGS.c.bucket,
        func.sum(CROSSINGS.c["count"]),
    )
    .where(CROSSINGS.c.hour >= bindparam("since", type_=CROSSINGS.c.hour.type))
    .group_by(CROSSINGS.c.from_agency, CROSSINGS.c.to_agency, CROSSINGS.c.hour, CROSSINGS.c.bucket)
    .order_by(CROSSINGS.c.from_agency, CROSSINGS.c.to_agency, CROSSINGS.c.hour)
)
_HEARD: Final = (
    select(HEARD.c.agency, HEARD.c.hour, func.sum(HEARD.c["count"]), func.max(HEARD.c.last_at))
    .where(HEARD.c.hour >= bindparam("since", type_=HEARD.c.hour.type))
    .group_by(HEARD.c.agency, HEARD.c.hour)
    .order_by(HEARD.c.agency, HEARD.c.hour)
)


def hour_of(at: datetime) -> datetime:
    """Give the hour in which a moment is counted."""
    return at.replace(minute=0, second=0, microsecond=0)


class Tally:
    """The statements that count, built once."""

    def __init__(self, dialect: str) -> None:
        self._writer = secrets.randbelow(_WRITERS)
        self._hour: datetime | None = None
        self._crossed = _add(dialect, "from_agency", "to_agency", "hour", "bucket", "writer")
        self._heard = _hear(dialect)

    def count(self, connection: Connection, saved: Sequence[Work]) -> None:
        """Count what was saved."""
        rows = list(self._crossed_rows(saved))
        heard = list(self._heard_rows(saved))
        run_many(connection, self._crossed, rows)
        run_many(connection, self._heard, heard)
        if rows or heard:
            self._forget_old(connection, saved[-1].at)

    def _crossed_rows(self, saved: Iterable[Work]) -> Iterator[Values]:
        counted = Counter(
            (each.from_, each.to, hour_of(work.at), bucket_of(each.took))
            for work in saved
            for each in work.crossings
        )
        for (from_, to, hour, bucket), count in sorted(counted.items()):
            yield {
                "from_agency": from_,
                "to_agency": to,
                "hour": hour,
                "bucket": bucket,
                "writer": self._writer,
                "count": count,
            }

    def _heard_rows(self, saved: Iterable[Work]) -> Iterator[Values]:
        moments: dict[tuple[AgencyId, datetime], list[datetime]] = defaultdict(list)
        for work in saved:
            if work.heard is not None:
                moments[work.heard, hour_of(work.at)].append(work.at)
        for (agency, hour), found in sorted(moments.items()):
            yield {
                "agency": agency,
                "hour": hour,
                "writer": self._writer,
                "count": len(found),
                "last_at": max(found),
            }

    def _forget_old(self, connection: Connection, at: datetime) -> None:
        """Once an hour; what is old is little by then."""
        if self._hour != hour_of(at):
            self._hour = hour_of(at)
            for statement in _OLD:
                connection.execute(statement, {"before": at - KEPT_FOR})


def crossings_since(connection: Connection, since: datetime) -> tuple[CrossingRow, ...]:
    """Give what was counted of crossings, from the hour of *since* on."""
    found: dict[tuple[AgencyId, AgencyId, datetime], dict[int, int]] = defaultdict(dict)
    for from_, to, hour, bucket, count in connection.execute(_CROSSED, {"since": hour_of(since)}):
        found[from_, to, hour][bucket] = int(count)
    return tuple(CrossingRow(*key, counts_of(counts)) for key, counts in found.items())


def heard_since(connection: Connection, since: datetime) -> tuple[HeardRow, ...]:
    """Give what was counted of being heard, from the hour of *since* on."""
    rows = connection.execute(_HEARD, {"since": hour_of(since)})
    return tuple(HeardRow(agency, hour, int(count), last) for agency, hour, count, last in rows)


def counts_of(counts: dict[int, int]) -> tuple[int, ...]:
    """Give the counts of all buckets, also of those in which nothing is."""
    return tuple(counts.get(bucket, 0) for bucket in range(len(CROSSING_BOUNDS) + 1))


def _add(dialect: str, *key: str) -> Executable:
    start: Any = insert_into(dialect, CROSSINGS)
    statement: Executable = start.on_conflict_do_update(
        index_elements=list(key), set_={"count": CROSSINGS.c["count"] + start.excluded["count"]}
    )
    return statement


def _hear(dialect: str) -> Executable:
    start: Any = insert_into(dialect, HEARD)
    statement: Executable = start.on_conflict_do_update(
        index_elements=["agency", "hour", "writer"],
        set_={
            "count": HEARD.c["count"] + start.excluded["count"],
            "last_at": start.excluded.last_at,
        },
    )
    return statement
