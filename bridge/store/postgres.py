"""PostgreSQL: a transaction runs in SQLAlchemy's greenlet over asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bridge.store.engine import StoreSettings, T, Transaction, shown
from bridge.store.trouble import of_postgres, speaking, unreachable


class PostgresDatabase:
    """A PostgreSQL database, with a pool of connections."""

    dialect = "postgresql"

    def __init__(self, url: URL, settings: StoreSettings) -> None:
        self.where = shown(url)
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
                    # The default is of disks with an arm: a list would be read from all rows of
                    # a table, and not from the index that was made for it.
                    "random_page_cost": "1.1",
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
        with _speaking(self.where):
            async with asyncio.timeout(self._timeout_s), self._engine.begin() as connection:
                return await connection.run_sync(transaction)

    async def read(self, transaction: Transaction[T]) -> T:
        """Run without locks; each statement sees what was committed before it."""
        with _speaking(self.where):
            async with asyncio.timeout(self._timeout_s):
                try:
                    return await self._read_once(transaction)
                except DBAPIError as error:
                    if not error.connection_invalidated:
                        raise
                # The server was started anew since the connection was made: whoever looks seldom
                # would be told so each time. All connections of the pool are let go of by now.
                return await self._read_once(transaction)

    async def _read_once(self, transaction: Transaction[T]) -> T:
        async with self._reading.connect() as connection:
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


@contextmanager
def _speaking(where: str) -> Iterator[None]:
    """Turn into what our caller can act upon also what the driver raises past SQLAlchemy."""
    with speaking(where):
        try:
            yield
        except PostgresError as exc:
            error = of_postgres(exc.sqlstate or "", str(exc), where)
            if error is None:
                raise
            raise error from exc
        except InterfaceError as exc:
            raise unreachable(exc, where) from exc
