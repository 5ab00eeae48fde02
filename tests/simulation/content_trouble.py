"""The larger trouble with contents on their way: their store, and its keys; in any world."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Protocol

from contracts.ids import AgencyId
from tests.simulation.depot import Depot
from tests.simulation.faults import Chance
from tests.simulation.meddling import Meddler
from tests.simulation.processes import Process


class Stocked(Protocol):
    """
    What this trouble asks of a world.

    Attributes:
        depot: What lies in its store of content.
        keys: By agency: the keys of content that its edge is given when it starts.
    """

    depot: Depot
    keys: dict[AgencyId, tuple[bytes, ...]]

    @property
    def chance(self) -> Chance:
        """What strikes."""

    def edges(self, agency: AgencyId) -> Collection[Process]:
        """Give the edges of an agency that run."""


@dataclass(slots=True)
class ContentTrouble:
    """
    Makes trouble with a store of content and its keys.

    Attributes:
        meddler: Who lets it go on by itself, and ends it.
    """

    world: Stocked
    meddler: Meddler
    _replacing: bool = False

    def one(self, random: Random) -> None:
        """Let something go wrong, or not."""
        chance, depot = self.world.chance, self.world.depot
        if chance.strikes("content-full", random=random):
            self.meddler.later(self._full(random.uniform(2, 60)))
        if chance.strikes("content-away", random=random):
            self.meddler.later(self._away(random.uniform(2, 60)))
        if chance.would_strike("content-lost", random) and depot.lose():
            chance.note("content-lost")
        if chance.would_strike("content-damaged", random) and depot.damage():
            chance.note("content-damaged")
        if not self._replacing and chance.strikes("key-replaced", random=random):
            self.meddler.later(self._key_replaced(Random(random.random())))

    def end(self) -> None:
        """See that nothing is in the way any more."""
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
        old, new = next(iter(world.keys.values()))[0], random.randbytes(32)
        for keys in ((old, new), (new, old), (new,)):
            for agency in world.keys:
                world.keys[agency] = keys
                for process in world.edges(agency):
                    process.kill()
                    process.start()
                await asyncio.sleep(random.choice((0, 1, 6)))
        self._replacing = False
