"""
What a memory system holds: its cases, their contents, the feed of changes, and time.

It reads no clock of its own: `now` and `sleep` are handed in.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue

from adapters.memory.announce import Announcer
from adapters.memory.faults import Faults
from adapters.memory.record import CaseDeleted, NoSuchCase, StoredCase
from adapters.memory.store import ContentWriter, Store


def utc_now() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


async def at_once() -> None:
    """Travel in no time."""


@dataclass(frozen=True, slots=True)
class Access:
    """One effect on the system: who did what to which case."""

    who: str
    what: str
    ref: str
    path: str
    at: datetime


class Holdings:
    """
    What is there, and what became of it.

    Attributes:
        secret: What callers must show; ``None``: nobody is asked.
        findable_after: How long a new case stays out of what `find` sees.
        travel: Awaited by every call on its way there and on its way back, so that others get
            their turn in between.
        access: Every write, in order.
        calls: How often each method was called over the wire.
    """

    def __init__(
        self,
        name: str,
        *,
        path: Path | None = None,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.now = now
        self.sleep = sleep
        self.secret: str | None = None
        self.findable_after = timedelta(0)
        self.travel: Callable[[], Awaitable[None]] = at_once
        self.faults = Faults()
        self.announcer = Announcer(now)
        self.access: list[Access] = []
        self.calls: Counter[str] = Counter()
        self.created_by_key: dict[str, str] = {}
        self._store = Store(path)
        self._cases = {case.ref: case for case in self._store.cases()}
        self._before: dict[str, tuple[StoredCase, datetime]] = {}
        self._later: list[tuple[datetime, Callable[[], object]]] = []
        self._restore()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def _restore(self) -> None:
        kept = cast("dict[str, Any]", self._store.remembered("state") or {})
        self._place: int = kept.get("place", 0)
        self._keys: int = kept.get("keys", 0)
        self.created_by_key = kept.get("created_by_key", {})
        self.announcer.subscriptions = kept.get("subscriptions", {})

    def remember(self) -> None:
        """Keep what is not part of one case."""
        self._store.remember(
            "state",
            {
                "place": self._place,
                "keys": self._keys,
                "created_by_key": cast("JsonValue", self.created_by_key),
                "subscriptions": cast("JsonValue", self.announcer.subscriptions),
            },
        )

    # What there is

    def case(self, ref: str) -> StoredCase:
        """
        Give a case as it is now; to look at, not to change.

        Raises:
            NoSuchCase: `CaseDeleted` where it was there.
        """
        self.catch_up()
        case = self._cases.get(ref)
        if case is None:
            raise NoSuchCase(ref)
        if case.is_deleted:
            raise CaseDeleted(ref)
        return case

    def case_before(self, ref: str, lasts: timedelta) -> StoredCase:
        """Give a case as it was before the change that is not older than *lasts* (0: ever)."""
        now_it_is = self.case(ref)
        before, changed_at = self._before.get(ref, (now_it_is, self.now()))
        is_over = bool(lasts) and self.now() >= changed_at + lasts
        return now_it_is if is_over else before

    def cells(self, ref: str) -> dict[str, JsonValue]:
        """Give a case laid flat, as people see it now."""
        return dict(self.case(ref).cells)

    def refs(self) -> list[str]:
        """Give all cases that are there."""
        self.catch_up()
        return [case.ref for case in self._cases.values() if not case.is_deleted]

    def bearing(self, application: str, reference: str) -> list[str]:
        """Give the cases that an application calls by *reference*."""
        every = (self._cases[ref] for ref in self.refs())
        return [case.ref for case in every if case.references.get(application) == reference]

    def changed_since(self, place: int, most: int) -> list[StoredCase]:
        """Give cases by the place of their last change in the feed; deleted ones, too."""
        self.catch_up()
        later = sorted((c for c in self._cases.values() if c.place > place), key=lambda c: c.place)
        return later[:most]

    def writes_by(self, who: str) -> list[Access]:
        """Give every effect that *who* had on the system."""
        return [access for access in self.access if access.who == who]

    # Time, and contents

    def later(self, delay: timedelta, act: Callable[[], object]) -> None:
        """Do *act* when *delay* has passed; seen to whenever the system is looked at."""
        self._later.append((self.now() + delay, act))

    def catch_up(self) -> None:
        """Do what is due by now, and deliver the hints that are."""
        if self._later:
            now = self.now()
            due = [act for at, act in self._later if at <= now]
            self._later = [(at, act) for at, act in self._later if at > now]
            for act in due:
                act()
        self.announcer.deliver_due()

    def content_writer(self, path_key: str, version: int) -> ContentWriter:
        """Begin the content of one version of a document."""
        return self._store.writer(f"{path_key}@{version}")

    def content(self, path_key: str, version: int, start: int = 0) -> Iterable[bytes] | None:
        """Give the content of one version of a document from a byte on; ``None`` for none."""
        name = f"{path_key}@{version}"
        return self._store.pieces(name, start) if self._store.has(name) else None

    def leftovers(self) -> list[str]:
        """Give what nobody should leave behind: locks, and contents that were never finished."""
        locks = [f"lock of {case.lock} on {case.ref}" for case in self._cases.values() if case.lock]
        return locks + self._store.unfinished()

    def new_key(self, field: str) -> str:
        """Give an item a key of the system's own."""
        self._keys += 1
        return f"{self.name}-{field}-{self._keys}"

    # For those who change it

    def _keep_before(self, case: StoredCase) -> None:
        if self.faults.keeps_history:
            self._before[case.ref] = (case.model_copy(deep=True), self.now())

    def _changed(self, case: StoredCase, who: str, what: str, path: str) -> None:
        self._place += 1
        case.place = self._place
        case.version += 1
        self.access.append(Access(who, what, case.ref, path, self.now()))
        self._store.save(case)
        self.remember()
        self.announcer.announce(case.ref)
