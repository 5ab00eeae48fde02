"""What people ask of the store: lists, the journal, and the figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    exists,
    func,
    literal,
    select,
    tuple_,
)

from bridge.engine.decision import What
from bridge.engine.parked import Reason
from bridge.store.engine import OnDatabase
from bridge.store.rows import folded
from bridge.store.shown import (
    case_row,
    journal_entry,
    parked_group,
    parked_row,
    place_after,
    place_from,
    side_row,
    total_of,
)
from bridge.store.statements import padded
from bridge.store.tables import JOURNAL, LINK_SIDES, LINKS, MATTERS, OUTBOX, PARKED, PAUSES
from bridge.store.tally import crossings_since, heard_since
from bridge.store.usage import WordUse, uses_of
from bridge.store.views import (
    EVERYTHING,
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
)
from contracts.ids import AgencyId, CaseRef, LinkId

_MOMENT: Final = LINKS.c.updated_at.type
_IN_FORCE: Final = LINKS.c.is_released.is_(False)
_AGENCIES: Final = literal(" ") + LINKS.c.agencies + " "
# Told from the column that the index of lists repeats; an agency's name may hold a wildcard.
_PAUSED: Final = exists().where(
    func.replace(_AGENCIES, literal(" ") + PAUSES.c.agency + " ", "") != _AGENCIES
)
# As `state_of` in the views.
_PARKS: Final = LINKS.c.parked > 0
_EQUAL: Final = LINKS.c.is_equal & (LINKS.c.parked == 0) & (LINKS.c.waiting == 0)
_UNEQUAL: Final = ~LINKS.c.is_equal | _PARKS | (LINKS.c.waiting > 0)
_STUCK: Final = (LINKS.c.in_flight == 0) & _PAUSED
_WAITS: Final = ~_PARKS & ((LINKS.c.waiting > 0) | (~LINKS.c.is_equal & _STUCK))
_GOES: Final = ~_PARKS & (LINKS.c.waiting == 0) & ~LINKS.c.is_equal & ~_STUCK
_STATES: Final = {
    CaseState.EQUAL: _IN_FORCE & _EQUAL,
    CaseState.UNEQUAL: _IN_FORCE & _UNEQUAL,
    CaseState.PARKED: _IN_FORCE & _PARKS,
    CaseState.WAITING: _IN_FORCE & _WAITS,
    CaseState.IN_FLIGHT: _IN_FORCE & _GOES,
    CaseState.RELEASED: LINKS.c.is_released,
}
_CASES: Final = select(
    LINKS.c.id,
    LINKS.c.agreement,
    LINKS.c.route,
    LINKS.c.home,
    LINKS.c.mode,
    LINKS.c.number,
    LINKS.c.title,
    LINKS.c.case_type,
    LINKS.c.handler,
    LINKS.c.is_equal,
    LINKS.c.is_released,
    LINKS.c.parked,
    LINKS.c.in_flight,
    LINKS.c.waiting,
    LINKS.c.unsettled_since,
    LINKS.c.updated_at,
)
_NUMBERS: Final = select(LINKS.c.id, LINKS.c.number).where(
    LINKS.c.id.in_(bindparam("ids", expanding=True))
)
_LATEST_FIRST: Final = (LINKS.c.updated_at.desc(), LINKS.c.id.desc())
_SIDES: Final = (
    select(
        LINK_SIDES.c.link_id,
        LINK_SIDES.c.agency,
        LINK_SIDES.c.ref,
        LINK_SIDES.c.number,
        LINK_SIDES.c.facts,
        LINK_SIDES.c.documents,
        LINK_SIDES.c.parked,
        LINK_SIDES.c.checked_at,
    )
    .where(LINK_SIDES.c.link_id.in_(bindparam("ids", expanding=True)))
    .order_by(LINK_SIDES.c.agency)
)
_EQUAL_WORDS: Final = (
    select(LINK_SIDES.c.agency, LINK_SIDES.c.wording, func.count().label("cases"))
    .group_by(LINK_SIDES.c.agency, LINK_SIDES.c.wording)
    .subquery()
)
_WORDS: Final = select(
    _EQUAL_WORDS.c.agency,
    select(LINK_SIDES.c.words)
    .where(
        LINK_SIDES.c.agency == _EQUAL_WORDS.c.agency,
        LINK_SIDES.c.wording == _EQUAL_WORDS.c.wording,
    )
    .limit(1)
    .scalar_subquery(),
    _EQUAL_WORDS.c.cases,
)
_PARKED: Final = (
    select(
        PARKED.c.link_id,
        PARKED.c.agency,
        LINK_SIDES.c.ref,
        LINK_SIDES.c.number,
        PARKED.c.path,
        PARKED.c.reason,
        PARKED.c.why,
        PARKED.c.since,
        PARKED.c.ways,
        PARKED.c.matter,
        PARKED.c.gap,
        PARKED.c.word,
    )
    .join(
        LINK_SIDES,
        (LINK_SIDES.c.link_id == PARKED.c.link_id) & (LINK_SIDES.c.agency == PARKED.c.agency),
    )
    .order_by(PARKED.c.since, PARKED.c.link_id, PARKED.c.agency, PARKED.c.path)
)
_GROUPS: Final = (
    select(
        *MATTERS.c,
        func.min(PARKED.c.why).label("why"),
        func.count().label("count"),
        func.count(PARKED.c.link_id.distinct()).label("cases"),
        func.count().filter(PARKED.c.since >= bindparam("lately", type_=_MOMENT)).label("recent"),
        func.min(PARKED.c.since).label("oldest"),
    )
    .join(MATTERS, MATTERS.c.id == PARKED.c.matter)
    .group_by(MATTERS.c.id)
    .order_by(func.count().desc(), func.min(PARKED.c.since), MATTERS.c.id)
)
_DUE: Final = (
    select(LINKS.c.id, LINKS.c.number, LINKS.c.deadline, func.count().over())
    .where(_IN_FORCE, _PARKS, LINKS.c.deadline <= bindparam("until", type_=LINKS.c.deadline.type))
    .order_by(LINKS.c.deadline, LINKS.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_JOURNAL: Final = select(
    JOURNAL.c.id,
    JOURNAL.c.at,
    JOURNAL.c.what,
    JOURNAL.c.link_id,
    JOURNAL.c.agency,
    JOURNAL.c.ref,
    JOURNAL.c.path,
    JOURNAL.c.value,
    JOURNAL.c.other,
    JOURNAL.c.rule,
    JOURNAL.c.why,
    JOURNAL.c.by,
    JOURNAL.c.cause,
).order_by(JOURNAL.c.id.desc())
_LINKED: Final = (
    select(LINKS.c.agencies, func.count())
    .where(_IN_FORCE)
    .group_by(LINKS.c.agencies)
    .order_by(LINKS.c.agencies)
)
# Apart from those that are just equal, which are nearly all: little is left to be grouped.
_TROUBLED: Final = (
    select(
        LINKS.c.agencies,
        func.count(),
        func.count().filter(_PARKS),
        func.count().filter(_GOES),
        func.count().filter(_WAITS),
        func.min(LINKS.c.unsettled_since),
    )
    .where(_IN_FORCE, _UNEQUAL)
    .group_by(LINKS.c.agencies)
)
_NO_TROUBLE: Final = (0, 0, 0, 0, None)
_OUTBOX: Final = select(func.count(), func.min(OUTBOX.c.at))


class SqlQueries(OnDatabase):
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
        statement = select(LINKS.c.id).order_by(*_LATEST_FIRST).limit(limit + 1)
        if text.strip():
            statement = statement.where(LINKS.c.search.contains(folded(text), autoescape=True))
        if agency is not None:
            statement = statement.where(_AGENCIES.contains(f" {agency} ", autoescape=True))
        if within.agreements is not None:
            statement = statement.where(LINKS.c.agreement.in_(sorted(within.agreements)))
        for name, value in within.equals().items():
            statement = statement.where(LINKS.c[name] == value)
        if state in _STATES:
            statement = statement.where(_STATES[state])
        if after is not None:
            at, id_ = place_from(after)
            place = tuple_(LINKS.c.updated_at, LINKS.c.id)
            statement = statement.where(place < tuple_(_moment(at), id_))
        # Looked for in the index alone; then the rows that were found.
        found = statement.subquery()
        page = _CASES.join(found, found.c.id == LINKS.c.id).order_by(*_LATEST_FIRST)
        return await self._database.read(lambda c: _page(c, page, limit))

    async def case(self, link: LinkId) -> CaseRow | None:
        """Show one Link as it stands in lists."""
        statement = _CASES.where(LINKS.c.id == link)
        page = await self._database.read(lambda c: _page(c, statement, 1))
        return page.rows[0] if page.rows else None

    async def numbers(self, links: Collection[LinkId]) -> dict[LinkId, str]:
        """Say by which number people know each of these cases: where it began."""
        if not links:
            return {}
        values = {"ids": padded(sorted(links))}
        rows = await self._database.read(lambda c: c.execute(_NUMBERS, values).all())
        return {link: number for link, number in rows if number}

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
        wanted = {"link_id": link, "agency": agency, "reason": reason, "matter": matter}
        statement = _PARKED.limit(limit).offset(skip)
        for name, value in wanted.items():
            if value is not None:
                statement = statement.where(PARKED.c[name] == value)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return tuple(map(parked_row, rows))

    async def parked_groups(self, lately: datetime) -> tuple[ParkedGroup, ...]:
        """Count what waits for a person by what is the matter, most frequent first."""
        values = {"lately": lately}
        rows = await self._database.read(lambda c: c.execute(_GROUPS, values).mappings().all())
        return tuple(map(parked_group, rows))

    async def due(self, until: date, *, limit: int) -> Due:
        """Find cases that wait for a person while their last day is *until* or before, it first."""
        values = {"until": until, "most": limit}
        rows = await self._database.read(lambda c: c.execute(_DUE, values).all())
        found = tuple(DueRow(link, number, deadline) for link, number, deadline, _ in rows)
        return Due(found, rows[0][-1] if rows else 0)

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
        statement = _JOURNAL.limit(limit)
        if link is not None:
            statement = statement.where(JOURNAL.c.link_id == link)
        if case is not None:
            statement = statement.where(JOURNAL.c.agency == case[0], JOURNAL.c.ref == case[1])
        if agency is not None:
            statement = statement.where(JOURNAL.c.agency == agency)
        if what is not None:
            # Written out: an index of some rows only is used where the statement itself says which.
            wanted = literal(what.value, literal_execute=True)
            statement = statement.where(JOURNAL.c.what == wanted)
        if before is not None:
            statement = statement.where(JOURNAL.c.id < before)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return tuple(map(journal_entry, rows))

    async def figures(self) -> Figures:
        """Count how all stands."""
        return await self._database.read(_figures)

    async def crossings(self, since: datetime) -> tuple[CrossingRow, ...]:
        """Tell how long edits took to the other side, by pair and hour; whole hours."""
        return await self._database.read(lambda c: crossings_since(c, since))

    async def words_in_use(self) -> tuple[WordUse, ...]:
        """Count in how many linked cases each word of the tables stands, as last read."""
        rows = await self._database.read(lambda c: c.execute(_WORDS).all())
        return uses_of((agency, words, cases) for agency, words, cases in rows)

    async def heard(self, since: datetime) -> tuple[HeardRow, ...]:
        """Tell how often each system told something by itself, by hour; whole hours."""
        return await self._database.read(lambda c: heard_since(c, since))


def _figures(connection: Connection) -> Figures:
    troubled = {agencies: counts for agencies, *counts in connection.execute(_TROUBLED)}
    pairs: list[PairFigures] = []
    for agencies, links in connection.execute(_LINKED):
        unequal, *counts = troubled.get(agencies, _NO_TROUBLE)
        # Between the two somebody may have saved.
        equal = max(links - unequal, 0)
        pairs.append(PairFigures(tuple(map(AgencyId, agencies.split())), links, equal, *counts))
    size, oldest = connection.execute(_OUTBOX).one()
    return Figures(total_of(pairs), tuple(pairs), size, oldest)


def _moment(at: datetime) -> ColumnElement[datetime | None]:
    # Inside a tuple a value does not learn its type from what it is compared with.
    return literal(at, _MOMENT)


def _page(connection: Connection, statement: Select[Any], limit: int) -> CasePage:
    rows = connection.execute(statement).mappings().all()
    sides = _sides(connection, [row["id"] for row in rows[:limit]])
    cases = tuple(case_row(row, sides[row["id"]]) for row in rows[:limit])
    has_more = len(rows) > limit and cases
    return CasePage(cases, place_after(cases[-1]) if has_more else None)


def _sides(connection: Connection, ids: Sequence[LinkId]) -> dict[LinkId, list[SideRow]]:
    found: dict[LinkId, list[SideRow]] = defaultdict(list)
    if ids:
        for row in connection.execute(_SIDES, {"ids": padded(ids)}).mappings():
            found[row["link_id"]].append(side_row(row))
    return found
