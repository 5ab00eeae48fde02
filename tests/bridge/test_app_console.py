"""The console as a process serves it: alone, beside nothing else, until it is asked to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from bridge.app import provision, run_console
from bridge.demo.run import DATA
from bridge.faulty import Faulty
from bridge.settings import AgencySettings, ConsoleSettings, Settings


def settings(folder: Path, port: int) -> Settings:
    return Settings(
        environment="test",
        rules=DATA,
        data=folder,
        agencies={"odru": AgencySettings(adapter="memory")},
        console=ConsoleSettings(listen_port=port),
    )


async def the_sign_in_page(port: int) -> str:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(
                    f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"}
                ) as answer:
                    assert answer.url.path == "/login"
                    return await answer.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


async def test_the_console_runs_alone_until_it_is_asked_to_stop(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """Who has no account yet is told how to make one."""
    made = settings(tmp_path, unused_tcp_port)
    await provision(made)
    running = asyncio.create_task(run_console(made))
    async with asyncio.timeout(30):
        assert "casebridge account add" in await the_sign_in_page(unused_tcp_port)
        os.kill(os.getpid(), signal.SIGTERM)
        await running


async def test_a_port_that_is_taken_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        made = settings(tmp_path, taken.getsockname()[1])
        await provision(made)
        with pytest.raises(Faulty, match=r"^console\.listen_port: .* choose another"):
            await run_console(made)
