"""The ZGW world keeps the laws, seed by seed."""

from __future__ import annotations

import pytest

from tests.simulation.runs import Tally, many, unseen
from tests.simulation.zgw_world import Options, play

SEEDS = 20


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.covers(
    "F1", "F2", "F3", "F5", "F6", "F8", "F10", "F11", "F12", "F13", "F17", "F19", "F20", "F21",
    "F22", "F28", "F29", "F30", "F31", "F33", "F50", "F51", "F52", "F53", "F57", "F58", "F59",
)  # fmt: skip
def test_every_law_holds_in_every_run_over_http() -> None:
    """The real adapter, SQLite and the embedded broker; each fault came about at least once."""
    tally = Tally()
    for verdict in many("zgw", range(SEEDS)):
        tally.add(verdict)
    assert not tally.broken
    assert not unseen(tally)


@pytest.mark.parametrize("is_apart", [True, False])
def test_without_faults_people_on_both_sides_see_each_others_work(is_apart: bool) -> None:
    """Hub and edges as processes of their own, or all in one."""
    played = play(Options(3, steps=12, faults=frozenset(), is_apart=is_apart))
    assert played.broken == []
    assert len(played.bridge) == (3 if is_apart else 1)
    ledger = played.staff.people.ledger
    assert ledger.count.total() > 3
    assert played.trace.seen["row:created"] == len(played.staff.people.dossiers)
