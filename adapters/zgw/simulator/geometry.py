"""GeoJSON: read as numbers of double precision, in two dimensions, and searched by `within`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .errors import ServerError
from .fields import Kind, refuse_value
from .links import Links

Point = tuple[float, float]
_DEPTH: Final = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


@dataclass(frozen=True)
class Geometry(Kind):
    """Bounds are not checked: RD coordinates are accepted as degrees (recorded, 07)."""

    nullable: bool = True

    def read(self, value: Any, links: Links) -> Any:
        if not isinstance(value, dict) or "type" not in value:
            refuse_value("invalid", "Ongeldige GeoJSON.")
        if value["type"] == "GeometryCollection":
            members = [self.read(member, links) for member in value.get("geometries", [])]
            return {"type": "GeometryCollection", "geometries": members}
        depth = _DEPTH.get(value["type"])
        if depth is None:
            refuse_value("invalid", "Ongeldige GeoJSON.")
        return {"type": value["type"], "coordinates": _numbers(value.get("coordinates"), depth)}


def _numbers(value: Any, depth: int) -> Any:
    if not isinstance(value, list) or not value:
        refuse_value("invalid", "Ongeldige GeoJSON.")
    if depth:
        return [_numbers(member, depth - 1) for member in value]
    if len(value) > 2:
        # Recorded (12): a third coordinate ends in a server error.
        raise ServerError
    try:
        return [float(number) for number in value]
    except (TypeError, ValueError):
        refuse_value("invalid", "Ongeldige GeoJSON.")


def points(geometry: dict[str, Any]) -> Iterator[Point]:
    """All corners of a geometry."""
    if geometry["type"] == "GeometryCollection":
        for member in geometry["geometries"]:
            yield from points(member)
    else:
        yield from _flat(geometry["coordinates"])


def _flat(value: Any) -> Iterator[Point]:
    if isinstance(value[0], int | float):
        yield (value[0], value[1])
    else:
        for member in value:
            yield from _flat(member)


def is_within(geometry: dict[str, Any], polygon: dict[str, Any]) -> bool:
    """Whether all corners of *geometry* lie inside the outer ring of *polygon*."""
    ring = [(float(x), float(y)) for x, y in polygon["coordinates"][0]]
    return all(_inside(point, ring) for point in points(geometry))


def _inside(point: Point, ring: list[Point]) -> bool:
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
