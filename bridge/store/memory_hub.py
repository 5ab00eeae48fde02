"""The hub's side of a store in memory: Links and what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import nsmallest
from operator import attrgetter
from typing import Final

from bridge.engine.link import Link
from bridge.store.columns import storable
from bridge.store.matters import stirred, waiting, went_on
from bridge.store.memory_jobs import end_items
from bridge.store.memory_outbox import MemoryOutbox
from bridge.store.memory_state import KeptLink
from bridge.store.memory_tally import tally
from bridge.store.records import CaseKey, Share, StoredLink, Timer, Work
from bridge.store.rows import unsettled_at
from bridge.store.stale import Change, Route, Sifted, has_case, route_of
from contracts.ids import LinkId

_BY_MOMENT: Final = attrgetter("due_at", "link")
_BY_SHARING: Final = attrgetter("at", "with_")


class MemoryHub(MemoryOutbox):
    """Implements `HubStore`, but for the identity."""

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        """Save a group, in which nothing comes between; tell for each whether it was saved."""
        kept = self._state.links
        there = {
            id_: kept[id_].stored.version
            for id_ in (work.link.id for work in group if work.link is not None)
            if id_ in kept
        }
        sifted = Sifted(group, there)
        # From here on nothing fails: it is all saved, or nothing.
        lost = self._made_by_others(sifted)
        changes = [each for each in (*sifted.new, *sifted.known) if each.link.id not in lost]
        self._follow_matters(changes)
        for change in changes:
            self._save(change)
        verdicts = sifted.verdicts(lost)
        saved = [work for work, fine in zip(group, verdicts, strict=True) if fine]
        for work in saved:
            self._state.journal += work.journal
            tally(self._state, work)
        self._put_out([row for work in saved for row in work.outgoing])
        end_items(self._state, [work.ends for work in saved if work.ends is not None])
        return verdicts

    async def links(self, ids: Collection[LinkId]) -> Mapping[LinkId, StoredLink]:
        """Load Links; those that do not exist are left out."""
        kept = self._state.links
        return {id_: kept[id_].stored for id_ in sorted(set(ids)) if id_ in kept}

    async def links_of(
        self, cases: Collection[CaseKey]
    ) -> Mapping[CaseKey, tuple[StoredLink, ...]]:
        """Load the Links of some cases; a case without any is there with none."""
        kept, by_case = self._state.links, self._state.by_case
        return {
            case: tuple(kept[id_].stored for id_ in by_case.get(case, ()))
            for case in sorted(set(cases))
        }

    async def due_timers(self, at: datetime, limit: int) -> Sequence[Timer]:
        """Give Links that are due to be decided again, longest due first."""
        due = (Timer(link, due) for link, due in self._state.timers.items() if due <= at)
        return nsmallest(limit, due, key=_BY_MOMENT)

    async def postpone(self, links: Collection[LinkId], until: datetime) -> None:
        """Set the timers of Links which could not be decided; their versions stay."""
        for link in links:
            if link in self._state.links:
                self._state.timers[link] = until

    async def add_share(self, share: Share) -> None:
        """Remember that a person shared a case; the last one with the same agency counts."""
        case = (share.agency, share.ref)
        others = [s for s in self._state.shares.get(case, ()) if s.with_ != share.with_]
        kept = replace(share, by=storable(share.by), reason=storable(share.reason))
        self._state.shares[case] = tuple(sorted((*others, kept), key=_BY_SHARING))

    async def shares_of(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, tuple[Share, ...]]:
        """Load what people shared by hand; a case without any is there with none."""
        return {case: self._state.shares.get(case, ()) for case in sorted(set(cases))}

    def _made_by_others(self, sifted: Sifted) -> set[LinkId]:
        """Name the new Links that were made before, in this group or by somebody else."""
        state, lost = self._state, set[LinkId]()
        moved: dict[Route, LinkId | None] = {}
        for change in (*sifted.new, *sifted.known):
            id_, route = change.link.id, route_of(change.link)
            before = state.links.get(id_)
            owner = moved[route] if route in moved else state.by_route.get(route)
            if owner not in (None, id_):
                if before:  # a database refuses that too
                    msg = f"Link {id_} became a second one beside {owner} for one case of its home"
                    raise ValueError(msg)
                lost.add(id_)
                continue
            if before:
                moved[route_of(before.link)] = None
            moved[route] = id_ if has_case(route) else None
        return lost

    def _save(self, change: Change) -> None:
        state, work, link = self._state, change.work, change.link
        before = state.links.get(link.id)
        since = unsettled_at(work, link)
        if before is not None and before.unsettled_since is not None and since is not None:
            since = before.unsettled_since  # a Link that was unequal before is so since then
        stored = StoredLink(link, change.version)
        state.links[link.id] = KeptLink(stored, work.at, work.is_equal, since)
        if work.wake_at is None:
            state.timers.pop(link.id, None)
        else:
            state.timers[link.id] = work.wake_at
        self._index(link, before.link if before else None)

    def _follow_matters(self, changes: Sequence[Change]) -> None:
        """Note what waits for a person now that did not, and what does no more."""
        state = self._state
        kept = [state.links[each.link.id].link for each in changes if each.link.id in state.links]
        before = {place: m.id for link in kept for place, (m, _) in waiting(link).items()}
        now = {place: each for change in changes for place, each in waiting(change.link).items()}
        for id_, about in stirred(before, now).items():
            left = state.waiting.get(id_, 0) + len(about.begun) - about.ended
            matter, course = state.matters.get(id_, (about.matter, None))
            if matter is not None:
                at = max(change.work.at for change in changes)
                state.matters[id_] = matter, went_on(course, about.begun, left, at)
            state.waiting[id_] = left

    def _index(self, link: Link, before: Link | None) -> None:
        """Let the Link be found by its cases and by its route, and no more by former ones."""
        cases, former = _cases(link), _cases(before) if before else set()
        by_case, by_route = self._state.by_case, self._state.by_route
        for case in former - cases:
            by_case[case] = tuple(id_ for id_ in by_case[case] if id_ != link.id)
        for case in cases - former:
            by_case[case] = tuple(sorted((*by_case.get(case, ()), link.id), key=self._age))
        route = route_of(link)
        if before and route_of(before) != route:
            by_route.pop(route_of(before), None)
        if has_case(route):
            by_route[route] = link.id

    def _age(self, id_: LinkId) -> tuple[datetime, LinkId]:
        return self._state.links[id_].link.created_at, id_


def _cases(link: Link) -> set[CaseKey]:
    return {(side.agency, side.ref) for side in link.sides.values() if side.ref is not None}
