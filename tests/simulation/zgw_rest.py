"""Rest in the ZGW world: whether anything still goes on, and what people do so that all agrees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bridge.demo.filing import DOCUMENTEN
from tests.simulation.operators import resumptions

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld

AGREE_WITHIN: Final = timedelta(minutes=10)
_COME_UP_WITHIN: Final = timedelta(minutes=1)
_MOST_RESUMED: Final = 3
_LOOK_EVERY: Final = 0.6


@dataclass(slots=True)
class Rest:
    """Waits for a run to come to rest."""

    world: ZgwWorld

    async def until_subscribed(self) -> None:
        """Wait until the bridge has had itself called: what happens before only a sweep finds."""

        async def is_subscribed() -> bool:
            return all(
                process.made is not None and process.made.system.store.all("abonnement")
                for process in self.world.systems.values()
            )

        if not await self._until(is_subscribed, _COME_UP_WITHIN):
            self.world.broke("converge", "the bridge did not have itself called")

    async def come(self) -> None:
        """Wait until nothing goes on any more, which must come about."""
        if not await self._until(self._rests, AGREE_WITHIN):
            backstage = self.world.staff.backstage
            figures, due = await backstage.figures(), await backstage.looks_due()
            why = f"not at rest after {AGREE_WITHIN}: {figures}, {due} looks due"
            self.world.broke("converge", why)

    async def agree(self) -> None:
        """
        Come to agree, now that nothing breaks any more.

        People save every case once more, for one that nobody ever announced is not known; an
        administrator takes away the locks that a crash left behind; a sweep finds what is never
        announced; an operator resumes what was refused.
        """
        people, backstage = self.world.staff.people, self.world.staff.backstage
        await self._take_locks_away()
        await self.come()
        for dossier in people.dossiers:
            await people.touch(dossier)
        await self.come()
        await backstage.sweep()
        await self.come()
        for _ in range(_MOST_RESUMED):
            links = await backstage.links()
            resumed = [each for link in links for each in resumptions(link)]
            if not resumed:
                break
            for each in resumed:
                await backstage.desk.operate(each.link, each.operation)
            self.world.trace.passed("operators.resume")
            await self.come()

    async def _take_locks_away(self) -> None:
        for system in self.world.staff.systems.values():
            for document in await system.all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"):
                # While parts of an upload miss, it is for the next try to finish it.
                if document["locked"] and not document["bestandsdelen"]:
                    await system.post(f"{document['url']}/unlock", {}, by="beheer")
                    self.world.trace.passed("administrators.unlock")

    async def _rests(self) -> bool:
        waiting = sum(
            process.made.system.announcer.deliveries.waiting if process.made is not None else 1
            for process in self.world.systems.values()
        )
        return not waiting and await self.world.staff.backstage.all_at_rest()

    async def _until(self, is_so: Callable[[], Awaitable[bool]], within: timedelta) -> bool:
        """Wait until something is so, and is so a moment later; false where it takes too long."""
        loop = self.world.loop
        end, times = loop.now + within.total_seconds(), 0
        while loop.now < end:
            await asyncio.sleep(_LOOK_EVERY)
            times = times + 1 if await is_so() else 0
            if times == 2:
                return True
        return False
