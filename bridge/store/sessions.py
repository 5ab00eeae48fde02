"""
Who signed in to the console: kept where every console finds it, and can take it away.

A row bears no name that a browser would be let in with, only a digest of it: whoever reads a
backup has no session.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from bridge.store.engine import OnDatabase
from bridge.store.memory_state import OnState
from bridge.store.records import SessionRow
from bridge.store.tables import SESSIONS

_SESSION: Final = select(SESSIONS).where(SESSIONS.c.digest == bindparam("wanted"))
_USED: Final = (
    update(SESSIONS).where(SESSIONS.c.digest == bindparam("wanted")).values(seen=bindparam("at"))
)
_END: Final = delete(SESSIONS).where(SESSIONS.c.digest == bindparam("wanted"))
_OLD: Final = delete(SESSIONS).where(
    (SESSIONS.c.seen < bindparam("seen_before"))
    | (SESSIONS.c.signed_in < bindparam("begun_before"))
)


class SqlSessions(OnDatabase):
    """Implements `SessionStore`."""

    async def begin_session(self, row: SessionRow) -> None:
        """Keep a new session."""
        values = {
            "digest": row.digest,
            "person": dict(row.person),
            "is_local": row.is_local,
            "signed_in": row.signed_in,
            "seen": row.seen,
        }
        await self._database.write(lambda c: c.execute(insert(SESSIONS), values))

    async def session(self, digest: str) -> SessionRow | None:
        """Give a session; ``None`` where it has ended."""
        row = await self._database.read(lambda c: c.execute(_SESSION, {"wanted": digest}).first())
        return SessionRow(*row) if row else None

    async def use_session(self, digest: str, at: datetime) -> None:
        """Note when a session was last used."""
        await self._database.write(lambda c: c.execute(_USED, {"wanted": digest, "at": at}))

    async def end_session(self, digest: str) -> None:
        """End a session; may be repeated."""
        await self._database.write(lambda c: c.execute(_END, {"wanted": digest}))

    async def end_sessions(self, *, seen_before: datetime, begun_before: datetime) -> None:
        """End those that were not used, or began, since some moments."""
        values = {"seen_before": seen_before, "begun_before": begun_before}
        await self._database.write(lambda c: c.execute(_OLD, values))


class MemorySessions(OnState):
    """Implements `SessionStore` in memory."""

    async def begin_session(self, row: SessionRow) -> None:
        """Keep a new session."""
        self._state.sessions[row.digest] = row

    async def session(self, digest: str) -> SessionRow | None:
        """Give a session; ``None`` where it has ended."""
        return self._state.sessions.get(digest)

    async def use_session(self, digest: str, at: datetime) -> None:
        """Note when a session was last used."""
        if digest in self._state.sessions:
            self._state.sessions[digest] = replace(self._state.sessions[digest], seen=at)

    async def end_session(self, digest: str) -> None:
        """End a session; may be repeated."""
        self._state.sessions.pop(digest, None)

    async def end_sessions(self, *, seen_before: datetime, begun_before: datetime) -> None:
        """End those that were not used, or began, since some moments."""
        self._state.sessions = {
            digest: row
            for digest, row in self._state.sessions.items()
            if row.seen >= seen_before and row.signed_in >= begun_before
        }
