"""A store in a database: opening it, and seeing that it is fit to be used."""

from __future__ import annotations

from datetime import datetime

from bridge.store.address import open_database
from bridge.store.base import Store
from bridge.store.depths import SqlDepths
from bridge.store.edge import SqlEdge
from bridge.store.engine import DEFAULTS, Database, StoreSettings
from bridge.store.errors import SchemaOutdated, StoreMisconfigured
from bridge.store.hub import SqlHub
from bridge.store.identity import SqlIdentity
from bridge.store.jobs import SqlJobs
from bridge.store.locks import SqlLocks
from bridge.store.presence import SqlPresence
from bridge.store.queries import SqlQueries
from bridge.store.records import Identity
from bridge.store.revision import NEWEST, current_revision
from bridge.store.rules_versions import SqlRulesVersions
from bridge.store.sessions import SqlSessions
from bridge.store.sqlite import SqliteFile
from bridge.store.standings import SqlStandings
from bridge.store.transfers import SqlTransfers


class SqlStore(
    SqlHub,
    SqlEdge,
    SqlStandings,
    SqlPresence,
    SqlDepths,
    SqlQueries,
    SqlJobs,
    SqlTransfers,
    SqlLocks,
    SqlRulesVersions,
    SqlSessions,
):
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

    async def restored(self, at: datetime) -> Identity:
        """Begin a new epoch, as it was brought back from a backup: look first, write later."""
        # Who signed out since the backup was made would be in again.
        await self.end_sessions(seen_before=at, begun_before=at)
        return await self._identity.restored(at)

    async def check(self) -> None:
        """See that the store answers, has the tables of this release, and is our environment's."""
        await self._check_tables()
        await self._identity.verify()

    async def adopt(self, at: datetime) -> Identity:
        """Make the store this environment's own; if it moved, look first as after a restore."""
        _file_exists(self._database)
        await self._check_tables()
        return await self._identity.adopt(at)

    async def close(self) -> None:
        """Let what runs end, and let go of the database; may be repeated."""
        await self._database.close()

    async def _check_tables(self) -> None:
        found = await current_revision(self._database)
        if found != NEWEST:
            msg = f"its tables are of revision {found or 'none'}, this release wants {NEWEST}"
            raise SchemaOutdated(
                msg,
                where=self.where,
                way_out="run `casebridge provision` with the newest release in use",
            )


_: type[Store] = SqlStore


async def open_store(url: str, *, environment: str, settings: StoreSettings = DEFAULTS) -> SqlStore:
    """
    Open a store that `provision` has prepared. The first environment to do so owns it.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user:password@host/database``.
        environment: What this installation is called, ``production`` for one.
        settings: How the database is used.

    Raises:
        StoreError: It cannot be used: `StoreUnreachable` may pass, the others take a person.
    """
    return await open_store_on(open_database(url, settings), environment=environment)


async def open_store_on(database: Database, *, environment: str) -> SqlStore:
    """
    Do as `open_store` on a database at hand. It is closed with the store, or if that fails.

    Raises:
        StoreError: It cannot be used.
    """
    store = SqlStore(database, environment=environment)
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
    from bridge.store.migrate import upgrade

    database = open_database(url, settings)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def adopt(
    url: str, *, environment: str, at: datetime, settings: StoreSettings = DEFAULTS
) -> Identity:
    """
    Make a store this environment's own, on purpose: it was another's, or is a copy of one.

    Raises:
        StoreError: It cannot be done: what, where, and the way out.
    """
    store = SqlStore(open_database(url, settings), environment=environment)
    try:
        return await store.adopt(at)
    finally:
        await store.close()


def _file_exists(database: Database) -> None:
    # SQLite would make an empty one, and a slip of the pen a new store.
    if isinstance(database, SqliteFile) and not database.path.exists():
        msg = "there is no such file"
        raise StoreMisconfigured(
            msg, where=database.where, way_out="check the path, or run `casebridge provision`"
        )
