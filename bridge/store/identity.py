"""Whose store this is: the environment that adopted it, and its epoch."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from bridge.engine.lane import Idle
from bridge.engine.link import dump_link, load_link
from bridge.engine.restored import suspect
from bridge.store.engine import Database, OnDatabase
from bridge.store.errors import SchemaOutdated, StoreForeign
from bridge.store.presence import at_work, see_nobody
from bridge.store.records import Identity
from bridge.store.statements import insert_new
from bridge.store.tables import COMMANDS, ENVIRONMENT, LINK_SIDES, LINKS, OUTBOX

_READ: Final = select(ENVIRONMENT.c.name, ENVIRONMENT.c.epoch)
_SINCE: Final = func.coalesce(LINKS.c.unsettled_since, bindparam("at"))
_RAISE: Final = update(ENVIRONMENT).values(epoch=ENVIRONMENT.c.epoch + 1)
_LINKED: Final = select(LINKS.c.id, LINKS.c.body).where(LINKS.c.is_released.is_(False))
_DOUBT: Final = (
    update(LINKS)
    .where(LINKS.c.id == bindparam("link"))
    .values(
        body=bindparam("now"),
        due_at=bindparam("at"),
        is_equal=False,
        unsettled_since=_SINCE,
        in_flight=0,
        waiting=0,
    )
)
_AT_REST: Final = (
    update(LINK_SIDES)
    .where(LINK_SIDES.c.link_id == bindparam("link"))
    .values(facts=Idle().kind, documents=Idle().kind)
)
_FORGET: Final = (delete(OUTBOX), delete(COMMANDS).where(COMMANDS.c.finished_at.is_(None)))
_RENAME: Final = update(ENVIRONMENT).values(name=bindparam("environment"))


def see_ours(found: Identity, environment: str, *, where: str) -> Identity:
    """
    Give the identity of a store back, if it is that of *environment*.

    Raises:
        StoreForeign: It belongs to another environment.
    """
    if found.environment == environment:
        return found
    msg = f"it belongs to environment {found.environment!r}, not {environment!r}: is this a copy?"
    raise StoreForeign(
        msg,
        where=where,
        way_out="use this environment's own store, or have it adopt this one on purpose",
    )


class SqlIdentity(OnDatabase):
    """Reads and writes the one row that says whose store this is."""

    def __init__(self, database: Database, *, environment: str) -> None:
        """Speak for *environment*."""
        super().__init__(database)
        self._environment = environment
        self._claim = insert_new(database.dialect, ENVIRONMENT, "id")

    async def verify(self) -> Identity:
        """
        Take a store that belongs to nobody yet, and refuse one that belongs to another.

        Raises:
            StoreForeign: It belongs to another environment.
        """
        found = await self._database.read(_read)
        if found is None:
            found = await self._database.write(self._take)
        return see_ours(found, self._environment, where=self._database.where)

    async def identity(self) -> Identity:
        """Tell whose store this is."""
        found = await self._database.read(_read)
        return found or Identity(self._environment, 0)

    async def restored(self, at: datetime) -> Identity:
        """Begin a new epoch: every Link is looked at first, and what waited here is forgotten."""
        await self.verify()
        return await self._database.write(lambda connection: self._begin(connection, at))

    async def adopt(self, at: datetime) -> Identity:
        """Make the store this environment's own; if it moved, look first as after a restore."""
        return await self._database.write(lambda connection: self._adopt(connection, at))

    def _take(self, connection: Connection) -> Identity:
        row = {"id": 1, "name": self._environment, "epoch": 1}
        connection.execute(self._claim, row)
        found = _read(connection)
        if found is None:
            msg = "it takes no identity"
            raise SchemaOutdated(
                msg,
                where=self._database.where,
                way_out="run `casebridge provision` with this release",
            )
        return found

    def _adopt(self, connection: Connection, at: datetime) -> Identity:
        found = self._take(connection)
        if found.environment != self._environment:
            begun = self._begin(connection, at)
            connection.execute(_RENAME, {"environment": self._environment})
            return Identity(self._environment, begun.epoch)
        return found

    def _begin(self, connection: Connection, at: datetime) -> Identity:
        see_nobody(at_work(connection, at), where=self._database.where)
        return _begin(connection, at)


def _read(connection: Connection) -> Identity | None:
    row = connection.execute(_READ).one_or_none()
    return None if row is None else Identity(*row)


def _begin(connection: Connection, at: datetime) -> Identity:
    """Raise the epoch, and rely on nothing that this store says is agreed or under way."""
    connection.execute(_RAISE)
    for statement in _FORGET:
        connection.execute(statement)
    rows = [
        {"link": row.id, "now": dump_link(suspect(load_link(row.body))), "at": at}
        for row in connection.execute(_LINKED)
    ]
    if rows:
        connection.execute(_DOUBT, rows)
        connection.execute(_AT_REST, [{"link": row["link"]} for row in rows])
    return Identity(*connection.execute(_READ).one())
