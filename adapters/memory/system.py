"""
A whole case system in memory, in which people work and to which an adapter speaks.

People act directly (`open_case`, `set`, `add`, `remove`, `delete`) and meet no faults. An adapter
speaks through `adapters.memory.wire`, which is where the faults strike. Both meet the same rules:
limits, locks, and what the system makes of what it stores.

The system reads no clock of its own: `now` and `sleep` are handed in.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from adapters.memory.announce import Announcer
from adapters.memory.faults import Faults, Rendering
from adapters.memory.record import (
    NATURAL,
    CaseDeleted,
    CaseLocked,
    NoSuchCase,
    Refused,
    StoredCase,
    field_of,
    key_in,
    keyed,
    whole,
)
from adapters.memory.store import ContentWriter, Store
from contracts.adapter import Limit
from contracts.case import Cells, split_path


def utc_now() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Access:
    """One effect on the system: who did what to which case."""

    who: str
    what: str
    ref: str
    path: str
    at: datetime


class MemorySystem:
    """
    One case system.

    Attributes:
        secret: What callers must show; ``None``: nobody is asked.
        limits: As in `contracts.adapter.Capabilities.limits`; what exceeds them is refused.
        findable_after: How long a new case stays out of what `find` sees.
        final_statuses: Statuses that end a case: its ``end`` is set along.
        access: Every write, in order.
        calls: How often each method was called over the wire.
    """

    _shared: ClassVar[dict[str, MemorySystem]] = {}

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
        self.limits: Mapping[str, Limit] = {}
        self.findable_after = timedelta(0)
        self.final_statuses: frozenset[str] = frozenset()
        self.faults = Faults()
        self.rendering = Rendering()
        self.announcer = Announcer(now)
        self.access: list[Access] = []
        self.calls: Counter[str] = Counter()
        self.created_by_key: dict[str, str] = {}
        self._store = Store(path)
        self._cases = {case.ref: case for case in self._store.cases()}
        self._before: dict[str, tuple[StoredCase, datetime]] = {}
        self._later: list[tuple[datetime, Callable[[], object]]] = []
        self._restore()

    @classmethod
    def shared(cls, name: str, path: Path | None = None) -> MemorySystem:
        """Give the system of that name in this process; it is made where there is none yet."""
        if name not in cls._shared:
            cls._shared[name] = cls(name, path=path)
        return cls._shared[name]

    def share(self) -> MemorySystem:
        """Be the system that adapters find by this one's name."""
        self._shared[self.name] = self
        return self

    def close(self) -> None:
        """Let go of the file, and of the name."""
        if self._shared.get(self.name) is self:
            del self._shared[self.name]
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

    # What people do

    def open_case(
        self,
        cells: Cells | None = None,
        *,
        who: str = "medewerker",
        references: Mapping[str, str] | None = None,
        **registers: JsonValue,
    ) -> str:
        """
        Open a case that shows *cells* and *registers*.

        *references* are what applications call it, by application.
        """
        wanted = {**(cells or {}), **registers}
        for path, value in wanted.items():
            field_of(path)
            self._check_limits(path, value)
        self._keys += 1
        ref = f"{self.name}-{self._keys:06d}"
        case = StoredCase(ref=ref, cells={}, created=self.now(), references=dict(references or {}))
        for path, value in wanted.items():
            self._put(case, path, value, who=who, at=None, origin=None)
        self._cases[ref] = case
        self._changed(case, who, "create", "")
        return ref

    def set(
        self,
        ref: str,
        path: str,
        value: JsonValue,
        *,
        who: str = "medewerker",
        at: datetime | None = None,
    ) -> None:
        """Make *value* stand at *path*: a register, or an item that is there."""
        _field, key = split_path(path)
        case = self._open_to(ref, who)
        field_of(path)
        if key and path not in case.cells:
            msg = f"{path} is er niet"
            raise Refused(msg)
        self._check_limits(path, value)
        self._keep_before(case)
        if key and value is None:
            del case.cells[path]
            case.origins.pop(path, None)
        else:
            self._put(case, path, value, who=who, at=at, origin=case.origins.get(path))
        self._changed(case, who, "set" if value is not None else "clear", path)

    def add(
        self,
        ref: str,
        field: str,
        item: Cells,
        *,
        who: str = "medewerker",
        origin: str | None = None,
        key: str | None = None,
    ) -> str:
        """
        Add an item to *field*.

        *origin* is the key under which whoever adds it knows it; kept beside it. *key* is one
        that `new_key` gave; without it one is made, or taken from nature.

        Returns:
            The path under which the system holds it.
        """
        case = self._open_to(ref, who)
        if key is None:
            key = key_in(field, item) if field in NATURAL else self.new_key(field)
        path, value = keyed(field, item, key)
        field_of(path)
        if path in case.cells:
            msg = f"{path} is er al"
            raise Refused(msg)
        self._check_limits(path, value)
        self._keep_before(case)
        self._put(case, path, value, who=who, at=None, origin=origin)
        self._changed(case, who, "add", path)
        return path

    def remove(self, ref: str, path: str, *, who: str = "medewerker") -> None:
        """Take an item away, or empty a register."""
        self.set(ref, path, None, who=who)

    def note_extra(self, ref: str, where: str, value: str, *, who: str = "medewerker") -> None:
        """Let the case show something that a Case cannot carry."""
        case = self._open_to(ref, who)
        case.extras[where] = value
        self._changed(case, who, "extra", where)

    def delete(self, ref: str, *, who: str = "medewerker") -> None:
        """Delete a case; the system remembers that it was there."""
        case = self._open_to(ref, who)
        case.is_deleted = True
        self._changed(case, who, "delete", "")

    def lock(self, ref: str, who: str) -> None:
        """Hold a case; the same holder may hold it again."""
        case = self._open_to(ref, who)
        case.lock = who
        self._store.save(case)

    def unlock(self, ref: str, who: str) -> None:
        """Let a case go; only its holder can."""
        case = self._cases[ref]
        if case.lock == who:
            case.lock = None
            self._store.save(case)

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

    def content(self, path_key: str, version: int) -> Iterable[bytes] | None:
        """Give the content of one version of a document; ``None`` where there is none."""
        name = f"{path_key}@{version}"
        return self._store.pieces(name) if self._store.has(name) else None

    def leftovers(self) -> list[str]:
        """Give what nobody should leave behind: locks, and contents that were never finished."""
        locks = [f"lock of {case.lock} on {case.ref}" for case in self._cases.values() if case.lock]
        return locks + self._store.unfinished()

    def new_key(self, field: str) -> str:
        """Give an item a key of the system's own."""
        self._keys += 1
        return f"{self.name}-{field}-{self._keys}"

    # Within

    def _open_to(self, ref: str, who: str) -> StoredCase:
        case = self.case(ref)
        if case.lock not in (None, who):
            msg = f"zaak {ref} is in gebruik bij {case.lock}"
            raise CaseLocked(msg)
        return case

    def _check_limits(self, path: str, value: JsonValue) -> None:
        field, _ = split_path(path)
        members = value.items() if isinstance(value, dict) else [("", value)]
        for member, part in members:
            limit = self.limits.get(f"{field}/{member}" if member else field)
            if limit is None or not isinstance(part, str):
                continue
            if limit.max_length is not None and len(part) > limit.max_length:
                msg = f"{path}: maximaal {limit.max_length} tekens"
                raise Refused(msg)
            if limit.codes is not None and part not in limit.codes:
                msg = f"{path}: deze waarde is niet toegestaan"
                raise Refused(msg)

    def _keep_before(self, case: StoredCase) -> None:
        if self.faults.keeps_history:
            self._before[case.ref] = (case.model_copy(deep=True), self.now())

    def _put(
        self,
        case: StoredCase,
        path: str,
        value: JsonValue,
        *,
        who: str,
        at: datetime | None,
        origin: str | None,
    ) -> None:
        now = self.now()
        held = whole(field_of(path), value) if isinstance(value, dict) else value
        case.cells[path] = self.rendering.of(path, held)
        case.authors[path] = (who, now)
        if origin is not None:
            case.origins[path] = origin
        if path == "status" and isinstance(value, str):
            self._take_step(case, value, at or now, who)
        for added, default in self.rendering.adds.items():
            if case.cells.get(added) is None and added != path:
                case.cells[added] = default
                case.authors[added] = (self.name, now)

    def _take_step(self, case: StoredCase, status: str, at: datetime, who: str) -> None:
        moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        step: dict[str, JsonValue] = {"at": moment, "status": status, "note": "", "by": who}
        case.cells[f"status_history/{moment}"] = step
        if status in self.final_statuses and case.cells.get("end") is None:
            case.cells["end"] = moment[:10]

    def _changed(self, case: StoredCase, who: str, what: str, path: str) -> None:
        self._place += 1
        case.place = self._place
        case.version += 1
        self.access.append(Access(who, what, case.ref, path, self.now()))
        self._store.save(case)
        self.remember()
        self.announcer.announce(case.ref)
