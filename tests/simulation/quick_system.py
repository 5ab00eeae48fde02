"""A case system of the quick world: cases laid flat, with switchable habits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from bridge.engine.sameness import IDENTIFIED
from contracts.case import split_path
from contracts.crosswalk import Catalogue
from contracts.ids import AgencyId, CaseRef, Mark
from contracts.patch import Change
from tests.simulation.rendering import Habits
from tests.simulation.trace import Deleted, Edited, Made, Opened, Trace, Wrote

BRIDGE: Final = "casebridge"
"""The account under which the bridge writes, where a system tells who did."""

SYSTEM: Final = "systeem"
"""Who changed what nobody did."""

READABLE: Final = (
    "number",
    "case_type",
    "title",
    "explanation",
    "participant",
    "unit",
    "handler",
    "start",
    "deadline",
    "suspension",
    "confidentiality",
    "result",
    "status",
    "notes",
    "roles",
    "properties",
    "documents",
)


@dataclass(slots=True)
class CaseFile:
    """One case as a system keeps it."""

    cells: dict[str, JsonValue]
    mark: Mark | None = None
    version: int = 1
    authors: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    created_at: datetime | None = None


class Moved(Exception):
    """The case is not as it was read: nothing was written."""


class System:
    """One agency's case system."""

    def __init__(
        self, agency: AgencyId, habits: Habits, catalogue: Catalogue, trace: Trace
    ) -> None:
        self.agency, self.habits, self.trace = agency, habits, trace
        self.cases: dict[CaseRef, CaseFile] = {}
        self.gone: set[CaseRef] = set()
        self.is_down = False
        self.later: list[Callable[[datetime], None]] = []
        self._catalogue = {kind.code: kind for kind in catalogue.case_types}
        self._processes = catalogue.processes
        self._keys = 0
        self._hidden: dict[CaseRef, datetime] = {}
        self.readable = frozenset(READABLE) - habits.unsupported

    # People

    def open(self, cells: Mapping[str, JsonValue], by: str, at: datetime) -> CaseRef:
        """Open a case, as a person does."""
        ref = self._ref()
        file = CaseFile({"number": f"{ref}"}, created_at=at)
        self.cases[ref] = file
        for path, value in cells.items():
            if split_path(path)[0] in self.readable:
                self._put(file, self._own_key(path, value), value)
        shown = dict(file.cells)
        file.authors = dict.fromkeys(shown, (by, at))
        self.trace.add(Opened(at, self.agency, ref, shown, by))
        return ref

    def type(self, ref: CaseRef, path: str, value: JsonValue, by: str, at: datetime) -> None:
        """Change one path, as a person does."""
        file = self.cases[ref]
        if split_path(path)[0] not in self.readable:
            return
        if path not in file.cells and split_path(path)[1]:
            path = self._own_key(path, value)
        before = file.cells.get(path)
        now = self._put(file, path, value)
        if now == before:
            return
        file.version += 1
        file.authors[path] = (by, at)
        self.trace.add(Edited(at, self.agency, ref, path, now, before, by))

    def delete(self, ref: CaseRef, by: str, at: datetime) -> None:
        """Delete a case, as a person does."""
        del self.cases[ref]
        self.gone.add(ref)
        self.trace.add(Deleted(at, self.agency, ref, by))

    # The bridge

    def find(self, mark: Mark, at: datetime) -> list[CaseRef]:
        """Find the cases that bear a mark; one that was just made may not show yet."""
        return [
            ref
            for ref, file in self.cases.items()
            if file.mark == mark and self._hidden.get(ref, at) <= at
        ]

    def hide(self, ref: CaseRef, until: datetime) -> None:
        """Keep a case out of what is found, for a while."""
        self._hidden[ref] = until

    def create(self, changes: Mapping[str, Change], mark: Mark, at: datetime) -> CaseRef:
        """Open a case that bears *mark*, with what can be given at once; add what is missing."""
        ref = self._ref()
        file = CaseFile({"number": f"{ref}"}, mark=mark, created_at=at)
        self.cases[ref] = file
        asked = {
            path: change.become
            for path, change in changes.items()
            if not split_path(path)[1] and split_path(path)[0] in self.readable
        }
        for path, value in asked.items():
            self._put(file, path, value)
        self.trace.add(Made(at, self.agency, ref, mark, asked))
        kind = self._catalogue.get(str(file.cells.get("case_type")))
        if kind is not None and not file.cells.get("status"):
            file.cells["status"] = self._processes[kind.process][0].code
        if kind is not None and not file.cells.get("confidentiality"):
            file.cells["confidentiality"] = kind.confidentiality
        file.authors = dict.fromkeys(file.cells, (BRIDGE, at))
        return ref

    def write(
        self,
        ref: CaseRef,
        change: Change,
        *,
        token: int | None,
        began: datetime,
        at: datetime,
        late: bool = False,
    ) -> int:
        """
        Make one change; give the version after.

        Args:
            late: It had been given up long ago.

        Raises:
            Moved: *token* is not the version of the case.
        """
        file = self.cases.get(ref)
        if file is None:
            raise Moved
        if token is not None and token != file.version:
            raise Moved
        path = change.path
        is_new = path not in file.cells and split_path(path)[1]
        if is_new and change.become is not None:
            path = self._own_key(path, change.become)
        before = file.cells.get(path)
        now = self._put(file, path, change.become)
        file.version += 1
        file.authors[path] = (BRIDGE, at)
        self.trace.add(
            Wrote(
                at,
                self.agency,
                ref,
                path,
                now,
                before,
                change.become,
                guarded=token is not None,
                began=began,
                late=late,
            )
        )
        return file.version

    # Small things

    def _put(self, file: CaseFile, path: str, value: JsonValue) -> JsonValue:
        _, key = split_path(path)
        if value is None and key:
            file.cells.pop(path, None)
            return None
        if isinstance(value, dict) and "key" in value:
            value = {**value, "key": key}
        shown = self.habits.rendering.of(path, value)
        file.cells[path] = shown
        return shown

    def _own_key(self, path: str, value: JsonValue) -> str:
        """Give a new item a key of this system's own, where it has none by nature."""
        name, _ = split_path(path)
        if name not in IDENTIFIED:
            return path
        self._keys += 1
        return f"{name}/{self.agency[0]}{self._keys}"

    def _ref(self) -> CaseRef:
        return CaseRef(f"{self.agency}-{len(self.cases) + len(self.gone) + 1}")
