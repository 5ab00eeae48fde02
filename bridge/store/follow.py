"""
Following matters: what waits for a person, and what does no more, noted with each save.

The rows of the matters that a save stirs are locked, in one order, before it is counted how much
waits for them now: so that of two hubs that each save the last but one, the second sees the first.
Links are locked before them, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update

from bridge.store.matters import Course, Place, stirred, waiting, went_on
from bridge.store.rows import matter_row
from bridge.store.shown import course
from bridge.store.stale import Change
from bridge.store.statements import insert_new, padded, run_many
from bridge.store.tables import MATTERS, PARKED
from contracts.ids import LinkId

_OF_LINKS: Final = select(PARKED.c.link_id, PARKED.c.agency, PARKED.c.path, PARKED.c.matter).where(
    PARKED.c.link_id.in_(bindparam("ids", expanding=True))
)
_LOCK: Final = (
    select(MATTERS)
    .where(MATTERS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(MATTERS.c.id)
    .with_for_update()
)
_COUNT: Final = (
    select(PARKED.c.matter, func.count())
    .where(PARKED.c.matter.in_(bindparam("ids", expanding=True)))
    .group_by(PARKED.c.matter)
)
_COURSE: Final = ("first_seen", "last_seen", "solved_at", "returned_at")
_SAVE: Final = (
    update(MATTERS)
    .where(MATTERS.c.id == bindparam("id_"))
    .values({name: bindparam(name) for name in _COURSE})
)


class FollowMatters:
    """The statements that follow matters, built once."""

    def __init__(self, dialect: str) -> None:
        self._make = insert_new(dialect, MATTERS, "id")

    def of(self, links: Sequence[LinkId], connection: Connection) -> dict[Place, str]:
        """Say what is the matter with some Links, as they were saved last."""
        if not links:
            return {}
        rows = connection.execute(_OF_LINKS, {"ids": padded(links)})
        return {(row.link_id, row.agency, row.path): row.matter for row in rows}

    def follow(
        self, connection: Connection, before: dict[Place, str], changes: Sequence[Change]
    ) -> None:
        """Note what became of matters; *changes* are saved already."""
        now = {place: each for change in changes for place, each in waiting(change.link).items()}
        changed = {change.link.id for change in changes}
        found = stirred({p: id_ for p, id_ in before.items() if p[0] in changed}, now)
        if not found:
            return
        at = max(change.work.at for change in changes)
        new = [
            matter_row(about.matter, Course(min(about.begun), max(about.begun), solved_at=None))
            for about in found.values()
            if about.matter is not None
        ]
        run_many(connection, self._make, new)
        ids = {"ids": padded(list(found))}
        courses = {row["id"]: course(row) for row in connection.execute(_LOCK, ids).mappings()}
        left = {row.matter: row[1] for row in connection.execute(_COUNT, ids)}
        run_many(
            connection,
            _SAVE,
            (
                _row(id_, went_on(courses[id_], about.begun, left.get(id_, 0), at))
                for id_, about in found.items()
            ),
        )


def _row(id_: str, gone_on: Course) -> dict[str, object]:
    return {"id_": id_} | {name: getattr(gone_on, name) for name in _COURSE}
