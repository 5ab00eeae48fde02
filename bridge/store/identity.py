"""Whose store this is: the environment that adopted it, and its epoch."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from bridge.store.engine import Database, OnDatabase
from bridge.store.errors import SchemaOutdated, StoreForeign
from bridge.store.records import Identity
from bridge.store.statements import insert_new
from bridge.store.tables import ENVIRONMENT

_READ: Final = select(ENVIRONMENT.c.name, ENVIRONMENT.c.epoch)
_RAISE: Final = update(ENVIRONMENT).values(epoch=ENVIRONMENT.c.epoch + 1)
_RENAME: Final = _RAISE.values(name=bindparam("environment"))


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

    async def restored(self) -> Identity:
        """Raise the epoch: this store was brought back from a backup."""
        await self.verify()
        return await self._database.write(_raise)

    async def adopt(self) -> Identity:
        """Make the store this environment's own, whosever it was; raise the epoch if it moved."""
        return await self._database.write(self._adopt)

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

    def _adopt(self, connection: Connection) -> Identity:
        found = self._take(connection)
        if found.environment != self._environment:
            connection.execute(_RENAME, {"environment": self._environment})
        return _read(connection) or found


def _read(connection: Connection) -> Identity | None:
    row = connection.execute(_READ).one_or_none()
    return None if row is None else Identity(*row)


def _raise(connection: Connection) -> Identity:
    connection.execute(_RAISE)
    return Identity(*connection.execute(_READ).one())
