"""Meddling with processes: killed or frozen for a while, whatever else happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final

from tests.simulation.processes import Ground, Process

_AWAY_SECONDS: Final = 3.0


@dataclass(slots=True)
class Meddler:
    """Makes trouble that passes by itself, and ends it all at once."""

    world: Ground
    _running: list[asyncio.Task[Any]] = field(default_factory=list)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Let some trouble go on by itself."""
        self._running.append(self.world.loop.create_task(work))

    async def stop(self) -> None:
        """Let all trouble pass."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def killed(self, process: Process, seconds: float) -> None:
        """Kill a process, and start it again after a while."""
        process.kill()
        await self.started(process, seconds)

    async def started(self, process: Process, seconds: float) -> None:
        """Start a process that was killed, after a while."""
        await asyncio.sleep(seconds)
        if not process.is_alive:
            process.start()

    def strike_down(self, process: Process, life: str) -> None:
        """Kill one life of a process here and now, and start it again after a while."""
        if process.id == life:
            process.kill()
            # Not in the context of the dead, in which nothing runs.
            Context().run(self.later, self.started(process, _AWAY_SECONDS))

    async def frozen(self, process: Process, seconds: float) -> None:
        """Freeze a process, and let it go on after a while."""
        life = process.id
        self.world.loop.freeze(life)
        await asyncio.sleep(seconds)
        self.world.loop.thaw(life)

    def revive(self, process: Process) -> None:
        """Let a process run, whatever was done to it."""
        self.world.loop.thaw(process.id)
        if not process.is_alive:
            process.start()
