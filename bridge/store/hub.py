"""The hub's side of the store: Links and what belongs to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, Connection, Executable, bindparam, select, update

from bridge.engine.link import load_link
from bridge.store.commit import GroupCommit
from bridge.store.engine import Database
from bridge.store.outbox import SqlOutbox
from bridge.store.pauses import SqlPauses
from bridge.store.records import CaseKey, Share, StoredLink, Timer, Work
from bridge.store.rows import Values
from bridge.store.statements import AnyRow, in_parts, padded, upsert
from bridge.store.tables import LINK_SIDES, LINKS, SHARES
from contracts.ids import AgencyId, CaseRef, LinkId

_REFS: Final[BindParameter[str]] = bindparam("refs", expanding=True)
_LINKS: Final = select(LINKS.c.id, LINKS.c.version, LINKS.c.body).where(
    LINKS.c.id.in_(bindparam("ids", expanding=True))
)
_LINKS_OF: Final = (
    select(LINK_SIDES.c.agency, LINK_SIDES.c.ref, LINKS.c.version, LINKS.c.body)
    .join(LINKS, LINKS.c.id == LINK_SIDES.c.link_id)
    .where(LINK_SIDES.c.agency == bindparam("agency"), LINK_SIDES.c.ref.in_(_REFS))
    .order_by(LINKS.c.created_at, LINKS.c.id)
)
_DUE: Final = (
    select(LINKS.c.id, LINKS.c.due_at)
    .where(LINKS.c.due_at <= bindparam("at"))
    .order_by(LINKS.c.due_at)
    .limit(bindparam("at_most"))
)
_POSTPONE: Final = (
    update(LINKS)
    .where(LINKS.c.id.in_(bindparam("ids", expanding=True)))
    .values(due_at=bindparam("until"))
)
_SHARES_OF: Final = (
    select(
        SHARES.c.agency,
        SHARES.c.ref,
        SHARES.c.with_agency,
        SHARES.c.by,
        SHARES.c.reason,
        SHARES.c.at,
    )
    .where(SHARES.c.agency == bindparam("agency"), SHARES.c.ref.in_(_REFS))
    .order_by(SHARES.c.at, SHARES.c.with_agency)
)


class SqlHub(SqlOutbox, SqlPauses):
    """Implements `HubStore`, but for the identity."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        super().__init__(database)
        self._group = GroupCommit(database.dialect, self._put_out)
        self._upsert_share = upsert(database.dialect, SHARES)

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        """Save a group in one transaction; tell for each whether it was saved."""
        if not group:
            return ()
        return await self._database.write(lambda connection: self._group.save(connection, group))

    async def links(self, ids: Collection[LinkId]) -> Mapping[LinkId, StoredLink]:
        """Load Links; those that do not exist are left out."""
        parts = [{"ids": padded(part)} for part in in_parts(sorted(set(ids)))]
        rows = await self._load(_LINKS, parts)
        return {row.id: StoredLink(load_link(row.body), row.version) for row in rows}

    async def links_of(
        self, cases: Collection[CaseKey]
    ) -> Mapping[CaseKey, tuple[StoredLink, ...]]:
        """Load the Links of some cases; a case without any is there with none."""
        found: dict[CaseKey, list[StoredLink]] = defaultdict(list)
        for row in await self._load(_LINKS_OF, _by_agency(cases)):
            stored = StoredLink(load_link(row.body), row.version)
            found[row.agency, row.ref].append(stored)
        return {case: tuple(found.get(case, ())) for case in sorted(set(cases))}

    async def due_timers(self, at: datetime, limit: int) -> Sequence[Timer]:
        """Give Links that are due to be decided again, longest due first."""
        values = {"at": at, "at_most": limit}
        rows = await self._database.read(lambda c: c.execute(_DUE, values).all())
        return [Timer(*row) for row in rows]

    async def postpone(self, links: Collection[LinkId], until: datetime) -> None:
        """Set the timers of Links which could not be decided; their versions stay."""
        parts = [padded(part) for part in in_parts(sorted(links))]

        def run(connection: Connection) -> None:
            for part in parts:
                connection.execute(_POSTPONE, {"ids": part, "until": until})

        if parts:
            await self._database.write(run)

    async def add_share(self, share: Share) -> None:
        """Remember that a person shared a case; the last one with the same agency counts."""
        values = {
            "agency": share.agency,
            "ref": share.ref,
            "with_agency": share.with_,
            "by": share.by,
            "reason": share.reason,
            "at": share.at,
        }
        await self._database.write(lambda c: c.execute(self._upsert_share, values))

    async def shares_of(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, tuple[Share, ...]]:
        """Load what people shared by hand; a case without any is there with none."""
        found: dict[CaseKey, list[Share]] = defaultdict(list)
        for row in await self._load(_SHARES_OF, _by_agency(cases)):
            found[row.agency, row.ref].append(Share(*row))
        return {case: tuple(found.get(case, ())) for case in sorted(set(cases))}

    async def _load(self, statement: Executable, parts: Sequence[Values]) -> list[AnyRow]:
        def run(connection: Connection) -> list[AnyRow]:
            return [row for part in parts for row in connection.execute(statement, part)]

        return await self._database.read(run) if parts else []


def _by_agency(cases: Collection[CaseKey]) -> list[Values]:
    # SQLite searches a list of pairs without its index; there are few agencies.
    refs: dict[AgencyId, list[CaseRef]] = defaultdict(list)
    for agency, ref in sorted(set(cases)):
        refs[agency].append(ref)
    return [
        {"agency": agency, "refs": padded(part)}
        for agency, of_agency in refs.items()
        for part in in_parts(of_agency)
    ]
