"""Check the property rules of one crosswalk."""

from __future__ import annotations

import re
from typing import assert_never

from bridge.rules.check_table import check_rows, check_uncovered
from bridge.rules.places import Places
from contracts.crosswalk import (
    Catalogue,
    Crosswalk,
    DateProperty,
    DeriveProperty,
    DiscriminatorProperty,
    EnumProperty,
    IdentityProperty,
    ListProperty,
    LookupProperty,
    NoProperty,
    PropertyRule,
    PropertyType,
    Rule,
    ScaleProperty,
    SharedProperty,
    TemplateProperty,
    Vocabulary,
)

_NUMBERS = frozenset({"decimal", "integer", "money"})


def check_properties(
    here: Places, crosswalk: Crosswalk, catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    """Check every rule, and that every local property has one."""
    types = {each.key: each for each in catalogue.properties}
    shared = {each.key: each for each in vocabulary.properties}
    named = [rule.local for rule in crosswalk.properties if not isinstance(rule, NoProperty)]
    here.unique("properties", named, "rule for")
    for place, rule in enumerate(crosswalk.properties):
        path = f"properties.{place}"
        keys = _shared_of(rule)
        known = [
            here.known(f"{path}.shared", key, shared, "vocabulary.yaml: properties") for key in keys
        ]
        if isinstance(rule, NoProperty):
            continue
        where = f"catalogue-{crosswalk.agency}.yaml: properties"
        if here.known(f"{path}.local", rule.local, types, where) and all(known):
            _check_rule(here, path, rule, types[rule.local], shared)
    for name in sorted(types.keys() - set(named)):
        what = f"property {name!r} of the catalogue has no rule"
        here.fault("properties", what, "add one; kind: discriminator where it does not cross")


def _shared_of(rule: PropertyRule) -> tuple[str, ...]:
    match rule:
        case DiscriminatorProperty():
            return ()
        case DeriveProperty():
            return rule.from_
        case TemplateProperty():
            return tuple(rule.shared.values())
        case _:
            return (rule.shared,)


def _check_rule(
    here: Places,
    path: str,
    rule: PropertyRule,
    local: PropertyType,
    shared: dict[str, SharedProperty],
) -> None:
    match rule:
        case EnumProperty():
            _enum(here, path, rule, local, shared[rule.shared])
        case IdentityProperty():
            _identity(here, path, local, shared[rule.shared])
        case ScaleProperty():
            _scale(here, path, rule, shared[rule.shared])
        case LookupProperty():
            _lookup(here, path, rule)
        case DeriveProperty():
            _derive(here, path, rule, local)
        case TemplateProperty():
            _template(here, path, rule)
        case DateProperty():
            _date(here, path, shared[rule.shared])
        case ListProperty() | DiscriminatorProperty() | NoProperty():
            pass
        case _:
            assert_never(rule)


def _enum(
    here: Places, path: str, rule: EnumProperty, local: PropertyType, shared: SharedProperty
) -> None:
    words = ("true", "false") if shared.type == "boolean" else shared.values
    check_rows(here, path, rule.rows, local.values, words)
    check_uncovered(here, path, rule.uncovered, local.values, words)


def _identity(here: Places, path: str, local: PropertyType, shared: SharedProperty) -> None:
    if shared.type == "boolean":
        here.fault(path, "yes and no differ between systems", "write a table (kind: enum)")
    strange = sorted(set(local.values) - set(shared.values)) if shared.values else []
    if strange:
        what = f"local values {', '.join(strange)} are no shared values of {shared.key}"
        here.fault(path, what, "write a table (kind: enum)")


def _scale(here: Places, path: str, rule: ScaleProperty, shared: SharedProperty) -> None:
    if rule.factor <= 0:
        here.fault(f"{path}.factor", f"{rule.factor} is no factor", "write a number above zero")
    if rule.round is not None and rule.round.to <= 0:
        here.fault(f"{path}.round.to", f"{rule.round.to} is no step", "write a number above zero")
    if shared.type not in _NUMBERS:
        what = f"shared property {shared.key!r} is no number"
        here.fault(f"{path}.shared", what, "choose another kind of rule")


def _lookup(here: Places, path: str, rule: LookupProperty) -> None:
    here.unique(f"{path}.table", rule.table.values(), "shared key")
    if rule.uncovered in (Rule.DEFAULT, Rule.FOLD):
        what = f"{rule.uncovered.value!r} is no rule for a key"
        here.fault(f"{path}.uncovered", what, "choose annotate, keep or park")


def _date(here: Places, path: str, shared: SharedProperty) -> None:
    if shared.type != "date":
        what = f"shared property {shared.key!r} is no date"
        here.fault(f"{path}.shared", what, "choose another kind of rule")


def _derive(here: Places, path: str, rule: DeriveProperty, local: PropertyType) -> None:
    for place, band in enumerate(rule.bands):
        if local.values:
            here.known(f"{path}.bands.{place}.value", band.value, local.values, "the catalogue")
        for name in (*band.all_below, *band.any_from):
            here.known(f"{path}.bands.{place}", name, rule.from_, "from")
    last = rule.bands[-1] if rule.bands else None
    if last is None or last.all_below or last.any_from:
        here.fault(f"{path}.bands", "not every number has a class", "add one without conditions")


def _template(here: Places, path: str, rule: TemplateProperty) -> None:
    places = re.findall(r"\{(\w+)\}", rule.format)
    for name in places:
        here.known(f"{path}.format", name, rule.shared, "shared")
    for name in sorted(rule.shared.keys() - set(places)):
        here.fault(f"{path}.format", f"says nothing of {name!r}", f"write {{{name}}} in it")
    here.unique(f"{path}.format", places, "place")
    if re.search(r"\}\{", rule.format):
        what = "two places without text between them cannot be read back"
        here.fault(f"{path}.format", what, "put text between them")
