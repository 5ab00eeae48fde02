"""
Opening the database, and running transactions on it.

A transaction is one synchronous function over a connection, on both databases. On PostgreSQL it
runs in SQLAlchemy's greenlet over asyncpg. On SQLite it runs whole in one thread: hopping
between threads for each statement costs more than the statements do. One thread writes there, a
few others read, and none of them waits for another.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

from bridge.store.errors import StoreMisconfigured
from bridge.store.trouble import speaking

T = TypeVar("T")
Transaction = Callable[[Connection], T]

_DIALECTS: Final = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
_READERS: Final = 2


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """
    How the database is used.

    Attributes:
        connections: At most so many, on PostgreSQL.
        connect_timeout: For one connection to be made.
        timeout: For one transaction, waiting for a connection or a lock included.
    """

    connections: int = 8
    connect_timeout: timedelta = timedelta(seconds=5)
    timeout: timedelta = timedelta(seconds=30)


DEFAULTS: Final = StoreSettings()


class Database(Protocol):
    """Runs transactions. Raises `StoreError`; what else comes is a bug."""

    dialect: str
    where: str

    async def write(self, transaction: Transaction[T]) -> T:
        """Run and commit; whatever it raises undoes it."""

    async def read(self, transaction: Transaction[T]) -> T:
        """Run on one snapshot, or near it; nothing may be written."""

    async def close(self) -> None:
        """Let what runs end, and let go of all connections."""


class OnDatabase:
    """Something that keeps its state in a database."""

    def __init__(self, database: Database) -> None:
        """Use *database*, which `provision` has prepared."""
        self._database = database


def parse_url(url: str) -> URL:
    """
    Read a store's address; ``sqlite:///path`` and ``postgresql://…`` do without a driver.

    Raises:
        StoreMisconfigured: It is none.
    """
    way_out = "give sqlite:///path/to/file or postgresql://user:password@host/database"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        msg = "the address cannot be read"  # and may hold a password: do not repeat it
        raise StoreMisconfigured(msg, where="store", way_out=way_out) from None
    dialect = _DIALECTS.get(parsed.get_backend_name())
    if dialect is None or (dialect == "sqlite" and parsed.database in (None, "", ":memory:")):
        msg = "no PostgreSQL and no SQLite file" if dialect is None else "no file is named"
        raise StoreMisconfigured(msg, where=_shown(parsed), way_out=way_out)
    return parsed.set(drivername=dialect)


def open_database(url: str, settings: StoreSettings = DEFAULTS) -> Database:
    """
    Prepare to use the database at *url*; it connects when first used.

    Raises:
        StoreMisconfigured: The address is none.
    """
    parsed = parse_url(url)
    if parsed.drivername == "sqlite":
        return SqliteDatabase(parsed, settings)
    return PostgresDatabase(parsed, settings)


class PostgresDatabase:
    """PostgreSQL through asyncpg."""

    dialect = "postgresql"

    def __init__(self, url: URL, settings: StoreSettings) -> None:
        self.where = _shown(url)
        self._timeout_s = settings.timeout.total_seconds()
        self._goodbye_s = settings.connect_timeout.total_seconds()
        self._connections = settings.connections
        milliseconds = str(int(self._timeout_s * 1000))
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=settings.connections,
            max_overflow=0,
            pool_timeout=self._timeout_s,
            hide_parameters=True,
            connect_args={
                "timeout": settings.connect_timeout.total_seconds(),
                "server_settings": {
                    "application_name": "casebridge",
                    # Short statements gain nothing from it, and the first ones lose seconds.
                    "jit": "off",
                    # The server lets go of a lock whose owner fell silent in mid-transaction.
                    "statement_timeout": milliseconds,
                    "idle_in_transaction_session_timeout": milliseconds,
                },
            },
        )

        # Spares a round trip before and one after.
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def write(self, transaction: Transaction[T]) -> T:
        """Run and commit; whatever it raises undoes it."""
        with speaking(self.where):
            async with asyncio.timeout(self._timeout_s), self._engine.begin() as connection:
                return await connection.run_sync(transaction)

    async def read(self, transaction: Transaction[T]) -> T:
        """Run without locks; each statement sees what was committed before it."""
        with speaking(self.where):
            async with asyncio.timeout(self._timeout_s), self._reading.connect() as connection:
                return await connection.run_sync(transaction)

    async def close(self) -> None:
        """Close all connections; those of a silent server without taking leave."""
        patience_s = self._goodbye_s
        for _ in range(self._connections + 1):
            try:
                async with asyncio.timeout(patience_s):
                    await self._engine.dispose()
                    return
            except TimeoutError:
                # The one that was waited for is gone; the others need not be waited for.
                patience_s = 0.05


class SqliteDatabase:
    """A SQLite file in WAL mode: one thread writes, a few read."""

    dialect = "sqlite"

    def __init__(self, url: URL, settings: StoreSettings) -> None:
        self.where = _shown(url)
        self.path = Path(url.database or "")
        self._timeout_s = settings.timeout.total_seconds()
        self._write_engine = self._engine(url, size=1, begin="BEGIN IMMEDIATE")
        self._read_engine = self._engine(url, size=_READERS, begin="BEGIN")
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")

    async def write(self, transaction: Transaction[T]) -> T:
        """Run and commit; whatever it raises undoes it."""

        def run() -> T:
            with self._write_engine.begin() as connection:
                return transaction(connection)

        return await self._in(self._writer, run)

    async def read(self, transaction: Transaction[T]) -> T:
        """Run on one snapshot, beside whoever writes."""

        def run() -> T:
            with self._read_engine.connect() as connection:
                return transaction(connection)

        return await self._in(self._readers, run)

    async def close(self) -> None:
        """Let what runs end, and close the file."""
        for pool, engine in (
            (self._readers, self._read_engine),
            (self._writer, self._write_engine),
        ):
            await asyncio.to_thread(pool.shutdown)
            engine.dispose()

    async def _in(self, pool: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        # Past the timeout a thread goes on alone; SQLite's own busy timeout ends it.
        with speaking(self.where):
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(pool, run)

    def _engine(self, url: URL, *, size: int, begin: str) -> Engine:
        def prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",
            ):
                connection.execute(f"PRAGMA {pragma}")

        def begin_so(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        engine = create_engine(
            url,
            pool_size=size,
            max_overflow=0,
            hide_parameters=True,
            # Shorter than a transaction may take, so that the reason is told.
            connect_args={"check_same_thread": False, "timeout": self._timeout_s * 0.8},
        )
        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", begin_so)
        return engine


def make_file(path: Path) -> None:
    """Make a database file, and its folder, that nobody else can read: it holds personal data."""
    with speaking(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
