"""
One very large document across, with kills on the way, and what it took.

    python -m tests.system.large                       2 GB between two systems that speak ZGW
    python -m tests.system.large --size 512 --kills 0

Exit code 0 only where it arrived whole, no process grew by 100 MB, the kills cost less than a fifth
of what had to be moved, and nothing of it was left.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.services.postgres import PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ
from tests.system.crossing import MIB, Crossing, Memory, apart, kill_on_the_way

MOST_MEMORY = 100 * MIB
MOST_MOVED = 1.2


async def cross(crossing: Crossing, size: int, kills: int, seed: int) -> list[str]:
    """Send one document, print what it took, and give what does not hold."""
    memory = Memory(list(crossing.scene.keeper.processes))
    before, began = crossing.moved, time.monotonic()
    async with memory.watched():
        content = await crossing.put("groot", size)
        killed = await kill_on_the_way(crossing, size, kills, seed)
        await crossing.arrives(content, 3600)
        await crossing.rests(1200)
    took = time.monotonic() - began
    moved = (crossing.moved - before) / (3 * size)
    await crossing.leaves_nothing(content.noise)
    print(f"{size / MIB:.0f} MB in {took:.0f} s, moved {moved:.3f} times, killed {killed}")
    for name, grown in sorted(memory.grown().items()):
        print(f"  {name}: {memory.idle[name] / MIB:.0f} MB at rest, {grown / MIB:+.0f} MB at most")
    faults = [name for name, grown in memory.grown().items() if grown >= MOST_MEMORY]
    return faults + (["too much was moved again"] if moved > MOST_MOVED else [])


async def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="tests.system.large", description=__doc__)
    parser.add_argument("--size", type=int, default=2048, help="MB")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="large-")))
        broker = stack.enter_context(PrivateRabbitMQ())
        database = stack.enter_context(PrivatePostgres())
        async with apart(
            folder / "demo",
            broker=broker.fresh_vhost(),
            store=database.fresh_database(),
            part_bytes=16 * MIB,
        ) as crossing:
            faults = await cross(crossing, told.size * MIB, told.kills, told.seed)
    print("\n".join(faults) or "whole, in little memory, and nothing left")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
