"""
Allowance: what of a covered case may cross, cell by cell, in one agency's own terms.

The same function confines what leaves and checks what arrives, so the two can never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from bridge.engine.terms import Terms
from contracts.agreement import Agreement, Policy
from contracts.case import CONFIDENTIALITY, FIELDS, path_of, role_key, split_path
from contracts.ids import AgencyId

NATURAL_PERSON: Final = "natuurlijk_persoon"
TO_LINK_BY: Final = frozenset({"number", "case_type", "participant", "confidentiality", "related"})
"""
What the hub must know to tell whether, and to which case, a case crosses, and what people call it.

None of it is personal; what each agency has for itself (the number) never goes to another.
"""

ESSENTIAL: Final = frozenset({"case_type", "participant"})
"""What every counterpart has, whoever owns it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """
    What one agreement lets cross.

    Attributes:
        fields: Fields of the case that cross; those of `TO_LINK_BY` leave as well.
        properties: Local properties that cross, or tell case types apart.
        roles: Local roles that cross, unless they are among ``never_roles``.
        document_types: Local document types that cross, unless among ``never_document_types``.
        levels: The levels of confidentiality up to the highest that crosses.
        units: Units that a route names; the only ones that may be written from outside.
    """

    fields: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    never_roles: frozenset[str] = frozenset()
    person_fields: frozenset[str] = frozenset()
    never_person_fields: frozenset[str] = frozenset()
    document_types: frozenset[str] = frozenset()
    never_document_types: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def cell(self, path: str, value: JsonValue) -> tuple[str, JsonValue] | None:
        """Give what of a cell may cross, under which path; ``None`` where nothing of it may."""
        name, key = split_path(path)
        if name not in self.fields and name not in TO_LINK_BY:
            return None
        if not self._register_crosses(name, value):
            return None
        if name == "properties" and key not in self.properties:
            return None
        return self._item(name, path, value) if isinstance(value, dict) else (path, value)

    def _register_crosses(self, name: str, value: JsonValue) -> bool:
        return name != "confidentiality" or value is None or value in self.levels

    def _item(
        self, name: str, path: str, value: dict[str, JsonValue]
    ) -> tuple[str, JsonValue] | None:
        match name:
            case "roles":
                return self._role(value)
            case "documents":
                return (path, value) if self._document_crosses(value) else None
            case "notes":
                return None if value.get("internal") else (path, value)
            case "status_history":
                # It is read for the moment of the status only; what people wrote there stays.
                return path, {"at": value.get("at"), "status": value.get("status")}
            case _:
                return path, value

    def _document_crosses(self, document: dict[str, JsonValue]) -> bool:
        level, kind = document.get("confidentiality"), document.get("type")
        return (
            not document.get("internal")
            and (level is None or level in self.levels)
            and kind in self.document_types - self.never_document_types
        )

    def _role(self, role: dict[str, JsonValue]) -> tuple[str, JsonValue] | None:
        name, kind = str(role.get("role")), str(role.get("kind"))
        if name not in self.roles - self.never_roles:
            return None
        shown = self.person_fields - self.never_person_fields
        person = role.get("person")
        told = (
            {}
            if not isinstance(person, dict)
            else {field: value for field, value in person.items() if field in shown}
        )
        identity = str(role.get("identity"))
        if kind == NATURAL_PERSON:
            found = self._identity(identity, person if isinstance(person, dict) else {}, told)
            if found is None:
                return None
            identity = found
        key = role_key(name, kind, identity)
        item: JsonValue = {
            "key": key,
            "role": name,
            "kind": kind,
            "identity": identity,
            "person": told,
        }
        return path_of("roles", key), item

    def _identity(
        self, identity: str, person: dict[str, JsonValue], told: dict[str, JsonValue]
    ) -> str | None:
        """
        Give what tells a person from another without telling what may not be told.

        A citizen number crosses only as any other field of a person does; without it a person is
        known by name, and by nothing where no name may cross.
        """
        name = told.get("name")
        withheld = {str(value) for field, value in person.items() if field not in told}
        is_number = identity.strip().isdigit()
        may_tell = identity in {str(value) for value in told.values()} or not (
            is_number or identity in withheld
        )
        if not may_tell or not isinstance(name, str):
            return name if isinstance(name, str) and name else None
        return identity


def allowance_of(agreement: Agreement, agency: AgencyId, terms: Terms) -> Allowance:
    """Put what an agreement lets cross in the terms of one agency."""
    may = agreement.may_cross
    crossing = {name for name in FIELDS if _crosses(agreement, name)}
    if "status" not in crossing:
        crossing.discard("status_history")
    highest = CONFIDENTIALITY.index(may.max_confidentiality)
    documents = terms.document_types
    never = {
        code
        for code in documents.locals
        if documents.read(code, None) in (may.document_types_never)
    }
    return Allowance(
        fields=frozenset(crossing) | ESSENTIAL,
        properties=_properties(agreement, terms),
        roles=_local_roles(terms, may.roles),
        never_roles=_local_roles(terms, may.never_roles),
        person_fields=frozenset(may.person_fields),
        never_person_fields=frozenset(may.never_person_fields),
        document_types=frozenset(documents.locals),
        never_document_types=frozenset(never),
        levels=frozenset(CONFIDENTIALITY[: highest + 1]),
        units=frozenset(r.unit for r in agreement.routing if r.unit and r.to == agency),
    )


def _crosses(agreement: Agreement, name: str) -> bool:
    if agreement.policy_for(name) is not Policy.EACH:
        return True
    narrower = (owned for owned in agreement.field_ownership if owned.startswith(f"{name}."))
    return any(agreement.field_ownership[owned] is not Policy.EACH for owned in narrower)


def _properties(agreement: Agreement, terms: Terms) -> frozenset[str]:
    """Name the local properties that cross, and those by which case types are told apart."""
    details = terms.details
    meant = {name: (lens.shared.key,) for name, lens in details.lenses.items()}
    made = {name: each.shared for name, each in details.compounds.items()}
    crossing = {
        name
        for name, keys in {**meant, **made}.items()
        if any(agreement.policy_for(path_of("properties", key)) is not Policy.EACH for key in keys)
    }
    told_by = {name for row in terms.case_types.table.rows for name in row.when}
    return frozenset(crossing | told_by)


def _local_roles(terms: Terms, shared: tuple[str, ...]) -> frozenset[str]:
    rows = terms.parties.words.table.rows
    found = (row for row in rows if row.shared in shared)
    return frozenset(str(word) for row in found for word in (row.local, row.name) if word)
