"""Check one agreement against parties, tables and the vocabulary."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection

from bridge.rules.faults import Fault
from bridge.rules.files import Parties
from bridge.rules.places import Places
from contracts.agreement import Agreement, Route
from contracts.case import FIELDS
from contracts.crosswalk import Vocabulary
from contracts.ids import AgencyId


def check_agreement(
    path: str,
    agreement: Agreement,
    vocabulary: Vocabulary,
    parties: Parties,
    tables: Collection[AgencyId],
    ids: Collection[str],
) -> list[Fault]:
    """Give every fault in what one agreement refers to; *tables* are the agencies that have any."""
    here = Places("agreements.yaml")
    for agency in agreement.parties:
        here.known(f"{path}.parties", agency, tables, "the agencies with a crosswalk")
    if agreement.period.to is not None and agreement.period.to < agreement.period.from_:
        here.fault(f"{path}.period", "ends before it begins", "correct one of the dates")
    if agreement.replaced_by is not None:
        here.known(f"{path}.replaced_by", agreement.replaced_by, ids, "the agreements")
    _scope(here, path, agreement, vocabulary, parties)
    for place, route in enumerate(agreement.routing):
        _route(here, f"{path}.routing.{place}", route, agreement, vocabulary, parties)
    here.unique(f"{path}.routing", (route.id for route in agreement.routing), "route")
    _secondments(here, path, agreement, parties)
    _what_crosses(here, path, agreement, vocabulary)
    return here.faults


def _scope(
    here: Places, path: str, agreement: Agreement, vocabulary: Vocabulary, parties: Parties
) -> None:
    types = [each.code for each in vocabulary.case_types]
    scope = agreement.scope
    for wanted in (*scope.case_types, *(each.case_type for each in scope.excluded)):
        _pattern(here, f"{path}.scope", wanted, types)
    codes = {each.id for each in parties.participants}
    for code in scope.participants:
        here.known(f"{path}.scope.participants", code, codes, "parties.yaml: participants")


def _pattern(here: Places, path: str, wanted: str, types: Collection[str]) -> None:
    if "*" not in wanted:
        here.known(path, wanted, types, "vocabulary.yaml: case_types")
    elif not fnmatch.filter(types, wanted):
        what = f"{wanted!r} takes no case type of vocabulary.yaml"
        here.fault(path, what, "correct it, or remove it")


def _route(
    here: Places,
    path: str,
    route: Route,
    agreement: Agreement,
    vocabulary: Vocabulary,
    parties: Parties,
) -> None:
    types = [each.code for each in vocabulary.case_types]
    for wanted in route.when.case_types:
        _pattern(here, f"{path}.when.case_types", wanted, types)
    for code in route.when.participants:
        scope = agreement.scope.participants
        here.known(f"{path}.when.participants", code, scope, "the scope of the agreement")
    if route.asks is not None:
        here.known(f"{path}.asks", route.asks, types, "vocabulary.yaml: case_types")
    if route.to in route.when.home:
        here.fault(f"{path}.to", f"goes from {route.to} to itself", "name another party")
    agency = next((each for each in parties.agencies if each.id == route.to), None)
    if route.unit is not None and agency is not None:
        units = [unit.id for unit in agency.units]
        here.known(f"{path}.unit", route.unit, units, f"the units of {agency.id}")
    if route.default_handler is not None:
        staff = parties.members()
        here.known(f"{path}.default_handler", route.default_handler, staff, "parties.yaml: staff")
    properties = {each.key: each.values for each in vocabulary.properties}
    if route.when.aspect is not None:
        known = properties.get("aspecten", ())
        here.known(f"{path}.when.aspect", route.when.aspect, known, "the values of aspecten")


def _secondments(here: Places, path: str, agreement: Agreement, parties: Parties) -> None:
    staff = parties.members()
    for place, each in enumerate(agreement.secondments):
        where = f"{path}.secondments.{place}"
        for name, agency in (("home", each.home), ("deployed_at", each.deployed_at)):
            here.known(f"{where}.{name}", agency, agreement.parties, "the parties")
        if not here.known(f"{where}.staff", each.staff, staff, "parties.yaml: staff"):
            continue
        if staff[each.staff].employer != each.home:
            what = f"{each.staff} is employed by {staff[each.staff].employer}, not {each.home}"
            here.fault(f"{where}.home", what, "correct one of them")


def _what_crosses(here: Places, path: str, agreement: Agreement, vocabulary: Vocabulary) -> None:
    may = agreement.may_cross
    for name, roles in (("roles", may.roles), ("never_roles", may.never_roles)):
        for role in roles:
            here.known(f"{path}.may_cross.{name}", role, vocabulary.roles, "vocabulary.yaml: roles")
    for both in sorted({*may.roles} & {*may.never_roles}):
        what = f"role {both!r} may cross and never crosses"
        here.fault(f"{path}.may_cross.never_roles", what, "remove it from one of the two")
    for both in sorted({*may.person_fields} & {*may.never_person_fields}):
        what = f"field {both!r} of a person may cross and never crosses"
        here.fault(f"{path}.may_cross.never_person_fields", what, "remove it from one of the two")
    for code in may.document_types_never:
        known = vocabulary.document_types
        where = "vocabulary.yaml: document_types"
        here.known(f"{path}.may_cross.document_types_never", code, known, where)
    keys = [each.key for each in vocabulary.properties]
    for name in agreement.field_ownership:
        field, _, key = name.partition(".")
        if key and field == "properties":
            here.known(f"{path}.field_ownership.{name}", key, keys, "vocabulary.yaml: properties")
    words = {
        "result": vocabulary.results,
        "status": tuple(each.code for each in vocabulary.statuses),
    }
    for place, rule in enumerate(agreement.precedence):
        where = f"{path}.precedence.{place}"
        if here.known(f"{where}.field", rule.field, FIELDS, "the fields of a case"):
            known = words.get(rule.field, (rule.value,))
            here.known(f"{where}.value", rule.value, known, "vocabulary.yaml")
