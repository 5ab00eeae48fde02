"""The whole as it runs: two case systems and the bridge between them, each a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.histories import World, read_world
from bridge.demo.pairing import Pairing
from bridge.demo.run import DATA
from bridge.demo.stage import Stage, staged
from bridge.demo.workplace import Workplace
from tests.system.scene import Scene, opened
from tests.system.telling import Quiet


def begun(world: World, events: int) -> World:
    """Only the first events of each history: cases that are linked and still open."""
    histories = tuple(h.model_copy(update={"events": h.events[:events]}) for h in world.histories)
    return world.model_copy(update={"histories": histories})


Staging = Callable[..., AbstractAsyncContextManager[Stage]]
Opening = Callable[..., AbstractAsyncContextManager[Scene]]


@pytest.fixture
def stage_of(tmp_path: Path) -> Staging:
    """Open a stage on which the first events of some histories were played, all at rest."""

    @asynccontextmanager
    async def opens(*names: str, events: int) -> AsyncIterator[Stage]:
        world = begun(read_world(DATA, names, Pairing.ZGW_ZGW), events)
        workplace = Workplace.open(tmp_path / "demo", DATA, None, None, Pairing.ZGW_ZGW)
        async with staged(world, workplace, Quiet()) as stage:
            keeping = asyncio.ensure_future(stage.keeper.watch())
            try:
                await stage.player.play()
                assert await stage.player.all_at_rest()
                yield stage
            finally:
                await stage.keeper.stop()
                await keeping

    return opens


@pytest.fixture
def on_servers(tmp_path: Path, vhost_url: str, postgres_url: str) -> Opening:
    """Open a scene on RabbitMQ and PostgreSQL: two hubs, and an edge for each agency."""

    @asynccontextmanager
    async def opens(**options: Any) -> AsyncIterator[Scene]:
        servers = {"broker": vhost_url, "store": postgres_url}
        async with opened(tmp_path / "demo", **{**servers, **options}) as scene:
            yield scene

    return opens


@pytest.fixture
def embedded(tmp_path: Path) -> Opening:
    """Open a scene on the embedded default: everything of the bridge in one process."""

    @asynccontextmanager
    async def opens(**options: Any) -> AsyncIterator[Scene]:
        async with opened(tmp_path / "demo", **options) as scene:
            yield scene

    return opens
