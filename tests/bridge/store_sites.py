"""Stores of every kind, and how a test opens them: several at a time, over the same tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from bridge.store import (
    Identity,
    MemoryState,
    MemoryStore,
    SqlStore,
    Store,
    StoreSettings,
    adopt,
    open_memory_store,
    open_store,
    open_store_on,
    provision,
)
from bridge.store.migrate import upgrade
from bridge.store.sqlite import InlineSqlite
from tests.services.postgres import Postgres

KINDS: Final = ("postgresql", "sqlite", "sqlite-inline", "memory")
PATIENCE: Final = StoreSettings(connect_timeout=timedelta(seconds=3), timeout=timedelta(seconds=6))

ADOPTED_AT: Final = datetime(2026, 3, 2, tzinfo=UTC)

_WITH_TABLES: Final[dict[str, str]] = {}
"""By server: a database with the tables of this release, which is copied and never used."""


async def provisioned(server: Postgres) -> str:
    """Make a database with tables; to copy one takes a fifth of the time that making them does."""
    if server.url not in _WITH_TABLES:
        url = server.fresh_database()
        await provision(url)
        _WITH_TABLES[server.url] = url
    return server.fresh_database(like=_WITH_TABLES[server.url])


class Site(Protocol):
    """Where stores can be opened, over the same tables."""

    async def open(self, environment: str = "test") -> Store:
        """Open one more store."""

    async def adopt(self, environment: str) -> Identity:
        """Make it another environment's, on purpose."""

    async def close(self) -> None:
        """Close all that were opened."""


class SqlSite:
    """A database at an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[SqlStore] = []

    async def open(self, environment: str = "test", settings: StoreSettings = PATIENCE) -> SqlStore:
        store = await open_store(self.url, environment=environment, settings=settings)
        self._opened.append(store)
        return store

    async def adopt(self, environment: str) -> Identity:
        return await adopt(self.url, environment=environment, at=ADOPTED_AT)

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


class InlineSite:
    """A file of SQLite, without a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: list[SqlStore] = []

    async def provision(self) -> None:
        database = InlineSqlite(self._path)
        await upgrade(database)
        await database.close()

    async def open(self, environment: str = "test") -> SqlStore:
        store = await open_store_on(InlineSqlite(self._path), environment=environment)
        self._opened.append(store)
        return store

    async def adopt(self, environment: str) -> Identity:
        store = SqlStore(InlineSqlite(self._path), environment=environment)
        self._opened.append(store)
        return await store.adopt(ADOPTED_AT)

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


class MemorySite:
    """A state in memory."""

    def __init__(self) -> None:
        self.state = MemoryState()

    async def open(self, environment: str = "test") -> MemoryStore:
        return await open_memory_store(self.state, environment=environment)

    async def adopt(self, environment: str) -> Identity:
        return await MemoryStore(self.state, environment=environment).adopt(ADOPTED_AT)

    async def close(self) -> None:
        """Nothing is held."""
