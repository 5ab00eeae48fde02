"""
People: what somebody at an agency may do to a case, in the words of that agency's catalogue.

Every free text, name, number of a version and content is typed once in a run and never again: of
a value that shows anywhere it can be told who typed it, however a system cut or re-cased it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from pydantic import JsonValue

from contracts.case import CONFIDENTIALITY, Cells, path_of, role_key, split_path
from contracts.crosswalk import (
    CaseType,
    Catalogue,
    DateProperty,
    ListProperty,
    LookupProperty,
    PropertyType,
    ScaleProperty,
    StatusType,
)
from contracts.ids import AgencyId
from tests.simulation.rulesets import PARTICIPANTS, START, Ruleset
from tests.simulation.tables import SHARED_PROPERTIES

_WORDS: Final = ("Graafwerk", "Sanering", "Melding", "Onderzoek", "Klacht", "Advies", "Toezicht")
_PLACES: Final = ("bij de dijk", "aan  het Kanaal", "op de Heuvelrug ", "in Zeist", "te Soest")
_TOKEN: Final = re.compile(r"#(\d+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """
    One thing that a person does to one cell.

    Attributes:
        path: For a new item under a key that the system may replace by one of its own.
        value: ``None``: emptied, or the item taken away.
    """

    path: str
    value: JsonValue
    by: str

    @property
    def content(self) -> bytes | None:
        """Give the bytes of a document that is put there: as unique as its digest."""
        if split_path(self.path)[0] != "documents" or not isinstance(self.value, dict):
            return None
        return str(self.value["digest"]).encode()


def token(value: JsonValue) -> str | None:
    """Give what tells a typed text, party or content from every other; ``None``: nothing does."""
    if isinstance(value, dict):
        order = ("digest", "text", "title", "reason", "value", "person", "name", "identity")
        found = (token(value[name]) for name in order if value.get(name))
        return next((each for each in found if each), None)
    match = _TOKEN.search(value) if isinstance(value, str) else None
    return match.group(1) if match else None


def tokens(value: JsonValue) -> set[str]:
    """Give all tokens in a value."""
    return set(_TOKEN.findall(json.dumps(value)))


class People:
    """Everybody who works with cases, at all agencies of a ruleset."""

    def __init__(self, ruleset: Ruleset, focus: Random | None = None) -> None:
        """Know the rules; with *focus* most of what they do is one of a few things."""
        self.ruleset = ruleset
        self._typed = 0
        self._weights = list(_WEIGHTS)
        if focus is not None and focus.random() < 0.8:
            for place in focus.sample(range(len(_ACTS)), focus.randrange(1, 4)):
                self._weights[place] += 40

    def opens(self, random: Random, agency: AgencyId) -> tuple[dict[str, JsonValue], str]:
        """Give a new case as somebody opens it, and who; the system adds what it will."""
        catalogue = self.ruleset.catalogues[agency]
        kind = random.choice((*catalogue.case_types[:2], *catalogue.case_types))
        names = [
            ours
            for ours in self.ruleset.crosswalks[agency].participants or PARTICIPANTS
            if random.random() < 0.9
        ]
        cells: dict[str, JsonValue] = {
            "case_type": kind.code,
            "title": self._text(random),
            "explanation": self._text(random) if random.random() < 0.5 else None,
            "participant": random.choice(names or list(PARTICIPANTS)),
            "status": catalogue.processes[kind.process][0].code,
            "result": None,
            "handler": self._handler(random, agency) if random.random() < 0.5 else None,
            "start": _day(random),
            "confidentiality": kind.confidentiality,
        }
        by = self._person(random, agency)
        for _ in range(random.randrange(4)):
            for edit in self.edits(random, agency, cells):
                if split_path(edit.path)[0] not in ("status", "result", "case_type"):
                    cells[edit.path] = edit.value
        gone = [path for path, value in cells.items() if value is None and split_path(path)[1]]
        return {path: cells[path] for path in cells if path not in gone}, by

    def edits(self, random: Random, agency: AgencyId, cells: Cells) -> list[Edit]:
        """Give what somebody does to a case in one go: mostly one thing, for an end several."""
        catalogue = self.ruleset.catalogues[agency]
        kind = next((k for k in catalogue.case_types if k.code == cells.get("case_type")), None)
        if kind is None:
            return []
        desk = _Desk(self, random, agency, catalogue, kind, cells)
        by = self._person(random, agency)
        act = random.choices(_ACTS, self._weights)[0]
        return [
            Edit(path, value, by)
            for path, value in act(desk).items()
            if cells.get(path) != value or (path not in cells and value is not None)
        ]

    def weigh(self, act: str, weight: int) -> None:
        """Have them do one thing so much more."""
        place = next(n for n, each in enumerate(_ACTS) if each.__name__ == act)
        self._weights[place] += weight

    def clerk(self, random: Random, agency: AgencyId) -> str:
        """Choose somebody who is employed there."""
        staff = self.ruleset.rules.staff.values()
        return random.choice([member.id for member in staff if member.employer == agency])

    def other_document(self, random: Random, value: JsonValue) -> JsonValue:
        """Give what becomes of a document: a new version, one that is hidden, or nothing."""
        what = random.choice(("version", "version", "hidden", "gone"))
        if what == "gone" or not isinstance(value, dict):
            return None
        if what == "hidden":
            return {**value, "confidentiality": "geheim"}
        version = value.get("version")
        number = version + 1 if isinstance(version, int) else 1
        digest = f"sha#{self.number()}"
        return {**value, "version": number, "digest": digest, "size_bytes": len(digest)}

    def number(self) -> int:
        """Give a number that was not given before."""
        self._typed += 1
        return self._typed

    def _text(self, random: Random) -> str:
        return f"#{self.number()} {random.choice(_WORDS)} {random.choice(_PLACES)}"

    def _person(self, random: Random, agency: AgencyId) -> str:
        """Choose somebody who works there: employed, or sent by another agency, once or now."""
        rules = self.ruleset.rules
        own = [member.id for member in rules.staff.values() if member.employer == agency]
        lent = [
            term.staff
            for agreement in rules.agreements
            for term in agreement.secondments
            if term.deployed_at == agency
        ]
        return random.choice(lent if lent and random.random() < 0.3 else own)

    def _handler(self, random: Random, agency: AgencyId) -> JsonValue:
        member = self.ruleset.rules.staff[random.choice(sorted(self.ruleset.rules.staff))]
        role = random.choice((None, self.ruleset.catalogues[agency].roles[0]))
        return {"id": member.id, "name": member.name, "role": role}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Somebody at work on one case; each method is one thing to do."""

    people: People
    random: Random
    agency: AgencyId
    catalogue: Catalogue
    kind: CaseType
    cells: Cells

    def title(self) -> dict[str, JsonValue]:
        return {"title": self._text()}

    def explanation(self) -> dict[str, JsonValue]:
        return {"explanation": self._text() if self.random.random() < 0.85 else None}

    def status(self) -> dict[str, JsonValue]:
        steps = [step.code for step in self._steps() if not step.final]
        return {"status": self.random.choice(steps)}

    def close(self) -> dict[str, JsonValue]:
        """End the case: its result, now and then the last report, then the final status."""
        ends = [step.code for step in self._steps() if step.final]
        done: dict[str, JsonValue] = {**self.result()}
        if self.random.random() < 0.3:
            done |= self.document()
        return {**done, "status": self.random.choice(ends)}

    def result(self) -> dict[str, JsonValue]:
        results = self.catalogue.result_sets[self.kind.result_set]
        return {"result": self.random.choice(results)}

    def handler(self) -> dict[str, JsonValue]:
        return {"handler": self.people._handler(self.random, self.agency)}

    def confidentiality(self) -> dict[str, JsonValue]:
        return {"confidentiality": self.random.choice(CONFIDENTIALITY)}

    def suspension(self) -> dict[str, JsonValue]:
        if self.cells.get("suspension") and self.random.random() < 0.5:
            return {"suspension": {"active": False, "reason": self._text()}}
        return {"suspension": {"active": True, "reason": self._text()}}

    def dates(self) -> dict[str, JsonValue]:
        return {self.random.choice(("start", "deadline")): _day(self.random)}

    def property(self) -> dict[str, JsonValue]:
        if not self.kind.properties:
            return {}
        name = self.random.choice(self.kind.properties)
        path = path_of("properties", name)
        if path in self.cells and self.random.random() < 0.1:
            return {path: None}
        kind = next(each for each in self.catalogue.properties if each.key == name)
        rule = next(r for r in self._rules() if getattr(r, "local", None) == name)
        value = self._text()
        if self.random.random() < 0.95:
            shared = SHARED_PROPERTIES.get(getattr(rule, "shared", ""), {"type": ""})
            value = _written(self.random, kind, shared["type"], value)
            value = _as_the_rule_reads(self.random, rule, value)
        return {path: {"key": name, "value": value}}

    def role(self) -> dict[str, JsonValue]:
        there = self._items("roles")
        if there and self.random.random() < 0.4:
            path = self.random.choice(there)
            value = self.cells[path]
            if self.random.random() < 0.5 or not isinstance(value, dict):
                return {path: None}
            person = value.get("person")
            known = person if isinstance(person, dict) else {}
            return {path: {**value, "person": {**known, "email": f"#{self._number()}@x.nl"}}}
        part = self.random.choice(self.catalogue.roles)
        name = f"#{self._number()} Jansen"
        kind = self.random.choice(("natuurlijk_persoon", "niet_natuurlijk_persoon"))
        person = {"name": name}
        identity = name
        if kind == "natuurlijk_persoon" and self.random.random() < 0.3:
            person["bsn"] = identity = f"9{self._number():08d}"
        key = role_key(part, kind, identity)
        item: JsonValue = {
            "key": key,
            "role": part,
            "kind": kind,
            "identity": identity,
            "person": dict(person),
        }
        return {path_of("roles", key): item}

    def note(self) -> dict[str, JsonValue]:
        there = self._items("notes")
        if there and self.random.random() < 0.15:
            return {self.random.choice(there): None}
        key = f"n{self._number()}"
        item: JsonValue = {
            "key": key,
            "text": self._text(),
            "at": None,
            "by": None,
            "subject": "",
            "internal": self.random.random() < 0.2,
        }
        return {path_of("notes", key): item}

    def document(self) -> dict[str, JsonValue]:
        there = self._items("documents")
        if there and self.random.random() < 0.5:
            return self._changed_document(self.random.choice(there))
        key = f"d{self._number()}"
        number = self._number()
        item: JsonValue = {
            "key": key,
            "type": self.random.choice(self.kind.document_types or ("onbekend",)),
            "title": self._text(),
            "version": 1,
            "digest": f"sha#{number}",
            "size_bytes": len(f"sha#{number}"),
            "media_type": "application/pdf",
            "file_name": "",
            "author": "",
            "created": None,
            "language": "nld",
            "status": None,
            "description": "",
            "confidentiality": self.random.choice((None, None, "openbaar", "geheim")),
            "internal": self.random.random() < 0.1,
            "mark": None,
            "content": None,
        }
        return {path_of("documents", key): item}

    def _changed_document(self, path: str) -> dict[str, JsonValue]:
        """Take it away, put a new version there, or call it otherwise."""
        value = self.cells[path]
        what = self.random.random()
        if what < 0.3 or not isinstance(value, dict):
            return {path: None}
        if what < 0.7:
            version = value.get("version")
            number = version + 1 if isinstance(version, int) else 1
            digest = f"sha#{self._number()}"
            size = len(digest)
            newer = {**value, "version": number, "digest": digest, "size_bytes": size}
            return {path: newer}
        return {path: {**value, "title": self._text()}}

    def _text(self) -> str:
        return self.people._text(self.random)

    def _number(self) -> int:
        return self.people.number()

    def _steps(self) -> Sequence[StatusType]:
        return self.catalogue.processes[self.kind.process]

    def _rules(self) -> Sequence[object]:
        return self.people.ruleset.crosswalks[self.agency].properties

    def _items(self, field: str) -> list[str]:
        return [path for path in self.cells if split_path(path)[0] == field]


_ACTS: Final[Sequence[Callable[[_Desk], dict[str, JsonValue]]]] = (
    _Desk.title,
    _Desk.explanation,
    _Desk.status,
    _Desk.close,
    _Desk.result,
    _Desk.handler,
    _Desk.confidentiality,
    _Desk.suspension,
    _Desk.dates,
    _Desk.property,
    _Desk.role,
    _Desk.note,
    _Desk.document,
)
_WEIGHTS: Final = (6, 3, 6, 2, 2, 3, 1, 1, 2, 9, 2, 2, 4)


def _day(random: Random) -> str:
    return (START.date() + timedelta(days=random.randrange(400))).isoformat()


def _written(random: Random, kind: PropertyType, shared: str, unique: str) -> str:
    """Write a value as the catalogue, or the shared property, describes it."""
    if kind.values:
        return random.choice(kind.values)
    match shared:
        case "integer":
            return str(random.randrange(10000))
        case "decimal" | "money":
            return f"{random.randrange(100000)}.{random.randrange(1000):03d}"
        case "date":
            return _day(random)
        case _:
            return unique


def _as_the_rule_reads(random: Random, rule: object, value: str) -> str:
    """Write a value so that its rule can read it; now and then otherwise, as people do."""
    match rule:
        case ScaleProperty(decimal_comma=True):
            return value.replace(".", ",")
        case DateProperty(format="dd-mm-jjjj"):
            return date.fromisoformat(value).strftime("%d-%m-%Y")
        case DateProperty():
            return value.replace("-", "")
        case LookupProperty():
            return random.choice(list(rule.table))
        case ListProperty():
            parts = random.sample(["bodem", "geluid", "lucht", "water"], random.randrange(1, 4))
            return rule.separator.join(parts)
        case _:
            return value
