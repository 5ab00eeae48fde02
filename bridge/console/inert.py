"""Text that is not ours, made harmless for whoever reads it: in a page, in a spreadsheet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

NOTHING: Final = "–"
"""What stands where there is no value."""
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "|")
_SPOKEN: Final = ("value", "title", "text", "name", "person", "data", "id")
"""What a record is called by: the first of these that it has."""
_KEPT: Final = "\n\t"
_SHAPES: Final = {"Polygon": "vlak", "MultiPolygon": "vlakken", "LineString": "lijn"}


def inert(text: str) -> str:
    """
    Take out what would steer whatever shows *text*: control and direction characters.

    They are shown as a replacement character, so that the reader sees that something stood there.
    """
    # Nearly every text; what is not printable is looked at one by one.
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else "\ufffd" for c in text)


def _is_harmless(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}


def spoken(value: JsonValue) -> str:
    """Say a value of a case for people: of a record, what it is called."""
    match value:
        case None | "":
            return NOTHING
        case dict():
            if "coordinates" in value:
                return _place(value)
            if street := value.get("gorOpenbareRuimteNaam"):
                return _address(spoken(street), value)
            called = next((value[key] for key in _SPOKEN if value.get(key) is not None), None)
            return spoken(called if called is not None else list(value.values()))
        case list():
            return ", ".join(spoken(each) for each in value if each is not None) or NOTHING
        case bool():
            return "ja" if value else "nee"
        case _:
            return inert(str(value))


def _place(geometry: Mapping[str, JsonValue]) -> str:
    """Say a place on the map: a point itself, of anything larger how many points it has."""
    numbers = list(_numbers(geometry["coordinates"]))
    kind = geometry.get("type")
    if kind == "Point":
        return f"punt {', '.join(map(str, numbers[:2]))}"
    return f"{_SHAPES.get(str(kind), 'plek')} ({len(numbers) // 2} punten)"


def _numbers(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, list):
        for each in value:
            yield from _numbers(each)
    else:
        yield value


def _address(street: str, value: Mapping[str, JsonValue]) -> str:
    """Say an address as it stands on a letter."""
    parts = (value.get("huisnummer"), value.get("huisletter"), value.get("huisnummertoevoeging"))
    house = " ".join(spoken(each) for each in parts if each)
    town = [value.get("postcode"), value.get("wplWoonplaatsNaam")]
    return ", ".join(
        filter(None, (f"{street} {house}".strip(), " ".join(spoken(e) for e in town if e)))
    )


def for_spreadsheet(text: str) -> str:
    """Keep a spreadsheet from taking *text* for a formula."""
    text = inert(text)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
