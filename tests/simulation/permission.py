"""
What may cross, read from the agreements alone; the engine's own scope is not asked.

A cell may cross under an agreement where its field does, and nothing in it is withheld.
"""

from __future__ import annotations

import fnmatch
from datetime import date

from pydantic import JsonValue

from contracts.agreement import Agreement, Policy
from contracts.case import CONFIDENTIALITY, Cells, split_path
from contracts.ids import AgencyId
from tests.simulation.meaning import Meaning
from tests.simulation.rulesets import Ruleset

TO_LINK_BY = frozenset({"number", "case_type", "participant", "confidentiality", "related"})
"""What leaves an edge whoever owns it: the hub must know which case it is."""

ESSENTIAL = frozenset({"case_type", "participant"})
"""What a counterpart has whoever owns it."""


def in_force(ruleset: Ruleset, agency: AgencyId, day: date) -> list[Agreement]:
    """Give the agreements that bind an agency on a day."""
    return [
        agreement
        for agreement in ruleset.rules.agreements
        if agency in agreement.parties and agreement.period.covers(day)
    ]


def covers(agreement: Agreement, meaning: Meaning, cells: Cells) -> bool:
    """Tell whether an agreement is about a case, as its own system shows it."""
    participant = meaning.participant(cells.get("participant"))
    if participant not in agreement.scope.participants:
        return False
    return any(is_in_scope(agreement, code) for code in meaning.kinds_of(cells.get("case_type")))


def is_in_scope(agreement: Agreement, code: str) -> bool:
    """Tell whether a shared case type is in an agreement's scope."""
    scope = agreement.scope
    if any(fnmatch.fnmatchcase(code, each.case_type) for each in scope.excluded):
        return False
    return any(fnmatch.fnmatchcase(code, each) for each in scope.case_types)


def is_low_enough(agreement: Agreement, level: JsonValue) -> bool:
    """Tell whether a level of confidentiality is one that crosses."""
    highest = CONFIDENTIALITY.index(agreement.may_cross.max_confidentiality)
    return level is None or (
        level in CONFIDENTIALITY and CONFIDENTIALITY.index(str(level)) <= highest
    )


def why_not(agreement: Agreement, meaning: Meaning, path: str, value: JsonValue) -> str:
    """Say why a cell may not cross under an agreement; nothing where it may."""
    name, key = split_path(path)
    if name == "properties":
        if not _property_crosses(agreement, meaning, path):
            return f"property {key} is each agency's own"
    elif name not in ESSENTIAL and _policy(agreement, name) is Policy.EACH:
        return f"{name} is each agency's own"
    if name == "confidentiality" and not is_low_enough(agreement, value):
        return f"no case as {value} crosses"
    if not isinstance(value, dict):
        return ""
    match name:
        case "notes":
            return "an internal note" if value.get("internal") else ""
        case "documents":
            return _document(agreement, meaning, value)
        case "roles":
            return _role(agreement, meaning, value)
        case _:
            return ""


def _policy(agreement: Agreement, name: str) -> Policy:
    if name == "status_history":
        return agreement.policy_for("status")
    return agreement.policy_for(name)


def _property_crosses(agreement: Agreement, meaning: Meaning, path: str) -> bool:
    topics = meaning.topics(path)
    is_told_by = split_path(path)[1] in meaning.discriminators
    return is_told_by or any(agreement.policy_for(t) is not Policy.EACH for t in topics)


def _document(agreement: Agreement, meaning: Meaning, value: dict[str, JsonValue]) -> str:
    if value.get("internal"):
        return "an internal document"
    if not is_low_enough(agreement, value.get("confidentiality")):
        return f"no document as {value.get('confidentiality')} crosses"
    never = set(agreement.may_cross.document_types_never)
    meant = meaning.papers(str(value.get("type")))
    return f"documents {value.get('type')} never cross" if never and set(meant) <= never else ""


def _role(agreement: Agreement, meaning: Meaning, value: dict[str, JsonValue]) -> str:
    may = agreement.may_cross
    meant = set(meaning.parts(str(value.get("role"))))
    if meant & set(may.never_roles) or not meant & set(may.roles):
        return f"role {value.get('role')} does not cross"
    person = value.get("person")
    allowed = set(may.person_fields) - set(may.never_person_fields)
    withheld = set(person if isinstance(person, dict) else ()) - allowed
    return f"{', '.join(sorted(withheld))} of a person" if withheld else ""
