"""
Sessions: who signed in, kept in the store; a cookie holds nothing but a random name for it.

Every console of an installation knows them, and a restart ends none. The store keeps a digest of
the name: whoever reads a dump of it cannot come in with what stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import JsonValue, TypeAdapter

from bridge.clock import Now
from bridge.console.people import Person
from bridge.store import SessionRow, SessionStore

FRESH_FOR: Final = timedelta(minutes=10)
"""So long after signing in, what cannot be taken back may be asked for."""
_NOTED_EVERY: Final = timedelta(minutes=1)
_PERSON: Final = TypeAdapter(Person)


@dataclass(slots=True)
class Session:
    """
    One browser of one person.

    Attributes:
        key: What the cookie holds.
        is_local: They signed in with an account of ours, which can be taken away at any moment.
    """

    key: str
    person: Person
    signed_in: datetime
    seen: datetime
    is_local: bool

    @property
    def csrf(self) -> str:
        """What every form of this session must bear; it says nothing of the key."""
        return hmac.digest(self.key.encode(), b"csrf", "sha256").hex()


class Sessions:
    """All sessions of an installation."""

    def __init__(
        self, store: SessionStore, *, idle: timedelta, absolute: timedelta, now: Now
    ) -> None:
        """End a session that was not used for *idle*, and each after *absolute*."""
        self._store, self._idle, self._absolute, self._now = store, idle, absolute, now

    async def begin(
        self, person: Person, *, is_local: bool, instead_of: Session | None = None
    ) -> Session:
        """Begin a session; its name is new, whatever name the browser had."""
        if instead_of is not None:
            await self.end(instead_of)
        now = self._now()
        await self._store.end_sessions(
            seen_before=now - self._idle, begun_before=now - self._absolute
        )
        session = Session(secrets.token_urlsafe(32), person, now, now, is_local)
        await self._store.begin_session(
            SessionRow(_digest(session.key), _told(person), is_local, now, now)
        )
        return session

    async def find(self, key: str | None) -> Session | None:
        """Give the session of that name, and count it as used; ``None`` where it has ended."""
        row = await self._store.session(_digest(key)) if key else None
        if key is None or row is None:
            return None
        person = _PERSON.validate_python(row.person)
        session = Session(key, person, row.signed_in, row.seen, row.is_local)
        now = self._now()
        if now - row.seen > self._idle or now - row.signed_in > self._absolute:
            await self.end(session)
            return None
        if now - row.seen >= _NOTED_EVERY:
            await self._store.use_session(row.digest, now)
        return session

    def is_fresh(self, session: Session) -> bool:
        """Tell whether somebody signed in a moment ago."""
        return self._now() - session.signed_in <= FRESH_FOR

    async def end(self, session: Session) -> None:
        """End a session; may be repeated."""
        await self._store.end_session(_digest(session.key))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _told(person: Person) -> Mapping[str, JsonValue]:
    told: dict[str, JsonValue] = _PERSON.dump_python(person, mode="json")
    return told
