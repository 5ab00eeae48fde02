"""The demo itself is killed in the middle, and goes on where it was."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from pathlib import Path

import pytest

from bridge.demo.patience import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ARGUMENTS = ("-m", "bridge.cli.main", "demo", "--case", "C01", "--case", "C07", "--case", "C12")


async def test_a_demo_that_was_killed_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    """SIGKILL after some events; started again in its folder it plays the rest, and all holds."""
    folder = tmp_path / "demo"
    first = await _start(folder)

    async def is_in_the_middle() -> bool:
        return len(_played(folder)) >= 8

    assert await until(is_in_the_middle)
    first.send_signal(signal.SIGKILL)
    await first.communicate()
    before = _played(folder)

    second = await _start(folder)
    out, _ = await second.communicate()

    told = out.decode()
    assert second.returncode == 0, told
    assert "Geschiedenissen gehouden: 3 van 3" in told
    assert before < _played(folder)
    again = [line for line in told.splitlines() if re.match(r"\d\d-\d\d \d\d:\d\d C", line)]
    assert len(again) <= len(_played(folder)) - len(before) + 1


async def _start(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *ARGUMENTS,
        "--data",
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def _played(folder: Path) -> set[str]:
    path = folder / "played.json"
    return set(json.loads(path.read_text())["done"]) if path.exists() else set()
