"""The address of a store, and the database that it leads to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bridge.store.engine import DEFAULTS, Database, StoreSettings, shown
from bridge.store.errors import StoreMisconfigured
from bridge.store.sqlite import SqliteDatabase

_DIALECTS: Final = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}


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
        raise StoreMisconfigured(msg, where=shown(parsed), way_out=way_out)
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
    from bridge.store.postgres import PostgresDatabase

    return PostgresDatabase(parsed, settings)
