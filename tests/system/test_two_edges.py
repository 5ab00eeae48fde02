"""Two edges for one agency: one works, the other waits; and the one that works is frozen."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import yaml

from bridge.demo.pairing import Pairing
from bridge.demo.processes import Process
from bridge.demo.run import DATA
from bridge.demo.stage import _is_ready
from tests.services.proxy import Proxy
from tests.services.server import LOOPBACK, free_ports
from tests.system.conftest import Opening
from tests.system.dossiers import ODRU, RUD
from tests.system.patience import eventually
from tests.system.scene import Scene, Site, reached_by

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FIRST, SECOND = "edge-odru", "edge-odru-2"
LEASE_SECONDS = 4.0
_WRITE = re.compile(rb"^(POST|PATCH|PUT|DELETE) (/\S+)")


@dataclass(slots=True)
class Ear:
    """Listens to what one edge asks of its case system, and knows when it wrote."""

    writes: list[tuple[float, str]] = field(default_factory=list)
    written: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, piece: bytes, at: float) -> None:
        """Note a request that changes something; each begins a piece of its own."""
        if found := _WRITE.match(piece):
            path = found[2].decode()
            if "/notificaties/" not in path and "/zaaknummer_reserveren" not in path:
                self.writes.append((at, f"{found[1].decode()} {path}"))
                self.written.set()

    async def next_write(self, case: str) -> None:
        """Wait until it begins to write something to a case."""
        async with asyncio.timeout(60):
            while not (self.writes and case in self.writes[-1][1]):
                self.written.clear()
                await self.written.wait()

    def since(self, moment: float) -> list[str]:
        """Give what was written after a moment."""
        return [what for at, what in self.writes if at > moment]


@asynccontextmanager
async def another_edge(scene: Scene) -> AsyncIterator[Process]:
    """Run a second edge for ODRU, beside the first, on a port of its own."""
    site = scene.site
    (port,) = free_ports(1)
    settings = yaml.safe_load(site.config(FIRST).read_text())
    settings["edge"] |= {"listen_port": port, "public_url": f"http://{LOOPBACK}:{port}"}
    settings["agencies"][ODRU]["settings"] |= {"base_url": site.url(ODRU), "known_as": {}}
    site.config(SECOND).write_text(yaml.safe_dump(settings))
    arguments = ("bridge.cli.main", "run", "--role", "edge", "--agency", ODRU)
    second = Process(
        name=SECOND,
        arguments=(*arguments, "--config", str(site.config(SECOND))),
        log=site.log(SECOND),
        is_ready=_is_ready(f"http://{LOOPBACK}:{port}", []),
    )
    await second.start()
    try:
        yield second
    finally:
        await second.stop()


@pytest.mark.covers("F45", "F58", "F57")
async def test_an_edge_frozen_in_the_midst_of_a_write_is_fenced(
    on_servers: Opening, tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """
    SIGSTOP for longer than its lease, after the first of several requests; then SIGCONT.

    The other takes over meanwhile. What the frozen one had begun does not go on once it wakes, and
    what it still says is known to be old.
    """
    ear = Ear()
    site = Site.open(tmp_path / "demo", DATA, vhost_url, postgres_url, Pairing.ZGW_ZGW)
    async with Proxy(site.ports[ODRU], ear.hear) as proxy:
        first = reached_by(site, ODRU, proxy)
        async with on_servers(instead={FIRST: first}) as scene, another_edge(scene):
            assert "lease_taken" not in scene.site.log(SECOND).read_text()
            pid = scene.keeper.of(FIRST).pid
            assert pid is not None
            async with scene.people.working():
                await _at_once(scene, ear)
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(LEASE_SECONDS)
                assert await eventually(partial(_has_taken_over, scene), 60), "nobody took over"
                woken_at = time.monotonic()
                os.kill(pid, signal.SIGCONT)
                await asyncio.sleep(3)
            late = ear.since(woken_at)
            await scene.ends_alike()
            assert "lease_lost" in scene.site.log(FIRST).read_text()
            assert late == [], "written by an edge whose lease had gone to another"


async def _has_taken_over(scene: Scene) -> bool:
    return "lease_taken" in scene.site.log(SECOND).read_text()


async def _at_once(scene: Scene, ear: Ear) -> None:
    """Have four edits cross to ODRU in one Command; return when the first of them is written."""
    rud, people = scene.stage.systems[RUD], scene.people
    dossier = people.dossiers[0]
    work, url = people.office.casework(RUD), dossier.urls[RUD]
    await rud.hold(back=True)
    for what in ("quality", "asbestos", "norm", "surface"):
        slot = dossier.kind.slots[what]
        name, word = slot.names[RUD], slot.words[RUD](random.Random(7))
        await work.set_property(url, name, word, by="rud-101")
        people.ledger.type(dossier, what, RUD, word)
    await rud.hold(back=False)
    await ear.next_write(dossier.urls[ODRU].rpartition("/")[2])
