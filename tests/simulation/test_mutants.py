"""The laws can catch what they are for: some mutants here, all of them by `make mutants`."""

from __future__ import annotations

import pytest

from bridge.engine import merge
from tests.simulation.mutant_list import MUTANTS
from tests.simulation.mutants import Mutant, hunt

_QUICK = (
    "merge two ways",
    "nobody is asked",
    "loser not told",
    "edit not told",
    "rendered is edited",
    "held where refused",
    "one parked path holds up all",
    "an ended agreement goes on",
    "every participant's cases leave",
    "every property leaves",
    "poison kills",
)
"""Of each law's mutants some that few seeds catch."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_breaks_is_there_to_be_broken(mutant: Mutant) -> None:
    """A mutant of code that is gone would prove nothing."""
    with mutant.alive():
        pass


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 40
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("name", _QUICK)
def test_a_mutant_is_caught_by_a_law_that_is_meant_for_it(name: str) -> None:
    mutant = next(each for each in MUTANTS if each.name == name)
    assert hunt(mutant, most=60).law in mutant.laws


def test_a_mutant_leaves_nothing_behind() -> None:
    """Once it is dead, the bridge is as it was."""
    before = merge.merge
    with next(each for each in MUTANTS if each.name == "merge two ways").alive():
        assert merge.merge is not before
    assert merge.merge is before
