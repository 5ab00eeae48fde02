"""Rest in the ZGW world: whether anything still goes on, and what people do so that all agrees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bridge.demo.filing import DOCUMENTEN
from contracts.ids import AgencyId
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
        administrator releases the locks whose ids never came, as told in the bridge's own store; a
        sweep finds what is never announced; an operator resumes what was refused.
        """
        people, backstage = self.world.staff.people, self.world.staff.backstage
        await self._until(self._is_nothing_locked, AGREE_WITHIN)
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
        # What nobody goes on with, as it was withdrawn meanwhile, is given back after a while.
        await self._until(self._is_nothing_locked, AGREE_WITHIN)
        await self.come()

    async def locked(self) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
        """Give the documents that are locked, with the agency in whose system they are."""
        for agency, system in self.world.staff.systems.items():
            for document in await system.all(f"{DOCUMENTEN}/enkelvoudiginformatieobjecten"):
                if document["locked"]:
                    yield agency, document

    async def _release_what_was_unheard(self) -> None:
        """Release the locks that the bridge asked for and was not answered; it does all others."""
        systems = self.world.staff.systems
        async for agency, document in self.locked():
            kept = await self.world.staff.backstage.store.left_locks(AgencyId(agency))
            uuid = document["url"].rsplit("/", 1)[1]
            if not document["bestandsdelen"] and any(
                lock.place == uuid and not lock.lock for lock in kept
            ):
                await systems[agency].post(f"{document['url']}/unlock", {}, by="beheer")
                self.world.trace.passed("administrators.unlock")

    async def _is_nothing_locked(self) -> bool:
        await self._release_what_was_unheard()
        return not [each async for each in self.locked()]

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
