"""
Saving a group of decisions: one transaction, few statements, each Work whole or not at all.

1. The Links of the group are locked in one order, so that two groups never deadlock; then their
   versions stand until the end.
2. Which Works are good is computed from those versions (`bridge.store.stale`).
3. A new Link is written only if nobody has made it meanwhile; that decides about its Works too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, starmap
from typing import Final

from sqlalchemy import Connection, bindparam, case, delete, func, insert, null, select, update

from bridge.store.follow import FollowMatters
from bridge.store.jobs import end_items
from bridge.store.records import OutboxRow, Work
from bridge.store.rows import Values, journal_row, link_row, parked_rows, side_rows
from bridge.store.stale import Change, Sifted
from bridge.store.statements import insert_into, padded, run_many, upsert
from bridge.store.tables import JOURNAL, LINK_SIDES, LINKS, PARKED
from bridge.store.tally import Tally
from contracts.ids import LinkId

_FIXED: Final = frozenset({"id", "created_at", "unsettled_since"})

_LOCK: Final = (
    select(LINKS.c.id, LINKS.c.version, LINKS.c.parked)
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


class GroupCommit:
    """The statements of a commit, built once."""

    def __init__(
        self, dialect: str, put_out: Callable[[Connection, Sequence[OutboxRow]], None]
    ) -> None:
        self._put_out = put_out
        self._make = insert_into(dialect, LINKS).on_conflict_do_nothing().returning(LINKS.c.id)
        self._save_sides = upsert(dialect, LINK_SIDES)
        self._save_parked = upsert(dialect, PARKED)
        self._matters = FollowMatters(dialect)
        self._tally = Tally(dialect)

    def save(self, connection: Connection, group: Sequence[Work]) -> tuple[bool, ...]:
        """Save all Works but the stale ones; tell of each whether it was saved."""
        there = _lock(connection, group)
        sifted = Sifted(group, {id_: version for id_, (version, _) in there.items()})
        lost = self._make_new(connection, sifted.new)
        known = [_row(change) for change in sifted.known]
        run_many(connection, _SAVE, ({**row, "id_": row["id"]} for row in known))
        changes = [each for each in (*sifted.new, *sifted.known) if each.link.id not in lost]
        before = self._matters.of([id_ for id_, (_, parked) in there.items() if parked], connection)
        self._save_beside(connection, changes, sifted.known)
        self._matters.follow(connection, before, changes)
        verdicts = sifted.verdicts(lost)
        saved = [work for work, fine in zip(group, verdicts, strict=True) if fine]
        run_many(connection, _TELL, (journal_row(row) for work in saved for row in work.journal))
        self._put_out(connection, [row for work in saved for row in work.outgoing])
        end_items(connection, [work.ends for work in saved if work.ends is not None])
        self._tally.count(connection, saved)
        return verdicts

    def _make_new(self, connection: Connection, changes: Sequence[Change]) -> set[LinkId]:
        """Insert new Links; give those that somebody else had made."""
        if not changes:
            return set()
        made = set(connection.execute(self._make, list(map(_row, changes))).scalars())
        return {change.link.id for change in changes} - made

    def _save_beside(
        self, connection: Connection, changes: Sequence[Change], known: Sequence[Change]
    ) -> None:
        links = [(change.link, change.version) for change in changes]
        run_many(connection, self._save_sides, chain(*starmap(side_rows, links)))
        run_many(connection, self._save_parked, chain(*starmap(parked_rows, links)))
        if ids := [change.link.id for change in known]:
            for statement in _LEFT_OVER:
                connection.execute(statement, {"ids": padded(ids)})


def _lock(connection: Connection, group: Sequence[Work]) -> dict[LinkId, tuple[int, int]]:
    """Give the version of each Link that is there, and how much of it waits for a person."""
    ids = sorted({work.link.id for work in group if work.link is not None})
    if not ids:
        return {}
    rows = connection.execute(_LOCK, {"ids": padded(ids)})
    return {row.id: (row.version, row.parked) for row in rows}


def _row(change: Change) -> Values:
    return link_row(change.work, change.link, change.version)
