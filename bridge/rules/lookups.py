"""Lookups: tables that a crosswalk refers to instead of writing them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.rules.faults import Fault


def resolve(
    file: str,
    agency: str,
    content: dict[str, Any],
    document: Callable[[str], dict[str, Any] | None],
) -> tuple[dict[str, Any], list[Fault]]:
    """
    Put the tables in that a crosswalk names as ``{from: locations}``.

    ``locations`` gives the key of each place in the soil system of *agency* → the place's id.
    """
    rules = content.get("properties")
    if not isinstance(rules, list):
        return content, []
    faults: list[Fault] = []
    done: list[Any] = []
    for place, rule in enumerate(rules):
        table = rule.get("table") if isinstance(rule, dict) else None
        if not (isinstance(table, dict) and table.keys() == {"from"}):
            done.append(rule)
            continue
        path = f"properties.{place}.table.from"
        if table["from"] != "locations":
            what = f"{table['from']!r} is no table that can be referred to"
            faults.append(Fault(file, path, what, "write 'locations', or the table itself"))
            continue
        found = document("locations.yaml")
        done.append({**rule, "table": _keys_of_places(agency, found or {}, faults)})
    return {**content, "properties": done}, faults


def _keys_of_places(agency: str, content: dict[str, Any], faults: list[Fault]) -> dict[str, str]:
    table: dict[str, str] = {}
    places = content.get("locations")
    for place, each in enumerate(places if isinstance(places, list) else []):
        keys = each.get("bis") if isinstance(each, dict) else None
        key = keys.get(agency) if isinstance(keys, dict) else None
        if key is None:
            continue
        if key in table:
            what = f"key {key!r} already stands for {table[key]}"
            path = f"locations.{place}.bis.{agency}"
            faults.append(Fault("locations.yaml", path, what, "give each place a key of its own"))
        table[str(key)] = str(each.get("id"))
    return table
