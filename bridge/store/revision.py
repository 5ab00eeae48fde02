"""
Of which revision the tables are, and which one this release wants.

Every start asks for it. What makes the tables, `bridge.store.migrate`, is loaded where they are
made only.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from bridge.store.engine import Database

NEWEST: Final = "0001"
"""The last of the migrations."""

# Alembic's own table, in which it keeps how far it came.
_KEPT: Final = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_ASK: Final = select(_KEPT.c.version_num)


async def current_revision(database: Database) -> str | None:
    """Tell of which revision the tables are; ``None`` where there are none."""
    return await database.read(_current)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_KEPT.name):
        return None
    return connection.scalar(_ASK)
