"""The demo rules, loaded once, and cells in the words of its agencies."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from bridge.engine.rules import Rules
from bridge.engine.translate import Lens, Put
from bridge.rules import load
from contracts.case import role_key
from contracts.ids import AgencyId

DATA: Final = Path(__file__).parents[3] / "bridge" / "demo" / "data"
RUD, ODRU, VRU = AgencyId("rud-utrecht"), AgencyId("odru"), AgencyId("vru")
ZEIST: Final = "999997397"
"""How case systems name the municipality of Zeist: its RSIN."""


@cache
def rules() -> Rules:
    return load(DATA)


def lens(agency: AgencyId) -> Lens:
    return rules().lens(agency)


def cells(case_type: str | None = None, **fields: Any) -> dict[str, JsonValue]:
    """Cells of a case: fields by name, properties as the mapping ``properties``."""
    properties = fields.pop("properties", {})
    found: dict[str, JsonValue] = {} if case_type is None else {"case_type": case_type}
    found.update(fields)
    for key, value in properties.items():
        found[f"properties/{key}"] = {"key": key, "value": value}
    return found


def document(kind: str, key: str = "d1", **more: Any) -> dict[str, JsonValue]:
    item = {"key": key, "type": kind, "title": "Rapport", "digest": "abc", "version": 1, **more}
    return {f"documents/{key}": item}


def role(part: str, identity: str = "00000101", **person: str) -> dict[str, JsonValue]:
    kind = "niet_natuurlijk_persoon"
    key = role_key(part, kind, identity)
    item: JsonValue = {
        "key": key,
        "role": part,
        "kind": kind,
        "identity": identity,
        "person": dict(person),
    }
    return {f"roles/{key}": item}


def read(
    agency: AgencyId, local: dict[str, JsonValue], path: str, **truth: JsonValue
) -> dict[str, JsonValue]:
    """What one changed local path means."""
    return dict(lens(agency).get(local, [path], truth, {}).values)


def put_one(
    agency: AgencyId, truth: dict[str, JsonValue], path: str, local: dict[str, JsonValue]
) -> Put:
    """The one verdict on a shared path."""
    (verdict,) = lens(agency).put(truth, [path], local, {})
    return verdict


def written(verdict: Put) -> JsonValue:
    """The one value that a verdict writes; of a property its bare value."""
    ((_, value),) = verdict.writes
    return value["value"] if isinstance(value, dict) and "value" in value else value
