"""
Documents across: as the bridge carries them, and copied by hand between the same two systems.

Measured is one document alone, and several of which two at a time are on their way, by the bridge
as by hand. Both ways take turns, each is compared with the other of its round, and what was written
is gone before the next. All lies in memory, where that can be had: a disk that is behind with what
an earlier way gave it weighs on the next one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from asyncio import TaskGroup
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from obstore.store import LocalStore

from bench.copying import CASE_TYPES, Copying, adapter_of, prepared
from bench.figures import Figure, Raw, median_of_ratios
from bench.systems import HOME, OTHER, CaseSystem, Desk, running_systems
from bridge.content import Blobs, ContentStore
from bridge.content.keys import Keys

MIB: Final = 1024 * 1024
_AIMS: Final = {"plain": 0.7, "sealed": 0.5}
_SEVERAL: Final = 4
_AT_ONCE: Final = 2
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own in it
_ROOM: Final = 4 * (_SEVERAL + 1)
"""How much of memory must be free, in copies of the document: with as much left for others."""


async def documents(folder: Path, rounds: int, size_bytes: int) -> list[Figure]:
    """Copy one document again and again, in turns."""
    with (
        _roomy(folder, _ROOM * size_bytes) as room,
        running_systems(folder, data=room) as systems,
    ):
        home, other = (adapter_of(folder, systems[agency]) for agency in (HOME, OTHER))
        desks = {agency: Desk(systems[agency], code) for agency, code in CASE_TYPES.items()}
        async with home, other, desks[HOME], desks[OTHER]:
            copying = await prepared(home, other, desks, size_bytes)
            turns = Turns(copying, systems, _stores(room))
            for number in range(rounds + 1):
                await turns.run(number)
            return turns.figures(size_bytes / MIB, str(room.parent))


@contextmanager
def _roomy(folder: Path, size_bytes: int) -> Iterator[Path]:
    """Give a folder in memory, or in *folder* where there is no room for so much."""
    is_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > size_bytes
    parent = _MEMORY if is_memory and os.access(_MEMORY, os.W_OK) else folder
    with tempfile.TemporaryDirectory(dir=parent, prefix="casebridge-bench-") as room:
        yield Path(room)


def _stores(room: Path) -> dict[str, ContentStore]:
    lying = {name: Blobs(LocalStore(room / name, mkdir=True)) for name in _AIMS}
    return {
        "plain": ContentStore(lying["plain"]),
        "sealed": ContentStore(lying["sealed"], Keys([bytes(32)])),
    }


@dataclass(slots=True)
class Spent:
    """What one way took, round by round: seconds, and processor time of all processes."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Turns:
    """All ways in turns."""

    copying: Copying
    systems: dict[str, CaseSystem]
    stores: dict[str, ContentStore]
    one: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    several: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    read_back: Spent = field(default_factory=Spent)

    async def run(self, number: int) -> None:
        """Have each way take its turn; the first round warms up."""
        ways = {"bare": self.copying.bare}
        ways |= {name: partial(self.copying.bridged, each) for name, each in self.stores.items()}
        names = list(ways) if number % 2 else list(reversed(ways))
        for name in names:
            way = ways[name]
            await self._spend(self.one[name] if number else Spent(), way)
            if name == names[-1] and name != "bare":
                await self._spend(self.read_back, self.copying.reads_back)
            await self._clear()
            await self._spend(self.several[name] if number else Spent(), partial(_several, way))
            await self._clear()

    async def _spend(self, spent: Spent, way: Callable[[], Awaitable[None]]) -> None:
        began, cpu = time.perf_counter(), self._cpu_seconds()
        await way()
        spent.seconds.append(time.perf_counter() - began)
        spent.cpu_seconds.append(self._cpu_seconds() - cpu)

    def _cpu_seconds(self) -> float:
        systems = sum(system.process.cpu_seconds for system in self.systems.values())
        return time.process_time() + systems

    async def _clear(self) -> None:
        await self.copying.clear()
        for store in self.stores.values():
            await store.sweep(timedelta(0), timedelta(0))

    def figures(self, size_mb: float, where: str) -> list[Figure]:
        """Compare each way with the bare one, a document alone and several."""
        several = f"{_SEVERAL} documents, {_AT_ONCE} at a time, of {size_mb:g} MB"
        read_back = size_mb / median(self.read_back.seconds)
        raw: Raw = {"read_back_MB_per_s": read_back, "in": where}
        one = f"a document of {size_mb:g} MB"
        return [
            *_compared("document", one, self.one, size_mb, raw),
            *_compared("documents", several, self.several, size_mb * _SEVERAL, raw),
        ]


def _compared(
    name: str, what: str, spent: Mapping[str, Spent], size_mb: float, raw: Raw
) -> list[Figure]:
    bare = spent["bare"]
    return [
        Figure(
            f"{name}_{way}_vs_bare",
            median_of_ratios(bare.seconds, spent[way].seconds),
            f"{what}: adapter to adapter by way of the store of content, {way}"
            " / a bare streamed copy",
            aim=aim,
            raw={
                "MB_per_s": [size_mb / each for each in spent[way].seconds],
                "bare_MB_per_s": [size_mb / each for each in bare.seconds],
                "cpu_ms_per_MB": median(spent[way].cpu_seconds) / size_mb * 1000,
                "bare_cpu_ms_per_MB": median(bare.cpu_seconds) / size_mb * 1000,
                **raw,
            },
        )
        for way, aim in _AIMS.items()
    ]


async def _several(way: Callable[[], Awaitable[None]]) -> None:
    left = iter(range(_SEVERAL))

    async def work() -> None:
        for _ in left:
            await way()

    async with TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(work())
