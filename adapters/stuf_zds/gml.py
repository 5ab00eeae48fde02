"""
Places on the map: between GML 3.1 and GeoJSON, in whatever system their coordinates are.

The system of coordinates is kept as it is told, RD (EPSG:28992) or ETRS89 (EPSG:4258) or another:
nothing is computed, so nothing is lost. ``lokatie`` in StUF-ZKN is a surface: a point or a line
can be read (some systems send one), and not be written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.stuf_zds.names import GML, q
from adapters.stuf_zds.values import BadValue
from adapters.stuf_zds.xml import Element, add, child, children, local, text
from contracts.errors import Rejected

_CRS: Final = re.compile(r"(?:EPSG[:/]+(?:[\d.]*[:/]+)*|epsg\.xml#)(\d+)$", re.IGNORECASE)
_LATITUDE_FIRST: Final = frozenset({"4258", "4326"})
"""By their own definition these have latitude first; GeoJSON has longitude first."""
_RD: Final = "EPSG:28992"


def read(place: Element) -> dict[str, Any]:
    """
    Give the GeoJSON of the geometry in an element, with a member ``crs``.

    Raises:
        BadValue: It is none that we know.
    """
    geometry = next(iter(place), None)
    if geometry is None:
        msg = "no geometry"
        raise BadValue(msg)
    crs = _crs(geometry)
    flips = _flips(geometry, crs)
    return {**_geometry(geometry, flips=flips), "crs": crs}


def _geometry(geometry: Element, *, flips: bool) -> dict[str, Any]:
    name = local(geometry)
    match name:
        case "Point":
            return {"type": name, "coordinates": _positions(geometry, flips=flips)[0]}
        case "LineString":
            return {"type": name, "coordinates": _positions(geometry, flips=flips)}
        case "Polygon" | "PolygonPatch":
            return {"type": "Polygon", "coordinates": _rings(geometry, flips=flips)}
        case "Surface" | "MultiSurface" | "MultiPolygon" | "CompositeSurface":
            found = [_rings(one, flips=flips) for one in _polygons(geometry)]
            if not found:
                break_off = "a surface of nothing"
                raise BadValue(break_off)
            if len(found) == 1:
                return {"type": "Polygon", "coordinates": found[0]}
            return {"type": "MultiPolygon", "coordinates": found}
        case _:
            msg = f"a geometry of a kind that we know not ({name})"
            raise BadValue(msg)


def _polygons(geometry: Element) -> Iterator[Element]:
    for one in geometry.iter():
        if local(one) in ("Polygon", "PolygonPatch"):
            yield one


def _rings(polygon: Element, *, flips: bool) -> list[list[list[float]]]:
    found: list[list[list[float]]] = []
    for name in ("exterior", "outerBoundaryIs", "interior", "innerBoundaryIs"):
        for boundary in children(polygon, name):
            ring = child(boundary, "LinearRing")
            if ring is None:
                msg = "a ring that is no LinearRing"
                raise BadValue(msg)
            found.append(_positions(ring, flips=flips))
    if not found or any(len(ring) < 4 for ring in found):
        msg = "a polygon without a whole ring"
        raise BadValue(msg)
    return found


def _positions(element: Element, *, flips: bool) -> list[list[float]]:
    listed = child(element, "posList")
    coordinates = child(element, "coordinates")
    if listed is not None:
        numbers = _numbers(text(listed))
        said = listed.get("srsDimension", element.get("srsDimension", "2"))
        size = {"2": 2, "3": 3}.get(said.strip(), 0)
        if not size or not numbers or len(numbers) % size:
            msg = "coordinates that do not add up"
            raise BadValue(msg)
        points = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    elif coordinates is not None:
        points = [_numbers(pair.replace(",", " ")) for pair in text(coordinates).split()]
    else:
        points = [_numbers(text(one)) for one in children(element, "pos")]
    if not points or any(len(point) not in (2, 3) for point in points):
        msg = "coordinates that do not add up"
        raise BadValue(msg)
    # Two dimensions: a height is told by few, and lost by most.
    return [[point[1], point[0]] if flips else point[:2] for point in points]


def _numbers(said: str) -> list[float]:
    try:
        found = [float(one) for one in said.split()]
    except ValueError as error:
        msg = "coordinates that are no numbers"
        raise BadValue(msg) from error
    if not all(map(math.isfinite, found)):
        msg = "coordinates without end"
        raise BadValue(msg)
    return found


def _crs(geometry: Element) -> str:
    said = next((one.get("srsName", "") for one in geometry.iter() if one.get("srsName")), "")
    if not said:
        return _RD  # what every Dutch system means that says nothing
    found = _CRS.search(said)
    if found is None:
        msg = "coordinates in a system that we know not"
        raise BadValue(msg)
    return f"EPSG:{found[1]}"


def _flips(geometry: Element, crs: str) -> bool:
    # "urn:ogc:def:crs:EPSG::4258" means the axes as EPSG orders them; "EPSG:4258" and the old
    # addresses mean longitude first, as everybody once did.
    said = next((one.get("srsName", "") for one in geometry.iter() if one.get("srsName")), "")
    return said.lower().startswith("urn:") and crs.partition(":")[2] in _LATITUDE_FIRST


def write(place: Element, data: Mapping[str, Any]) -> None:
    """
    Put the GML of some GeoJSON into an element.

    Args:
        place: Without children yet.
        data: GeoJSON with a member ``crs``.

    Raises:
        Rejected: It is no surface, or no geometry at all.
    """
    kind, coordinates = data.get("type"), data.get("coordinates")
    number = _number(data.get("crs"))
    name = f"urn:ogc:def:crs:EPSG::{number}"
    flips = number in _LATITUDE_FIRST
    try:
        if kind == "Polygon" and coordinates:
            _polygon(add(place, q(GML, "Polygon"), None, {"srsName": name}), coordinates, flips)
            return
        if kind == "MultiPolygon" and coordinates:
            many = add(place, q(GML, "Surface"), None, {"srsName": name})
            patches = add(many, q(GML, "patches"))
            for polygon in coordinates:
                _polygon(add(patches, q(GML, "PolygonPatch")), polygon, flips)
            return
    except (TypeError, ValueError, IndexError) as error:
        msg = "a geometry whose coordinates do not add up"
        raise Rejected(msg, code="geometry") from error
    msg = f"a place of type {kind!r}: this system takes surfaces only"
    raise Rejected(msg, code="geometry")


def _polygon(made: Element, rings: Sequence[Any], flips: bool) -> None:  # noqa: FBT001  # inner
    for number, ring in enumerate(rings):
        boundary = add(made, q(GML, "interior" if number else "exterior"))
        inside = add(boundary, q(GML, "LinearRing"))
        points = [(float(point[0]), float(point[1])) for point in ring]
        if len(points) < 4 or not all(math.isfinite(one) for point in points for one in point):
            msg = "a ring of fewer than four points"
            raise ValueError(msg)
        said = (f"{y!r} {x!r}" if flips else f"{x!r} {y!r}" for x, y in points)
        add(inside, q(GML, "posList"), " ".join(said))


def _number(given: Any) -> str:
    name = given.get("properties", {}).get("name") if isinstance(given, Mapping) else given
    found = re.search(r"(\d+)$", str(name or ""))
    if found is None:
        # GeoJSON that says nothing is in WGS84, longitude first: as "CRS84".
        return "4326"
    return "4326" if found[1] == "84" else found[1]
