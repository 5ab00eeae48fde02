"""
Property lenses: one kind of rule each, one shared value against one local value.

What several values make together (a class, a sentence) is in `bridge.engine.compounds`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bridge.engine.numbers import canonical, decimal_of, divided, rounded, times, with_comma
from bridge.engine.parked import Gap
from bridge.engine.sameness import Holds
from bridge.engine.verdict import HOW_OF, Choice, How
from bridge.engine.words import Words, annotation, text_of
from contracts.crosswalk import (
    DateProperty,
    EnumProperty,
    IdentityProperty,
    ListProperty,
    LookupProperty,
    PropertyType,
    Rule,
    Scalar,
    ScaleProperty,
    SharedProperty,
    Table,
)

NUMBERS: Final = frozenset({"decimal", "integer", "money"})


@dataclass(frozen=True, slots=True)
class Illegible:
    """A local value that cannot be read: why, whether a person must look, which row would help."""

    why: str
    parks: bool = False
    gap: Gap | None = None


class PropertyLens(ABC):
    """
    One local property against one shared one. Neither value is ever empty here.

    Args:
        local: The local property's name.
        shared: The shared one.
        where: Where a person finds the rule.
    """

    def __init__(self, local: str, shared: SharedProperty, where: str) -> None:
        self.local = local
        self.shared = shared
        self.where = where

    @property
    def holds(self) -> Holds:
        """Say what the local property holds."""
        return Holds.WORDS

    @abstractmethod
    def read(self, local: Scalar) -> Scalar | Illegible:
        """Say what *local* means, taken by itself."""

    @abstractmethod
    def write(self, shared: Scalar) -> Choice:
        """Say what *shared* is here, taken by itself."""

    def get(self, local: Scalar, truth: Scalar | None) -> Scalar | Illegible:
        """Say what *local* means: the truth, where it stands for that already."""
        if truth is not None and self.stands_for(local, truth):
            return truth
        return self.read(local)

    def put(self, shared: Scalar, local: Scalar | None) -> Choice:
        """Say what *shared* becomes where *local* stands now (``None``: nothing)."""
        if local is not None and self.stands_for(local, shared):
            return Choice(How.EQUAL, local)
        return self.write(shared)

    def stands_for(self, local: Scalar, shared: Scalar) -> bool:
        """Tell whether *local* already means *shared*."""
        if self.read(local) == shared:
            return True
        choice = self.write(shared)
        return choice.value is not None and text_of(choice.value) == text_of(local)


class _Identity(PropertyLens):
    @property
    def holds(self) -> Holds:
        if self.shared.type in NUMBERS:
            return Holds.NUMBERS
        is_text = self.shared.type == "string" and not self.shared.values
        return Holds.TEXT if is_text else Holds.WORDS

    def read(self, local: Scalar) -> Scalar | Illegible:
        return shared_value(self.shared, local, self.where)

    def write(self, shared: Scalar) -> Choice:
        return Choice(How.EXACT, text_of(shared))


class _Enum(PropertyLens):
    def __init__(self, local: str, shared: SharedProperty, where: str, rule: EnumProperty) -> None:
        super().__init__(local, shared, where)
        table = Table(rows=rule.rows, uncovered=rule.uncovered)
        self.words = Words(table, where=where, what=f"eigenschap {rule.shared}")

    def read(self, local: Scalar) -> Scalar | Illegible:
        found = self.words.read(local, None)
        if found is None:
            why = f"waarde {text_of(local)!r} van {self.local} staat niet in {self.where}"
            why = f"{why}; voeg een rij toe, of verbeter de waarde"
            return Illegible(why, parks=True, gap=self.words.gap(local))
        return found

    def write(self, shared: Scalar) -> Choice:
        return self.words.choose(shared, None)

    def stands_for(self, local: Scalar, shared: Scalar) -> bool:
        return self.words.means(local, shared)


class _Scale(PropertyLens):
    """A number in another unit. Rounding is done where it is written, so it cannot add up."""

    def __init__(
        self,
        shared: SharedProperty,
        where: str,
        rule: ScaleProperty,
        local_type: PropertyType | None,
    ) -> None:
        super().__init__(rule.local, shared, where)
        self.factor = rule.factor
        self.comma = rule.decimal_comma
        is_whole = local_type is not None and local_type.type == "integer"
        self.step = rule.round.to if rule.round else (Decimal(1) if is_whole else None)

    @property
    def holds(self) -> Holds:
        return Holds.NUMBERS

    def read(self, local: Scalar) -> Scalar | Illegible:
        number = decimal_of(local, comma=self.comma)
        if number is None:
            return Illegible(f"{self.local} is geen getal zoals {self.where} het verwacht")
        return canonical(times(number, self.factor))

    def write(self, shared: Scalar) -> Choice:
        number = decimal_of(shared)
        if number is None:
            return Choice(How.PARK, why=f"eigenschap {self.shared.key} is geen getal")
        result = divided(number, self.factor)
        step = self.step
        result = rounded(result, step) if step is not None else Decimal(canonical(result))
        return Choice(How.EXACT, with_comma(result) if self.comma else format(result, "f"))

    def stands_for(self, local: Scalar, shared: Scalar) -> bool:
        number, written = decimal_of(local, comma=self.comma), self.write(shared).value
        if number is None or written is None:
            return False
        if number == decimal_of(written, comma=self.comma):
            return True
        return canonical(times(number, self.factor)) == shared


_DATES: Final = {
    "dd-mm-jjjj": (re.compile(r"(?P<d>\d\d)-(?P<m>\d\d)-(?P<y>\d{4})", re.ASCII), "{d}-{m}-{y}"),
    "jjjjmmdd": (re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)", re.ASCII), "{y}{m}{d}"),
}


class _Date(PropertyLens):
    def __init__(self, shared: SharedProperty, where: str, rule: DateProperty) -> None:
        super().__init__(rule.local, shared, where)
        self.format = rule.format
        self.pattern, self.template = _DATES[rule.format]

    def read(self, local: Scalar) -> Scalar | Illegible:
        found = self.pattern.fullmatch(text_of(local).strip())
        iso = "{y}-{m}-{d}".format(**found.groupdict()) if found else ""
        if not _is_date(iso):
            return Illegible(f"{self.local} is geen datum als {self.format}")
        return iso

    def write(self, shared: Scalar) -> Choice:
        iso = text_of(shared)
        if not _is_date(iso):
            return Choice(How.PARK, why=f"eigenschap {self.shared.key} is geen hele datum")
        year, month, day = iso.split("-")
        return Choice(How.EXACT, self.template.format(y=year, m=month, d=day))


class Lookup(PropertyLens):
    """A key that only a table can translate."""

    def __init__(self, shared: SharedProperty, where: str, rule: LookupProperty) -> None:
        super().__init__(rule.local, shared, where)
        self.rule = rule.uncovered
        self.table = dict(rule.table)
        self.inverse = {theirs: ours for ours, theirs in reversed(list(rule.table.items()))}

    def read(self, local: Scalar) -> Scalar | Illegible:
        found = self.table.get(text_of(local))
        if found is None:
            why = f"de sleutel in {self.local} staat niet in de tabel van {self.where}"
            gap = Gap(self.where, text_of(local))
            return Illegible(why, parks=self.rule is Rule.PARK, gap=gap)
        return found

    def write(self, shared: Scalar) -> Choice:
        found = self.inverse.get(text_of(shared))
        if found is not None:
            return Choice(How.EXACT, found)
        return without_field(self.rule, self.shared, shared, self.where)


class _List(PropertyLens):
    """Several values in one text; order does not count."""

    def __init__(self, shared: SharedProperty, where: str, rule: ListProperty) -> None:
        super().__init__(rule.local, shared, where)
        self.separator = rule.separator

    def read(self, local: Scalar) -> Scalar | Illegible:
        parts = _parts(local, self.separator)
        strange = [part for part in parts if self.shared.values and part not in self.shared.values]
        if strange:
            why = f"{', '.join(sorted(strange))} in {self.local} is geen bekende waarde"
            return Illegible(f"{why} ({self.where})", parks=True)
        return ";".join(sorted(parts))

    def write(self, shared: Scalar) -> Choice:
        return Choice(How.EXACT, self.separator.join(sorted(_parts(shared, ";"))))

    def stands_for(self, local: Scalar, shared: Scalar) -> bool:
        return _parts(local, self.separator) == _parts(shared, ";")


def lens_of(
    rule: IdentityProperty
    | EnumProperty
    | ScaleProperty
    | DateProperty
    | LookupProperty
    | ListProperty,
    shared: SharedProperty,
    local_type: PropertyType | None,
    where: str,
) -> PropertyLens:
    """Make the lens that a rule asks for."""
    match rule:
        case IdentityProperty():
            return _Identity(rule.local, shared, where)
        case EnumProperty():
            return _Enum(rule.local, shared, where, rule)
        case ScaleProperty():
            return _Scale(shared, where, rule, local_type)
        case DateProperty():
            return _Date(shared, where, rule)
        case LookupProperty():
            return Lookup(shared, where, rule)
        case ListProperty():
            return _List(shared, where, rule)


def without_field(rule: Rule, shared: SharedProperty, value: Scalar, where: str) -> Choice:
    """Follow the rule for a shared property, or a value of it, that has no place here."""
    why = f"eigenschap {shared.key} heeft geen lokaal veld"
    if rule is Rule.ANNOTATE:
        shown = f"{text_of(value)} {shared.unit}".strip()
        return Choice(How.ANNOTATE, None, why, annotation(f"eigenschap {shared.key}", shown))
    if rule in (Rule.PARK, Rule.DEFAULT, Rule.FOLD):
        why = f"{why} voor {text_of(value)!r} ({where}); vul de tabel aan, of kies een andere regel"
        return Choice(How.PARK, why=why, gap=Gap(where, text_of(value)))
    return Choice(HOW_OF[rule], None, why)


def shared_value(shared: SharedProperty, local: Scalar, where: str) -> Scalar | Illegible:
    """Read a local value that is written as the shared one is, checked against its type."""
    text = text_of(local).strip()
    if shared.type in NUMBERS:
        number = decimal_of(local)
        return Illegible(f"{shared.key} is geen getal") if number is None else canonical(number)
    if shared.type == "boolean":
        if text in ("true", "false"):
            return text == "true"
        return Illegible(f"{shared.key} is geen ja of nee ({where})")
    if shared.type == "date" and not _is_date(text):
        return Illegible(f"{shared.key} is geen datum als jjjj-mm-dd")
    if shared.type == "enum" and text not in shared.values:
        why = f"waarde {text!r} is geen gedeelde waarde van {shared.key} ({where})"
        return Illegible(f"{why}; maak er een tabel van (kind: enum)", parks=True)
    return text


def numbers_of(truth: Mapping[str, Scalar], names: tuple[str, ...]) -> dict[str, Decimal]:
    """Give those of some shared properties that are known as numbers."""
    known = {name: decimal_of(truth[name]) for name in names if name in truth}
    return {name: number for name, number in known.items() if number is not None}


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _parts(value: Scalar, separator: str) -> set[str]:
    return {part.strip() for part in text_of(value).split(separator) if part.strip()}
