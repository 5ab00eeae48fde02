"""
Rendering as a StUF system does it, by the adapter's own shape: told, sent as bytes, read back.

What people type at such a system and what the bridge writes there goes the same way, so a simulated
case shows exactly what the adapter could tell and read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from pydantic import JsonValue

from adapters.stuf_zds import StufSettings, making
from adapters.stuf_zds.incoming import parse
from adapters.stuf_zds.notice import Notice
from adapters.stuf_zds.shape import Reading, Shaper
from adapters.stuf_zds.xml import Element, write
from contracts.case import cells_of, split_path
from contracts.crosswalk import Catalogue
from contracts.errors import Rejected
from contracts.ids import Mark
from contracts.patch import Change, Patch
from tests.simulation.rendering import Habits, Rendering

_TOLD: Final = frozenset(
    {"title", "explanation", "start", "deadline", "suspension", "result", "properties"}
)
"""Fields that one updateZaak tells of, and whose keys are no system's own."""


@dataclass(frozen=True, slots=True)
class StufRendering(Rendering):
    """
    How a StUF system renders.

    Attributes:
        properties: Names of the extraElementen that were agreed on.
    """

    properties: tuple[str, ...] = ()

    def of(self, path: str, value: JsonValue) -> JsonValue:
        """Give what shows where *value* was written at *path*."""
        if value is None or split_path(path)[0] not in _TOLD:
            return value
        settings = _settings(self.properties)
        change = Change(path=path, become=value)
        notice = Notice.of(_blank(self.properties), settings, (change,))
        try:
            notice.add(change)
        except Rejected as error:
            msg = f"the simulated world asks of StUF what it cannot hold: {path}: {error}"
            raise AssertionError(msg) from error
        _, new = notice.objects(always_w=True)
        shown = Shaper(settings).snapshot(Reading(parse(write(new)), is_whole=False)).case
        return cells_of(shown).get(path)


def as_stuf(habits: Habits, catalogue: Catalogue) -> Habits:
    """Give the habits of a system that speaks StUF: no notes, no author, no lock."""
    names = tuple(each.key for each in catalogue.properties)
    return replace(
        habits,
        rendering=StufRendering(properties=names),
        tells_authors=False,
        unsupported=habits.unsupported | {"notes"},
    )


@lru_cache(maxsize=64)
def _settings(properties: tuple[str, ...]) -> StufSettings:
    return StufSettings.model_validate(
        {
            "base_url": "http://127.0.0.1:9/stuf",
            "sender": {"applicatie": "casebridge"},
            "receiver": {"applicatie": "zaaksysteem"},
            "properties": list(properties),
        }
    )


@lru_cache(maxsize=64)
def _blank(properties: tuple[str, ...]) -> Element:
    told = {"case_type": "BODEM", "registered": "2024-01-01"}
    changes = tuple(Change(path=path, become=value) for path, value in told.items())
    patch = Patch(changes=changes, at=datetime(2024, 1, 1, tzinfo=UTC))
    return making.zaak(patch, Mark("01JNB3V9Q2Z8K4M6P7R8S9T0VW"), "CB1", _settings(properties))
