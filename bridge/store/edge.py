"""The edge's side of the store: Hints, what is known of cases, and what was done."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Executable,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)

from bridge.store.engine import Database
from bridge.store.inbox import SqlInbox
from bridge.store.lease import CURRENT_EPOCH, SqlLease, see_held
from bridge.store.records import (
    ContentKey,
    Digest,
    Finished,
    HintRow,
    Known,
)
from bridge.store.statements import AnyRow, in_parts, insert_into, padded, run_many, upsert
from bridge.store.tables import CURSORS, DIGESTS, HINTS, KNOWN
from contracts.ids import AgencyId, CaseRef, Cursor
from contracts.messages import Cause, Hint

_THIS_HINT: Final = (
    HINTS.c.agency == bindparam("agency_"),
    HINTS.c.ref == bindparam("ref_"),
    HINTS.c.version == bindparam("version_"),
)
_DUE: Final = (
    select(
        HINTS.c.agency,
        HINTS.c.ref,
        HINTS.c.cause,
        HINTS.c.due_at,
        HINTS.c.tries,
        HINTS.c.version,
    )
    .where(HINTS.c.agency == bindparam("agency"), HINTS.c.due_at <= bindparam("at"))
    .order_by(HINTS.c.due_at, HINTS.c.ref)
    .limit(bindparam("at_most"))
)
_REQUEUE: Final = (
    update(HINTS)
    .where(*_THIS_HINT)
    .values(due_at=bindparam("due_at"), tries=HINTS.c.tries + 1, version=bindparam("version"))
)
_DONE: Final = delete(HINTS).where(*_THIS_HINT)
_CURSOR: Final = select(CURSORS.c.cursor).where(CURSORS.c.agency == bindparam("agency"))
_KNOWN: Final = select(
    KNOWN.c.agency, KNOWN.c.ref, KNOWN.c.seen_at, KNOWN.c.digest, KNOWN.c.link_id
)
_KNOWN_AFTER: Final = (
    _KNOWN.where(KNOWN.c.agency == bindparam("agency"), KNOWN.c.ref > bindparam("after"))
    .order_by(KNOWN.c.ref)
    .limit(bindparam("at_most"))
)
_KNOWN_CASES: Final = _KNOWN.where(
    KNOWN.c.agency == bindparam("agency"), KNOWN.c.ref.in_(bindparam("keys", expanding=True))
)
_DIGESTS: Final = select(
    DIGESTS.c.document, DIGESTS.c.version, DIGESTS.c.sha256, DIGESTS.c.size_bytes
).where(
    DIGESTS.c.agency == bindparam("agency"),
    DIGESTS.c.document.in_(bindparam("keys", expanding=True)),
)


class SqlEdge(SqlInbox, SqlLease):
    """Implements `EdgeStore`."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        super().__init__(database)
        self._fold_hint = _fold(database.dialect)
        self._save_cursor = upsert(database.dialect, CURSORS)
        self._save_known = _remember(database.dialect)
        self._save_digest = upsert(database.dialect, DIGESTS)

    async def hint(
        self,
        hints: Sequence[Hint],
        *,
        due_at: datetime | None = None,
        cursors: Mapping[AgencyId, Cursor] | None = None,
    ) -> None:
        """Remember to look at cases, and how far the polls have come."""
        rows = [
            {
                "agency": hint.agency,
                "ref": hint.ref,
                "cause": hint.cause.value,
                "due_at": due_at or hint.at,
                "tries": 0,
                "version": _new_version(),
            }
            for hint in sorted(hints, key=lambda hint: (hint.agency, hint.ref))
        ]
        come = [{"agency": agency, "cursor": at} for agency, at in sorted((cursors or {}).items())]

        def run(connection: Connection) -> None:
            run_many(connection, self._fold_hint, rows)
            run_many(connection, self._save_cursor, come)

        if rows or come:
            await self._database.write(run)

    async def due_hints(self, agency: AgencyId, at: datetime, limit: int) -> Sequence[HintRow]:
        """Give cases that are due to be looked at, longest due first."""
        values = {"agency": agency, "at": at, "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_DUE, values).all())
        return [
            HintRow(row.agency, row.ref, Cause(row.cause), row.due_at, row.tries, row.version)
            for row in rows
        ]

    async def requeue_hint(self, hint: HintRow, due_at: datetime) -> None:
        """Look again later, one try further; a Hint that came meanwhile keeps its moment."""
        values = _this(hint) | {"due_at": due_at, "version": _new_version()}
        await self._database.write(lambda c: c.execute(_REQUEUE, values))

    async def finish(self, agency: AgencyId, epoch: int, work: Sequence[Finished]) -> None:
        """Save what was done under the lease, all of it in one transaction."""
        if work:
            await self._database.write(lambda c: self._finish(c, agency, epoch, work))

    async def cursor(self, agency: AgencyId) -> Cursor | None:
        """Tell how far the polls have come."""
        cursor: Cursor | None = await self._database.read(
            lambda c: c.execute(_CURSOR, {"agency": agency}).scalar_one_or_none()
        )
        return cursor

    async def known(self, agency: AgencyId, after: CaseRef | None, limit: int) -> Sequence[Known]:
        """Give cases that were read, in the order of their references."""
        values = {"agency": agency, "after": after or "", "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_KNOWN_AFTER, values).all())
        return [Known(*row) for row in rows]

    async def known_cases(
        self, agency: AgencyId, refs: Collection[CaseRef]
    ) -> Mapping[CaseRef, Known]:
        """Load what is known of some cases; those never read are left out."""
        rows = await self._by_key(_KNOWN_CASES, agency, set(refs))
        return {row.ref: Known(*row) for row in rows}

    async def digests(
        self, agency: AgencyId, contents: Collection[ContentKey]
    ) -> Mapping[ContentKey, Digest]:
        """Load the digests that were computed before."""
        wanted = frozenset(contents)
        rows = await self._by_key(_DIGESTS, agency, {content.document for content in wanted})
        found = {ContentKey(row.document, row.version): Digest(*row[2:]) for row in rows}
        return {content: digest for content, digest in found.items() if content in wanted}

    async def save_digests(
        self, agency: AgencyId, digests: Mapping[ContentKey, Digest], at: datetime
    ) -> None:
        """Remember digests."""
        rows = [
            {
                "agency": agency,
                "document": content.document,
                "version": content.version,
                "sha256": digest.sha256,
                "size_bytes": digest.size_bytes,
                "at": at,
            }
            for content, digest in digests.items()
        ]
        rows.sort(key=lambda row: (row["document"], row["version"]))
        await self._database.write(lambda c: run_many(c, self._save_digest, rows))

    def _finish(
        self, connection: Connection, agency: AgencyId, epoch: int, work: Sequence[Finished]
    ) -> None:
        current = connection.execute(CURRENT_EPOCH, {"agency": agency}).scalar_one_or_none()
        see_held(agency, epoch, current=current, where=self._database.where)
        hints = sorted((hint for done in work for hint in done.hints), key=_place)
        run_many(connection, _DONE, map(_this, hints))
        self._answer(connection, [each for done in work for each in done.answered])
        self._put_out(connection, [row for done in work for row in done.outgoing])
        seen = [known for done in work for known in done.seen]
        rows = sorted(map(_known_row, seen), key=lambda row: str(row["ref"]))
        run_many(connection, self._save_known, rows)

    async def _by_key(
        self, statement: Executable, agency: AgencyId, keys: Collection[Any]
    ) -> list[AnyRow]:
        parts = [padded(part) for part in in_parts(sorted(keys))]

        def run(connection: Connection) -> list[AnyRow]:
            values = ({"agency": agency, "keys": part} for part in parts)
            return [row for each in values for row in connection.execute(statement, each)]

        return await self._database.read(run) if parts else []


def _new_version() -> int:
    # Never used again, not even after the row was gone: whoever finished the last Hint and does
    # not know it must not, trying again, finish the next.
    return secrets.randbits(62)


def _place(hint: HintRow) -> tuple[str, str]:
    return hint.agency, hint.ref


def _this(hint: HintRow) -> dict[str, Any]:
    return {"agency_": hint.agency, "ref_": hint.ref, "version_": hint.version}


def _known_row(known: Known) -> dict[str, Any]:
    return {
        "agency": known.agency,
        "ref": known.ref,
        "seen_at": known.seen_at,
        "digest": known.digest,
        "link_id": known.link,
    }


def _fold(dialect: str) -> Executable:
    start = insert_into(dialect, HINTS)
    new = start.excluded
    statement: Executable = start.on_conflict_do_update(
        index_elements=["agency", "ref"],
        set_={
            "due_at": case((new.due_at < HINTS.c.due_at, new.due_at), else_=HINTS.c.due_at),
            "cause": new.cause,
            "version": new.version,
        },
    )
    return statement


def _remember(dialect: str) -> Executable:
    start = insert_into(dialect, KNOWN)
    new = start.excluded
    statement: Executable = start.on_conflict_do_update(
        index_elements=["agency", "ref"],
        set_={
            "seen_at": new.seen_at,
            "digest": new.digest,
            # A reading that knows of no Link does not undo what a Command told.
            "link_id": func.coalesce(new.link_id, KNOWN.c.link_id),
        },
    )
    return statement
