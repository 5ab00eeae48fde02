"""
Saving a group of decisions: one transaction, few statements, each Work whole or not at all.

1. The Links of the group are locked in one order, so that two groups never deadlock; then their
   versions stand until the end.
2. A Work is good if it was decided on the version that is there. Works on one Link count on from
   each other, and only the last state is written; so what follows a stale one is stale too, also
   where somebody else's saving has made the version that it counts on from.
3. A new Link is written only if nobody has made it meanwhile; that decides about its Works too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, starmap
from typing import Final

from sqlalchemy import Connection, bindparam, case, delete, func, insert, null, select, update

from bridge.engine.link import Link
from bridge.store.records import OutboxRow, Work
from bridge.store.rows import Values, journal_row, link_row, parked_rows, side_rows
from bridge.store.statements import insert_into, padded, run_many, upsert
from bridge.store.tables import JOURNAL, LINK_SIDES, LINKS, PARKED
from contracts.ids import LinkId

_FIXED: Final = frozenset({"id", "created_at", "unsettled_since"})

_LOCK: Final = (
    select(LINKS.c.id, LINKS.c.version)
    .where(LINKS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(LINKS.c.id)
    .with_for_update()
)
_SAVE: Final = (
    update(LINKS)
    .where(LINKS.c.id == bindparam("id_"))
    .values(
        {c.name: bindparam(c.name) for c in LINKS.c if c.name not in _FIXED}
        | {
            # A Link that was unequal before is so since then.
            "unsettled_since": case(
                (bindparam("unsettled_since", type_=LINKS.c.updated_at.type).is_(None), null()),
                else_=func.coalesce(
                    LINKS.c.unsettled_since,
                    bindparam("unsettled_since", type_=LINKS.c.updated_at.type),
                ),
            )
        }
    )
)
_LEFT_OVER: Final = tuple(
    delete(table).where(
        table.c.link_id.in_(bindparam("ids", expanding=True)),
        table.c.version
        != select(LINKS.c.version).where(LINKS.c.id == table.c.link_id).scalar_subquery(),
    )
    for table in (LINK_SIDES, PARKED)
)
_TELL: Final = insert(JOURNAL)


@dataclass(slots=True)
class _State:
    """One Link of the group, while its Works are gone through."""

    before: int
    version: int
    work: Work | None = None
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of one Link."""

    work: Work
    link: Link
    version: int
    is_new: bool

    @property
    def row(self) -> Values:
        return link_row(self.work, self.link, self.version)


class GroupCommit:
    """The statements of a commit, built once."""

    def __init__(
        self, dialect: str, put_out: Callable[[Connection, Sequence[OutboxRow]], None]
    ) -> None:
        self._put_out = put_out
        self._make = insert_into(dialect, LINKS).on_conflict_do_nothing().returning(LINKS.c.id)
        self._save_sides = upsert(dialect, LINK_SIDES)
        self._save_parked = upsert(dialect, PARKED)

    def save(self, connection: Connection, group: Sequence[Work]) -> tuple[bool, ...]:
        """Save all Works but the stale ones; tell of each whether it was saved."""
        states = _lock(connection, group)
        good = [_take(work, states) for work in group]
        changes = _changes(states)
        lost = self._make_new(connection, [change for change in changes if change.is_new])
        known = [change.row for change in changes if not change.is_new]
        run_many(connection, _SAVE, ({**row, "id_": row["id"]} for row in known))
        self._save_beside(connection, [c for c in changes if c.link.id not in lost])
        verdicts = tuple(
            fine and (work.link is None or work.link.id not in lost)
            for work, fine in zip(group, good, strict=True)
        )
        saved = [work for work, fine in zip(group, verdicts, strict=True) if fine]
        run_many(connection, _TELL, (journal_row(row) for work in saved for row in work.journal))
        self._put_out(connection, [row for work in saved for row in work.outgoing])
        return verdicts

    def _make_new(self, connection: Connection, changes: Sequence[_Change]) -> set[LinkId]:
        """Insert new Links; give those that somebody else had made."""
        if not changes:
            return set()
        # In one order everywhere: two who make the same Links wait, and never deadlock.
        rows = sorted((change.row for change in changes), key=_guard)
        made = set(connection.execute(self._make, rows).scalars())
        return {row["id"] for row in rows} - made

    def _save_beside(self, connection: Connection, changes: Sequence[_Change]) -> None:
        links = [(change.link, change.version) for change in changes]
        run_many(connection, self._save_sides, chain(*starmap(side_rows, links)))
        run_many(connection, self._save_parked, chain(*starmap(parked_rows, links)))
        if known := [change.link.id for change in changes if not change.is_new]:
            for statement in _LEFT_OVER:
                connection.execute(statement, {"ids": padded(known)})


def _guard(row: Values) -> tuple[str, ...]:
    return row["agreement"], row["route"], row["home"], row["home_ref"] or ""


def _lock(connection: Connection, group: Sequence[Work]) -> dict[LinkId, _State]:
    ids = sorted({work.link.id for work in group if work.link is not None})
    if not ids:
        return {}
    rows = connection.execute(_LOCK, {"ids": padded(ids)})
    there = {row.id: row.version for row in rows}
    return {id_: _State(there.get(id_, 0), there.get(id_, 0)) for id_ in ids}


def _take(work: Work, states: dict[LinkId, _State]) -> bool:
    if work.link is None:
        return True
    state = states[work.link.id]
    if state.is_stale or work.expected_version != state.version:
        state.is_stale = True
        return False
    state.version += 1
    state.work = work
    return True


def _changes(states: dict[LinkId, _State]) -> list[_Change]:
    return [
        _Change(state.work, state.work.link, state.version, is_new=state.before == 0)
        for state in states.values()
        if state.work is not None and state.work.link is not None
    ]
