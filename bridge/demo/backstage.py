"""
Backstage: the demo's own look into the bridge's store, and what its people ask of the bridge.

The player looks here to know when a case has come to rest, so that it can go on; the checks look
here only for what stands nowhere else (what is parked, why something was written). What a case
shows is always asked of the systems themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from bridge.demo.system import CaseSystem
from bridge.desk import Desk
from bridge.engine.link import Link
from bridge.engine.operate import Unlink
from bridge.engine.parked import CASE
from bridge.store import Store
from bridge.store.views import Figures, JournalEntry
from contracts.ids import AgencyId, CaseRef

_FAR: Final = datetime(9000, 1, 1, tzinfo=UTC)
_MANY: Final = 100_000

Case = tuple[AgencyId, CaseRef]


def case_of(agency: str, url: str) -> Case:
    """Name a case as the bridge does."""
    return AgencyId(agency), CaseRef(unquote(url.rstrip("/").rpartition("/")[2]))


@dataclass(slots=True)
class Backstage:
    """The store of the bridge, and its desk."""

    store: Store
    desk: Desk
    systems: Mapping[str, CaseSystem]

    # Is it at rest?

    async def is_at_rest(self, cases: Collection[Case]) -> bool:
        """
        Tell whether all that was done to some cases has been seen and dealt with.

        Nothing is on its way to the bridge, nothing waits to be looked at, what was read last has
        been decided upon, and no command is out. What is parked is at rest.
        """
        for system in self.systems.values():
            if await system.waiting_notifications():
                return False
        if await self.looks_due() or (await self.store.outbox_stats()).size:
            return False
        links = await self.store.links_of(list(cases))
        for case, stored in links.items():
            known = await self.store.known_cases(case[0], [case[1]])
            seen_at = known[case[1]].seen_at if case[1] in known else None
            if not stored:
                if seen_at is not None and not await self.store.journal_of(case=case, limit=1):
                    return False
                continue
            if not _is_at_rest([each.link for each in stored], case, seen_at):
                return False
        return True

    async def looks_due(self) -> int:
        """Count the cases that an edge is still to look at."""
        due = [await self.store.due_hints(AgencyId(agency), _FAR, _MANY) for agency in self.systems]
        return sum(map(len, due))

    async def all_at_rest(self) -> bool:
        """Tell whether nothing at all is going on."""
        if await self.looks_due():
            return False
        if (await self.store.figures()).outbox_size:
            return False
        # By side: a case that waits for a person may have something else on its way.
        sides = await self.store.side_figures()
        return not any(side.in_flight or side.waiting for side in sides)

    # What people ask

    async def share(self, case: Case, with_: str, by: str) -> None:
        """Share a case by hand, as an administrator does."""
        await self.desk.share(*case, AgencyId(with_), by=by, reason="meekijken")

    async def unlink(self, case: Case, by: str, reason: str) -> None:
        """Let the cases go their own way, as a coordinator decided."""
        for link in await self.links_of(case):
            if link.released is None:
                await self.desk.operate(link.id, Unlink(by=by, reason=reason))

    async def sweep(self) -> int:
        """Have every known case looked at; give how many there are."""
        return await self.desk.sweep([AgencyId(agency) for agency in self.systems])

    # What stands nowhere else

    async def links_of(self, case: Case) -> Sequence[Link]:
        """Give the Links of a case."""
        return [stored.link for stored in (await self.store.links_of([case]))[case]]

    async def links(self) -> Sequence[Link]:
        """Give all Links."""
        found: list[Link] = []
        after = None
        while True:
            page = await self.store.cases(limit=500, after=after)
            stored = await self.store.links([row.link for row in page.rows])
            found += [each.link for each in stored.values()]
            if (after := page.after) is None:
                return found

    async def figures(self) -> Figures:
        """Count how all stands."""
        return await self.store.figures()

    async def journal(self) -> Sequence[JournalEntry]:
        """Give the whole journal, latest first."""
        found: list[JournalEntry] = []
        before = None
        while page := await self.store.journal_of(limit=5000, before=before):
            found += page
            before = page[-1].id
        return found


def _is_at_rest(links: Sequence[Link], case: Case, seen_at: datetime | None) -> bool:
    """Tell whether the last reading of a case was decided upon, and nothing is out."""
    bound = [link for link in links if link.released is None]
    sides = [link.sides[case[0]] for link in bound]
    # A receipt is read by the Link that asked; it alone has taken that reading in.
    newest = max((side.checked_at for side in sides if side.checked_at), default=None)
    behind = seen_at is not None and (newest is None or newest < seen_at)
    if bound and behind and not all(CASE in side.parked for side in sides):
        return False
    return all(side.is_idle for link in bound for side in link.sides.values())
