"""SIGTERM under load: what runs is finished, nothing new is begun, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from bridge.demo.processes import Process
from tests.system.conftest import Opening
from tests.system.scene import Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STOP_WITHIN = 25.0
SLOW = {"kind": "slow", "seconds": 0.7, "client_id": "casebridge", "method": "POST|PATCH|PUT"}
"""So that there is always something in the midst of being written."""


@pytest.mark.covers("F59")
@pytest.mark.parametrize("where", ["embedded", "on_servers"])
async def test_a_process_that_is_asked_to_end_ends_in_order(
    where: str, request: pytest.FixtureRequest
) -> None:
    """Each of the bridge's processes in turn, while both systems take their time to write."""
    opening: Opening = request.getfixturevalue(where)
    async with opening() as scene:
        bridge = [p for p in scene.keeper.processes if p.name in scene.site.bridge_processes()]
        async with scene.people.working():
            for system in scene.stage.systems.values():
                await system.switch("faults", SLOW)
            for process in bridge:
                await asyncio.sleep(2)
                code, seconds = await _asked_to_end(process)
                assert code == 0, f"{process.name} ended with {code}"
                assert seconds < STOP_WITHIN, f"{process.name} took {seconds:.1f} s to end"
                assert "bridge_stopped" in scene.site.log(process.name).read_text()
                await _is_back(scene, process)
            for system in scene.stage.systems.values():
                await system.switch_off("faults")
        await scene.ends_alike()


async def _asked_to_end(process: Process) -> tuple[int | None, float]:
    """Send SIGTERM; give the exit code, and how long it took."""
    running, began = process._running, time.monotonic()
    assert running is not None
    os.kill(running.pid, signal.SIGTERM)
    async with asyncio.timeout(2 * STOP_WITHIN):
        await running.wait()
    return running.returncode, time.monotonic() - began


async def _is_back(scene: Scene, process: Process) -> None:
    async with asyncio.timeout(60):
        while not (process.is_running and await process.is_ready()):
            await asyncio.sleep(0.1)
    assert scene.keeper.of(process.name).starts == 2
