"""
Running transactions on a database.

A transaction is one synchronous function over a connection, on both databases; where it runs is
said with each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, TypeVar

from sqlalchemy import URL, Connection

T = TypeVar("T")
Transaction = Callable[[Connection], T]


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


def shown(url: URL) -> str:
    """Give an address as it may be shown: without its password."""
    return url.render_as_string(hide_password=True)
