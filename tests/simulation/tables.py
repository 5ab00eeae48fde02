"""
Tables, drawn: one vocabulary, and for each agency a catalogue and a crosswalk.

Some are lossless, some are not: words that stand for several, several words for one, words that
are missing with each rule for what is missing, numbers in other units, dates written otherwise,
sentences, classes. What is drawn are the files that an administrator would write; whether they
are lenses is for the loader's own checks to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from contracts.case import CONFIDENTIALITY

Document = dict[str, Any]
"""A file of rules, as it is written."""

CASE_TYPES: Final = (
    "bodem.melding",
    "bodem.onderzoek",
    "geluid.klacht",
    "bodem.evaluatie",
    "water.advies",
)
STATUSES: Final = ("ontvangen", "bezig", "aangehouden", "toets", "verzonden", "klaar", "archief")
FINAL: Final = frozenset({"klaar", "archief"})
RESULTS: Final = ("goed", "fout", "hersteld", "doorgezonden", "ingetrokken")
DOCUMENT_TYPES: Final = ("rapport", "brief", "tekening", "besluit", "memo")
ROLES: Final = ("behandelaar", "aanvrager", "gemachtigde", "overheid", "klager")

KEYS: Final = {"loc-a": "17", "loc-b": "23", "loc-c": "42"}
"""What a lookup knows: the shared key, and what makes the local one."""

VOCABULARY: Final[Document] = {
    "version": 1,
    "case_types": [{"code": code, "name": code.title()} for code in CASE_TYPES],
    "statuses": [
        {"code": code, "name": code.title(), "final": code in FINAL, "order": place}
        for place, code in enumerate(STATUSES)
    ],
    "results": list(RESULTS),
    "document_types": list(DOCUMENT_TYPES),
    "roles": list(ROLES),
    "properties": [
        {"key": "klasse", "type": "enum", "values": ["licht", "matig", "zwaar", "ernstig"]},
        {"key": "grens", "type": "enum", "values": ["boven", "onder", "onbekend"]},
        {"key": "spoed", "type": "boolean"},
        {"key": "werk", "type": "string"},
        {"key": "kenmerk", "type": "string"},
        {"key": "plek", "type": "string"},
        {"key": "oppervlakte", "type": "decimal", "unit": "m2"},
        {"key": "aantal", "type": "integer"},
        {"key": "startdatum", "type": "date"},
        {"key": "aspecten", "type": "list", "values": ["bodem", "geluid", "lucht", "water"]},
        {"key": "per_keer", "type": "money"},
        {"key": "maximum", "type": "money"},
    ],
    "confidentiality": list(CONFIDENTIALITY),
    "archive_nomination": ["blijvend_bewaren", "vernietigen"],
}
SHARED_PROPERTIES: Final = {each["key"]: each for each in VOCABULARY["properties"]}


@dataclass(slots=True)
class Codes:
    """One table of codes, drawn; ``words`` are the agency's own, each with a shared one."""

    rows: list[Document] = field(default_factory=list)
    uncovered: dict[str, Document] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)

    def table(self) -> Document:
        """Give it as it stands in a file."""
        return {"rows": self.rows, "uncovered": self.uncovered}


def draw_codes(
    random: Random,
    shared: Sequence[Any],
    prefix: str,
    *,
    always: int,
    rules: Sequence[str],
    apart: frozenset[str] = frozenset(),
) -> Codes:
    """
    Draw a table over some *shared* words.

    Args:
        always: How many of the first have a word of their own in any case.
        rules: What may hold for those that have none.
        apart: Words that never share a local word with one that is not among them.
    """
    found = Codes()
    optional = list(shared[always:])
    missing = {word for word in optional if rules and random.random() < 0.25}
    covered = [word for word in shared if word not in missing]
    for place, word in enumerate(covered):
        twin = _twin(random, covered[1:place], word, apart) if place > 1 else None
        if twin is not None and random.random() < 0.2:
            local = next(row["local"] for row in found.rows if row["shared"] == twin)
            found.rows.append({"local": local, "shared": word, "preferred_get": False})
            continue
        local = f"{prefix}{place}"
        found.words[local] = word
        found.rows.append({"local": local, "shared": word})
        if random.random() < 0.15:
            other = f"{prefix}{place}x"
            found.words[other] = word
            found.rows.append({"local": other, "shared": word, "preferred": False})
    for word in sorted(missing):
        rule = random.choice(rules)
        alike = [row["local"] for row in found.rows if (row["shared"] in apart) == (word in apart)]
        if rule == "default" and alike:
            found.uncovered[word] = {"rule": rule, "value": random.choice(alike)}
        else:
            found.uncovered[word] = {"rule": "park" if rule == "default" else rule}
    return found


def _twin(
    random: Random, before: Sequence[Any], word: object, apart: frozenset[str]
) -> object | None:
    alike = [other for other in before if (other in apart) == (word in apart)]
    return random.choice(alike) if alike else None


def draw_agency(random: Random, agency: str, others: Sequence[str]) -> tuple[Document, Document]:
    """
    Draw the catalogue and the crosswalk of one agency.

    Args:
        others: Participants whose names the agency's system may write otherwise.
    """
    letter = agency[0].upper()
    gaps = ("keep", "annotate", "park", "not-crossing", "default")
    results = draw_codes(random, RESULTS, f"{letter}res", always=2, rules=gaps)
    papers = draw_codes(random, DOCUMENT_TYPES, f"{letter}doc", always=2, rules=gaps[:4])
    parts = draw_codes(random, ROLES, f"{letter}rol", always=2, rules=gaps[:4])
    processes = {
        name: draw_codes(random, STATUSES, f"{letter}{name}", always=2, rules=gaps, apart=FINAL)
        for name in ("alg", "kort")
    }
    for codes in processes.values():
        _can_be_closed(codes, letter)
    properties, rules = _properties(random, letter)
    types = _case_types(random, letter)
    names = [each["key"] for each in properties]
    catalogue: Document = {
        "version": 1,
        "agency": agency,
        "processes": {
            name: [
                {"code": code, "name": f"Stap {code}", "final": shared in FINAL}
                for code, shared in codes.words.items()
            ]
            for name, codes in processes.items()
        },
        "result_sets": {"alle": list(results.words), "paar": list(results.words)[:3]},
        "document_types": [{"code": code, "name": code} for code in papers.words],
        "roles": list(parts.words),
        "properties": properties,
        "case_types": [
            {
                "code": code,
                "name": f"Zaaktype {code}",
                "process": random.choice(("alg", "alg", "kort")),
                "result_set": random.choice(("alle", "alle", "paar")),
                "unit": "u1",
                "lead_time": "P7D",
                "service_time": "P5D",
                "confidentiality": random.choice(("openbaar", "openbaar", "intern")),
                "archive": {"nomination": "vernietigen"},
                "properties": [n for n in names if random.random() < 0.85],
                "document_types": [c for c in papers.words if random.random() < 0.9],
            }
            for code in dict.fromkeys(row["local"] for row in types["rows"])
        ],
    }
    documents = papers.table()
    if random.random() < 0.5:
        documents["fallback"] = "brief"
    crosswalk: Document = {
        "version": 1,
        "agency": agency,
        "case_types": types,
        "statuses": {name: codes.table() for name, codes in processes.items()},
        "results": results.table(),
        "document_types": documents,
        "roles": parts.table(),
        "properties": rules,
    }
    if random.random() < 0.4:
        crosswalk["participants"] = {f"{letter}-{code}": code for code in others}
    return catalogue, crosswalk


def _can_be_closed(codes: Codes, letter: str) -> None:
    """Give *klaar* a word of its own where none was drawn: every case must be able to end."""
    if any(row["shared"] == "klaar" for row in codes.rows):
        return
    word = f"{letter}einde"
    codes.rows.append({"local": word, "shared": "klaar"})
    codes.words[word] = "klaar"
    codes.uncovered.pop("klaar")


def _case_types(random: Random, letter: str) -> Document:
    rows = [
        {"local": f"{letter}-{place}", "shared": shared}
        for place, shared in enumerate(CASE_TYPES[:3])
    ]
    uncovered: Document = {}
    for place, shared in enumerate(CASE_TYPES[3:], start=3):
        rule = random.choice(("row", "row", "default", "park", "not-crossing"))
        if rule == "row":
            rows.append({"local": f"{letter}-{place}", "shared": shared})
        elif rule == "default":
            uncovered[shared] = {"rule": rule, "value": f"{letter}-0", "loss": "zegt minder"}
        else:
            uncovered[shared] = {"rule": rule}
    rows.append({"local": f"{letter}-eigen", "rule": "not-crossing", "why": "eigen werk"})
    return {"rows": rows, "uncovered": uncovered}


def _properties(random: Random, letter: str) -> tuple[list[Document], list[Document]]:
    """Draw for each shared property how this agency holds it, if it does."""
    types: list[Document] = []
    rules: list[Document] = []
    for key, shared in SHARED_PROPERTIES.items():
        local = f"{letter.lower()}_{key}"
        if random.random() < 0.15 and key not in ("werk", "klasse"):
            gap = random.choice(("keep", "annotate", "park", "not-crossing"))
            rules.append({"kind": "none", "shared": key, "rule": gap})
            continue
        kind, rule = _property(random, letter, shared)
        types.append({"key": local, **kind})
        rules.append({"local": local, "shared": key, **rule})
    return types, rules


def _property(random: Random, letter: str, shared: Document) -> tuple[Document, Document]:
    key = shared["key"]
    match shared["type"]:
        case "enum" | "boolean":
            words = shared.get("values") or [True, False]
            rules = ("keep", "annotate", "park", "not-crossing", "default")
            codes = draw_codes(
                random, words, f"{letter}{key[:2]}", always=2, rules=rules[: 5 * (len(words) > 2)]
            )
            kind = {"type": "code", "values": list(codes.words)}
            return kind, {"kind": "enum", "rows": codes.rows, "uncovered": codes.uncovered}
        case "decimal":
            return {"type": "decimal"}, _in_units(random)
        case "integer":
            if random.random() < 0.5:
                scale: Document = {"kind": "scale", "factor": 12, "round": {"to": "1"}}
                return {"type": "integer"}, scale
            return {"type": "integer"}, {"kind": "identity"}
        case "date":
            formats = ("dd-mm-jjjj", "jjjjmmdd")
            rule = {"kind": "date-format", "format": random.choice(formats)}
            return {"type": "date"}, random.choice((rule, {"kind": "identity"}))
        case "list":
            return {"type": "text"}, {"kind": "list", "separator": random.choice((";", ", ", "|"))}
        case _ if key == "plek" and random.random() < 0.6:
            table = {f"{letter}{number}": theirs for theirs, number in KEYS.items()}
            rest = random.choice(("annotate", "keep", "park"))
            return {"type": "text"}, {"kind": "lookup", "table": table, "uncovered": rest}
        case _:
            return {"type": "text"}, {"kind": "identity"}


def _in_units(random: Random) -> Document:
    style = random.choice(("identity", "hectares", "coarse"))
    if style == "identity":
        return {"kind": "identity"}
    step = "0.0001" if style == "hectares" else "0.1"
    comma = random.random() < 0.5
    return {"kind": "scale", "factor": 10000, "round": {"to": step}, "decimal_comma": comma}
