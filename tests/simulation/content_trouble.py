"""The larger trouble of the documents' world: the store of content, and its keys."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.trouble import Trouble

if TYPE_CHECKING:
    from tests.simulation.documents import DocumentsWorld


@dataclass(slots=True)
class ContentTrouble(Trouble):
    """Makes trouble as in the whole world, and more."""

    world: DocumentsWorld
    _replacing: bool = False

    async def one(self, random: Random) -> None:
        """Let something go wrong, or not."""
        await Trouble.one(self, random)
        chance, depot = self.world.chance, self.world.depot
        if chance.strikes("content-full", random=random):
            self.later(self._full(random.uniform(2, 60)))
        if chance.strikes("content-away", random=random):
            self.later(self._away(random.uniform(2, 60)))
        if chance.would_strike("content-lost", random) and depot.lose():
            chance.note("content-lost")
        if chance.would_strike("content-damaged", random) and depot.damage():
            chance.note("content-damaged")
        if not self._replacing and chance.strikes("key-replaced", random=random):
            self.later(self._key_replaced(Random(random.random())))

    async def end(self) -> None:
        """Let all trouble pass."""
        await Trouble.end(self)
        self.world.depot.is_away = self.world.depot.is_full = False

    async def _full(self, seconds: float) -> None:
        self.world.depot.is_full = True
        try:
            await asyncio.sleep(seconds)
        finally:
            self.world.depot.is_full = False

    async def _away(self, seconds: float) -> None:
        self.world.depot.is_away = True
        try:
            await asyncio.sleep(seconds)
        finally:
            self.world.depot.is_away = False

    async def _key_replaced(self, random: Random) -> None:
        """Replace the key as operators are told to: known to all, then first, then alone."""
        self._replacing, world = True, self.world
        old, new = world.keys[world.ruleset.agencies[0]][0], random.randbytes(32)
        for keys in ((old, new), (new, old), (new,)):
            for agency in world.ruleset.agencies:
                world.keys[agency] = keys
                for process in world.edges(agency):
                    process.kill()
                    process.start()
                await asyncio.sleep(random.choice((0, 1, 6)))
        self._replacing = False
