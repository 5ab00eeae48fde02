"""
Sessions: who signed in, kept on our side; a cookie holds nothing but a random name for it.

They live in the memory of one console: where it is started again, people sign in again, and what
was stolen is worth nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.clock import Now
from bridge.console.people import Person

FRESH_FOR: Final = timedelta(minutes=10)
"""So long after signing in, what cannot be taken back may be asked for."""
_MOST: Final = 10_000


@dataclass(slots=True)
class Session:
    """
    One browser of one person.

    Attributes:
        key: What the cookie holds.
        csrf: What every form of this session must bear.
        is_local: They signed in with an account of ours, which can be taken away at any moment.
    """

    key: str
    csrf: str
    person: Person
    signed_in: datetime
    seen: datetime
    is_local: bool


class Sessions:
    """All sessions of one console."""

    def __init__(self, *, idle: timedelta, absolute: timedelta, now: Now) -> None:
        """End a session that was not used for *idle*, and each after *absolute*."""
        self._idle, self._absolute, self._now = idle, absolute, now
        self._known: dict[str, Session] = {}

    def begin(
        self, person: Person, *, is_local: bool, instead_of: Session | None = None
    ) -> Session:
        """Begin a session; its name is new, whatever name the browser had."""
        if instead_of is not None:
            self.end(instead_of)
        self._forget_old()
        now = self._now()
        key, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        session = Session(key, csrf, person, now, now, is_local)
        self._known[session.key] = session
        return session

    def find(self, key: str | None) -> Session | None:
        """Give the session of that name, and count it as used; ``None`` where it has ended."""
        session = self._known.get(key or "")
        if session is None:
            return None
        if self._is_over(session):
            self.end(session)
            return None
        session.seen = self._now()
        return session

    def is_fresh(self, session: Session) -> bool:
        """Tell whether somebody signed in a moment ago."""
        return self._now() - session.signed_in <= FRESH_FOR

    def end(self, session: Session) -> None:
        """End a session; may be repeated."""
        self._known.pop(session.key, None)

    def _is_over(self, session: Session) -> bool:
        now = self._now()
        return now - session.seen > self._idle or now - session.signed_in > self._absolute

    def _forget_old(self) -> None:
        for session in [each for each in self._known.values() if self._is_over(each)]:
            self.end(session)
        while len(self._known) >= _MOST:
            self.end(min(self._known.values(), key=lambda each: each.seen))
