"""Changes a second, what each costs, and how long one takes: the bridge and the bare, in turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Final

from bench.figures import Figure, ratio_of_medians
from bench.stage import Side, Stage, each
from bench.waiting import until

_LOOK_EVERY: Final = 0.002
_MADE_OF: Final = "hint, read, Observation, decision, Command, write, read back, Receipt, settled"


@dataclass(slots=True)
class _Rounds:
    """What the rounds of one side gave."""

    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    systems_cpu_ms: list[float] = field(default_factory=list)


async def throughput(stage: Stage, rounds: int) -> list[Figure]:
    """Compare changes a second, and processor time for each."""
    titles = _titles("Ronde")
    found = {side.name: _Rounds() for side in (stage.bridge, stage.bare)}
    for side in (stage.bridge, stage.bare):
        await _round(stage, side, next(titles), _Rounds())
    for _ in range(rounds):
        for side in (stage.bridge, stage.bare):
            await _round(stage, side, next(titles), found[side.name])
    bridge, bare = found["bridge"], found["bare"]
    return [
        Figure(
            "whole_bridge_vs_bare",
            ratio_of_medians(bridge.per_second, bare.per_second),
            f"changes a second, bridge against bare: {_MADE_OF}",
            aim=0.5,
            raw={
                "bridge_per_second": bridge.per_second,
                "bare_per_second": bare.per_second,
                "changes_a_round": len(stage.bridge.refs),
                "http_calls_a_change": stage.recording.calls,
                "messages_a_change": stage.recording.messages,
                "systems_cpu_ms_a_change": median(bridge.systems_cpu_ms),
            },
        ),
        Figure(
            "cpu_vs_bare",
            ratio_of_medians(bridge.cpu_ms, bare.cpu_ms),
            "processor time of our own process for a change, bridge against bare",
            better="less",
            raw={
                "bridge_cpu_ms_a_change": median(bridge.cpu_ms),
                "bare_cpu_ms_a_change": median(bare.cpu_ms),
            },
        ),
    ]


async def _round(stage: Stage, side: Side, title: str, found: _Rounds) -> None:
    refs = list(side.refs)
    await each(lambda ref: side.home.retitle(ref, title), refs)
    own, systems, began = side.child.cpu_seconds, _systems_cpu(stage), time.perf_counter()
    await each(side.hint, refs)
    await side.settled(title, len(refs))
    took = time.perf_counter() - began
    found.per_second.append(len(refs) / took)
    found.cpu_ms.append((side.child.cpu_seconds - own) / len(refs) * 1000)
    found.systems_cpu_ms.append((_systems_cpu(stage) - systems) / len(refs) * 1000)


def _systems_cpu(stage: Stage) -> float:
    return sum(system.process.cpu_seconds for system in stage.systems.values())


async def latency(stage: Stage, rounds: int) -> Figure:
    """Compare how long one change takes while nothing else happens."""
    titles = _titles("Alleen")
    found: dict[str, list[float]] = {"bridge": [], "bare": []}
    for number in range(rounds):
        for side in (stage.bridge, stage.bare):
            await asyncio.sleep(0.05)
            refs = list(side.refs)
            ref = refs[number % len(refs)]
            found[side.name].append(await _one(side, ref, next(titles)) * 1000)
    return Figure(
        "latency_vs_bare",
        ratio_of_medians(found["bridge"], found["bare"]),
        "from the notification until the other system shows it; the bare hops in a row are 1",
        better="less",
        raw={
            "bridge_p50_ms": median(found["bridge"]),
            "bare_p50_ms": median(found["bare"]),
            "bridge_worst_ms": max(found["bridge"]),
            "bare_worst_ms": max(found["bare"]),
            "fold_for_ms": 0,
        },
    )


async def _one(side: Side, ref: str, title: str) -> float:

    async def is_visible() -> bool:
        return await side.other.title(side.refs[ref]) == title

    await side.home.retitle(ref, title)
    began = time.perf_counter()
    await side.hint(ref)
    await until(
        is_visible, lambda: f"{side.name}: {title!r} on the other side", look_every=_LOOK_EVERY
    )
    took = time.perf_counter() - began
    await side.settled(title, 1)
    return took


def _titles(word: str) -> Iterator[str]:
    """Give titles of one length: none is ever used twice."""
    return (f"{word} {number:06d}" for number in count(1))
