"""
Killing: SIGKILL to whatever runs, again and again, also while it is coming up from the last time.

Processes of the bridge and the case systems are started again by their keeper; a broker and a
database of our own by whoever killed them, after they were away for a moment.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.demo.processes import Keeper
from tests.services.server import PrivateServer

_SERVERS_SHARE: Final = 0.1
_AWAY_SECONDS: Final = (0.0, 3.0)
_IN_RECOVERY_SHARE: Final = 0.3
_NEVER_GIVE_UP: Final = 10**6


@dataclass(slots=True)
class Killer:
    """
    Kills at random, by a seed.

    Attributes:
        pause_seconds: Between two kills, at least and at most.
        calm: Nobody is killed while somebody holds it.
        killed: How often each was.
    """

    keeper: Keeper
    servers: Mapping[str, PrivateServer]
    seed: int
    pause_seconds: tuple[float, float] = (0.5, 2.5)
    calm: asyncio.Lock = field(default_factory=asyncio.Lock)
    killed: Counter[str] = field(default_factory=Counter)

    async def kill(self, times: int) -> None:
        """Kill so many times, and return when every server is back."""
        chance = random.Random(f"{self.seed}:{self.killed.total()}")
        self.keeper.most_starts = _NEVER_GIVE_UP
        away: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as coming_back:
            while times > 0:
                await asyncio.sleep(chance.uniform(*self.pause_seconds))
                async with self.calm:
                    victim = await self._choose(
                        chance, [n for n, t in away.items() if not t.done()]
                    )
                    if victim is None:
                        continue
                    times -= 1
                    self.killed[victim] += 1
                    if victim in self.servers:
                        pause = chance.uniform(*_AWAY_SECONDS)
                        back = self._kill_server(self.servers[victim], pause)
                        away[victim] = coming_back.create_task(back)
                    else:
                        self.keeper.of(victim).kill()

    async def _choose(self, chance: random.Random, away: list[str]) -> str | None:
        servers = [name for name in self.servers if name not in away]
        if servers and chance.random() < _SERVERS_SHARE:
            return chance.choice(servers)
        alive = [process for process in self.keeper.processes if process.is_running]
        if not alive:
            return None
        victim = chance.choice(alive)
        # Also in mid-recovery, but not so often that nobody ever works.
        spares = chance.random() > _IN_RECOVERY_SHARE
        return None if spares and not await victim.is_ready() else victim.name

    async def _kill_server(self, server: PrivateServer, pause: float) -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(pause)
        await asyncio.to_thread(server.start)
