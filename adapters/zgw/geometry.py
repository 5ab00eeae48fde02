"""
Places on the map: from the Dutch grid (RD New, EPSG:28992) to WGS84, two-dimensional.

A ZGW server takes any number as a longitude, also RD metres, and answers 500 to a third
coordinate. So coordinates are checked and flattened here, before they are sent.

The approximation by Schreutelkamp and Strang van Hees, "Benaderingsformules voor de transformatie
tussen RD- en WGS84-kaartcoördinaten", Geodesia 43 (2001): within 0.25 m in the Netherlands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.errors import Rejected

WGS84: Final = "EPSG:4326"
RD: Final = "EPSG:28992"

_EAST: Final = (3.1, 7.4)
_NORTH: Final = (50.6, 53.8)
_RD_X: Final = (-10_000.0, 300_000.0)
_RD_Y: Final = (289_000.0, 640_000.0)

_LAT: Final = (
    (0, 1, 3235.65389),
    (2, 0, -32.58297),
    (0, 2, -0.24750),
    (2, 1, -0.84978),
    (0, 3, -0.06550),
    (2, 2, -0.01709),
    (1, 0, -0.00738),
    (4, 0, 0.00530),
    (2, 3, -0.00039),
    (4, 1, 0.00033),
    (1, 1, -0.00012),
)
_LON: Final = (
    (1, 0, 5260.52916),
    (1, 1, 105.94684),
    (1, 2, 2.45656),
    (3, 0, -0.81885),
    (1, 3, 0.05594),
    (3, 1, -0.05607),
    (0, 1, 0.01199),
    (3, 2, -0.00256),
    (1, 4, 0.00128),
    (0, 2, 0.00022),
    (2, 0, -0.00022),
    (5, 0, 0.00026),
)


def wgs84_of(x: float, y: float) -> tuple[float, float]:
    """Give longitude and latitude of a point in RD metres."""
    dx, dy = (x - 155_000.0) * 1e-5, (y - 463_000.0) * 1e-5
    latitude = 52.15517440 + sum(k * dx**p * dy**q for p, q, k in _LAT) / 3600
    longitude = 5.38720621 + sum(k * dx**p * dy**q for p, q, k in _LON) / 3600
    return round(longitude, 8), round(latitude, 8)


def to_server(data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give the GeoJSON that a server is sent: WGS84, longitude first, two coordinates a point.

    Args:
        data: GeoJSON with a member ``crs``.

    Raises:
        Rejected: An unknown system of coordinates, or a place outside the Netherlands (RD
            numbers that are labelled WGS84, for one).
    """
    crs = _crs(data.get("crs"))
    kind = data.get("type")
    if kind == "GeometryCollection":
        members = data.get("geometries") or []
        return {"type": kind, "geometries": [to_server({**one, "crs": crs}) for one in members]}
    return {"type": kind, "coordinates": _moved(data.get("coordinates"), crs)}


def from_server(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Give a server's geometry with a member that says in which system it is."""
    return {**{name: geometry[name] for name in sorted(geometry)}, "crs": WGS84}


def _crs(given: Any) -> str:
    name = given.get("properties", {}).get("name") if isinstance(given, Mapping) else given
    digits = re.search(r"(\d+)$", str(name or WGS84))
    match digits and digits[1]:
        case "28992":
            return RD
        case "4326" | "84":
            return WGS84
    msg = f"coordinates in {name!r}: only {WGS84} and {RD} can be sent"
    raise Rejected(msg, code="crs")


def _moved(coordinates: Any, crs: str) -> Any:
    if not isinstance(coordinates, list | tuple) or not coordinates:
        msg = "a geometry without coordinates"
        raise Rejected(msg, code="geometry")
    if isinstance(coordinates[0], list | tuple):
        return [_moved(one, crs) for one in coordinates]
    return list(_point(coordinates, crs))


def _point(point: Any, crs: str) -> tuple[float, float]:
    try:
        east, north = float(point[0]), float(point[1])
    except (IndexError, TypeError, ValueError) as error:
        msg = "a point needs two numbers"
        raise Rejected(msg, code="geometry") from error
    if crs == RD:
        _inside(_RD_X, _RD_Y, east, north, crs)
        return wgs84_of(east, north)
    _inside(_EAST, _NORTH, east, north, crs)
    return east, north


def _inside(
    wide: tuple[float, float], high: tuple[float, float], east: float, north: float, crs: str
) -> None:
    if not (wide[0] <= east <= wide[1] and high[0] <= north <= high[1]):
        swapped = wide[0] <= north <= wide[1] and high[0] <= east <= high[1]
        hint = "; longitude comes first" if swapped else ""
        msg = f"a point outside the Netherlands for {crs}{hint}"
        raise Rejected(msg, code="geometry")
