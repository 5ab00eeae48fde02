"""The whole as it runs: two case systems and the bridge between them, each a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bridge.demo.histories import World, read_world
from bridge.demo.run import DATA
from bridge.demo.stage import Stage, staged
from bridge.demo.workplace import Workplace
from tests.system.telling import Quiet


def begun(world: World, events: int) -> World:
    """Only the first events of each history: cases that are linked and still open."""
    histories = tuple(h.model_copy(update={"events": h.events[:events]}) for h in world.histories)
    return world.model_copy(update={"histories": histories})


Opening = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stage_of(tmp_path: Path) -> Opening:
    """Open a stage on which the first events of some histories were played, all at rest."""

    @asynccontextmanager
    async def opened(*names: str, events: int) -> AsyncIterator[Stage]:
        world = begun(read_world(DATA, names), events)
        workplace = Workplace.open(tmp_path / "demo", DATA, None, None)
        async with staged(world, workplace, Quiet()) as stage:
            keeping = asyncio.ensure_future(stage.keeper.watch())
            try:
                await stage.player.play()
                assert await stage.player.all_at_rest()
                yield stage
            finally:
                await stage.keeper.stop()
                await keeping

    return opened
