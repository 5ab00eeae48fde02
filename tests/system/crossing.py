"""
Large documents between two edges that share nothing but a store of sealed content.

Both edges run as processes with data folders of their own. Proxies count what passes between an
edge and its system; killing goes by those counts, so that it strikes in the midst of a transfer.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.demo.pairing import Pairing, Protocol
from bridge.demo.papers import Paper
from bridge.demo.processes import Process
from bridge.demo.run import DATA
from tests.services.proxy import Proxy, Way
from tests.system.dossiers import AGENCIES, ODRU, RUD
from tests.system.patience import eventually
from tests.system.remains import SWEPT_SOON, store_empties, uploads_are_whole
from tests.system.scene import Scene, Site, opened, reached_by

MIB = 1024 * 1024
EDGES = {agency: f"edge-{agency}" for agency in AGENCIES}
_ON_THE_LINE = {Protocol.ZGW: 1.0, Protocol.STUF: 4 / 3}
"""Bytes on the line for one of a content: StUF carries it as base64."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Drawing(Paper):
    """A content of which no two parts are alike: none can take the place of another."""

    @property
    def noise(self) -> bytes:
        """Bytes that are in it, and nowhere else."""
        return self._noise()[1000:1064]

    def digest(self) -> str:
        """Give the SHA-256 of the content; it takes long, and all lines stand still meanwhile."""
        return _digest_of(self)

    def _pieces(self) -> Iterator[bytes]:
        left, number = self.size, 0
        block = self._noise()
        while left > 0:
            piece = number.to_bytes(8, "big") + block[8:]
            yield piece[:left]
            left, number = left - len(piece), number + 1


@functools.cache
def _digest_of(drawing: Drawing) -> str:
    return Paper.digest(drawing)


@dataclass(slots=True)
class Crossing:
    """
    A scene with its lines, and what went over them.

    Attributes:
        lines: By agency, where the line can be listened to.
        shared: The folder of the store of content.
    """

    scene: Scene
    lines: Mapping[str, Proxy]
    shared: Path

    def passed(self, agency: str, way: Way) -> int:
        """Give how many bytes went over the line to a system."""
        return self.lines[agency].passed[way]

    def legs(self) -> dict[str, int]:
        """Give how many bytes were read at home, and written and read back at the other side."""
        return {
            "read": self.passed(ODRU, Way.DOWN),
            "written": self.passed(RUD, Way.UP),
            "read back": self.passed(RUD, Way.DOWN),
        }

    def spoken(self) -> dict[str, Protocol]:
        """Give what is spoken on each leg. What goes on after a break is ZGW; StUF begins anew."""
        at_home, there = (self.scene.site.pairing.of(agency) for agency in AGENCIES)
        return {"read": at_home, "written": there, "read back": there}

    def needed(self, size: int) -> dict[str, float]:
        """Give how many bytes a content of this size is on each leg, where nothing breaks."""
        return {leg: size * _ON_THE_LINE[spoken] for leg, spoken in self.spoken().items()}

    @property
    def moved(self) -> int:
        """How far all transfers have come together."""
        return sum(self.legs().values())

    async def put(self, number: str, size: int) -> Drawing:
        """Let somebody at ODRU put a document into the case."""
        people, content = self.scene.people, Drawing(number, 1, size)
        dossier = people.dossiers[0]
        content.digest()
        await people.file(dossier, ODRU, content, dossier.kind.document_types[ODRU][0])
        return content

    async def is_there(self, content: Drawing) -> bool:
        """Tell whether it is at RUD Utrecht, once and whole, whatever else is on its way."""
        people = self.scene.people
        return await people.shows(people.dossiers[0], RUD, content)

    async def arrives(self, content: Drawing, within_seconds: float) -> None:
        """Wait until it is there."""

        async def is_over() -> bool:
            return await self.is_there(content) or await self._is_parked()

        assert await eventually(is_over, within_seconds, every_seconds=1), (
            f"{content.name} did not arrive within {within_seconds:g} s"
        )
        assert not await self._is_parked(), f"{content.name} waits for somebody"

    async def _is_parked(self) -> bool:
        return (await self.scene.stage.backstage.figures()).total.parked > 0

    async def rests(self, within_seconds: float) -> None:
        """Wait until all is read back, and nothing is on its way."""
        cases = self.scene.people.cases
        at_rest = self.scene.stage.backstage.is_at_rest
        assert await eventually(lambda: at_rest(cases), within_seconds), "not at rest"

    async def leaves_nothing(self, *secrets: bytes) -> None:
        """See that no content is left, no byte of it in the clear anywhere, and nothing locked."""
        await store_empties(self.shared)
        for edge in EDGES.values():
            data = self.scene.site.folder / edge
            for path in data.rglob("*"):
                if path.is_file():
                    content = path.read_bytes()
                    assert not any(secret in content for secret in secrets), path
        await uploads_are_whole(self.scene)


@asynccontextmanager
async def apart(
    folder: Path,
    *,
    broker: str,
    store: str,
    pairing: Pairing = Pairing.ZGW_ZGW,
    content: Mapping[str, Any] | None = None,
    part_bytes: int = MIB,
) -> AsyncIterator[Crossing]:
    """Open a scene whose edges have data folders of their own, and one store of content."""
    site = Site.open(folder, DATA, broker, store, pairing)
    shared = site.folder / "shared"
    async with AsyncExitStack() as stack:
        lines: dict[str, Proxy] = {}
        instead: dict[str, dict[str, Any]] = {}
        for agency, edge in EDGES.items():
            settings: dict[str, Any] = {
                "data": str(site.folder / edge),
                "content": {"store": shared.as_uri(), **(content or {})},
                "edge": {**SWEPT_SOON, "document_timeout": 1800},
            }
            lines[agency] = await stack.enter_async_context(Proxy(site.ports[agency]))
            instead[edge] = settings | reached_by(site, agency, lines[agency])
        options = ("--ranges", "--part-size", str(part_bytes))
        scene = await stack.enter_async_context(
            opened(
                folder,
                broker=broker,
                store=store,
                instead=instead,
                cases=1,
                pairing=pairing,
                zgw_options=options,
            )
        )
        yield Crossing(scene, lines, shared)


@dataclass(slots=True)
class Memory:
    """How much memory each process took, in bytes: at rest, and at most since."""

    processes: list[Process]
    idle: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again, all the while."""
        self.idle = {each.name: _resident(each) for each in self.processes}
        self.most = dict(self.idle)
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            for each in self.processes:
                self.most[each.name] = max(self.most[each.name], _resident(each))
            await asyncio.sleep(0.1)

    def grown(self) -> dict[str, int]:
        """Give by how much each process grew."""
        return {name: self.most[name] - idle for name, idle in self.idle.items()}


def _resident(process: Process) -> int:
    try:
        return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0  # it is just being started again


async def kill_on_the_way(crossing: Crossing, size: int, times: int, seed: int) -> list[str]:
    """Kill the edge that is at work, at random places of the whole way; give who was killed."""
    chance = random.Random(seed)
    keeper = crossing.scene.keeper
    keeper.most_starts = 10**6
    whole = sum(crossing.needed(size).values())
    # None in the last bit: it may be over before we look.
    places = sorted(chance.uniform(0.02, 0.97) * whole for _ in range(times))
    killed: list[str] = []
    for place in places:
        began = {agency: _bytes(crossing, agency) for agency in crossing.lines}
        ends = time.monotonic() + 120
        while crossing.moved < place and time.monotonic() < ends:
            await asyncio.sleep(0.005)
        grown = {agency: _bytes(crossing, agency) - was for agency, was in began.items()}
        edge = EDGES[max(grown, key=lambda agency: grown[agency])]
        keeper.of(edge).kill()
        killed.append(edge)
        await asyncio.sleep(chance.uniform(0.0, 0.3))
    return killed


def _bytes(crossing: Crossing, agency: str) -> int:
    return sum(crossing.passed(agency, way) for way in Way)
