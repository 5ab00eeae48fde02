"""A store that was copied, and started in another environment."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bridge.cli.context import REFUSED
from tests.system.conftest import Opening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ELSEWHERE = {"CASEBRIDGE_ENVIRONMENT": "acceptatie"}


@pytest.mark.covers("F66")
async def test_a_copy_refuses_to_run_elsewhere(embedded: Opening, tmp_path: Path) -> None:
    """Said clearly, with an exit code of its own; neither system nor copy is touched."""
    async with embedded(cases=2) as scene:
        await scene.ends_alike()
        await scene.keeper.rest("bridge")
        copy = tmp_path / "copy"
        shutil.copytree(scene.site.folder / "bridge", copy)
        before, written = _content(copy), await scene.writes()
        for command in (["run"], ["sweep"], ["status"]):
            code, said = await _command(scene.site.config("bridge"), copy, *command)
            assert code == REFUSED, said
            assert "it belongs to environment 'demo', not 'acceptatie': is this a copy?" in said
        assert await scene.writes() == written
        assert _content(copy) == before
        scene.keeper.wake("bridge")
        await scene.ends_alike()


async def _command(config: Path, data: Path, *arguments: str) -> tuple[int | None, str]:
    """Run a command of the bridge on a copy of its data, in another environment."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bridge.cli.main",
        *arguments,
        "--config",
        str(config),
        env={**os.environ, **ELSEWHERE, "CASEBRIDGE_DATA": str(data)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return process.returncode, " ".join(out.decode().split())


def _content(folder: Path) -> list[str]:
    """Give all that is kept in the store and in the embedded broker, row by row."""
    found: list[str] = []
    for name in ("casebridge.db", "broker.db"):
        with closing(sqlite3.connect(folder / name)) as database:
            found += database.iterdump()
    return found
