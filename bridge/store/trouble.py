"""Whose fault it is when a database fails: foreign exceptions become ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bridge.store.errors import (
    SchemaOutdated,
    StoreError,
    StoreFull,
    StoreMisconfigured,
    StoreUnreachable,
)

_WAIT: Final = "it is tried again"
_ROOM: Final = "make room on its disk"
_PROVISION: Final = "run `casebridge provision` with this release"
_ACCOUNT: Final = "check address, account, password and rights"

_BY_STATE: Final[tuple[tuple[str, type[StoreError], str], ...]] = (
    ("53100", StoreFull, _ROOM),
    ("42P01", SchemaOutdated, _PROVISION),  # no such table
    ("42703", SchemaOutdated, _PROVISION),  # no such column
    ("3D000", StoreMisconfigured, _ACCOUNT),  # no such database
    ("42501", StoreMisconfigured, _ACCOUNT),
    ("28", StoreMisconfigured, _ACCOUNT),
    ("08", StoreUnreachable, _WAIT),
    ("25006", StoreUnreachable, _WAIT),  # read-only: a standby, until it is promoted
    ("40", StoreUnreachable, _WAIT),  # deadlock, serialisation: all undone
    ("53", StoreUnreachable, _WAIT),
    ("55P03", StoreUnreachable, _WAIT),  # a lock was not to be had
    ("57", StoreUnreachable, _WAIT),  # shut down, crashed, starting up, cancelled
    ("58", StoreUnreachable, _WAIT),
)
"""Beginnings of PostgreSQL's SQLSTATE; the first that fits counts."""

_BY_CODE: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_FULL: (StoreFull, _ROOM),
    sqlite3.SQLITE_BUSY: (StoreUnreachable, "another process writes for too long; " + _WAIT),
    sqlite3.SQLITE_LOCKED: (StoreUnreachable, _WAIT),
    sqlite3.SQLITE_IOERR: (StoreUnreachable, "see whether its disk is full, or fails"),
    sqlite3.SQLITE_CANTOPEN: (StoreMisconfigured, "make its folder, and let this account write"),
    sqlite3.SQLITE_READONLY: (StoreMisconfigured, "let this account write there"),
    sqlite3.SQLITE_NOTADB: (StoreMisconfigured, "check the path"),
    sqlite3.SQLITE_CORRUPT: (StoreMisconfigured, "put the file aside and restore a backup"),
}


@contextmanager
def speaking(where: str) -> Iterator[None]:
    """Turn what drivers, SQLAlchemy and the system raise into what our caller can act upon."""
    try:
        yield
    except DBAPIError as exc:
        error = _of_driver(exc, where)
        if error is None:
            raise
        raise error from exc
    except (TimeoutError, NoConnectionFree) as exc:
        msg = "no answer in time"
        raise StoreUnreachable(msg, where=where, way_out=_WAIT) from exc
    except OSError as exc:
        raise unreachable(exc, where) from exc


def unreachable(exc: Exception, where: str) -> StoreUnreachable:
    """Say that a database cannot be reached, and why."""
    return StoreUnreachable(f"it cannot be reached ({exc})", where=where, way_out=_WAIT)


def _of_driver(exc: DBAPIError, where: str) -> StoreError | None:
    # Only the driver's words: SQLAlchemy's own message repeats the parameters.
    said = str(exc.orig)
    if isinstance(exc.orig, sqlite3.Error):
        return _of_sqlite(exc.orig, said, where)
    error = of_postgres(getattr(exc.orig, "sqlstate", None) or "", said, where)
    if error is None and exc.connection_invalidated:
        return StoreUnreachable("the connection was lost", where=where, way_out=_WAIT)
    return error


def of_postgres(state: str, said: str, where: str) -> StoreError | None:
    """Make our error of an SQLSTATE and what was said with it; None where it is no fault of it."""
    for beginning, kind, way_out in _BY_STATE:
        if state.startswith(beginning):
            return kind(said, where=where, way_out=way_out)
    return None


def _of_sqlite(exc: sqlite3.Error, said: str, where: str) -> StoreError | None:
    if said.startswith(("no such table", "no such column")):
        return SchemaOutdated(said, where=where, way_out=_PROVISION)
    known = _BY_CODE.get(getattr(exc, "sqlite_errorcode", 0) & 0xFF)
    return known[0](said, where=where, way_out=known[1]) if known else None
