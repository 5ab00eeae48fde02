"""
A whole case system in memory, in which people work and to which an adapter speaks.

People act directly (`open_case`, `set`, `add`, `remove`, `delete`) and meet no faults. An adapter
speaks through `adapters.memory.wire`, which is where the faults strike. Both meet the same rules:
limits, locks, and what the system makes of what it stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from pydantic import JsonValue

from adapters.memory.faults import Rendering
from adapters.memory.holdings import Holdings, utc_now
from adapters.memory.record import (
    NATURAL,
    CaseLocked,
    Refused,
    StoredCase,
    field_of,
    key_in,
    keyed,
    whole,
)
from contracts.adapter import Limit
from contracts.case import Cells, split_path


class MemorySystem(Holdings):
    """
    One case system; see `Holdings` for what it shows.

    Attributes:
        limits: As in `contracts.adapter.Capabilities.limits`; what exceeds them is refused.
        final_statuses: Statuses that end a case: its ``end`` is set along.
        rendering: What it makes of what it stores.
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
        super().__init__(name, path=path, now=now, sleep=sleep)
        self.limits: Mapping[str, Limit] = {}
        self.final_statuses: frozenset[str] = frozenset()
        self.rendering = Rendering()

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
        super().close()

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
