"""Opening a store, and seeing that it is fit to be used."""

from __future__ import annotations

from bridge.store.base import EdgeStore, HubStore
from bridge.store.edge import SqlEdge
from bridge.store.engine import DEFAULTS, Database, SqliteDatabase, StoreSettings, open_database
from bridge.store.errors import SchemaOutdated, StoreMisconfigured
from bridge.store.hub import SqlHub
from bridge.store.identity import SqlIdentity
from bridge.store.migrate import current_revision, newest_revision, upgrade
from bridge.store.queries import SqlQueries
from bridge.store.records import Identity


class Store(SqlHub, SqlEdge, SqlQueries):
    """A database that is the hub's store, the edges', or everybody's."""

    def __init__(self, database: Database, *, environment: str) -> None:
        """Use *database* in the name of *environment*; see `open_store`."""
        super().__init__(database)
        self._identity = SqlIdentity(database, environment=environment)

    @property
    def where(self) -> str:
        """The address, without its password."""
        return self._database.where

    async def identity(self) -> Identity:
        """Tell whose store this is."""
        return await self._identity.identity()

    async def restored(self) -> Identity:
        """Raise the epoch: this store was brought back from a backup."""
        return await self._identity.restored()

    async def check(self) -> None:
        """
        See that the store answers, has the tables of this release, and is this environment's.

        Raises:
            StoreError: What is wrong, where, and the way out.
        """
        await _check_schema(self._database)
        await self._identity.verify()

    async def close(self) -> None:
        """Let what runs end, and let go of the database; may be repeated."""
        await self._database.close()


_hub: type[HubStore] = Store
_edge: type[EdgeStore] = Store


async def open_store(url: str, *, environment: str, settings: StoreSettings = DEFAULTS) -> Store:
    """
    Open a store that `provision` has prepared. The first environment to do so owns it.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/database``.
        environment: What this installation is called, ``production`` for one.
        settings: How the database is used.

    Raises:
        StoreError: It cannot be used: `StoreUnreachable` may pass, the others take a person.
    """
    database = open_database(url, settings)
    store = Store(database, environment=environment)
    try:
        _file_exists(database)
        await store.check()
    except BaseException:
        await store.close()
        raise
    return store


async def provision(url: str, *, settings: StoreSettings = DEFAULTS) -> None:
    """
    Make or renew the tables; may be repeated, and run by several at once.

    Raises:
        StoreError: It cannot be done: what, where, and the way out.
    """
    database = open_database(url, settings)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def adopt(url: str, *, environment: str, settings: StoreSettings = DEFAULTS) -> Identity:
    """
    Make a store this environment's own, on purpose: it was another's, or is a copy of one.

    Raises:
        StoreError: It cannot be done: what, where, and the way out.
    """
    database = open_database(url, settings)
    try:
        _file_exists(database)
        await _check_schema(database)
        return await SqlIdentity(database, environment=environment).adopt()
    finally:
        await database.close()


def _file_exists(database: Database) -> None:
    # SQLite would make an empty one, and a slip of the pen a new store.
    if isinstance(database, SqliteDatabase) and not database.path.exists():
        msg = "there is no such file"
        raise StoreMisconfigured(
            msg, where=database.where, way_out="check the path, or run `casebridge provision`"
        )


async def _check_schema(database: Database) -> None:
    found, wanted = await current_revision(database), newest_revision()
    if found != wanted:
        msg = f"its tables are of revision {found or 'none'}, this release wants {wanted}"
        raise SchemaOutdated(
            msg,
            where=database.where,
            way_out="run `casebridge provision` with the newest release in use",
        )
