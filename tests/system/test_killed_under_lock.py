"""A bridge is killed while a document is locked for it: it comes back to its own lock."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

import pytest

from bridge.demo.filing import DOCUMENTEN
from bridge.demo.papers import Paper
from tests.system.conftest import Opening
from tests.system.dossiers import ODRU, RUD
from tests.system.patience import eventually
from tests.system.remains import uploads_are_whole
from tests.system.scene import Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

_SLOW: Final = {
    "kind": "slow",
    "seconds": 5,
    "client_id": "casebridge",
    "method": "PATCH",
    "path": "/documenten/",
}
"""So that the lock is held for a while before what it is for is written."""


@pytest.mark.covers("F33", "F57")
async def test_a_version_that_a_killed_bridge_locked_its_document_for_arrives(
    embedded: Opening,
) -> None:
    async with embedded(cases=1) as scene:
        (bridge,) = [p for p in scene.keeper.processes if p.name in scene.site.bridge_processes()]
        (dossier,) = scene.people.dossiers
        content = Paper("SLOT-1", 1, 60_000)
        await scene.people.file(dossier, ODRU, content, dossier.kind.document_types[ODRU][0])
        await scene.rests()

        await scene.stage.systems[RUD].switch("faults", _SLOW)
        later = Paper("SLOT-1", 2, 70_000)
        await scene.people.replace(dossier, ODRU, later)
        assert await eventually(lambda: _is_locked(scene), 60, every_seconds=0.05)
        assert bridge.pid is not None
        os.kill(bridge.pid, signal.SIGKILL)
        await asyncio.sleep(0.5)
        assert await _is_locked(scene), "it was to be killed under its lock"
        await scene.stage.systems[RUD].switch_off("faults")

        await scene.ends_alike()
        assert await scene.people.shows(dossier, RUD, later)
        await uploads_are_whole(scene)
        assert bridge.starts == 2


async def _is_locked(scene: Scene) -> bool:
    documents = await scene.stage.systems[RUD].all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten")
    return any(document["locked"] for document in documents)
