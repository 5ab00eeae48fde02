"""The way of a hint: from a case system to the callback address of its agency's edge."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.memory.announce import body_of, signed
from bridge.store import StoreError
from contracts.adapter import Push
from contracts.ids import AgencyId

if TYPE_CHECKING:
    from tests.simulation.world import World

_TRIES = 3


@dataclass(slots=True)
class Mail:
    """Carries the pushes of one system."""

    world: World
    agency: AgencyId

    def listen(self) -> None:
        """Be told of every push, from now on."""
        self.world.systems[self.agency].announcer.listeners.append(self._sent)

    def _sent(self, url: str, push: Push) -> None:
        del url
        chance, random = self.world.chance, self.world.loop.random
        if chance.strikes("hint-lost", self.agency):
            return
        times = random.randint(2, 4) if chance.strikes("hint-doubled", self.agency) else 1
        for _ in range(times):
            delay = random.uniform(0, 0.1)
            if chance.strikes("hint-late", self.agency):
                delay = random.uniform(1, 40)
            self.world.loop.spawn("world", self._arrive(push, delay))
        if chance.strikes("hint-unknown", self.agency):
            secret = self.world.adapter_settings[self.agency].push_secret.get_secret_value()
            self.world.loop.spawn("world", self._arrive(signed(body_of(["niets"]), secret), 0.1))

    async def _arrive(self, push: Push, delay: float) -> None:
        """Deliver to whichever edge listens; where none does, it is lost after some tries."""
        await asyncio.sleep(delay)
        for _ in range(_TRIES):
            edges = self.world.edges(self.agency)
            if edges:
                process = self.world.loop.random.choice(edges)
                try:
                    async with asyncio.timeout(10):
                        if await self.world.loop.spawn(process.id, process.hear(push)):
                            return
                except (StoreError, TimeoutError):
                    pass
            await asyncio.sleep(1)
        self.world.chance.note("hint-lost", self.agency)
