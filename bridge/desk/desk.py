"""
Asks and deeds of one case after another.

The desk works on the store alone, so it does so while the bridge runs in other processes, or does
not run at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from bridge.clock import Now
from bridge.desk.deadlines import Deadlines
from bridge.desk.explain import Explained, explained
from bridge.desk.hints import Hinting
from bridge.desk.jobs import Jobs
from bridge.desk.parked import Parked
from bridge.desk.sides import Sides
from bridge.desk.together import Lasting, Together
from bridge.desk.vitals import Vitals
from bridge.engine.decision import Row, What
from bridge.engine.link import Link
from bridge.engine.operate import Operation
from bridge.engine.rules import Rules
from bridge.engine.stays import counted_words
from bridge.hub.group import Group, Operate, Overtaken
from bridge.jobs.errors import NotToBeDone
from bridge.jobs.fits import see_fits
from bridge.store import Share, Store, Transfer, Work
from bridge.store.pauses import rules_now
from bridge.store.views import CaseRow, CaseState, Figures, ParkedRow
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Cause

_PAGE: Final = 500
_LOOK_LASTS: Final = timedelta(hours=1)
_LOOKERS: Final = 100
_RULES_LAST: Final = timedelta(seconds=10)


class Desk:
    """Answers and acts for people."""

    def __init__(self, store: Store, *, rules: Callable[[], Rules], source: str, now: Now) -> None:
        self._store, self._rules, self._source, self._now = store, rules, source, now
        self._group = Group(store=store, rules=rules, source=source, now=now)
        self._figures = Together(store.figures)
        self._published = Lasting(self._latest_rules, lasts=_RULES_LAST, now=now)
        self._hints = Hinting(store, source=source, now=now)
        self.parked_by_matter = Parked(store, now=now)
        self.jobs = Jobs(store, rules=rules, now=now)
        self.vitals = Vitals(store, now=now)
        self.deadlines = Deadlines(store, now=now)
        self.sides = Sides(store, rules=rules, now=now)

    async def published(self) -> str | None:
        """Give the version of the rules that came in force last, whoever saw it."""
        return await self._published.get()

    async def has_hub(self) -> bool:
        """Tell whether a hub runs: without one nothing crosses, however equal all was."""
        told = await self._store.at_work(self._now())
        return any("hub" in one.runs.split(", ") for one in told)

    async def figures(self) -> Figures:
        """Count how all stands."""
        return await self._figures.get()

    async def _latest_rules(self) -> str | None:
        latest = await self._store.rules_versions(1)
        return latest[0].version if latest else None

    async def cases(
        self, text: str = "", state: CaseState = CaseState.ALL, limit: int = 100
    ) -> Sequence[CaseRow]:
        """List cases, latest change first."""
        return (await self._store.cases(text=text, state=state, limit=limit)).rows

    async def transfers(self, link: LinkId | None = None) -> Sequence[Transfer]:
        """List contents of documents that are on their way for more than a moment."""
        return await self._store.transfers(link)

    async def parked(self, limit: int = 500) -> Sequence[ParkedRow]:
        """List what waits for a person, longest first."""
        return await self._store.parked(limit=limit)

    async def find(self, case: str) -> list[Link]:
        """
        Find the Links of a case by its Link, its reference, or its number at either side.

        Raises:
            NotToBeDone: There is none, or the text fits several cases.
        """
        by_id = await self._store.links([LinkId(case)])
        if by_id:
            return [stored.link for stored in by_id.values()]
        rows = await self.cases(case)
        exact = [
            row
            for row in rows
            if any(case in (side.ref, side.number) for side in row.sides) or row.number == case
        ]
        chosen = exact or list(rows)
        if not chosen:
            msg = f"no case {case!r} is linked; `casebridge cases` lists those that are"
            raise NotToBeDone(msg)
        if not exact and len(chosen) > 1:
            numbers = ", ".join(str(row.number) for row in chosen[:5])
            msg = f"{case!r} fits several cases ({numbers} …); give the whole number"
            raise NotToBeDone(msg)
        found = await self._store.links([row.link for row in chosen])
        return [stored.link for stored in found.values()]

    def stays(self, link: Link) -> dict[AgencyId, str]:
        """Say which documents stay behind at which side: number and type."""
        return {
            agency: counted_words(self._rules(), agency, side.stays)
            for agency, side in link.sides.items()
            if side.stays
        }

    async def explain(self, link: Link) -> list[Explained]:
        """Say for every field where its value came from, and how each side stands."""
        journal = await self._store.journal_of(link.id, limit=5000)
        rules = await rules_now(self._rules(), self._store)
        return explained(link, journal, rules, self._now())

    async def operate(
        self, link: LinkId, operation: Operation, *, version: int | None = None
    ) -> Link:
        """
        Do what a person asked; the running bridge sends what follows from it.

        Args:
            version: Of the Link that the person saw, where they decided on what they saw.

        Raises:
            NotToBeDone: The Link is gone, or what was asked does not fit how it stands.
            Overtaken: It changed since the person saw it; nothing was done.
        """
        found = await self._store.links([link])
        if link not in found:
            msg = f"no Link {link}; `casebridge cases` lists those that there are"
            raise NotToBeDone(msg)
        if version not in (None, found[link].version):
            raise Overtaken(link)
        see_fits(found[link].link, operation)
        await self._group.settle([Operate(link, operation, version)])
        return (await self._store.links([link]))[link].link

    async def share(
        self, agency: AgencyId, ref: CaseRef, with_: AgencyId, *, by: str, reason: str
    ) -> None:
        """Share a case by hand; the edge of its agency looks at it next."""
        for name in (agency, with_):
            if name not in self._rules().lenses:
                known = ", ".join(self._rules().lenses)
                msg = f"agency {name!r} has no crosswalk; there are: {known}"
                raise NotToBeDone(msg)
        await self._store.add_share(Share(agency, ref, with_, by, reason, self._now()))
        await self._hints.send([(agency, ref)], Cause.REQUEST)

    async def look(self, link: Link) -> None:
        """Have the edges look at every side of a case now."""
        cases = [(side.agency, side.ref) for side in link.sides.values() if side.ref is not None]
        await self._hints.send(cases, Cause.REQUEST)

    async def note_seen(self, link: Link, *, by: str) -> None:
        """Tell the journal that somebody looked at a case; once an hour, however often they do."""
        at = self._now()
        rows = await self._store.journal_of(link.id, what=What.SEEN, limit=_LOOKERS)
        if not any(row.by == by and at - row.at < _LOOK_LASTS for row in rows):
            await self._store.commit([Work(at=at, journal=(Row(What.SEEN, at, link.id, by=by),))])

    async def report(self, link: Link, *, by: str, why: str) -> None:
        """Write into the journal that somebody who works on a case says it is not right."""
        at = self._now()
        row = Row(What.REPORTED, at, link.id, why=why, by=by)
        await self._store.commit([Work(at=at, journal=(row,))])

    async def sweep(self, agencies: Sequence[AgencyId]) -> int:
        """Have the edges look at every linked case, whatever was announced; give how many."""
        count, after = 0, None
        while True:
            page = await self._store.cases(limit=_PAGE, after=after)
            cases = {
                (side.agency, side.ref)
                for row in page.rows
                if not row.is_released
                for side in row.sides
                if side.ref is not None and side.agency in agencies
            }
            await self._hints.send(sorted(cases), Cause.SWEEP)
            count, after = count + len(cases), page.after
            if after is None:
                return count
