"""
The case histories of the demo, told to the lenses alone, end as they say they end.

No conflicts, no agreements and no systems: every event is read at once, and put at once on the
other side. What follows from those is told by the tests of the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import JsonValue

from bridge.engine.sameness import same
from bridge.engine.words import text_of
from contracts.ids import AgencyId
from tests.bridge.engine.demo import DATA, RUD, lens

NEED_THE_ENGINE = {
    "C05": "one case is folded into another",
    "C15": "a document is too confidential for the agreement that holds",
    "C22": "a document stays with its own agency",
    "C23": "both sides change the same",
    "C26": "a withdrawal beats a result",
}
HISTORIES = sorted((DATA / "cases").glob("*.yaml"))


class Telling:
    """Two sides and the truth between them, kept alike by the lenses."""

    def __init__(self, history: dict[str, Any]) -> None:
        self.history = history
        self.home = AgencyId(history["home"])
        self.other = AgencyId(history["counterparts"][0])
        self.sides: dict[AgencyId, dict[str, JsonValue]] = {self.home: {}, self.other: {}}
        self.truth: dict[str, JsonValue] = {}
        self.stands: dict[AgencyId, dict[str, JsonValue]] = {self.home: {}, self.other: {}}
        self.detached: set[str] = set()

    def tell(self) -> None:
        for event in self.history["events"]:
            agency = AgencyId(event["agency"])
            if agency in self.sides and "case" not in event["data"]:
                before = dict(self.sides[agency])
                if self._happen(self.sides[agency], event["kind"], event["data"]):
                    self._cross(agency, before)

    def _happen(self, side: dict[str, JsonValue], kind: str, data: dict[str, Any]) -> bool:
        match kind:
            case "case.created" if not side:
                side["case_type"] = data["case_type"]
                side["status"] = data["status"]
                for name, value in data.get("properties", {}).items():
                    side[f"properties/{name}"] = {"key": name, "value": value}
            case "status.set":
                side["status"] = data["status"]
            case "result.set":
                side["result"] = data["result"]
            case "property.set":
                name = data["name"]
                side[f"properties/{name}"] = {"key": name, "value": data["value"]}
            case "document.added" if data.get("internal") or data["type"] == "INT":
                return False
            case "document.added":
                key = data["key"]
                side[f"documents/{key}"] = {
                    "key": key,
                    "type": data["type"],
                    "title": data["title"],
                    "digest": key,
                }
            case "document.retyped":
                item = side[f"documents/{data['key']}"]
                assert isinstance(item, dict)
                side[f"documents/{data['key']}"] = {**item, "type": data["to"]}
            case "document.removed":
                side.pop(f"documents/{data['key']}", None)
            case _:
                return False
        return True

    def _cross(self, agency: AgencyId, before: dict[str, JsonValue]) -> None:
        local = self.sides[agency]
        paths = [path for path in {**before, **local} if before.get(path) != local.get(path)]
        for path, value in lens(agency).get(local, paths, self.truth, {}).values.items():
            if path in self.detached and agency != self.home:
                continue
            self.stands[agency][path] = value
            self.truth[path] = value
            if value is None and "/" in path:
                del self.truth[path]
        for side in self.sides:
            self._put(side)

    def _put(self, agency: AgencyId) -> None:
        local, stands = self.sides[agency], self.stands[agency]
        if not local and agency != self.home:
            (first,) = lens(agency).put(self.truth, ["case_type"], {}, {})
            local.update(first.writes)
            stands.update(first.shared)
            self.detached.update(first.detaches)
        lagging = [
            path
            for path in {**self.truth, **stands}
            if not same(path, self.truth.get(path), stands.get(path))
            and not (agency != self.home and path in self.detached)
        ]
        for put in lens(agency).put(self.truth, lagging, local, {}):
            if put.how.value != "park" and dict(put.writes).get("case_type") is None:
                local.update(put.writes)
                stands.update(put.shared)

    def shows(self, agency: AgencyId) -> dict[str, Any]:
        """What a side shows, as the histories write it."""
        cells = {path: value for path, value in self.sides[agency].items() if value is not None}
        items = {p: v for p, v in cells.items() if isinstance(v, dict)}
        return {
            "case_type": cells["case_type"],
            "status": cells.get("status"),
            "result": cells.get("result"),
            "properties": {
                v["key"]: text_of(v["value"]) for p, v in items.items() if p.startswith("prop")
            },
            "documents": {v["key"]: v["type"] for p, v in items.items() if p.startswith("docu")},
        }


def expected(side: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_type": side["case_type"],
        "status": side["status"],
        "result": side["result"],
        "properties": {key: text_of(value) for key, value in side.get("properties", {}).items()},
        "documents": {
            each["key"]: each["type"] for each in side.get("documents", ()) if each["type"] != "INT"
        },
    }


TOLD_HERE = [file for file in HISTORIES if file.stem[:3].upper() not in NEED_THE_ENGINE]


@pytest.mark.parametrize("file", TOLD_HERE, ids=lambda file: str(file.stem[:3]))
def test_a_history_ends_as_it_says(file: Path) -> None:
    history = yaml.safe_load(file.read_text())
    telling = Telling(history)
    telling.tell()
    for agency, side in history["expected"]["sides"].items():
        if agency in telling.sides:
            assert telling.shows(AgencyId(agency)) == expected(side), agency


def test_the_histories_are_there() -> None:
    assert (len(HISTORIES), len(TOLD_HERE)) == (30, 25)
    assert {yaml.safe_load(file.read_text())["id"] for file in HISTORIES} >= set(NEED_THE_ENGINE)
    assert lens(RUD).agency == RUD
