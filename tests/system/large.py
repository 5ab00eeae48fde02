"""
One very large document across, with kills on the way, and what it took.

    python -m tests.system.large                       2 GB between two systems that speak ZGW
    python -m tests.system.large --size 512 --kills 0 --pairing zgw-stuf

Exit code 0 only where it arrived whole, no process grew by 100 MB, nothing of it was left (no
content in the store or in an edge's folder, no lock, no half document), and little was moved again.

What is moved again is counted on the lines to systems that give and take parts of a content: those
that speak ZGW. A kill may cost a part and what buffers held, however large the content is
(`LOST_BY_A_KILL`); all else that goes over a line is a small share of it. For 2 GB and ten kills
that is less than 1.1 times in all. StUF carries a content in one message: what it cost to begin
anew is told, and not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from bridge.demo.pairing import Pairing, Protocol
from tests.services.postgres import PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ
from tests.system.crossing import MIB, Crossing, Memory, apart, kill_on_the_way

MOST_MEMORY = 100 * MIB
PART = 16 * MIB
LOST_BY_A_KILL = PART + 8 * MIB
"""A part that was half written, or chunks that came in; and what the buffers of the line held."""
ALL_ELSE = 0.05
"""Of a content: headers, and what is asked of a case while it is on its way."""
_TOLD_EVERY_SECONDS = 15


async def cross(crossing: Crossing, size: int, kills: int, seed: int) -> list[str]:
    """Send one document, print what it took, and give what does not hold."""
    memory = Memory(list(crossing.scene.keeper.processes))
    before, began = crossing.legs(), time.monotonic()
    async with memory.watched(), _told(crossing, memory):
        content = await crossing.put("groot", size)
        killed = await kill_on_the_way(crossing, size, kills, seed)
        await crossing.arrives(content, 3600)
        await crossing.rests(1200)
    took = time.monotonic() - began
    needed = crossing.needed(size)
    moved = {leg: (now - before[leg]) / needed[leg] for leg, now in crossing.legs().items()}
    times = ", ".join(f"{leg} {ratio:.3f}" for leg, ratio in moved.items())
    print(f"{size / MIB:.0f} MB in {took:.0f} s, times moved: {times}; killed {killed}")
    for name, grown in sorted(memory.grown().items()):
        print(f"  {name}: {memory.idle[name] / MIB:.0f} MB at rest, {grown / MIB:+.0f} MB at most")
    await crossing.leaves_nothing(content.noise)
    faults = [name for name, grown in memory.grown().items() if grown >= MOST_MEMORY]
    if (lost := _lost(crossing, moved, size)) > len(killed) * LOST_BY_A_KILL:
        faults.append(f"{lost / MIB:.0f} MB were moved again")
    return faults


def _lost(crossing: Crossing, moved: Mapping[str, float], size: int) -> float:
    """Give how many bytes were moved again to and from systems that go on after a break."""
    in_parts = [leg for leg, spoken in crossing.spoken().items() if spoken is Protocol.ZGW]
    return sum(moved[leg] - 1 - ALL_ELSE for leg in in_parts) * size


@asynccontextmanager
async def _told(crossing: Crossing, memory: Memory) -> AsyncIterator[None]:
    """Print how far it is, now and then: a run that is cut short has told what it came to."""
    telling = asyncio.create_task(_tell(crossing, memory))
    try:
        yield
    finally:
        telling.cancel()


async def _tell(crossing: Crossing, memory: Memory) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(_TOLD_EVERY_SECONDS)
        legs = ", ".join(f"{name} {moved / MIB:.0f}" for name, moved in crossing.legs().items())
        most = max(memory.grown().values()) / MIB
        starts = sum(each.starts - 1 for each in memory.processes)
        print(
            f"  {time.monotonic() - began:.0f} s: MB {legs}; {starts} started again,"
            f" {most:+.0f} MB of memory at most",
            flush=True,
        )


async def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="tests.system.large", description=__doc__)
    parser.add_argument("--size", type=int, default=2048, help="MB")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairing", type=Pairing, choices=list(Pairing), default=Pairing.ZGW_ZGW)
    told = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="large-")))
        broker = stack.enter_context(PrivateRabbitMQ())
        database = stack.enter_context(PrivatePostgres())
        async with apart(
            folder / "demo",
            broker=broker.fresh_vhost(),
            store=database.fresh_database(),
            pairing=told.pairing,
            part_bytes=PART,
        ) as crossing:
            faults = await cross(crossing, told.size * MIB, told.kills, told.seed)
    print("\n".join(faults) or "whole, in little memory, and nothing left")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
