"""
What has to be on both sides, and what may be, read from the declared agreements and nothing else.

A second reading of the agreements, by other code than the one under test; only as much of them as
decides which cases and which documents two systems have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

_LEVELS: Final = "confidentiality"
_HAS_A_WORD: Final = {"rule": "row"}

Agreement = Mapping[str, Any]


class Agreed:
    """The agreements between some agencies that are in force on a day."""

    def __init__(self, folder: Path, agencies: Iterable[str], day: date) -> None:
        found = yaml.safe_load((folder / "agreements.yaml").read_text("utf-8"))
        vocabulary = yaml.safe_load((folder / "vocabulary.yaml").read_text("utf-8"))
        self._levels: Sequence[str] = vocabulary[_LEVELS]
        self._agreements = [
            each
            for each in found["agreements"]
            if set(agencies) <= set(each["parties"])
            and each["period"]["from"] <= day.isoformat() <= (each["period"]["to"] or "9")
        ]

    def covering(self, kinds: Iterable[str], participant: str | None) -> list[Agreement]:
        """Give the agreements within whose scope a case of some type is."""
        return [
            each
            for each in self._agreements
            if participant in each["scope"]["participants"]
            and any(fits(each["scope"]["case_types"], kind) for kind in kinds)
        ]

    def routes(
        self, home: str, there: str, kind: str, participant: str | None
    ) -> list[Mapping[str, Any]]:
        """Give the routes that take such a case to another agency, without anybody's doing."""
        return [
            route
            for agreement in self.covering([kind], participant)
            for route in agreement["routing"]
            for when in [route["when"]]
            if route["to"] == there
            and "as" not in route
            and "shared_by" not in when
            and home in ([when["home"]] if isinstance(when["home"], str) else when["home"])
            and participant in when.get("participants", [participant])
            and fits(when["case_types"], kind)
        ]

    def lets_cross(
        self, agreements: Iterable[Agreement], document: Mapping[str, Any], means: frozenset[str]
    ) -> bool:
        """Tell whether a document may be on both sides: by its level, its mark and its type."""
        level = self._levels.index(document["vertrouwelijkheidaanduiding"])
        if "intern" in document["trefwoorden"]:
            return False
        return all(
            level <= self._levels.index(may["max_confidentiality"])
            and not (means and means <= set(may.get("document_types_never", ())))
            for may in (agreement["may_cross"] for agreement in agreements)
        )


def fits(patterns: Iterable[str], word: str) -> bool:
    """Tell whether a shared word is named, itself or by what it begins with."""
    return any(
        word == each or (each.endswith("*") and word.startswith(each[:-1])) for each in patterns
    )
