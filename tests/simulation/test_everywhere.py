"""A process killed at any of its steps changes nothing in the end."""

from __future__ import annotations

import pytest

from tests.simulation.everywhere import every, killed_at, world
from tests.simulation.pool import shared_out

_NTH = 31
"""Every so many steps."""


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.covers("F52", "F53", "F57")
def test_a_kill_at_any_step_breaks_no_law() -> None:
    """Hub and edges, one step after another, in one short history."""
    moments = list(every(_NTH))
    broken = {
        f"{victim} at step {step}": str(found[0])
        for (victim, step), found in zip(moments, shared_out(killed_at, moments), strict=True)
        if found
    }
    assert not broken


def test_the_short_history_really_happens() -> None:
    """A case crosses, both sides type, a document comes over."""
    outcome = world().run()
    assert len(outcome.links) == 1
    seen = outcome.trace.seen
    assert seen["Made"] == 1
    assert seen["Wrote"] >= 5
    assert seen["Edited"] > 10
