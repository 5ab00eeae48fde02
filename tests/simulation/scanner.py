"""The scanner of the documents' world: it finds things, is away, or does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random

from bridge.scan import Clean, Harmful, Scanner, ScannerAway, Unscannable, Verdict
from contracts.ids import AgencyId
from tests.simulation.faults import Chance


@dataclass(slots=True)
class SimScanner:
    """Looks into what enters one agency's system."""

    chance: Chance
    agency: AgencyId
    random: Random

    async def check(self) -> None:
        """Answer, unless it is away."""
        if self._strikes("scanner-away"):
            raise _away()

    async def scan(self, pieces: AsyncIterator[bytes]) -> Verdict:
        """Read a content, and find it clean, where nothing strikes."""
        await self.check()
        if self._strikes("scanner-hangs"):
            await asyncio.sleep(self.random.uniform(5, 90))
            raise _away()
        async for _ in pieces:
            await asyncio.sleep(0)
        if self._strikes("infected"):
            return Harmful("Eicar")
        if self._strikes("unscannable"):
            return Unscannable("het bestand is versleuteld")
        return Clean()

    def _strikes(self, name: str) -> bool:
        return self.chance.strikes(name, self.agency, self.random)


def _away() -> ScannerAway:
    return ScannerAway("nobody answers")


_: type[Scanner] = SimScanner
