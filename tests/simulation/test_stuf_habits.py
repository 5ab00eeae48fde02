"""The laws hold where case systems show what StUF can tell, by the adapter's own shape."""

from __future__ import annotations

import pytest

from tests.simulation import quick
from tests.simulation.laws import Broken, judge
from tests.simulation.pool import shared_out
from tests.simulation.stuf_rendering import StufRendering

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEEDS = 200


def test_every_law_holds_between_systems_that_speak_stuf() -> None:
    """Whatever StUF makes of a value stands for what was written, and never travels back."""
    found = shared_out(_broken, range(SEEDS))
    assert {seed: each for seed, each in enumerate(found) if each} == {}


def _broken(seed: int) -> list[Broken]:
    return judge(quick.run(quick.Options(seed, stuf=True)))


@pytest.mark.parametrize(
    ("path", "written", "shown"),
    [
        ("title", "  Onderzoek Vossegat ", "Onderzoek Vossegat"),
        ("properties/oppervlakte", {"key": "oppervlakte", "value": " 12,50 "}, "12,50"),
        ("start", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_value_shows_as_the_adapter_reads_it_back(path: str, written: object, shown: str) -> None:
    """Spaces at the ends are no part of a text in XML; numbers are texts; dates are dates."""
    found = StufRendering(properties=("oppervlakte",)).of(path, written)  # type: ignore[arg-type]
    assert (found["value"] if isinstance(found, dict) else found) == shown
