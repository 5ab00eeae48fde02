"""The documents' world keeps the laws, seed by seed, and sees every fault on a content's way."""

from __future__ import annotations

import pytest

from tests.simulation.content_faults import CONTENT_KINDS
from tests.simulation.documents import play
from tests.simulation.laws import judge
from tests.simulation.runs import Tally, many, unseen
from tests.simulation.trace import Decided, Kept
from tests.simulation.world import Options

SEEDS = range(100, 125)
ON_THE_WAY = range(40)
"""With all that can go wrong on a content's way, and nothing else."""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.covers("F29", "F30", "F31", "F33", "F34", "F57")
def test_no_document_is_lost_and_nothing_of_any_is_left_in_every_run() -> None:
    """The real store of content, with a scanner before most systems; each fault came about."""
    tally = Tally()
    for verdict in many("documents", SEEDS):
        tally.add(verdict)
    for verdict in many("documents", ON_THE_WAY, faults=frozenset(CONTENT_KINDS)):
        tally.add(verdict)
    assert not tally.broken
    assert not unseen(tally)


def test_what_crossed_by_a_link_that_a_restored_store_forgot_was_no_edit_lost() -> None:
    """A case is shared by hand after the backup: nobody shares it again, and no Link is left."""
    outcome, _ = play(Options(25))
    saved = {event.link.id for event in outcome.trace.of(Decided) if event.link is not None}
    assert saved - outcome.links.keys()
    assert not judge(outcome)


def test_without_faults_what_is_used_goes_and_nothing_is_left() -> None:
    """Contents are staged, opened and noted as used; the depot is empty when time has passed."""
    outcome, world = play(Options(3, steps=25, faults=frozenset()))
    did = {event.what for event in outcome.trace.of(Kept)}
    assert did >= {"staged", "opened", "used"}
    assert world.left == []
    assert not world.bugs
