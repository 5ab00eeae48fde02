"""
The processes of the demo, and who looks after them: one that ends is started again.

That is what an operating system's service manager does; here it also lets the demo kill them.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_READY_WITHIN: Final = 40.0
_STOP_WITHIN: Final = 12.0
_LOOK_EVERY: Final = 0.05
_PR_SET_PDEATHSIG: Final = 1
_PAUSE: Final = (1.0, 5.0)
"""Seconds between two kills, at least and at most."""


class NotReady(Exception):
    """A process did not come up; the message says where its log is."""


@dataclass(slots=True)
class Process:
    """
    One process.

    Attributes:
        is_ready: Whether it does its work.
        prepare: Done each time that it has become ready; false where it fell meanwhile.
        comes_first: Others speak with it: it is there before they are, and until they are gone.
    """

    name: str
    arguments: Sequence[str]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    prepare: Callable[[], Awaitable[bool]] | None = None
    comes_first: bool = False
    starts: int = 0
    _running: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The number of the process; ``None`` before its first start."""
        return self._running.pid if self._running is not None else None

    @property
    def is_running(self) -> bool:
        """Tell whether the process is there."""
        return self._running is not None and self._running.returncode is None

    async def start(self) -> None:
        """Start it, and wait until it does its work."""
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self.arguments,
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_the_demo,
            )
        self.starts += 1
        await self._until_ready()

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(_READY_WITHIN):
                while self.is_running:
                    if await self.is_ready() and await self._is_prepared():
                        return
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            pass
        tail = self.log.read_text("utf-8", "replace")[-1500:]
        msg = f"{self.name} did not come up; the end of {self.log}:\n{tail}"
        raise NotReady(msg)

    async def _is_prepared(self) -> bool:
        return self.prepare is None or await self.prepare()

    async def wait(self) -> None:
        """Wait until it is gone."""
        assert self._running is not None, "start it first"  # noqa: S101 - a bug of ours
        await self._running.wait()

    def kill(self) -> None:
        """End it at once, with nothing put in order."""
        if self._running is not None and self.is_running:
            self._running.send_signal(signal.SIGKILL)

    async def stop(self) -> None:
        """Ask it to end; end it where it does not."""
        if self._running is None or not self.is_running:
            return
        self._running.terminate()
        try:
            async with asyncio.timeout(_STOP_WITHIN):
                await self._running.wait()
        except TimeoutError:
            self.kill()
            await self._running.wait()


@dataclass(slots=True)
class Keeper:
    """
    Starts processes, starts them again when they end, stops them.

    Attributes:
        most_starts: How often in a row one is started that does not come up.
    """

    processes: Sequence[Process]
    told: Callable[[str], None]
    most_starts: int = 5
    _is_stopping: bool = False
    _awake: dict[str, asyncio.Event] = field(default_factory=dict)

    async def start(self) -> None:
        """Start all: first those with whom others speak, then the others, each time at once."""
        for comes_first in (True, False):
            some = [each for each in self.processes if each.comes_first is comes_first]
            await asyncio.gather(*(process.start() for process in some))

    async def watch(self) -> None:
        """Start again what ends, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for process in self.processes:
                tasks.create_task(self._watch(process))

    async def _watch(self, process: Process) -> None:
        while True:
            await process.wait()
            if self._is_stopping:
                return
            if process.name in self._awake:
                await self._awake[process.name].wait()
            self.told(f"{process.name} is weg; opnieuw gestart")
            await self._start_again(process)

    async def _start_again(self, process: Process) -> None:
        """Start a process until it comes up: it may be killed while it does."""
        for _ in range(self.most_starts):
            try:
                await process.start()
            except NotReady:
                if process.is_running:
                    raise
            else:
                return
        msg = f"{process.name} ends each time that it is started; see {process.log}"
        raise NotReady(msg)

    async def rest(self, name: str) -> None:
        """Stop one process, and leave it so until `wake`."""
        self._awake[name] = asyncio.Event()
        await self.of(name).stop()

    def wake(self, name: str) -> None:
        """Let one process be started again."""
        self._awake[name].set()

    def of(self, name: str) -> Process:
        """Give a process by its name."""
        return next(process for process in self.processes if process.name == name)

    async def stop(self) -> None:
        """Stop all; those with whom others speak come last."""
        self._is_stopping = True
        for comes_first in (False, True):
            some = [each for each in self.processes if each.comes_first is comes_first]
            await asyncio.gather(*(process.stop() for process in some))


def _end_with_the_demo() -> None:
    """Have the kernel end a process when the demo itself is killed: it would hold its ports."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def kill_at_random(keeper: Keeper, times: int, seed: int, calm: asyncio.Lock) -> None:
    """Kill a random process again and again, with random pauses between; never under *calm*."""
    chance = random.Random(seed)  # noqa: S311 - a game of chance that can be played again
    for _ in range(times):
        await asyncio.sleep(chance.uniform(*_PAUSE))
        async with calm:
            alive = [process for process in keeper.processes if process.is_running]
            if alive:
                victim = chance.choice(alive)
                keeper.told(f"{victim.name} wordt afgeschoten (SIGKILL)")
                victim.kill()
