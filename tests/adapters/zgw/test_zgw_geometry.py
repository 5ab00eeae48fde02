"""Places on the map."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.zgw import geometry
from contracts.errors import Rejected


@pytest.mark.parametrize(
    ("x", "y", "longitude", "latitude"),
    [
        (155_000.0, 463_000.0, 5.38720621, 52.15517440),
        (120_700.723, 487_525.501, 4.88352559, 52.37453253),
        (233_883.131, 582_065.167, 6.56820053, 53.21938317),
    ],
    ids=["Amersfoort", "Westertoren", "Martinitoren"],
)
def test_known_points_of_the_dutch_grid(
    x: float, y: float, longitude: float, latitude: float
) -> None:
    """Within a quarter of a metre of what the Kadaster gives for these towers."""
    east, north = geometry.wgs84_of(x, y)
    assert east == pytest.approx(longitude, abs=4e-6)
    assert north == pytest.approx(latitude, abs=3e-6)


@given(st.floats(3.4, 7.2), st.floats(50.8, 53.6), st.floats(-10, 300))
def test_degrees_stay_what_they_are_and_become_flat(
    east: float, north: float, height: float
) -> None:
    """A third coordinate makes servers answer 500; it is left out."""
    data = {"type": "Point", "coordinates": [east, north, height], "crs": "EPSG:4326"}
    sent = geometry.to_server(data)
    assert sent == {"type": "Point", "coordinates": [east, north]}
    assert geometry.to_server(geometry.from_server(sent)) == sent


@given(st.floats(14_000, 275_000), st.floats(306_000, 610_000))
def test_metres_that_are_called_degrees_are_refused(x: float, y: float) -> None:
    """The server would take them; the case would lie nowhere."""
    with pytest.raises(Rejected):
        geometry.to_server({"type": "Point", "coordinates": [x, y], "crs": "EPSG:4326"})
    sent = geometry.to_server({"type": "Point", "coordinates": [x, y], "crs": "EPSG:28992"})
    assert 3.1 < sent["coordinates"][0] < 7.4


def test_swapped_axes_are_told() -> None:
    """Latitude first is the commonest mistake."""
    with pytest.raises(Rejected, match="longitude comes first"):
        geometry.to_server({"type": "Point", "coordinates": [52.1, 5.1], "crs": "EPSG:4326"})


@pytest.mark.parametrize(
    "data",
    [
        {"type": "Point"},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Point", "coordinates": [5.1, 52.1], "crs": "EPSG:3857"},
    ],
)
def test_what_is_no_place_is_refused(data: dict[str, object]) -> None:
    """Refused by name, never a bug."""
    with pytest.raises(Rejected):
        geometry.to_server(data)


def test_polygon_and_collection_are_moved_whole() -> None:
    """Every point of every part."""
    ring = [[155_000, 463_000], [155_100, 463_000], [155_100, 463_100], [155_000, 463_000]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    sent = geometry.to_server({"type": "GeometryCollection", "geometries": [polygon], "crs": crs})
    (moved,) = sent["geometries"]
    assert moved["coordinates"][0][0] == [5.38720621, 52.1551744]
    assert len(moved["coordinates"][0]) == 4
