"""
SQLite: a transaction runs whole in one thread, or for a simulator in the coroutine that calls.

Hopping between threads for each statement costs more than the statements do. One thread writes, a
few others read, and none of them waits for another.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event

from bridge.store.engine import DEFAULTS, StoreSettings, T, Transaction, shown
from bridge.store.trouble import speaking

_READERS: Final = 2


class SqliteFile:
    """A SQLite file in WAL mode, and transactions on it; where they run is said below."""

    dialect = "sqlite"

    def __init__(self, url: URL, settings: StoreSettings, *, synchronous: str = "FULL") -> None:
        self.where = shown(url)
        self.path = Path(url.database or "")
        self._timeout_s = settings.timeout.total_seconds()
        self._synchronous = synchronous
        self._write_engine = self._engine(url, size=1, begin="BEGIN IMMEDIATE")
        self._read_engine = self._engine(url, size=_READERS, begin="BEGIN")

    def _write(self, transaction: Transaction[T]) -> T:
        with self._write_engine.begin() as connection:
            return transaction(connection)

    def _read(self, transaction: Transaction[T]) -> T:
        with self._read_engine.connect() as connection:
            return transaction(connection)

    def _engine(self, url: URL, *, size: int, begin: str) -> Engine:
        def prepare(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            for pragma in (
                "journal_mode = WAL",
                f"synchronous = {self._synchronous}",
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


class SqliteDatabase(SqliteFile):
    """A SQLite file as the bridge uses it: one thread writes, a few read."""

    def __init__(self, url: URL, settings: StoreSettings) -> None:
        super().__init__(url, settings)
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")

    async def write(self, transaction: Transaction[T]) -> T:
        """Run and commit; whatever it raises undoes it."""
        return await self._in(self._writer, lambda: self._write(transaction))

    async def read(self, transaction: Transaction[T]) -> T:
        """Run on one snapshot, beside whoever writes."""
        return await self._in(self._readers, lambda: self._read(transaction))

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


class InlineSqlite(SqliteFile):
    """
    A SQLite file for a simulator, whose loop has no threads and whose clock is no real one.

    A transaction runs at once, in the coroutine that calls, which never suspends: so nothing comes
    between, and a run can be played again. A bridge at work must not use it: its loop would stand
    still meanwhile, and nothing is waited for until it is on the disk. A process that is killed
    only in play loses nothing by that.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at *path*, which `bridge.store.migrate.upgrade` has prepared, or will."""
        url = URL.create("sqlite", database=str(path))
        super().__init__(url, DEFAULTS, synchronous="OFF")

    async def write(self, transaction: Transaction[T]) -> T:
        """Run and commit; whatever it raises undoes it."""
        with speaking(self.where):
            return self._write(transaction)

    async def read(self, transaction: Transaction[T]) -> T:
        """Run on one snapshot."""
        with speaking(self.where):
            return self._read(transaction)

    async def close(self) -> None:
        """Close the file."""
        self._read_engine.dispose()
        self._write_engine.dispose()


def make_file(path: Path) -> None:
    """Make a database file, and its folder, that nobody else can read: it holds personal data."""
    with speaking(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
