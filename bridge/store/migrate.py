"""Bringing the tables up to this release: Alembic, inside one locked transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from bridge.store.engine import Database
from bridge.store.errors import SchemaOutdated
from bridge.store.sqlite import SqliteFile, make_file

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7236830211458817)")


async def upgrade(database: Database) -> None:
    """
    Make or renew the tables, or change nothing at all; others wait meanwhile.

    Raises:
        SchemaOutdated: A newer release was here.
    """
    if isinstance(database, SqliteFile):
        make_file(database.path)
    try:
        await database.write(_upgrade)
    except CommandError as exc:
        msg = f"its tables are of a revision that this release does not know ({exc})"
        way_out = "use the newest release in use"
        raise SchemaOutdated(msg, where=database.where, way_out=way_out) from exc


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
