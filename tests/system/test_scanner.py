"""A scanner stands before one system: it finds something, is away, is silent, and comes back."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bridge.demo.papers import Paper
from bridge.demo.processes import Process
from bridge.scan import ScannerAway
from bridge.scan.clamd import Clamd
from bridge.scan.fake import EICAR
from tests.services.server import LOOPBACK, free_ports
from tests.system.conftest import Opening
from tests.system.dossiers import ODRU, RUD
from tests.system.patience import eventually
from tests.system.people import title_of
from tests.system.remains import SWEPT_SOON, store_empties, uploads_are_whole
from tests.system.scene import Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SILENT_FOR: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Infected(Paper):
    """A content with the test virus in its midst."""

    def _pieces(self) -> Iterator[bytes]:
        yield bytes(self.size - len(EICAR))
        yield EICAR


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scene in which a daemon looks into what enters the system of RUD Utrecht."""

    scene: Scene
    daemon: Process

    async def file(self, place: int, content: Paper) -> None:
        """Put a document of ODRU's into one of the cases."""
        await self.scene.people.file(self.scene.people.dossiers[place], ODRU, content, "BIJL")

    async def enters(self, place: int, content: Paper, *, within_seconds: float = 40) -> None:
        """See that a document comes to RUD Utrecht."""
        people = self.scene.people

        async def is_there() -> bool:
            return title_of(content) in await people.titles(people.dossiers[place], RUD)

        assert await eventually(is_there, within_seconds), f"{content.name} did not enter"

    async def stays_out(self, place: int, content: Paper, word: str) -> None:
        """See that a document does not, while what people type crosses, in every case."""
        people = self.scene.people
        for dossier, agency in zip(people.dossiers, (ODRU, RUD, RUD), strict=True):
            await people.type(dossier, agency, "quality", word)
        assert await eventually(lambda: people.all_show("quality", word), 20)
        assert title_of(content) not in await people.titles(people.dossiers[place], RUD)


@asynccontextmanager
async def scanned(embedded: Opening, folder: Path) -> AsyncIterator[Scanned]:
    """Open such a scene, with three cases; no content and no lock may be left of it."""
    (port,) = free_ports(1)
    address = f"tcp://{LOOPBACK}:{port}"

    async def answers() -> bool:
        try:
            await Clamd(address, patience=SILENT_FOR).check()
        except ScannerAway:
            return False
        return True

    log = folder / "clamd.log"
    daemon = Process("clamd", ["bridge.scan.fake", address], log, answers)
    scan = {"clamd": address, "timeout": SILENT_FOR.total_seconds()}
    settings = {"edge": SWEPT_SOON, "agencies": {RUD: {"scan": scan}}}
    await daemon.start()
    try:
        async with embedded(instead={"bridge": settings}, cases=3) as scene:
            yield Scanned(scene, daemon)
            await scene.ends_alike()
            await store_empties(scene.site.folder / "bridge" / "content")
            await uploads_are_whole(scene)
    finally:
        daemon.kill()
        await daemon.wait()


@pytest.mark.covers("F34")
async def test_documents_wait_for_a_scanner_that_is_killed_or_frozen_and_nothing_else_does(
    embedded: Opening, tmp_path: Path
) -> None:
    """Nothing enters unseen, nobody has to do anything; once it answers all of them enter."""
    async with scanned(embedded, tmp_path) as there:
        before, while_away = Paper("VOOR", 1, 60_000), Paper("WEG", 1, 700_000)
        await there.file(0, before)
        await there.enters(0, before)
        there.daemon.kill()
        await there.daemon.wait()
        await there.file(0, while_away)
        await there.stays_out(0, while_away, "WO")
        await there.daemon.start()
        await there.enters(0, while_away)
        os.kill(there.daemon.pid or 0, signal.SIGSTOP)
        while_silent = Paper("STIL", 1, 60_000)
        await there.file(1, while_silent)
        await there.stays_out(1, while_silent, "IN")
        assert await there.scene.stage.backstage.desk.parked() == ()
        os.kill(there.daemon.pid or 0, signal.SIGCONT)
        await there.enters(1, while_silent)


@pytest.mark.covers("F34")
async def test_what_the_scanner_finds_stays_out_alone_until_its_owner_replaces_it(
    embedded: Opening, tmp_path: Path
) -> None:
    """It is parked with what was found; other documents of the case enter, and so does the next."""
    async with scanned(embedded, tmp_path) as there:
        harmful, clean = Infected("BESMET", 1, 300_000), Paper("SCHOON", 1, 60_000)
        await there.file(0, harmful)
        await there.file(0, clean)
        await there.enters(0, clean)
        await there.stays_out(0, harmful, "WO")
        desk = there.scene.stage.backstage.desk

        async def is_parked() -> bool:
            return len(await desk.parked()) > 0

        assert await eventually(is_parked, 20)
        (row,) = await desk.parked()
        assert (row.agency, row.reason.value) == (RUD, "unsafe")
        assert "Eicar-Signature" in row.why
        people, better = there.scene.people, Paper(harmful.name, 2, 300_000)
        await people.replace(people.dossiers[0], ODRU, better)
        await there.enters(0, better)
