"""
Pages of the console over a store as it is after years: how long they take, and what they cost.

The console runs beside a hub in one process, as it does in production; who asks for its pages is a
process of its own.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import asyncpg
from aiohttp import web

from bench import growth
from bench.bridge_side import IN_2024
from bench.crowd import Crowd, crowded
from bench.figures import Figure, ratio_of_medians
from bench.messages import Messages
from bench.seed import Seeded
from bench.stage import Services, plain
from bench.systems import RULES
from bridge.console.accounts import Account, write_account
from bridge.console.app import make_console
from bridge.console.people import Role
from bridge.engine.rules import Rules
from bridge.settings import AgencySettings, Settings
from bridge.store import open_store
from tests.services.server import LOOPBACK, free_ports

_TOKEN: Final = "benchmark"  # noqa: S105 - known to this run only, on loopback
_ROWS_EACH: Final = 10
_ROUNDS_A_TURN: Final = 6
_BEGINS_WITHIN: Final = 2.0
_PAGES_A_SECOND: Final = 2
_BARE: Final = """
    SELECT id, number, title, is_equal, updated_at FROM links
    ORDER BY updated_at DESC, id DESC LIMIT 50"""


async def pages(
    services: Services, many: Seeded, messages: Messages, rules: Rules, rounds: int
) -> list[Figure]:
    """Measure how long pages take, and how much slower a hub is beside somebody who reads them."""
    crowd = await crowded(services.store.fresh_database(), links=many.links, rows_each=_ROWS_EACH)
    async with _console(services.folder / "console", crowd, rules) as url:
        return [
            await _page_times(url, crowd, rounds),
            await _beside(url, many, messages, rules, rounds),
        ]


async def _page_times(url: str, crowd: Crowd, rounds: int) -> Figure:
    store = await asyncpg.connect(plain(crowd.url))
    bare: list[float] = []
    took: dict[str, list[float]] = {}
    try:
        for _ in range(rounds + 1):
            for page, times in (await _visited(url)).items():
                took.setdefault(page, []).extend(times)
            for _ in range(len(took)):
                began = time.perf_counter()
                await store.fetch(_BARE)
                bare.append((time.perf_counter() - began) * 1000)
    finally:
        await store.close()
    # What the first visit takes is of a process that has just begun.
    every = [each for times in took.values() for each in times[1:]]
    return Figure(
        "console_page_p95_ms",
        _p95(every) / _p95(bare),
        "p95 of a page of the console / p95 of a bare query for as many rows",
        better="less",
        raw={
            "p95_ms": _p95(every),
            "bare_p95_ms": _p95(bare),
            "links": crowd.links,
            "journal_rows": crowd.journal,
            **{f"p95_ms {page}": _p95(times[1:]) for page, times in took.items()},
        },
    )


async def _beside(url: str, many: Seeded, messages: Messages, rules: Rules, rounds: int) -> Figure:
    """Have a hub decide with nobody on the pages, and with somebody: in turns."""
    store = await open_store(many.url, environment="benchmark")
    try:
        side = growth.measured(many, store, rules)
        chance, numbers = random.Random(2), count(1_000_000)  # noqa: S311 - the same each time
        await growth.round_of(side, messages, chance, next(numbers), is_measured=False)
        for turn in range(2 * rounds):
            # The order changes, so that neither always comes after the other.
            async with _reading(url, is_there=turn % 4 in (0, 3)):
                for _ in range(_ROUNDS_A_TURN):
                    await growth.round_of(side, messages, chance, next(numbers))
        times = side.wall_us
        turns = [times[at : at + _ROUNDS_A_TURN] for at in range(0, len(times), _ROUNDS_A_TURN)]
        beside = [each for at, turn in enumerate(turns) if at % 4 in (0, 3) for each in turn]
        alone = [each for at, turn in enumerate(turns) if at % 4 in (1, 2) for each in turn]
    finally:
        await store.close()
    return Figure(
        "sync_beside_pages",
        ratio_of_medians(beside, alone),
        "time of a hub for a decision, beside somebody who reads pages / with nobody",
        aim=1.05,
        better="less",
        raw={
            "alone_wall_us_a_decision": median(alone),
            "beside_wall_us_a_decision": median(beside),
            "pages_a_second": _PAGES_A_SECOND,
        },
    )


@asynccontextmanager
async def _reading(url: str, *, is_there: bool) -> AsyncIterator[None]:
    """Have somebody read pages meanwhile, or nobody."""
    visit = asyncio.ensure_future(_visited(url, pause=1 / _PAGES_A_SECOND)) if is_there else None
    if visit is not None:
        # It takes a moment to begin, and that is no page.
        await asyncio.sleep(_BEGINS_WITHIN)
    yield
    if visit is not None:
        assert not visit.done(), "the visitor went before its time"
        visit.cancel()
        await asyncio.gather(visit, return_exceptions=True)


@asynccontextmanager
async def _console(folder: Path, crowd: Crowd, rules: Rules) -> AsyncIterator[str]:
    digest = sha256(_TOKEN.encode()).hexdigest()
    account = Account(id="bench", name="Bench", roles=frozenset({Role.OPERATOR}), token=digest)
    write_account(folder / "accounts.yaml", account)
    memory = AgencySettings(adapter="memory")
    settings = Settings(
        environment="benchmark",
        rules=RULES,
        data=folder,
        store=crowd.url,
        agencies=dict.fromkeys(rules.lenses, memory),
    )
    ahead = IN_2024 - datetime.now(UTC)
    store = await open_store(crowd.url, environment="benchmark")
    runner = web.AppRunner(
        make_console(
            settings=settings,
            store=store,
            broker=None,
            rules=lambda: rules,
            now=lambda: datetime.now(UTC) + ahead,
        ),
        access_log=None,
        shutdown_timeout=1,
    )
    try:
        await runner.setup()
        (port,) = free_ports(1)
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()
        await store.close()


async def _visited(url: str, *, pause: float = 0.0) -> dict[str, list[float]]:
    """Send a visitor round once, or again and again with a *pause* between two pages."""
    arguments = ["--rounds", "1000", "--pause", str(pause)] if pause else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.visitor",
        url,
        _TOKEN,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        msg = "the visitor was not given its pages"
        raise RuntimeError(msg)
    found: dict[str, list[float]] = json.loads(said)
    return found


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
