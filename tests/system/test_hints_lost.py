"""What nobody announces, or announces too often: the sweep finds it, and the fold takes it in."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.system.conftest import Opening
from tests.system.patience import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SWEEP_SECONDS = 5
SLACK_SECONDS = 15
"""For looking at every case and writing what is missing, on a busy machine."""


@pytest.mark.covers("F1")
async def test_lost_hints_are_made_good_by_the_next_sweep(embedded: Opening) -> None:
    """Not one notification arrives while people work; one interval later both sides are alike."""
    sweeping = {"edge": {"sweep_every": f"PT{SWEEP_SECONDS}S"}}
    async with embedded(instead={"bridge": sweeping}) as scene:
        for system in scene.stage.systems.values():
            await system.switch("notifications", {"lose_share": 1.0})
        async with scene.people.working():
            await asyncio.sleep(5)
        ended = time.monotonic()

        async def is_alike() -> bool:
            report = await scene.checker.compare()
            people = scene.people
            return not (report.faults or people.ledger.faults(people.dossiers, report))

        assert await eventually(is_alike, SWEEP_SECONDS + SLACK_SECONDS, every_seconds=0.5)
        print(f"alike {time.monotonic() - ended:.1f} s after the last edit")
        for system in scene.stage.systems.values():
            found = await system.switch("notifications", {"lose_share": 0.0})
            assert found["lost"] > 0
            assert found["delivered"] == 0 or found["lost"] > 5
        await scene.ends_alike()


@pytest.mark.covers("F2", "F3")
async def test_doubled_late_and_reordered_hints_change_nothing(embedded: Opening) -> None:
    """Every notification comes twice, late and in any order, while people work on both sides."""
    async with embedded() as scene:
        for system in scene.stage.systems.values():
            noise = {"duplicate_share": 1.0, "reorder": True, "batch_seconds": 1.5}
            await system.switch("notifications", noise)
        async with scene.people.working():
            await asyncio.sleep(6)
        await scene.ends_alike()
