"""The quick world keeps the laws, seed by seed."""

from __future__ import annotations

import pytest

from tests.simulation.laws import judge
from tests.simulation.quick import Options, run


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_the_laws_hold_in_every_run(first: int) -> None:
    """Without faults, for now: people on both sides, rules of every kind."""
    broken = {}
    for seed in range(first, first + 50):
        found = judge(run(Options(seed, faults=frozenset())))
        if found:
            broken[seed] = [str(each) for each in found]
    assert not broken
