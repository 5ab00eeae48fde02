"""Run the benchmark: print a table, and write ``build/bench.json``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench import changes, engine, growth, stuf
from bench.beside import beside
from bench.documents import MIB, documents
from bench.figures import Figure, show, write
from bench.memory import memory
from bench.messages import Messages
from bench.pages import pages
from bench.seed import seeded
from bench.stage import Services, running_services, set_stage
from bench.systems import RULES
from bridge.logs import set_up_logs
from bridge.rules import load
from tests.services.server import ServiceError


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    cases: int
    rounds: int
    singles: int
    few: int
    many: int
    growth_rounds: int
    sweep: int
    copies: int
    document_bytes: int
    visits: int
    small: int
    large_bytes: int


FULL: Final = Size(
    cases=40,
    rounds=9,
    singles=25,
    few=1_000,
    many=100_000,
    growth_rounds=16,
    sweep=4_000,
    copies=7,
    document_bytes=128 * MIB,
    visits=8,
    small=200,
    large_bytes=512 * MIB,
)
DOCUMENTS: Final = replace(FULL, cases=101, small=500, large_bytes=2048 * MIB)
QUICK: Final = Size(
    cases=6,
    rounds=1,
    singles=2,
    few=100,
    many=500,
    growth_rounds=1,
    sweep=200,
    copies=1,
    document_bytes=4 * MIB,
    visits=1,
    small=8,
    large_bytes=20 * MIB,
)


async def measure(services: Services, size: Size) -> list[Figure]:
    """Measure everything, in one run."""
    async with set_stage(services, size.cases) as stage:
        figures = await changes.throughput(stage, size.rounds)
        figures.insert(1, await changes.latency(stage, size.singles))
        messages, rules = Messages.like(stage.recording), load(RULES)
        few = await seeded(services, size.few, stage.bridge)
        many = await seeded(services, size.many, stage.bridge)
        figures += [
            await growth.cost_growth(few, many, messages, rules, size.growth_rounds),
            await memory(services, stage, many, messages, size.sweep),
            *await pages(services, many, messages, rules, size.visits),
            await engine.decisions(stage.bridge, messages, rules, size.growth_rounds),
            *stuf.shaping(size.growth_rounds),
            *await beside(stage.bridge, services.folder, size.small, size.large_bytes),
            *await documents(services.folder, size.copies, size.document_bytes),
        ]
    return figures


async def measure_pages(services: Services, size: Size) -> list[Figure]:
    """Measure the pages of the console, and what they cost who decides beside them."""
    async with set_stage(services, QUICK.cases) as stage:
        messages = Messages.like(stage.recording)
        many = await seeded(services, size.many, stage.bridge)
        return await pages(services, many, messages, load(RULES), size.visits)


async def measure_documents(services: Services, size: Size) -> list[Figure]:
    """Measure what becomes of large documents, and of small ones beside them."""
    async with set_stage(services, size.cases) as stage:
        found = await beside(stage.bridge, services.folder, size.small, size.large_bytes)
    return [*await documents(services.folder, size.copies, size.document_bytes), *found]


def main() -> int:
    """Read the arguments, and run."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument(
        "--documents", action="store_true", help="only documents: 500 small ones beside 2 GB"
    )
    parser.add_argument("--pages", action="store_true", help="only the pages of the console")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    arguments = parser.parse_args()
    set_up_logs("warning", "json")
    try:
        with tempfile.TemporaryDirectory() as folder, running_services(Path(folder)) as services:
            size = QUICK if arguments.quick else DOCUMENTS if arguments.documents else FULL
            measured = measure
            if arguments.documents:
                measured = measure_documents
            elif arguments.pages:
                measured = measure_pages
            figures = asyncio.run(measured(services, size))
    except ServiceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write(figures, arguments.output, is_quick=arguments.quick)
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
