"""Killed between any two of its steps, an edge comes to the same end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.memory import MemorySystem
from tests.bridge.edge import mortal

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).with_name("mortal.py")
STEPS = range(1, 35)
"""A few more than there are."""


def run(folder: Path, step: int) -> tuple[bool, str]:
    """Let it live until it is killed at a step, or done; tell whether it was killed."""
    process = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(step)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.returncode in (0, -signal.SIGKILL), f"step {step}: {process.stderr}"
    return process.returncode != 0, process.stdout


def killed_and_started_again(folder: Path) -> bool:
    """Kill it at the step that the folder is named after, and let another finish."""
    was_killed, said = run(folder, int(folder.name))
    if was_killed:
        _, said = run(folder, 0)
    assert "create settled" in said, (folder.name, said)
    assert "update settled" in said, (folder.name, said)
    return was_killed


def assert_the_same_end(folder: Path) -> None:
    system = MemorySystem(f"after {folder}", path=folder / "system.sqlite")
    try:
        cells = [system.cells(ref) for ref in system.refs()]
    finally:
        system.close()
    killed_at = f"killed at step {folder.name}"
    assert sorted(str(each["title"]) for each in cells) == ["Graafwerk", "Nieuw"], killed_at
    notes = [path for each in cells for path in each if path.startswith("notes/")]
    assert len(notes) == 1, f"{killed_at}: the note stands there {len(notes)} times"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_any_step_it_comes_to_the_same_end(tmp_path: Path) -> None:
    """One counterpart, one write, one note; both Commands answered."""
    folders = [tmp_path / str(step) for step in STEPS]
    for folder in folders:
        folder.mkdir()
        asyncio.run(mortal.begin(folder))
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(killed_and_started_again, folders))
    for folder in folders:
        assert_the_same_end(folder)
    assert 20 < sum(killed) < len(killed), "not every step was reached"
