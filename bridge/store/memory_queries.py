"""What people ask of a store in memory; nothing is indexed for it, so each goes through all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any, Final

from bridge.engine.decision import Row, What
from bridge.engine.parked import Reason
from bridge.store.columns import storable
from bridge.store.memory_state import KeptLink, OnState
from bridge.store.memory_tally import crossings_since, heard_since
from bridge.store.rows import Values, folded, journal_row, parked_rows, side_rows
from bridge.store.shown import (
    case_row,
    journal_entry,
    parked_row,
    place_after,
    place_from,
    side_row,
    total_of,
)
from bridge.store.usage import WordUse, uses_of, words_of
from bridge.store.views import (
    EVERYTHING,
    UNEQUAL,
    CasePage,
    CaseRow,
    CaseState,
    CrossingRow,
    Due,
    DueRow,
    Figures,
    HeardRow,
    JournalEntry,
    Narrowing,
    PairFigures,
    ParkedGroup,
    ParkedRow,
    SideRow,
    state_of,
)
from contracts.ids import AgencyId, CaseRef, LinkId

_BY_WAITING: Final = attrgetter("since", "link", "agency", "path")


class MemoryQueries(OnState):
    """Implements `Queries`."""

    async def cases(
        self,
        *,
        text: str = "",
        agency: AgencyId | None = None,
        state: CaseState = CaseState.ALL,
        within: Narrowing = EVERYTHING,
        limit: int = 50,
        after: str | None = None,
    ) -> CasePage:
        """List Links, latest change first."""
        wanted = folded(text)
        place = place_from(after) if after is not None else None
        found = [
            kept
            for kept in self._state.links.values()
            if (place is None or _place(kept) < place)
            and self._is_in(kept, state)
            and (agency is None or agency in kept.link.sides)
            and (within.agreements is None or kept.link.agreement in within.agreements)
            and within.equals().items() <= kept.columns.items()
            and storable(wanted) in storable(kept.columns["search"])
        ]
        found.sort(key=_place, reverse=True)
        rows = tuple(map(_case, found[:limit]))
        has_more = len(found) > limit and rows
        return CasePage(rows, place_after(rows[-1]) if has_more else None)

    async def case(self, link: LinkId) -> CaseRow | None:
        """Show one Link as it stands in lists."""
        kept = self._state.links.get(link)
        return _case(kept) if kept else None

    async def numbers(self, links: Collection[LinkId]) -> dict[LinkId, str]:
        """Say by which number people know each of these cases: where it began."""
        found = (self._state.links[link] for link in links if link in self._state.links)
        numbers = {kept.link.id: _stored(kept.columns)["number"] for kept in found}
        return {link: number for link, number in numbers.items() if number}

    async def parked(
        self,
        *,
        link: LinkId | None = None,
        agency: AgencyId | None = None,
        reason: Reason | None = None,
        matter: str | None = None,
        limit: int = 100,
        skip: int = 0,
    ) -> tuple[ParkedRow, ...]:
        """List what waits for a person, longest first; each filter only where it is given."""
        wanted = {"link": link, "agency": agency, "reason": reason, "matter": matter}
        asked = {name: value for name, value in wanted.items() if value is not None}
        rows = [
            row
            for row in self._parked()
            if all(getattr(row, name) == value for name, value in asked.items())
        ]
        return tuple(sorted(rows, key=_BY_WAITING)[skip : skip + limit])

    async def parked_groups(self, lately: datetime) -> tuple[ParkedGroup, ...]:
        """Count what waits for a person by what is the matter, most frequent first."""
        by_matter: dict[str, list[ParkedRow]] = defaultdict(list)
        for row in self._parked():
            by_matter[row.matter].append(row)
        groups = [
            ParkedGroup(
                *self._state.matters[matter],
                why=min(row.why for row in rows),
                count=len(rows),
                cases=len({row.link for row in rows}),
                recent=sum(row.since >= lately for row in rows),
                oldest=min(row.since for row in rows),
            )
            for matter, rows in by_matter.items()
        ]
        return tuple(sorted(groups, key=_by_frequency))

    async def due(self, until: date, *, limit: int) -> Due:
        """Find cases that wait for a person while their last day is *until* or before, it first."""
        found = [
            DueRow(kept.link.id, _stored(kept.columns)["number"], kept.columns["deadline"])
            for kept in self._state.links.values()
            if self._state_of(kept) is CaseState.PARKED
            and kept.columns["deadline"] is not None
            and kept.columns["deadline"] <= until
        ]
        found.sort(key=attrgetter("deadline", "link"))
        return Due(tuple(found[:limit]), len(found))

    async def journal_of(
        self,
        link: LinkId | None = None,
        *,
        case: tuple[AgencyId, CaseRef] | None = None,
        agency: AgencyId | None = None,
        what: What | None = None,
        limit: int = 500,
        before: int | None = None,
    ) -> tuple[JournalEntry, ...]:
        """Tell what happened to a Link or to a case, latest first; with neither, to anything."""
        rows = self._state.journal
        latest = len(rows) if before is None else min(len(rows), before - 1)
        wanted = (
            _entry(id_, rows[id_ - 1])
            for id_ in range(latest, 0, -1)
            if (link is None or rows[id_ - 1].link == link)
            and (case is None or (rows[id_ - 1].agency, rows[id_ - 1].ref) == case)
            and (agency is None or rows[id_ - 1].agency == agency)
            and (what is None or rows[id_ - 1].what is what)
        )
        return tuple(islice(wanted, limit))

    async def figures(self) -> Figures:
        """Count how all stands."""
        by_pair: dict[str, list[KeptLink]] = defaultdict(list)
        for kept in filter(_in_force, self._state.links.values()):
            by_pair[kept.columns["agencies"]].append(kept)
        pairs = tuple(self._pair(agencies, by_pair[agencies]) for agencies in sorted(by_pair))
        outbox = self._state.outbox.values()
        oldest = min((row.at for row in outbox), default=None)
        return Figures(total_of(pairs), pairs, len(outbox), oldest)

    async def crossings(self, since: datetime) -> tuple[CrossingRow, ...]:
        """Tell how long edits took to the other side, by pair and hour; whole hours."""
        return crossings_since(self._state, since)

    async def words_in_use(self) -> tuple[WordUse, ...]:
        """Count in how many linked cases each word of the tables stands, as last read."""
        return uses_of(
            (side.agency, words_of(kept.link, side), 1)
            for kept in self._state.links.values()
            for side in kept.link.sides.values()
        )

    async def heard(self, since: datetime) -> tuple[HeardRow, ...]:
        """Tell how often each system told something by itself, by hour; whole hours."""
        return heard_since(self._state, since)

    def _state_of(self, kept: KeptLink) -> CaseState:
        return state_of(_case(kept), self._state.pauses)

    def _is_in(self, kept: KeptLink, state: CaseState) -> bool:
        if state is CaseState.ALL:
            return True
        own = self._state_of(kept)
        return own is state or (state is CaseState.UNEQUAL and own in UNEQUAL)

    def _pair(self, agencies: str, links: list[KeptLink]) -> PairFigures:
        counts = Counter(map(self._state_of, links))
        unsettled = [kept.unsettled_since for kept in links if kept.unsettled_since is not None]
        return PairFigures(
            agencies=tuple(map(AgencyId, agencies.split())),
            links=len(links),
            equal=counts[CaseState.EQUAL],
            parked=counts[CaseState.PARKED],
            in_flight=counts[CaseState.IN_FLIGHT],
            waiting=counts[CaseState.WAITING],
            oldest_unsettled=min(unsettled, default=None),
        )

    def _parked(self) -> Iterator[ParkedRow]:
        for kept in self._state.links.values():
            sides = {side.agency: side for side in _sides(kept)}
            for row in parked_rows(kept.link, kept.stored.version):
                side = sides[row["agency"]]
                yield parked_row(_stored({**row, "ref": side.ref, "number": side.number}))


def _by_frequency(group: ParkedGroup) -> tuple[int, datetime, str]:
    return -group.count, group.oldest, group.matter.id


def _in_force(kept: KeptLink) -> bool:
    return kept.link.released is None


def _place(kept: KeptLink) -> tuple[Any, ...]:
    return kept.updated_at, kept.link.id


def _case(kept: KeptLink) -> CaseRow:
    columns = _stored(
        {
            **kept.columns,
            "id": kept.link.id,
            "is_equal": kept.is_equal,
            "unsettled_since": kept.unsettled_since,
            "updated_at": kept.updated_at,
        }
    )
    return case_row(columns, sorted(_sides(kept), key=attrgetter("agency")))


def _sides(kept: KeptLink) -> Iterable[SideRow]:
    return (side_row(_stored(row)) for row in side_rows(kept.link, kept.stored.version))


def _entry(id_: int, row: Row) -> JournalEntry:
    json = {"value": row.value, "other": row.other}  # which a database takes as they are
    return journal_entry({**_stored(journal_row(row)), **json, "id": id_})


def _stored(columns: Values) -> Values:
    """Give columns as they come back from a database, which takes no odd characters."""
    return {
        name: storable(value) if isinstance(value, str) else value
        for name, value in columns.items()
    }
