"""
Small documents beside a large one: how long each takes until the other system shows it.

A few people put one small document after another into the cases, in turns without and with a large
one on its way all the while; each turn is compared with the one before it. Asked is the other
system itself. Before the next turn the large one is all over: it was read back, too, and is on the
disk.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.documents import MIB
from bench.figures import Figure, Raw, median_of_ratios
from bench.stage import Side
from bench.systems import HOME, OTHER, RSIN, STAFF, ZAKEN
from bench.waiting import until
from bridge.demo.filing import Filing
from bridge.demo.papers import Paper
from bridge.demo.system import CaseSystem
from bridge.demo.work import NewDocument

_SMALL_BYTES: Final = 20_000
_PEOPLE: Final = 2
_TURNS: Final = 4
_LOOK_EVERY: Final = 0.02
_LOOK_FOR_LARGE_EVERY: Final = 0.5
_LARGE_WITHIN_SECONDS: Final = 3600.0
_UNEQUAL: Final = "SELECT count(*) FROM links WHERE NOT is_equal"


@dataclass(slots=True)
class Room:
    """
    Two systems, people who file, and what they saw.

    Attributes:
        large_seconds: How long large documents were on their way.
    """

    side: Side
    home: CaseSystem
    other: CaseSystem
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    large_seconds: float = 0.0
    large_seen: int = 0

    async def file(self, ref: str, size_bytes: int) -> None:
        """Put a document into a case at home; nobody is told of it yet."""
        number = f"BEN-{next(self.numbers):06d}"
        new = NewDocument(
            number=number,
            type="RAP",
            title=f"Stuk {number}",
            file="stuk.pdf",
            confidentiality="openbaar",
            internal=False,
            at=datetime(2024, 2, 5, tzinfo=UTC),
        )
        url = f"{self.home.url}{ZAKEN}/zaken/{ref}"
        await Filing(self.home).add(url, new, Paper(number, 1, size_bytes), by=STAFF)

    async def shown(self, ref: str) -> int:
        """Count the documents that the counterpart of a case shows."""
        url = f"{self.other.url}{ZAKEN}/zaken/{self.side.refs[ref]}"
        return len(await self.other.all(f"{ZAKEN}/zaakinformatieobjecten", {"zaak": url}))

    async def crosses(
        self, ref: str, *, look_every: float = _LOOK_EVERY, within_seconds: float = 120.0
    ) -> float:
        """Tell of a case, and give how long it takes until what was filed shows there."""
        before, began = await self.shown(ref), time.perf_counter()

        async def is_there() -> bool:
            return await self.shown(ref) > before

        await self.side.hint(ref)
        await until(
            is_there,
            lambda: f"a document of {ref} at the other side",
            look_every=look_every,
            within_seconds=within_seconds,
        )
        return time.perf_counter() - began

    async def small_ones(self, refs: Sequence[str], number: int) -> list[float]:
        """File so many small documents, a few people at a time; give how long each took."""
        took: list[float] = []
        left = iter(range(number))

        async def work(cases: Sequence[str]) -> None:
            for _, ref in zip(left, cycle(cases), strict=False):
                await self.file(ref, _SMALL_BYTES)
                took.append(await self.crosses(ref))

        async with asyncio.TaskGroup() as people:
            for place in range(_PEOPLE):
                people.create_task(work(refs[place::_PEOPLE]))
        return took

    @asynccontextmanager
    async def beside(self, ref: str, size_bytes: int) -> AsyncIterator[None]:
        """Have a large document on its way, and the next one when it has arrived."""
        await self.file(ref, size_bytes)
        ends = asyncio.Event()

        async def carry() -> None:
            while not ends.is_set():
                took = await self.crosses(
                    ref,
                    look_every=_LOOK_FOR_LARGE_EVERY,
                    within_seconds=_LARGE_WITHIN_SECONDS,
                )
                self.large_seconds, self.large_seen = self.large_seconds + took, self.large_seen + 1
                if not ends.is_set():
                    await self.file(ref, size_bytes)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(carry())
            yield
            ends.set()
        await self.settles()

    async def settles(self) -> None:
        """Return when nothing is on its way any more."""

        async def is_quiet() -> bool:
            unequal: int = await self.side.store.fetchval(_UNEQUAL)
            return unequal == 0

        await until(is_quiet, lambda: "all cases equal", within_seconds=_LARGE_WITHIN_SECONDS)
        await asyncio.to_thread(os.sync)


async def beside(side: Side, folder: Path, small: int, large_bytes: int) -> list[Figure]:
    """Compare how long small documents take beside a large one, and alone."""
    home, other = _systems(side, folder)
    async with home, other:
        room = Room(side, home, other)
        large, *refs = side.refs
        await room.small_ones(refs, _PEOPLE)  # warms up
        alone: list[list[float]] = []
        among: list[list[float]] = []
        for _ in range(_TURNS):
            await room.settles()
            alone.append(await room.small_ones(refs, small // _TURNS))
            async with room.beside(large, large_bytes):
                among.append(await room.small_ones(refs, small // _TURNS))
    carried = {
        "cases": len(refs),
        "small": small,
        "large_MB_per_s": room.large_seen * large_bytes / MIB / room.large_seconds,
        "large": room.large_seen,
    }
    means = (
        f"from the notification until the other system shows a small document: beside one of"
        f" {large_bytes // MIB} MB / with none"
    )
    return [
        _compared("small_beside_large", median, among, alone, means, carried),
        _compared("small_beside_large_p95", _p95, among, alone, f"p95 {means}", {}),
    ]


def _compared(
    name: str,
    of: Callable[[Sequence[float]], float],
    among: Sequence[Sequence[float]],
    alone: Sequence[Sequence[float]],
    means: str,
    carried: Raw,
) -> Figure:
    beside_s, alone_s = [of(turn) for turn in among], [of(turn) for turn in alone]
    raw = {
        "beside_ms": [seconds * 1000 for seconds in beside_s],
        "alone_ms": [seconds * 1000 for seconds in alone_s],
        **carried,
    }
    ratio = median_of_ratios(beside_s, alone_s)
    return Figure(name, ratio, means, aim=2.0, better="less", raw=raw)


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def _systems(side: Side, folder: Path) -> tuple[CaseSystem, CaseSystem]:
    return (
        CaseSystem(HOME, RSIN[HOME], side.home.url, folder / f"{HOME}.staff"),
        CaseSystem(OTHER, RSIN[OTHER], side.other.url, folder / f"{OTHER}.staff"),
    )
