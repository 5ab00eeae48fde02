"""With nothing wrong at all: what the other tests of this folder disturb."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.system.scene import opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


async def test_people_on_both_sides_work_and_all_ends_alike(tmp_path: Path) -> None:
    """Everything that they typed and put in stands on both sides, once."""
    async with opened(tmp_path / "demo") as scene:
        async with scene.people.working():
            await asyncio.sleep(8)
        report = await scene.ends_alike()
        assert len(report.pairs) == 4
        assert scene.people.ledger.count.total() > 20
