"""
The demo: two case systems, thirty histories, and the bridge between them, as real processes.

What is shown is what is checked: the run succeeds only if every history ended on both sides as
it had to, and nothing was written that the bridge cannot account for.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.demo.closing import close_books
from bridge.demo.expect import judge
from bridge.demo.histories import read_world
from bridge.demo.pairing import Pairing
from bridge.demo.processes import kill_at_random
from bridge.demo.show import Show
from bridge.demo.stage import Stage, staged
from bridge.demo.workplace import Workplace

DATA: Final = Path(__file__).resolve().parent / "data"
HELD: Final = 0
FELL: Final = 1


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """
    How to run the demo.

    Attributes:
        keep: Go on running afterwards, with both systems' pages open.
        broker: ``amqp://…``: hubs and edges as processes of their own; embedded without.
        store: ``postgresql://…``; SQLite without.
        cases: Only these histories.
        data: Where everything is kept. A run that was begun there and stopped goes on.
        kill: Kill so many processes at random moments.
        seed: For the random moments.
        full_size: Documents at the size that the histories tell.
        pairing: What each system speaks; a run that goes on keeps to what it began with.
    """

    keep: bool = False
    broker: str | None = None
    store: str | None = None
    cases: tuple[str, ...] = ()
    data: Path | None = None
    kill: int = 0
    seed: int = 0
    full_size: bool = False
    pairing: Pairing = Pairing.ZGW_STUF


async def run_demo(options: DemoOptions) -> int:
    """Run the demo; give the exit code: 0 only where everything held."""
    with _stopping_in_order():
        if options.data is not None:
            return await _run(options, options.data)
        with tempfile.TemporaryDirectory(prefix="casebridge-demo-") as folder:
            return await _run(options, Path(folder))


@contextmanager
def _stopping_in_order() -> Iterator[None]:
    """Take a request to end as an interrupt: processes are stopped, and the folder removed."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def _run(options: DemoOptions, folder: Path) -> int:
    workplace = Workplace.open(folder, DATA, options.broker, options.store, options.pairing)
    world = read_world(DATA, options.cases, workplace.pairing)
    show = Show(world, workplace, full_size=options.full_size)
    async with staged(world, workplace, show, full_size=options.full_size) as stage:
        with show:
            await _play(stage, options, show)
        verdicts = [await judge(stage.office, history) for history in world.histories]
        books = await close_books(stage)
        show.report(verdicts, books, stage.player.notebook.seconds)
        if options.keep:
            await _stay_open(stage, show)
    holds = not books.faults and all(verdict.holds for verdict in verdicts)
    return HELD if holds else FELL


async def _play(stage: Stage, options: DemoOptions, show: Show) -> None:
    """Play all histories, while what falls is put up again."""
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(stage.keeper.watch())
        showing = tasks.create_task(show.follow(stage.backstage))
        killing = tasks.create_task(
            kill_at_random(stage.keeper, options.kill, options.seed, stage.player.calm)
        )
        await stage.player.play()
        killing.cancel()
        await stage.player.all_at_rest()
        for task in (keeping, showing):
            task.cancel()


async def _stay_open(stage: Stage, show: Show) -> None:
    for system in stage.systems.values():
        await system.run_clock(stage.workplace.clock())
    show.stays_open()
    keeping = asyncio.ensure_future(stage.keeper.watch())
    try:
        await asyncio.Event().wait()
    finally:
        keeping.cancel()
