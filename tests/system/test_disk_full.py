"""The disk of the embedded default fills up, and there is room again."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from bridge.demo.pairing import Pairing
from bridge.demo.run import DATA
from tests.system.conftest import Opening
from tests.system.dossiers import ODRU
from tests.system.scene import Scene, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIZE = "24m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes, where the bridge keeps everything."""
    site = Site.open(tmp_path / "demo", DATA, None, None, Pairing.ZGW_ZGW)
    folder = site.folder / "bridge"
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["cp", "-r", str(folder), str(tmp_path / "kept")], check=True)
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


def _fill(filler: Path) -> None:
    """Take all room there is, to the last byte."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
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
