"""
The agency's own catalogue: which kinds of cases there are, and what belongs to each.

Codes of the file survive: of a case type and of a status in `code`, of a document type in
`dct.omschrijving`, for StUF has no code there. A status is told by its place in the process, its
name and its code. Properties travel as extra elements. Without a catalogue a system takes any
word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.kit.simulator import Party, read_yaml

from .reading import Tree

VALID_FROM: Final = "2012-01-01"
LONGEST_CODE: Final = 10
_IN_DAYS: Final = re.compile(r"P(\d+)D")
OTHER: Final = "heeftAlsOverigBetrokkene"
LABELS: Final[Mapping[str, str]] = {
    "heeftAlsInitiator": "Initiator",
    "heeftAlsBelanghebbende": "Belanghebbende",
    "heeftAlsGemachtigde": "Gemachtigde",
    "heeftAlsUitvoerende": "Uitvoerende",
    "heeftAlsVerantwoordelijke": "Verantwoordelijke",
    OTHER: "Overig betrokkene",
}
"""What a role is called that has no name of its own."""
_PLAIN: Final = {name: relation for relation, name in LABELS.items()} | {
    "Behandelaar": "heeftAlsUitvoerende"
}


class Unknown(LookupError):
    """The catalogue has no such thing; the message names it, for it is no person's data."""


@dataclass(frozen=True, slots=True)
class StatusType:
    """One step of a process. `number` is its place, from 1."""

    number: int
    code: str
    name: str
    final: bool


@dataclass(frozen=True, slots=True)
class CaseType:
    """
    A kind of case.

    Attributes:
        document_types: The codes that it takes; none: any.
        lead_days: Within how many days it is to be done, where that is told in days.
    """

    code: str
    name: str
    statuses: tuple[StatusType, ...] = ()
    results: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    document_types: tuple[str, ...] = ()
    lead_days: int | None = None

    @property
    def tree(self) -> Tree:
        """As it stands in a case."""
        return {
            "omschrijving": self.name[:80],
            "code": self.code,
            "ingangsdatumObject": VALID_FROM,
        }

    def status(self, wanted: Tree) -> StatusType:
        """
        Give the status type that all of *wanted* speaks of.

        Raises:
            Unknown: There is none, or nothing is said that would tell.
        """
        told = {name: wanted[name] for name in ("volgnummer", "code", "omschrijving")
                if isinstance(wanted.get(name), str)}  # fmt: skip
        for status in self.statuses:
            shown = {"volgnummer": str(status.number), "code": status.code}
            shown["omschrijving"] = status.name
            if told and all(_alike(shown[name], value) for name, value in told.items()):
                return status
        msg = f"statustype {told or 'zonder aanduiding'} onbekend bij zaaktype {self.code}"
        raise Unknown(msg)

    def status_tree(self, status: StatusType) -> Tree:
        """As it stands in a status."""
        return {
            "zkt.code": self.code,
            "zkt.omschrijving": self.name[:80],
            "volgnummer": str(status.number),
            "code": status.code,
            "omschrijving": status.name,
        }


class Catalogue:
    """What one agency works with; *relations* say by name in which one a role stands."""

    def __init__(
        self, data: Mapping[str, Any] | None, relations: Mapping[str, str] | None = None
    ) -> None:
        self.is_open = data is None
        given: Mapping[str, Any] = data or {}
        self.roles: Sequence[str] = given.get("roles", ())
        self._relations = {**_PLAIN, **(relations or {})}
        self.document_types: dict[str, str] = {
            kind["code"]: kind["name"] for kind in given.get("document_types", ())
        }
        self._values: dict[str, list[str]] = {
            one["key"]: [str(value) for value in one.get("values", ())]
            for one in given.get("properties", ())
        }
        self.case_types = {
            kind["code"]: _case_type(kind, given) for kind in given.get("case_types", ())
        }

    def relation_of(self, role: str) -> str:
        """Give the relation in which somebody stands who plays this role."""
        return self._relations.get(role, OTHER)

    def check_codes(self) -> None:
        """Raise ValueError where a code is longer than StUF has room for."""
        codes = [*self.case_types, *(s.code for t in self.case_types.values() for s in t.statuses)]
        long = [code for code in codes if len(code) > LONGEST_CODE]
        if long:
            msg = (
                f"StUF has room for codes of {LONGEST_CODE} characters, not for {long[0]!r};"
                " switch on the deviation long_codes"
            )
            raise ValueError(msg)

    def case_type(self, code: str, name: str = "") -> CaseType:
        """
        Give a case type by its code; an open system takes any.

        Raises:
            Unknown: There is none.
        """
        for known in self.case_types.values():
            if _alike(known.code, code):
                return known
        if self.is_open:
            return CaseType(code, name or code)
        msg = f"zaaktype {code} onbekend"
        raise Unknown(msg)

    def check_result(self, case_type: CaseType, result: str) -> None:
        """Raise `Unknown` where no case of this kind can end so."""
        if case_type.results and result not in case_type.results:
            msg = f"resultaat {result!r} onbekend bij zaaktype {case_type.code}"
            raise Unknown(msg)

    def check_property(self, name: str, value: str) -> None:
        """Raise `Unknown` where a property of this name cannot have this value."""
        allowed = self._values.get(name)
        if allowed and value not in allowed:
            msg = f"waarde niet toegestaan voor {name}: kies uit {', '.join(allowed)}"
            raise Unknown(msg)

    def choices(self, name: str) -> Sequence[str]:
        """Give the values of a property, where it takes only some."""
        return self._values.get(name, ())

    def document_type(self, wanted: str) -> str:
        """
        Give the code of a document type by its code or its name.

        Raises:
            Unknown: There is none.
        """
        for code, name in self.document_types.items():
            if _alike(code, wanted) or _alike(name, wanted):
                return code
        if not self.document_types:
            return wanted
        msg = f"documenttype {wanted!r} onbekend"
        raise Unknown(msg)


def read_catalogue(path: Path | None, party: Party) -> Catalogue:
    """Read a catalogue; without one the system is open."""
    relations = party.get("case_system", {}).get("relations")
    return Catalogue(read_yaml(path) if path is not None else None, relations)


def _case_type(kind: Mapping[str, Any], given: Mapping[str, Any]) -> CaseType:
    steps = given["processes"][kind["process"]]
    return CaseType(
        code=kind["code"],
        name=kind["name"],
        statuses=tuple(
            StatusType(number, str(step["code"]), step["name"], step["final"])
            for number, step in enumerate(steps, 1)
        ),
        results=tuple(given["result_sets"][kind["result_set"]]),
        properties=tuple(kind.get("properties", ())),
        document_types=tuple(kind.get("document_types", ())),
        lead_days=_days(str(kind.get("lead_time", ""))),
    )


def _days(term: str) -> int | None:
    told = _IN_DAYS.fullmatch(term)
    return int(told[1]) if told else None


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
