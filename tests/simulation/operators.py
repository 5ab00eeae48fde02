"""Operators: once nothing breaks any more, they set going what waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.engine.link import Link
from bridge.engine.operate import Resume
from bridge.engine.parked import Reason, Way
from bridge.hub.group import Operate
from tests.simulation.trace import Made, Operated, Wrote

if TYPE_CHECKING:
    from tests.simulation.world import World

SWEEP: Final = timedelta(seconds=65)
"""Within which a sweep comes by."""

_MOST_TRIES = 3
_PASSING = (
    Reason.REFUSED,
    Reason.UNREADABLE,
    Reason.BUG,
    Reason.GONE,
    Reason.OUT_OF_SCOPE,
    Reason.UNSAFE,
)


@dataclass(slots=True)
class Operators:
    """Whoever looks after the bridge of this world."""

    world: World

    async def until_all_is_said(self, within: timedelta) -> bool:
        """Wait until nothing is on its way; resume what was refused, some times."""
        is_idle = await self._until_swept(within)
        for _ in range(_MOST_TRIES):
            resumed = [each for link in self._links() for each in resumptions(link)]
            if not resumed:
                break
            group = self.world.group()
            for operate in resumed:
                now = self.world.now()
                self.world.trace.add(Operated(now, operate.link, operate.operation))
                await group.settle([operate])
            self.world.trace.passed("operators.resume")
            is_idle = await self._until_swept(within)
        return is_idle

    async def _until_swept(self, within: timedelta) -> bool:
        """
        Wait until a sweep finds nothing to write any more; at most one for each agency.

        What is written into a case that goes on to a third agency is found there by a sweep, where
        its system announces nothing; and so on, from one to the next.
        """
        is_idle = False
        for _ in self.world.ruleset.agencies:
            before = self._written()
            await asyncio.sleep(SWEEP.total_seconds())
            is_idle = await self.world.until_idle(within)
            if self._written() == before:
                break
        return is_idle

    def _written(self) -> int:
        return sum(isinstance(event, Wrote | Made) for event in self.world.trace.events)

    async def resume_twice(self) -> None:
        """Have two operators resume the same parked path in the same moment."""
        found = [each for link in self._links() for each in resumptions(link)]
        if found:
            now = self.world.now()
            self.world.trace.add(Operated(now, found[0].link, found[0].operation))
            groups = [self.world.group() for _ in range(2)]
            settling = (group.settle([found[0]]) for group in groups)
            await asyncio.gather(*settling, return_exceptions=True)

    def _links(self) -> list[Link]:
        return [kept.link for kept in self.world.state.links.values()]


def resumptions(link: Link) -> Iterator[Operate]:
    """Say what an operator resumes of a case, once whatever kept it has passed."""
    if link.released is not None:
        return
    for side in link.sides.values():
        for path, parked in side.parked.items():
            if parked.reason in _PASSING and Way.RESUME in parked.ways:
                yield Operate(link.id, Resume("beheerder", "het kan weer", side.agency, path))
