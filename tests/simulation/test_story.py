"""A run that breaks a law is shrunk to a short one, and told so that a person can follow it."""

from __future__ import annotations

import pytest

from tests.simulation.laws import judge
from tests.simulation.mutant_list import MUTANTS
from tests.simulation.quick import Options, run
from tests.simulation.report import tell_story
from tests.simulation.runs import documents_run
from tests.simulation.shrink import fewest, shrink
from tests.simulation.story import tell

LAW = "no_edit_lost"


def first_broken(name: str) -> Options:
    """Give the first seed in which a mutant, alive, breaks the law."""
    for seed in range(400):
        if any(broken.law == LAW for broken in judge(run(Options(seed)))):
            return Options(seed)
    pytest.fail(f"{name} broke nothing")


def test_a_reverted_edit_is_told_in_a_few_lines() -> None:
    """Nobody looks whether the truth moved meanwhile: an edit undoes what was typed elsewhere."""
    mutant = next(each for each in MUTANTS if each.name == "merge two ways")
    with mutant.alive():
        whole = first_broken(mutant.name)
        short = shrink(whole, LAW)
        outcome = run(short)
        broken = next(each for each in judge(outcome) if each.law == LAW)
        lines = list(tell(outcome, broken))
        assert len(outcome.trace.events) < len(run(whole).trace.events)
    told = "\n".join(lines)
    assert len(lines) < 60
    assert " changes " in told
    assert "the bridge writes" in told
    assert f">>> {LAW} is broken" in told


def test_a_run_of_documents_is_told_from_its_own_world(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds are numbered alike in all worlds: what is told must be what broke."""
    monkeypatch.setattr("tests.simulation.world.play", None)
    mutant = next(each for each in MUTANTS if each.name == "what is held is not noted")
    with mutant.alive():
        verdicts = map(documents_run, range(12))
        broken = next(verdict for verdict in verdicts if verdict.broken)
        assert tell_story("documents", broken.seed) == 1
    told = capsys.readouterr().out
    assert f">>> {broken.broken[0].law} is broken" in told
    assert "documents/" in told


def test_what_breaks_nothing_is_not_shrunk() -> None:
    with pytest.raises(ValueError, match="does not break"):
        shrink(Options(0, faults=frozenset(), steps=5), LAW)


def test_the_fewest_are_those_that_are_needed() -> None:
    """Two of a hundred, apart; each piece that is not needed goes."""
    found = fewest(range(100), lambda kept: {17, 71} <= set(kept))
    assert found == [17, 71]
    assert fewest([], lambda _: True) == []
