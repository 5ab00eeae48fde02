"""
The demo: two case systems, thirty histories, and the bridge between them, as real processes.

What is shown is what is checked: the run succeeds only if every history ended on both sides as
it had to, and nothing was written that the bridge cannot account for.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge import app
from bridge.demo.backstage import Backstage
from bridge.demo.closing import close_books
from bridge.demo.deeds import Office
from bridge.demo.expect import judge
from bridge.demo.histories import World, read_world
from bridge.demo.partners import Partners
from bridge.demo.player import Notebook, Player
from bridge.demo.processes import Keeper, kill_at_random
from bridge.demo.show import Show
from bridge.demo.staff import Cast
from bridge.demo.system import CaseSystem
from bridge.demo.telling import Teller
from bridge.demo.workplace import KEPT_ALIKE, OIN, Workplace
from bridge.desk import Desk
from bridge.rules import load
from bridge.settings import load_settings
from bridge.store import open_store
from contracts.envelope import source_of

DATA: Final = Path(__file__).parent / "data"
HELD, FELL = 0, 1


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """
    How to run the demo.

    Attributes:
        keep: Go on running afterwards, with both systems' pages open.
        broker: ``amqp://…``: hubs and edges as processes of their own; embedded without.
        store: ``postgresql://…``; SQLite without.
        cases: Only these histories.
        data: Where everything is kept. A run that was begun there goes on.
        kill: Kill so many processes at random moments.
        seed: For the random moments.
        full_size: Documents at the size that the histories tell.
    """

    keep: bool = False
    broker: str | None = None
    store: str | None = None
    cases: tuple[str, ...] = ()
    data: Path | None = None
    kill: int = 0
    seed: int = 0
    full_size: bool = False


async def run_demo(options: DemoOptions) -> int:
    """Run the demo; give the exit code: 0 only where everything held."""
    if options.data is not None:
        return await _run(options, options.data)
    with tempfile.TemporaryDirectory(prefix="casebridge-demo-") as folder:
        return await _run(options, Path(folder))


async def _run(options: DemoOptions, folder: Path) -> int:
    world = read_world(DATA, options.cases)
    workplace = Workplace.open(folder.resolve(), DATA, options.broker, options.store)
    show = Show(world, workplace, full_size=options.full_size)
    async with staged(world, workplace, show, full_size=options.full_size) as stage:
        with show:
            await _play(stage, options, show)
        show.report(
            [await judge(stage.office, history) for history in world.histories],
            await close_books(stage, show),
            stage.player.notebook.seconds,
        )
        if options.keep:
            show.stays_open()
            await asyncio.Event().wait()
    return HELD if show.holds else FELL


async def _play(stage: Stage, options: DemoOptions, show: Show) -> None:
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(stage.keeper.watch())
        watching = tasks.create_task(show.follow(stage.office))
        killing = tasks.create_task(
            kill_at_random(stage.keeper, options.kill, options.seed, stage.player.calm)
        )
        await stage.player.play()
        await killing
        await stage.player.all_at_rest()
        for task in (keeping, watching):
            task.cancel()
