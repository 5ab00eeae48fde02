"""The hub's store of the quick world: records in dicts, saved whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from bridge.engine.decision import Row
from bridge.engine.link import Link
from bridge.store.records import (
    HUB,
    CaseKey,
    Identity,
    OutboxRow,
    OutboxStats,
    Pause,
    Share,
    StoredLink,
    Timer,
    Work,
)
from contracts.ids import AgencyId, LinkId


class QuickStore:
    """
    Keeps Links, timers and shares; the journal goes to who is told of what was saved.

    Attributes:
        before_commit: Called once, before the next group is saved: somebody else is faster.
    """

    def __init__(self, saved: Callable[[Work], None]) -> None:
        self._saved = saved
        self.by_id: dict[LinkId, StoredLink] = {}
        self.timers: dict[LinkId, datetime] = {}
        self.before_commit: Callable[[], None] | None = None
        self._by_case: dict[CaseKey, list[LinkId]] = {}
        self._shares: dict[CaseKey, dict[str, Share]] = {}
        self._paused: dict[AgencyId, Pause] = {}
        self._made: set[tuple[str, str, str, str | None]] = set()

    async def links_of(
        self, cases: Collection[CaseKey]
    ) -> Mapping[CaseKey, tuple[StoredLink, ...]]:
        return {
            case: tuple(self.by_id[id_] for id_ in self._by_case.get(case, ()))
            for case in sorted(cases)
        }

    async def links(self, ids: Collection[LinkId]) -> Mapping[LinkId, StoredLink]:
        return {id_: self.by_id[id_] for id_ in sorted(ids) if id_ in self.by_id}

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        if self.before_commit is not None:
            faster, self.before_commit = self.before_commit, None
            faster()
        stale: set[LinkId] = set()
        return tuple(self._commit(work, stale) for work in group)

    def _commit(self, work: Work, stale: set[LinkId]) -> bool:
        link = work.link
        if link is not None:
            known = self.by_id.get(link.id)
            if link.id in stale or (known.version if known else 0) != work.expected_version:
                stale.add(link.id)
                return False
            if known is None and not self._is_first(link):
                stale.add(link.id)
                return False
            self.by_id[link.id] = StoredLink(link, work.expected_version + 1)
            for side in link.sides.values():
                ids = self._by_case.setdefault((side.agency, side.ref), []) if side.ref else None
                if ids is not None and link.id not in ids:
                    ids.append(link.id)
            self.timers.pop(link.id, None)
            if work.wake_at is not None:
                self.timers[link.id] = work.wake_at
        self._saved(work)
        return True

    def _is_first(self, link: Link) -> bool:
        """Tell whether a new Link is the first for its case under an agreement's route."""
        guard = (link.agreement, link.route, link.home, link.sides[link.home].ref)
        if guard in self._made:
            return False
        self._made.add(guard)
        return True

    async def pauses(self) -> tuple[Pause, ...]:
        return tuple(self._paused.values())

    async def pause(self, pause: Pause, told: Row) -> bool:
        self._saved(Work(told.at, journal=(told,)))
        return self._paused.setdefault(pause.agency, pause) is pause

    async def unpause(self, agency: AgencyId, told: Row) -> bool:
        self._saved(Work(told.at, journal=(told,)))
        return self._paused.pop(agency, None) is not None

    async def due_timers(self, at: datetime, limit: int) -> Sequence[Timer]:
        due = sorted((due, link) for link, due in self.timers.items() if due <= at)
        return [Timer(link, moment) for moment, link in due[:limit]]

    async def postpone(self, links: Collection[LinkId], until: datetime) -> None:
        self.timers.update(dict.fromkeys(links, until))

    async def add_share(self, share: Share) -> None:
        self._shares.setdefault((share.agency, share.ref), {})[share.with_] = share

    async def shares_of(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, tuple[Share, ...]]:
        return {case: tuple(self._shares.get(case, {}).values()) for case in cases}

    async def identity(self) -> Identity:
        return Identity("quick", 1)

    async def unsent(
        self, limit: int, *, sender: str = HUB, before: datetime | None = None
    ) -> Sequence[OutboxRow]:
        return ()

    async def sent(self, ids: Collection[str]) -> None:
        return None

    async def outbox_stats(self, *, sender: str = HUB) -> OutboxStats:
        return OutboxStats(0, None)
