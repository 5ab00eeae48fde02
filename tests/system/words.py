"""
Which words of two agencies mean the same, read from the declared tables and from nothing else.

For who compares two case systems without asking the bridge: a second reading of the crosswalks,
by other code than the one under test. A word *fits* a shared one where a row says so, or where
the table declares that this shared word leaves (or sets) what stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

Word = Any
Fits = Callable[[Word, Word], bool]
"""Whether a local word may stand where a shared one is agreed."""

_LEAVES: Final = frozenset({"keep", "annotate"})
_DATES: Final = {"dd-mm-jjjj": "%d-%m-%Y"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words of one field mean: which shared ones a local one may stand for."""

    of: Callable[[Word], frozenset[Word]]
    fits: Fits


def alike(one: Word, here: Meaning, other: Word, there: Meaning) -> bool:
    """Tell whether two words of two agencies can stand for one and the same shared word."""
    if one is None and other is None:
        return True
    candidates = (here.of(one) if one is not None else frozenset()) | (
        there.of(other) if other is not None else frozenset()
    )
    return any(here.fits(one, shared) and there.fits(other, shared) for shared in candidates)


class Words:
    """The words of one agency."""

    def __init__(self, folder: Path, agency: str) -> None:
        self.agency = agency
        self._table = _read(folder / f"crosswalk-{agency}.yaml")
        self._catalogue = _read(folder / f"catalogue-{agency}.yaml")
        self._locations = _read(folder / "locations.yaml")["locations"]
        self._types = {kind["code"]: kind for kind in self._catalogue["case_types"]}

    def case_type(self, code: str, properties: Mapping[str, str]) -> frozenset[str]:
        """Say what a case of a type is in shared words; nothing where that is left open."""
        return frozenset(
            row["shared"]
            for row in self._table["case_types"]["rows"]
            if row["local"] == code and "shared" in row and _holds(row.get("when"), properties)
        )

    def instead_of(self, shared: str) -> Mapping[str, Any] | None:
        """Give the rule for a shared case type that has no row; ``None`` where it has one."""
        if any(row.get("shared") == shared for row in self._table["case_types"]["rows"]):
            return None
        rules: Mapping[str, Mapping[str, Any]] = self._table["case_types"]["uncovered"]
        return rules.get(shared, {"rule": "park"})

    def status(self, case_type: str) -> Meaning:
        """Give what the statuses of a case type mean."""
        return _by_rows(self._table["statuses"][self._types[case_type]["process"]])

    def result(self) -> Meaning:
        """Give what the results mean."""
        return _by_rows(self._table["results"])

    def document_type(self) -> Meaning:
        """Give what the types of documents mean; the code of a fallback fits anything."""
        table = self._table["document_types"]
        rows = _by_rows(table)
        fallback = {r["local"] for r in table["rows"] if r["shared"] == table["fallback"]}
        return Meaning(rows.of, lambda local, shared: local in fallback or rows.fits(local, shared))

    def participant(self, rsin: str) -> str | None:
        """Give the shared code of a municipality or province."""
        code: str | None = self._table["participants"].get(rsin)
        return code

    def properties(self, case_type: str) -> Mapping[str, tuple[str, Meaning]]:
        """Give the properties of a case type by their shared name: their own, and what it means."""
        offered = self._types[case_type]["properties"]
        found: dict[str, tuple[str, Meaning]] = {}
        for row in self._table["properties"]:
            kind = self._kinds().get(row["kind"])
            if row.get("local") in offered and kind is not None:
                found[row["shared"]] = (row["local"], kind(row))
        return found

    def values(self, name: str) -> tuple[str, ...]:
        """Give the words that a property takes, where they are listed."""
        found = next(p for p in self._catalogue["properties"] if p["key"] == name)
        return tuple(found.get("values", ()))

    def _kinds(self) -> Mapping[str, Callable[[Mapping[str, Any]], Meaning]]:
        # What is derived, told by a template or only discriminates has no meaning of its own.
        return {
            "enum": _by_rows,
            "identity": lambda _: _by_function(str),
            "date-format": lambda row: _by_function(_date(row["format"])),
            "list": lambda row: _by_function(lambda text: _items(text, row["separator"])),
            "scale": _by_scale,
            "lookup": lambda row: _by_rows(
                self._places() | {"uncovered": row.get("uncovered", {})}
            ),
        }

    def _places(self) -> dict[str, Any]:
        known = [(place["bis"].get(self.agency), place["id"]) for place in self._locations]
        return {"rows": [{"local": key, "shared": place} for key, place in known if key]}


def _by_rows(table: Mapping[str, Any]) -> Meaning:
    rows = [(row["local"], row["shared"]) for row in table["rows"]]
    uncovered = table.get("uncovered", {})

    def of(local: Word) -> frozenset[Word]:
        return frozenset(shared for own, shared in rows if own == local)

    def fits(local: Word, shared: Word) -> bool:
        if any(known == shared for _, known in rows):
            return (local, shared) in rows
        # A lookup has one rule for all words that it lacks.
        rule = {"rule": uncovered} if isinstance(uncovered, str) else uncovered.get(shared, {})
        return rule.get("rule") in _LEAVES or (
            rule.get("rule") == "default" and rule["value"] == local
        )

    return Meaning(of, fits)


def _by_function(read: Callable[[str], Word]) -> Meaning:
    def of(local: Word) -> frozenset[Word]:
        return frozenset({read(str(local))})

    return Meaning(of, lambda local, shared: local is not None and read(str(local)) == shared)


def _by_scale(row: Mapping[str, Any]) -> Meaning:
    factor, step = Decimal(str(row["factor"])), Decimal(str(row.get("round", {}).get("to", 1)))

    def number(local: Word) -> Decimal:
        try:
            return Decimal(str(local).replace(",", "."))
        except InvalidOperation:
            return Decimal("NaN")

    def fits(local: Word, shared: Word) -> bool:
        if local is None:
            return False
        written = (shared / factor / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
        return bool(number(local) * factor == shared or number(local) == written)

    return Meaning(lambda local: frozenset({number(local) * factor}), fits)


def _date(form: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        return datetime.strptime(text, _DATES[form]).date().isoformat()  # noqa: DTZ007 - a day

    return read


def _items(text: str, separator: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(separator) if part.strip())


def _holds(when: Mapping[str, Any] | None, properties: Mapping[str, str]) -> bool:
    return all(_is(wanted, properties.get(name)) for name, wanted in (when or {}).items())


def _is(wanted: Any, value: str | None) -> bool:
    if isinstance(wanted, Mapping):
        return (
            str(wanted["not"]) != value
            if "not" in wanted
            else str(wanted["contains"]) in (value or "")
        )
    return str(wanted) == value


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))
