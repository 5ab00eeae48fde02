"""
Scope: what may leave one agency, and what may reach it, derived from the agreements.

No agreement, no crossing. The source's edge confines what it publishes, the hub checks again
when it routes and plans, and the target's edge once more; all three with this one value.
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from pydantic import JsonValue

from bridge.engine.allowance import TO_LINK_BY, Allowance, allowance_of
from bridge.engine.rules import Rules
from bridge.engine.terms import Terms
from contracts.agreement import Agreement
from contracts.case import (
    COLLECTIONS,
    CONFIDENTIALITY,
    Cells,
    case_of,
    cells_of,
    path_of,
    split_path,
)
from contracts.ids import AgencyId, CaseRef
from contracts.snapshot import Author, Snapshot, Unmapped, Withheld


@dataclass(frozen=True, slots=True)
class Violation:
    """A cell that no agreement covers: where, and why; never what stood in it."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one agreement lets cross, and of which cases."""

    agreement: Agreement
    allows: Allowance


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What may leave one agency, and what may reach it, on one day.

    Attributes:
        grants: One for each agreement in force; none at all lets nothing cross.
    """

    agency: AgencyId
    terms: Terms
    grants: tuple[Grant, ...]

    def under(self, agreement: str) -> Scope:
        """Give the scope under one agreement only: for what crosses on one Link."""
        kept = tuple(grant for grant in self.grants if grant.agreement.id == agreement)
        return replace(self, grants=kept)

    def confine(
        self, snapshot: Snapshot, *, shared: Collection[CaseRef] | None = None
    ) -> Snapshot | None:
        """
        Give what of a case may leave; ``None``: nothing, not even that it is there.

        *shared* are the cases that a person shared, or that are linked already. Where they are
        known, a case that no route takes stays in; ``None``: not known here, the hub decides.
        """
        local = cells_of(snapshot.case)
        level = self._level(local)
        covering = [
            grant
            for grant in self._covering(local)
            if level in grant.allows.levels
            and (
                shared is None
                or snapshot.mark is not None
                or snapshot.ref in shared
                or self._is_routed(grant.agreement, local)
            )
        ]
        if not covering:
            return None
        kept: dict[str, JsonValue] = {}
        authors: dict[str, Author] = {}
        for path, value in local.items():
            found = _cell(covering, path, value)
            if found is not None:
                kept[found[0]] = found[1]
                if path in snapshot.authors:
                    # A party may leave under another key than it has there.
                    authors[found[0]] = snapshot.authors[path]
        leaving = TO_LINK_BY.union(*(grant.allows.fields for grant in covering))
        read = snapshot.case.model_fields_set & leaving & COLLECTIONS
        return snapshot.model_copy(
            update={
                "case": case_of(kept, frozenset(read)),
                "authors": authors,
                "unmapped": (*snapshot.unmapped, *self._unknown_documents(local, kept)),
                "withheld": _withheld(snapshot, covering, kept),
            }
        )

    def ways_out(self, path: str, value: JsonValue) -> tuple[tuple[str, JsonValue], ...]:
        """Give what of a cell leaves under each agreement, and under which path."""
        cells = (grant.allows.cell(path, value) for grant in self.grants)
        return tuple(cell for cell in cells if cell is not None)

    def admits(self, snapshot: Snapshot) -> bool:
        """Tell whether a case may cross at all: of its type, participant and level."""
        case = snapshot.case
        local: dict[str, JsonValue] = {
            "case_type": case.case_type,
            "participant": case.participant,
            "confidentiality": case.confidentiality,
        }
        for item in case.properties:
            local[path_of("properties", item.key)] = {"key": item.key, "value": item.value}
        level = self._level(local)
        return any(level in grant.allows.levels for grant in self._covering(local))

    def may_receive(self, path: str, value: JsonValue) -> bool:
        """Tell whether *value* may be written at *path*, as far as one cell can say."""
        return self._fault(path, value) is None

    def violations(self, cells: Cells) -> tuple[Violation, ...]:
        """Give every cell of a case, or of what is to be written of it, that may not arrive."""
        faults = (self._fault(path, value) for path, value in cells.items())
        return tuple(fault for fault in faults if fault is not None)

    def _fault(self, path: str, value: JsonValue) -> Violation | None:
        """Say why no agreement lets a cell arrive; ``None`` where one of them does."""
        faults: list[Violation] = []
        for grant in self.grants:
            fault = self._fault_under(grant.allows, path, value)
            if fault is None:
                return None
            faults.append(fault)
        return faults[0] if faults else Violation(path, "no agreement is in force")

    def _fault_under(self, allows: Allowance, path: str, value: JsonValue) -> Violation | None:
        name, _ = split_path(path)
        if name == "unit" and (value is None or value in allows.units):
            return None
        why = self._why_not(allows, name, value)
        if why:
            return Violation(path, why)
        if value is None:
            return None
        found = allows.cell(path, value)
        if found is None:
            return Violation(path, f"geen afspraak laat dit deel van {name} overgaan")
        if _differs(found[1], value):
            return Violation(path, f"geen afspraak laat dit hele onderdeel van {name} overgaan")
        return None

    def _why_not(self, allows: Allowance, name: str, value: JsonValue) -> str:
        """Say why a field, or such a case, may not arrive at all."""
        if name == "status_history":
            return "een status gaat over als status, nooit als geschiedenis"
        if name == "case_type" and value not in self._case_types():
            return "geen afspraak gaat over zaken van dit type"
        if name == "participant" and value is not None and not self._is_participant(value):
            return "geen afspraak gaat over zaken van deze deelnemer"
        return "" if name in allows.fields else f"geen afspraak laat {name} overgaan"

    def _case_types(self) -> frozenset[str]:
        return frozenset(
            kind.code
            for kind in self.terms.catalogue.case_types
            for grant in self.grants
            if any(_takes(grant.agreement, code) for code in self._meant_by(kind.code))
        )

    def _is_participant(self, value: JsonValue) -> bool:
        code = self.terms.participant_of(value)
        return any(code in grant.agreement.scope.participants for grant in self.grants)

    def _meant_by(self, code: str) -> set[str]:
        """Give the shared types that a local type may stand for, as its default too."""
        table = self.terms.case_types
        defaults = {shared for shared, rule in table.table.uncovered.items() if rule.value == code}
        return {*table.candidates(code), *defaults}

    def _covering(self, local: Cells) -> list[Grant]:
        participant = self.terms.participant_of(local.get("participant"))
        kinds = self._kinds(local)
        return [
            grant
            for grant in self.grants
            if any(grant.agreement.covers_case(kind, participant) for kind in kinds)
        ]

    def _kinds(self, local: Cells) -> set[str]:
        """Give the shared types that a local case is, or may yet turn out to be."""
        code = local.get("case_type")
        kind = self.terms.case_types.crosses(local)
        if not isinstance(code, str) or (kind.shared is None and not kind.parks):
            return set()
        table = self.terms.case_types.table
        defaults = {shared for shared, rule in table.uncovered.items() if rule.value == code}
        meant = {kind.shared} if kind.shared else set(self.terms.case_types.candidates(code))
        return meant | defaults

    def _is_routed(self, agreement: Agreement, local: Cells) -> bool:
        """Tell whether some route takes such cases, from here or to here."""
        kinds = self._kinds(local)
        for route in agreement.routing:
            here = self.agency == route.to or (
                self.agency in route.when.home and route.when.shared_by is None
            )
            wanted = route.when.case_types or agreement.scope.case_types
            if here and route.as_ == "counterpart" and _any_match(kinds, wanted):
                return True
        return False

    def _level(self, local: Cells) -> str:
        """Give the level of a case; where it shows none, that of its type; unknown is secret."""
        level = local.get("confidentiality")
        if level is None:
            kind = self.terms.type_of(local)
            level = kind.confidentiality if kind else None
        return level if level in CONFIDENTIALITY else CONFIDENTIALITY[-1]

    def _unknown_documents(self, local: Cells, kept: Cells) -> Iterable[Unmapped]:
        words = self.terms.document_types
        for path, value in local.items():
            if split_path(path)[0] != "documents" or path in kept or not isinstance(value, dict):
                continue
            if not value.get("internal") and words.read(str(value.get("type")), None) is None:
                why = f"documenttype staat niet in {words.where}; het document gaat niet over"
                yield Unmapped(where=path, why=why)


def _withheld(snapshot: Snapshot, covering: Collection[Grant], kept: Cells) -> tuple[Withheld, ...]:
    """Count the documents that stay, with those that stayed before; internal ones are nobody's."""
    counts = Counter({each.type: each.count for each in snapshot.withheld})
    if any("documents" in grant.allows.fields for grant in covering):
        counts.update(
            document.type
            for document in snapshot.case.documents
            if path_of("documents", document.key) not in kept and not document.internal
        )
    return tuple(Withheld(type=kind, count=counts[kind]) for kind in sorted(counts))


def _cell(covering: Collection[Grant], path: str, value: JsonValue) -> tuple[str, JsonValue] | None:
    """Give what of a cell may leave: as much as any single agreement lets leave of it."""
    found = [cell for grant in covering if (cell := grant.allows.cell(path, value)) is not None]
    return max(found, key=_told, default=None)


def _told(cell: tuple[str, JsonValue]) -> int:
    """Count what is told of a party; of all else, all or nothing is."""
    person = cell[1].get("person") if isinstance(cell[1], dict) else None
    return len(person) if isinstance(person, dict) else 0


class _ById:
    """Rules as a key: they are equal when they are of the same version."""

    __slots__ = ("rules",)

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.rules.version == self.rules.version

    def __hash__(self) -> int:
        return hash(self.rules.version)


@lru_cache(maxsize=256)
def _scope_under(agency: AgencyId, rules: _ById, on: date, agreement: str) -> Scope:
    return scope_for(agency, rules.rules, on).under(agreement)


def scope_under(agency: AgencyId, rules: Rules, on: date, agreement: str) -> Scope:
    """Give what may reach *agency* under one agreement; derived once for each day and rules."""
    return _scope_under(agency, _ById(rules), on, agreement)


def confined(
    snapshot: Snapshot, agency: AgencyId, rules: Rules, on: date, agreement: str
) -> Snapshot | None:
    """
    Give what of a case, as its edge told it, may cross under one agreement; ``None``: nothing.

    It left because some agreement covers it; that need not be the one of a Link. Where none is
    left at all it was read before the last one ended, and what would have crossed is said when it
    is planned.
    """
    scope = scope_under(agency, rules, on, agreement)
    if not scope.grants:
        return None if rules.in_force(agency, on) else snapshot
    if _is_only(agency, _ById(rules), on):
        return snapshot if scope.admits(snapshot) else None
    return scope.confine(snapshot)


@lru_cache(maxsize=256)
def _is_only(agency: AgencyId, rules: _ById, on: date) -> bool:
    """Tell whether one agreement alone binds an agency: then its edge has asked no other."""
    return len(rules.rules.in_force(agency, on)) == 1


def scope_for(agency: AgencyId, rules: Rules, on: date) -> Scope:
    """Derive the scope of an agency from the agreements that bind it on a day."""
    terms = rules.lens(agency).terms
    grants = tuple(
        Grant(agreement, allowance_of(agreement, agency, terms))
        for agreement in rules.in_force(agency, on)
    )
    return Scope(agency, terms, grants)


def _takes(agreement: Agreement, case_type: str) -> bool:
    return any(
        agreement.covers_case(case_type, participant)
        for participant in agreement.scope.participants
    )


def _any_match(kinds: Collection[str], wanted: Collection[str]) -> bool:
    return any(fnmatch.fnmatchcase(kind, pattern) for kind in kinds for pattern in wanted)


def _differs(allowed: JsonValue, wanted: JsonValue) -> bool:
    if isinstance(allowed, dict) and isinstance(wanted, dict):
        names = (allowed.keys() | wanted.keys()) - {"key", "content", "mark"}
        return any(allowed.get(name) != wanted.get(name) for name in names)
    return allowed != wanted
