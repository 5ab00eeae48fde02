"""A simulated case system as a process of its own: what it is told, and until when it runs."""

from __future__ import annotations

import asyncio
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Awaitable
from pathlib import Path

from .serving import Served


def arguments_of(program: str, about: str | None) -> ArgumentParser:
    """Give a parser of what every simulator is told; each adds its own."""
    parser = ArgumentParser(prog=program, description=about)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, help="folder that keeps everything; else memory")
    parser.add_argument("--catalogue", type=Path, help="catalogue of the agency (YAML)")
    parser.add_argument("--parties", type=Path, help="parties (YAML); else beside the catalogue")
    parser.add_argument("--agency", default="odru")
    return parser


async def run(starting: Awaitable[Served], told: str) -> None:
    """Run a simulator until a signal asks to stop; say, as *told*, where it answers."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with await starting as simulator:
        sys.stdout.write(f"{told} ready at {simulator.url}\n")
        sys.stdout.flush()
        await stopped.wait()
