"""A process may open no more files and connections for a while, and goes on when it may again."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.system.conftest import Opening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.covers("F61")
async def test_a_process_without_file_handles_recovers_by_itself(embedded: Opening) -> None:
    """What is open stays open; no connection is taken or made, no file opened."""
    async with embedded() as scene:
        (bridge,) = [p for p in scene.keeper.processes if p.name in scene.site.bridge_processes()]
        assert bridge.pid is not None
        async with scene.people.working():
            await asyncio.sleep(2)
            with _no_more_files(bridge.pid):
                await asyncio.sleep(6)
            await asyncio.sleep(2)
        await scene.ends_alike()
        assert "Too many open files" in scene.site.log(bridge.name).read_text()
        assert bridge.starts == 1


@contextmanager
def _no_more_files(pid: int) -> Iterator[None]:
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
