"""What ends is started again; what is killed comes back; what is to rest stays away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.patience import until
from bridge.demo.processes import Keeper, NotReady, Process
from bridge.demo.stage import _coming_back, _is_subscribed
from bridge.demo.system import CaseSystem, SystemAway


def a_process(folder: Path, *, ready: bool = True) -> Process:
    async def is_ready() -> bool:
        return ready

    # A module of the standard library that serves until it is told to stop.
    arguments = ("http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder))
    return Process("server", arguments, folder / "server.log", is_ready)


@asynccontextmanager
async def kept(process: Process) -> AsyncIterator[Keeper]:
    told: list[str] = []
    keeper = Keeper([process], told.append)
    await keeper.start()
    watching = asyncio.ensure_future(keeper.watch())
    try:
        yield keeper
    finally:
        await keeper.stop()
        await watching


async def starts(process: Process, count: int) -> None:
    async def has_started() -> bool:
        return process.starts >= count and process.is_running

    assert await until(has_started, 20)


async def test_a_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    process = a_process(tmp_path)
    async with kept(process):
        first = process.pid
        process.kill()
        await starts(process, 2)
        assert process.pid != first


async def test_a_process_at_rest_stays_away_until_it_is_woken(tmp_path: Path) -> None:
    process = a_process(tmp_path)
    async with kept(process) as keeper:
        await keeper.rest("server")
        await asyncio.sleep(0.1)
        assert not process.is_running
        keeper.wake("server")
        await starts(process, 2)


async def test_a_process_that_ends_at_once_says_where_its_log_is(tmp_path: Path) -> None:
    process = a_process(tmp_path, ready=False)
    process.arguments = ("no_such_module",)
    with pytest.raises(NotReady, match=r"server\.log"):
        await process.start()


async def test_a_process_that_falls_again_while_it_is_prepared_is_started_again(
    tmp_path: Path,
) -> None:
    """Killed when it has just come up; whoever looks after it must not give up."""
    process = a_process(tmp_path)

    async def prepare() -> bool:
        if process.starts == 1:
            process.kill()
            return False
        return True

    async with kept(process):
        process.prepare = prepare
        process.starts = 0
        process.kill()
        await starts(process, 2)


async def test_a_system_that_falls_while_it_is_asked_is_not_ready_yet(tmp_path: Path) -> None:
    """It answered the first question and not the second, as it does when it is killed between."""

    class Falling(CaseSystem):
        async def is_up(self) -> bool:
            return True

        async def _ask(self, *args: Any, **more: Any) -> Any:
            msg = "nobody answers"
            raise SystemAway(msg)

    system = Falling("odru", "999997014", "http://127.0.0.1:1", tmp_path / "secret")
    assert not await _is_subscribed(system, "http://127.0.0.1:2")
    assert not await _coming_back(system)()
