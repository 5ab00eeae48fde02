"""Case types: which shared type a local case is of, and which local type a shared one becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from bridge.engine.parked import Gap
from bridge.engine.verdict import HOW_OF, How, Put
from bridge.engine.words import ALL_OTHERS, text_of
from contracts.case import Cells, path_of
from contracts.crosswalk import CaseTypeRow, CaseTypeTable, Rule, Scalar, Uncovered

FIELD = "case_type"


@dataclass(frozen=True, slots=True)
class CaseKind:
    """
    The shared type of a local case, or why it has none.

    Attributes:
        parks: It has none *yet*: a person must first say more, or mend the table.
        gap: The row that would help, where one would.
    """

    shared: str | None
    parks: bool = False
    why: str = ""
    gap: Gap | None = None


def property_value(cells: Cells, name: str) -> Scalar | None:
    """Give the value of a property; ``None`` where it is not there, or empty."""
    item = cells.get(path_of("properties", name))
    value = item.get("value") if isinstance(item, dict) else None
    return value if isinstance(value, (str, int, bool)) and value != "" else None


def property_item(name: str, value: Scalar) -> JsonValue:
    """Write a property as a cell holds it."""
    return {"key": name, "value": value}


class CaseTypes:
    """The table of case types, read and written."""

    def __init__(self, table: CaseTypeTable, *, where: str) -> None:
        self.table = table
        self.where = where
        self._rows: dict[str, list[CaseTypeRow]] = {}
        for row in table.rows:
            self._rows.setdefault(row.local, []).append(row)

    def crosses(self, local: Cells) -> CaseKind:
        """Give the shared type of a whole local case: the first row whose conditions hold."""
        code = local.get(FIELD)
        rows = self._rows_of(code)
        if not rows:
            why = (
                f"zaaktype {code!r} staat niet in {self.where}; "
                "voeg een rij toe, of een rij met rule: not-crossing"
            )
            return CaseKind(None, parks=code is not None, why=why, gap=self._gap(code))
        for row in rows:
            if _holds(row.when, local):
                return _kind(row)
        names = sorted({name for row in rows for name in row.when})
        why = (
            f"zaaktype {code} hangt af van {', '.join(names)}, en geen rij in {self.where} past "
            "bij wat daar nu staat; vul de eigenschap in, of voeg een rij toe"
        )
        return CaseKind(None, parks=True, why=why, gap=self._gap(code))

    def candidates(self, local_type: str) -> tuple[str, ...]:
        """Give every shared type that cases of *local_type* may be of."""
        found = (row.shared for row in self._rows_of(local_type))
        return tuple(dict.fromkeys(shared for shared in found if shared is not None))

    def discriminators(self, local_type: JsonValue) -> frozenset[str]:
        """Name the local properties by which cases of *local_type* are told apart."""
        return frozenset(name for row in self._rows_of(local_type) for name in row.when)

    def _rows_of(self, local_type: JsonValue) -> Sequence[CaseTypeRow]:
        return self._rows.get(local_type, ()) if isinstance(local_type, str) else ()

    def means(self, local: Cells, shared: str) -> bool:
        """Tell whether a local case stands for *shared*: by a row, or as its default."""
        kind = self.crosses(local)
        if kind.shared is None or kind.shared == shared:
            return kind.shared == shared
        rule = self.rule_for(shared)
        is_covered = any(row.shared == shared for row in self.table.rows)
        return (
            not is_covered
            and rule is not None
            and rule.rule is Rule.DEFAULT
            and rule.value == local.get(FIELD)
        )

    def rule_for(self, shared: str) -> Uncovered | None:
        """Give the rule for a shared type without a row."""
        return self.table.uncovered.get(shared) or self.table.uncovered.get(ALL_OTHERS)

    def put(self, truth: Cells, local: Cells) -> Put:
        """Say what the case type of the truth is here; with no local case: on create."""
        shared = truth.get(FIELD)
        stands: dict[str, JsonValue] = {FIELD: shared}
        if not isinstance(shared, str):
            return Put(stands, (), How.KEEP, "een zaak houdt altijd een zaaktype", local=FIELD)
        if FIELD in local and self.crosses(local).shared == shared:
            return Put(stands, (), How.EQUAL, local=FIELD)
        row = self._row_for(shared, local.get(FIELD))
        if row is not None:
            writes = _writes(row.local, row.sets, local, keep=False)
            return Put(stands, writes, How.EXACT, local=FIELD)
        return self._by_rule(shared, truth, local)

    def _row_for(self, shared: str, local_type: JsonValue) -> CaseTypeRow | None:
        rows = [row for row in self.table.rows if row.shared == shared]
        same_type = [row for row in rows if row.local == local_type]
        return next(iter(same_type or rows), None)

    def _by_rule(self, shared: str, truth: Cells, local: Cells) -> Put:
        rule = self.rule_for(shared)
        stands: dict[str, JsonValue] = {FIELD: shared}
        if rule is None or not _shared_holds(rule.when, truth):
            missing, gap = self._missing(shared, rule), self._gap(shared)
            return Put(stands, (), How.PARK, missing, local=FIELD, gap=gap)
        why = rule.why or rule.loss
        if rule.rule is Rule.DEFAULT:
            writes = _writes(str(rule.value), rule.sets, local, keep=True)
            note = rule.note.replace("{value}", shared) or None
            return Put(stands, writes, How.DEFAULT, why, note, detaches=rule.detaches, local=FIELD)
        why = why or f"zaaktype {shared} heeft hier geen tegenhanger"
        if rule.rule is Rule.PARK:
            why = f"{why} ({self.where}: {shared}); maak hier zelf een zaak, of ontkoppel"
        how, note, gap = HOW_OF[rule.rule], rule.note or None, self._gap(shared)
        return Put(stands, (), how, why, note, local=FIELD, gap=gap if how is How.PARK else None)

    def _gap(self, word: JsonValue) -> Gap | None:
        return Gap(self.where, word) if isinstance(word, str) else None

    def _missing(self, shared: str, rule: Uncovered | None) -> str:
        if rule is None:
            return (
                f"zaaktype {shared!r} staat niet in {self.where}; "
                "voeg een rij toe, of geef een regel onder uncovered"
            )
        names = ", ".join(sorted(rule.when))
        return (
            f"zaaktype {shared!r} gaat volgens {self.where} alleen over onder een voorwaarde op "
            f"{names}, en die geldt hier niet; pas de zaak of de tabel aan"
        )


def _kind(row: CaseTypeRow) -> CaseKind:
    if row.shared is not None:
        return CaseKind(row.shared)
    why = row.why or f"zaaktype {row.local} gaat volgens de tabel niet over"
    return CaseKind(None, parks=row.rule is Rule.PARK, why=why)


def _writes(
    code: str, sets: Mapping[str, Scalar], local: Cells, *, keep: bool
) -> tuple[tuple[str, JsonValue], ...]:
    """
    List what choosing a type writes.

    With *keep* a property that has a value is left: it says more than our default.
    """
    writes: list[tuple[str, JsonValue]] = []
    if local.get(FIELD) != code:
        writes.append((FIELD, code))
    for name, value in sets.items():
        now = property_value(local, name)
        if now is None or not (keep or text_of(now) == text_of(value)):
            writes.append((path_of("properties", name), property_item(name, value)))
    return tuple(writes)


def _holds(when: Mapping[str, JsonValue], local: Cells) -> bool:
    return all(_fits(wanted, property_value(local, name)) for name, wanted in when.items())


def _shared_holds(when: Mapping[str, JsonValue], truth: Cells) -> bool:
    return all(_fits(wanted, property_value(truth, name)) for name, wanted in when.items())


def _fits(wanted: JsonValue, value: Scalar | None) -> bool:
    if isinstance(wanted, dict):
        if "not" in wanted:
            return value is None or text_of(value) != text_of(wanted["not"])
        if "contains" in wanted:
            listed = text_of(value).split(";") if value is not None else []
            return text_of(wanted["contains"]) in [part.strip() for part in listed]
        return False
    return value is not None and text_of(value) == text_of(wanted)
