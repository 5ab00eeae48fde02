"""Many seeds keep the laws, and see every fault."""

from __future__ import annotations

import pytest

from tests.simulation.runs import Tally, many, unseen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize(("world", "count"), [("quick", 1700), ("whole", 110)])
@pytest.mark.covers(
    "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "F13", "F14", "F15",
    "F16", "F17", "F18", "F19", "F20", "F21", "F22", "F25", "F26", "F28", "F35", "F36", "F37",
    "F38", "F40", "F45", "F47", "F48", "F52", "F53", "F57", "F58", "F62", "F63", "F64", "F65",
    "F66",
)  # fmt: skip
def test_every_law_holds_in_every_run(world: str, count: int) -> None:
    """And each fault came about at least once."""
    tally = Tally()
    for verdict in many(world, range(count)):
        tally.add(verdict)
    assert not tally.broken
    assert not unseen(tally)
