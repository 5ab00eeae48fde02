"""A disk fills up, that of the bridge or that of the content alone, and there is room again."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bridge.demo.pairing import Pairing
from bridge.demo.papers import Paper
from bridge.demo.run import DATA
from tests.system.conftest import Opening
from tests.system.crossing import MIB
from tests.system.dossiers import ODRU, RUD
from tests.system.patience import eventually
from tests.system.remains import SWEPT_SOON, store_empties, uploads_are_whole
from tests.system.scene import Scene, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIZE = "24m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where the bridge keeps everything."""
    with _mounted(_site(tmp_path).folder / "bridge", tmp_path):
        yield _site(tmp_path).folder / "bridge"


@pytest.fixture
def small_store(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes for the content of documents, and for nothing else."""
    folder = _site(tmp_path).folder / "bridge" / "content"
    folder.mkdir()
    with _mounted(folder, tmp_path):
        yield folder


def _site(folder: Path) -> Site:
    return Site.open(folder / "demo", DATA, None, None, Pairing.ZGW_ZGW)


@contextmanager
def _mounted(folder: Path, kept: Path) -> Iterator[None]:
    """Mount a small file system on a folder; what lies there in the end is copied into *kept*."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["cp", "-r", str(folder), str(kept / "kept")], check=True)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.covers("F50", "F31")
async def test_a_full_disk_refuses_hints_and_goes_on_when_there_is_room(
    embedded: Opening, small_disk: Path
) -> None:
    """A hint that cannot be kept is refused with 5xx, nothing is half; no restart is needed."""
    async with embedded() as scene:
        starts = scene.keeper.of("bridge").starts
        async with scene.people.working():
            await asyncio.sleep(1)
            filler = small_disk / "filler"
            await asyncio.to_thread(_fill, filler)
            refused = await _until_refused(scene)
            assert 500 <= refused < 600
            await asyncio.sleep(4)
            filler.unlink()
        # What was read while there was no room may not have been told: the rounds find it.
        await scene.stage.backstage.sweep()
        await scene.ends_alike()
        assert scene.keeper.of("bridge").starts == starts
    assert "make room on its disk" in scene.site.log("bridge").read_text()


@pytest.mark.covers("F31", "F50")
async def test_documents_wait_for_room_in_their_store_and_nothing_else_does(
    embedded: Opening, small_store: Path
) -> None:
    """One breaks off half-way into the store, one finds no room at all; what is typed crosses."""
    options = {"edge": SWEPT_SOON, "content": {"chunk_bytes": 64 * 1024}}
    async with embedded(instead={"bridge": options}, cases=3) as scene:
        people, starts = scene.people, scene.keeper.of("bridge").starts
        first, second, third = people.dossiers
        filler = small_store / "filler"
        await asyncio.to_thread(_fill, filler, leaving=MIB)
        await people.file(first, ODRU, Paper("GROOT", 1, 3 * MIB), "BIJL")
        assert await eventually(lambda: _says(scene, "content_waits"), 20)
        await people.file(second, ODRU, Paper("KLEIN", 1, 60_000), "BIJL")
        for dossier, agency in ((first, ODRU), (second, RUD), (third, RUD)):
            await people.type(dossier, agency, "quality", "WO")
        assert await eventually(lambda: people.all_show("quality", "WO"), 20)
        assert [await people.titles(each, RUD) for each in (first, second)] == [[], []]
        assert await scene.stage.backstage.desk.parked() == ()
        filler.unlink()
        await scene.ends_alike()
        assert scene.keeper.of("bridge").starts == starts
        await store_empties(small_store)
        await uploads_are_whole(scene)


async def _says(scene: Scene, word: str) -> bool:
    return word in scene.site.log("bridge").read_text()


def _fill(filler: Path, *, leaving: int = 0) -> None:
    """Take all room there is, to the last byte or but for some."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    if leaving:
        os.truncate(filler, filler.stat().st_size - leaving)
        return
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))


async def _until_refused(scene: Scene) -> int:
    """Push hints as the system does, until one is not accepted; give its status."""
    url = f"{scene.site.url('bridge')}/callbacks/{ODRU}"
    token = scene.site.secret(f"{ODRU}-callback").read_text()
    case = scene.people.dossiers[0].urls[ODRU]
    message = {"kanaal": "zaken", "hoofdObject": case, "resource": "zaak", "resourceUrl": case}
    async with aiohttp.ClientSession(headers={"Authorization": token}) as session:
        for _ in range(2000):
            async with session.post(url, json=message) as answer:
                if answer.status >= 300:
                    return answer.status
    msg = "hints are accepted on a full disk"
    raise AssertionError(msg)
