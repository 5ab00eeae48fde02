"""The store goes back to a backup, while both case systems and the broker have gone on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bridge.cli.context import DONE, REFUSED
from bridge.engine.decision import What
from tests.system.conftest import Opening
from tests.system.patience import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.covers("F55")
async def test_after_a_restore_nothing_is_written_that_stands_there(
    embedded: Opening, tmp_path: Path
) -> None:
    """Cases and edits since the backup are found again; none is undone or doubled."""
    async with embedded(cases=2) as scene:
        await scene.rests()
        store, backup = scene.site.folder / "bridge" / "casebridge.db", tmp_path / "backup.db"
        _copy(store, backup)
        await scene.people.open(1)
        async with scene.people.working():
            await asyncio.sleep(6)
        await scene.rests()
        written = await scene.writes()
        _copy(backup, store)
        code, said = await _restored(scene.site.config("bridge"))
        assert (code, "stop every `casebridge run`" in said) == (REFUSED, True), said
        assert f"-{scene.keeper.of('bridge').pid}-" in said
        await scene.keeper.rest("bridge")
        # Into the same file: the scene has it open, and would go on reading one that was removed.
        _copy(backup, store)
        for left in store.parent.glob("broker.db*"):
            left.unlink()
        code, said = await _casebridge(scene.site.config("bridge"), "provision")
        assert code == DONE, said
        # The backup names who was at work when it was made; that is forgotten a moment after.
        assert await eventually(partial(_is_declared, scene.site.config("bridge")), 30)
        scene.keeper.wake("bridge")
        await scene.ends_alike()
        assert await scene.writes() == written
        links = await scene.stage.backstage.links()
        told = await scene.stage.backstage.journal()
        assert len({each.link for each in told if each.what is What.LOOKED}) == 2
        assert all(link.doubt is None for link in links)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


async def _restored(config: Path) -> tuple[int | None, str]:
    return await _casebridge(config, "store", "restored")


async def _is_declared(config: Path) -> bool:
    code, said = await _restored(config)
    assert code in (DONE, REFUSED), said
    assert ("every linked case is read anew" in said) == (code == DONE), said
    return code == DONE


async def _casebridge(config: Path, *command: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bridge.cli.main",
        *(*command, "--config", str(config)),
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    return process.returncode, " ".join(out.decode().split())
