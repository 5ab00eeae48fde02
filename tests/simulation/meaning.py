"""
What words mean, read from the tables alone.

The laws compare two systems by this. It shares no line with the engine's own translation: what
the engine computes, this only checks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from pydantic import JsonValue

from contracts.case import CONFIDENTIALITY, split_path
from contracts.crosswalk import (
    CaseType,
    Catalogue,
    Crosswalk,
    DateProperty,
    EnumProperty,
    IdentityProperty,
    ListProperty,
    LookupProperty,
    NoProperty,
    PropertyRule,
    Row,
    Rule,
    ScaleProperty,
    Table,
    Uncovered,
    Vocabulary,
)
from contracts.ids import AgencyId
from tests.simulation.rendering import FAITHFUL, Rendering

SILENT: Final = frozenset({Rule.KEEP, Rule.ANNOTATE, Rule.NOT_CROSSING})
"""Fates with which a system rightly shows something else than was agreed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value where it stands: at which agency, in a case of which local type."""

    agency: AgencyId
    case_type: str
    path: str
    value: JsonValue


def plain(value: JsonValue) -> JsonValue:
    """Give the value of a property without its wrapping."""
    if isinstance(value, dict) and value.keys() == {"key", "value"}:
        return value["value"]
    return value


def text(value: object) -> str:
    """Write a scalar as a table does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Codes:
    """One table of codes, read as a person reads it."""

    def __init__(self, rows: Sequence[Row], uncovered: Mapping[str, Uncovered], fallback: str = ""):
        self._means: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        for row in rows:
            self._means.setdefault(text(row.local), []).append(text(row.shared))
            self._words.setdefault(text(row.shared), []).append(text(row.local))
        self._uncovered, self._fallback = uncovered, fallback

    def shared(self, local: str) -> list[str]:
        """Give all that a local word may stand for."""
        by_default = [
            word for word, rule in self._uncovered.items() if rule.value == local and word != "*"
        ]
        return [*self._means.get(local, ()), *by_default]

    def fate(self, shared: str, allowed: Collection[str] | None) -> Rule | None:
        """Say what becomes of a shared word here; ``None``: it has a word."""
        words = self._words.get(shared, ())
        if any(allowed is None or word in allowed for word in words):
            return None
        rule = self._uncovered.get(shared) or self._uncovered.get("*")
        if rule is not None:
            return rule.rule
        return Rule.DEFAULT if words and self._fallback else Rule.PARK

    def stands_for(self, local: str, shared: str, allowed: Collection[str] | None) -> bool:
        """Tell whether a local word is a right one for a shared word."""
        if shared in self._means.get(local, ()):
            return True
        if self.fate(shared, allowed) is not Rule.DEFAULT:
            return False
        rule = self._uncovered.get(shared) or self._uncovered.get("*")
        if rule is not None:
            return rule.value == local
        return self._fallback in self._means.get(local, ())


class Meaning:
    """What the words of one agency mean, as its system renders them."""

    def __init__(
        self,
        crosswalk: Crosswalk,
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        rendering: Rendering = FAITHFUL,
    ) -> None:
        self._values = {each.key: each.values for each in vocabulary.properties}
        self.agency, self.rendering = crosswalk.agency, rendering
        self._crosswalk = crosswalk
        self._kinds: dict[str, CaseType] = {kind.code: kind for kind in catalogue.case_types}
        self._results = catalogue.result_sets
        self._statuses = {name: _codes(table) for name, table in crosswalk.statuses.items()}
        self._result = _codes(crosswalk.results)
        self._paper = _codes(crosswalk.document_types)
        self._role = _codes(crosswalk.roles)
        rows = [Row(local=r.local, shared=r.shared) for r in crosswalk.case_types.rows if r.shared]
        self._type = Codes(rows, crosswalk.case_types.uncovered)
        self.discriminators = {name for r in crosswalk.case_types.rows for name in r.when}
        self._by_local: dict[str, PropertyRule] = {}
        self._without: dict[str, Rule] = {}
        for rule in crosswalk.properties:
            if isinstance(rule, NoProperty):
                self._without[rule.shared] = rule.rule
            else:
                self._by_local[rule.local] = rule

    def kind(self, case_type: JsonValue) -> CaseType | None:
        """Give a local case type."""
        return self._kinds.get(str(case_type))

    # Of which shared path a local one speaks

    def topics(self, path: str) -> tuple[str, ...]:
        """Name the shared paths that a local path is about; an item without one is itself."""
        name, key = split_path(path)
        if name == "properties":
            rule = self._by_local.get(key)
            return tuple(f"properties/{shared}" for shared in _shared_keys(rule))
        if name == "roles":
            role, _, rest = key.partition(":")
            return tuple(f"roles/{shared}:{rest}" for shared in self._role.shared(role))
        return (path,)

    def paths(self, topic: str) -> tuple[str, ...]:
        """Name the local paths that may show a shared one."""
        name, key = split_path(topic)
        if name == "properties":
            return tuple(
                f"properties/{local}"
                for local, rule in self._by_local.items()
                if key in _shared_keys(rule)
            )
        if name == "roles":
            role, _, rest = key.partition(":")
            words = {row.local for row in self._crosswalk.roles.rows if row.shared == role}
            default = self._crosswalk.roles.uncovered.get(role)
            words |= {default.value} if default and default.value else set()
            return tuple(f"roles/{word}:{rest}" for word in sorted(map(str, words)))
        return (topic,)

    # What a local value may mean

    def candidates(self, shown: Shown, topic: str) -> list[JsonValue]:
        """Give the shared values that a local one may mean at a shared path."""
        value = plain(shown.value)
        if value is None or value == "":
            return [None]
        name, key = split_path(shown.path)
        codes = self._codes_for(shown.path, shown.case_type)
        if codes is not None:
            return list(codes.shared(text(value)))
        if name == "participant":
            return [self._crosswalk.participants.get(text(value), value)]
        if name == "properties":
            found = _from_local(self._by_local.get(key), text(value))
            return [each for each in found if self._is_known(key, each)]
        return [value]

    def _is_known(self, local: str, shared: JsonValue) -> bool:
        """Tell whether all parts of a list are words that everybody knows."""
        rule = self._by_local.get(local)
        known = self._values.get(rule.shared, ()) if isinstance(rule, ListProperty) else ()
        return not known or _parts(text(shared), ";") <= set(known)

    def stands_for(self, shown: Shown, topic: str, shared: JsonValue) -> bool:
        """Tell whether a system that shows this rightly does so where *shared* is agreed."""
        value, shared = plain(shown.value), plain(shared)
        if shared is None or shared == "":
            return value is None or value == ""
        if value is None or value == "":
            return False
        name, _ = split_path(shown.path)
        if name == "handler":
            return _id(value) == _id(shared)
        codes = self._codes_for(shown.path, shown.case_type)
        if codes is not None:
            allowed = self._allowed(name, shown.case_type)
            return codes.stands_for(text(value), text(shared), allowed)
        if name == "participant":
            return text(shared) in (self._crosswalk.participants.get(text(value)), value)
        if name == "confidentiality":
            return _level(value) >= _level(shared)
        if name == "properties":
            return self._property_stands_for(shown.path, value, shared)
        return self._same(shown.path, value, shared)

    def fate(self, topic: str, shared: JsonValue, case_type: str) -> Rule | None:
        """Say what becomes of a shared value in a case here; ``None``: it can be shown."""
        name, key = split_path(topic)
        shared = plain(shared)
        if shared is None:
            return None
        if name == "properties":
            return self._property_fate(key, shared, case_type)
        if name == "roles":
            return self._role.fate(key.partition(":")[0], None)
        if name == "documents":
            kind = shared.get("type") if isinstance(shared, dict) else shared
            return self._paper.fate(text(kind), self._allowed(name, case_type))
        codes = self._codes_for(topic, case_type)
        return codes.fate(text(shared), self._allowed(name, case_type)) if codes else None

    def type_fate(self, shared: str) -> Rule | None:
        """Say what becomes of a shared case type here."""
        return self._type.fate(shared, None)

    def kinds_of(self, case_type: JsonValue) -> list[str]:
        """Give the shared types that a local case may be of, by a row or as the default."""
        return self._type.shared(text(case_type))

    def papers(self, local: str) -> list[str]:
        """Give the shared document types that a local one may stand for."""
        return self._paper.shared(local)

    def parts(self, local: str) -> list[str]:
        """Give the shared roles that a local one may stand for."""
        return self._role.shared(local)

    def participant(self, local: JsonValue) -> str:
        """Give the shared code of a participant."""
        names = self._crosswalk.participants
        return names.get(text(local), "") if names else text(local)

    # How

    def _codes_for(self, path: str, case_type: str) -> Codes | None:
        name, key = split_path(path)
        kind = self._kinds.get(case_type)
        match name:
            case "status":
                return self._statuses.get(kind.process) if kind else None
            case "result":
                return self._result
            case "case_type":
                return self._type
            case "roles":
                return self._role
            case "properties":
                rule = self._by_local.get(key)
                return Codes(rule.rows, rule.uncovered) if isinstance(rule, EnumProperty) else None
            case _:
                return None

    def _allowed(self, name: str, case_type: str) -> Collection[str] | None:
        kind = self._kinds.get(case_type)
        if kind is None:
            return None
        if name == "result":
            return self._results.get(kind.result_set, ())
        return kind.document_types if name == "documents" else None

    def _property_fate(self, key: str, shared: JsonValue, case_type: str) -> Rule | None:
        kind = self._kinds.get(case_type)
        fates = [
            self._rule_fate(rule, shared)
            for local, rule in self._by_local.items()
            if key in _shared_keys(rule) and (kind is None or local in kind.properties)
        ]
        if fates:
            return fates[0]
        has_rule = any(key in _shared_keys(rule) for rule in self._by_local.values())
        return Rule.KEEP if has_rule else self._without.get(key, Rule.KEEP)

    def _rule_fate(self, rule: PropertyRule, shared: JsonValue) -> Rule | None:
        match rule:
            case EnumProperty():
                return Codes(rule.rows, rule.uncovered).fate(text(shared), None)
            case LookupProperty():
                return None if text(shared) in rule.table.values() else rule.uncovered
            case _:
                return None

    def _property_stands_for(self, path: str, value: JsonValue, shared: JsonValue) -> bool:
        rule = self._by_local.get(split_path(path)[1])
        # What was asked for is as good as what its system made of it.
        asked = _to_local(rule, shared)
        written = [each.strip() for ours in asked for each in (ours, self._rendered(path, ours))]
        if text(value).strip() in written:
            return True
        return any(_equal(rule, each, shared) for each in _from_local(rule, text(value)))

    def _rendered(self, path: str, value: str) -> str:
        item: JsonValue = {"key": "", "value": value}
        return text(plain(self.rendering.of(path, item)))

    def _same(self, path: str, value: JsonValue, shared: JsonValue) -> bool:
        return value in (shared, self.rendering.of(path, shared))


def alike(one: tuple[Meaning, Shown], other: tuple[Meaning, Shown], topic: str) -> bool:
    """Tell whether two systems show the same, each in its own words, at a shared path."""
    for (mine, shown), (theirs, there) in ((one, other), (other, one)):
        for shared in mine.candidates(shown, topic):
            if theirs.stands_for(there, topic, shared):
                return True
            if shared is not None and theirs.fate(topic, shared, there.case_type) in SILENT:
                return True
    return False


def _codes(table: Table) -> Codes:
    return Codes(table.rows, table.uncovered, table.fallback or "")


def _shared_keys(rule: PropertyRule | None) -> tuple[str, ...]:
    match rule:
        case (
            IdentityProperty()
            | EnumProperty()
            | ScaleProperty()
            | DateProperty()
            | LookupProperty()
            | ListProperty()
        ):
            return (rule.shared,)
        case _:
            return ()


def _from_local(rule: PropertyRule | None, value: str) -> list[JsonValue]:
    match rule:
        case EnumProperty():
            return list(Codes(rule.rows, rule.uncovered).shared(value))
        case ScaleProperty():
            number = _number(value, comma=rule.decimal_comma)
            return [] if number is None else [str(number * rule.factor)]
        case DateProperty(format="dd-mm-jjjj"):
            return [f"{value[6:]}-{value[3:5]}-{value[:2]}"]
        case DateProperty():
            return [f"{value[:4]}-{value[4:6]}-{value[6:]}"]
        case LookupProperty():
            return [rule.table[value]] if value in rule.table else []
        case ListProperty():
            return [";".join(sorted(_parts(value, rule.separator)))]
        case _:
            return [value]


def _to_local(rule: PropertyRule | None, shared: JsonValue) -> list[str]:
    """Give the local texts that are right for a shared value."""
    value = text(shared)
    match rule:
        case EnumProperty():
            codes = Codes(rule.rows, rule.uncovered)
            words = {text(row.local) for row in rule.rows}
            words |= {each.value for each in rule.uncovered.values() if each.value}
            return [word for word in sorted(words) if codes.stands_for(word, value, None)]
        case ScaleProperty():
            number = _number(value, comma=False)
            return [] if number is None else _scaled(rule, number)
        case DateProperty(format="dd-mm-jjjj"):
            return [f"{value[8:]}-{value[5:7]}-{value[:4]}"]
        case DateProperty():
            return [value.replace("-", "")]
        case LookupProperty():
            return [ours for ours, theirs in rule.table.items() if theirs == value]
        case ListProperty():
            return [rule.separator.join(sorted(_parts(value, ";")))]
        case _:
            return [value]


def _scaled(rule: ScaleProperty, number: Decimal) -> list[str]:
    found = number / rule.factor
    if rule.round is not None:
        steps = (found / rule.round.to).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        found = (steps * rule.round.to).quantize(rule.round.to)
    written = format(found, "f")
    return [written.replace(".", ",") if rule.decimal_comma else written]


def _equal(rule: PropertyRule | None, one: JsonValue, other: JsonValue) -> bool:
    numbers = _number(text(one), comma=False), _number(text(other), comma=False)
    if None not in numbers and not isinstance(rule, EnumProperty | LookupProperty):
        return numbers[0] == numbers[1]
    if isinstance(rule, ListProperty):
        return _parts(text(one), ";") == _parts(text(other), ";")
    return text(one) == text(other)


def _number(value: str, *, comma: bool) -> Decimal | None:
    try:
        return Decimal(value.replace(",", ".") if comma else value)
    except InvalidOperation:
        return None


def _parts(value: str, separator: str) -> frozenset[str]:
    split: Callable[[str], list[str]] = value.split
    return frozenset(part.strip() for part in split(separator) if part.strip())


def _id(value: JsonValue) -> JsonValue:
    return value.get("id") if isinstance(value, dict) else value


def _level(value: JsonValue) -> int:
    return CONFIDENTIALITY.index(str(value)) if value in CONFIDENTIALITY else -1
