"""What people see of the store, and how they ask: rows for lists, figures for dials."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.link import Mode
from bridge.engine.parked import Gap, Reason, Way
from bridge.store.matters import Course, Matter
from bridge.store.records import Standing, Transfer
from bridge.store.usage import WordUse
from contracts.ids import AgencyId, CaseRef, LinkId


class CaseState(StrEnum):
    """Which Links a list shows."""

    ALL = "all"
    EQUAL = "equal"
    UNEQUAL = "unequal"
    """In one of the next three states: each such Link is in exactly one."""
    PARKED = "parked"
    """Something waits for a person, whatever else is going on."""
    WAITING = "waiting"
    """Else: a system is away, asked to wait, or is paused with nothing on its way any more."""
    IN_FLIGHT = "in-flight"
    """Else: it is on its way, or will be at once."""
    RELEASED = "released"
    """A person let the cases go their own way; shown nowhere else but under all."""


@dataclass(frozen=True, slots=True)
class SideRow:
    """One side of a Link in a list. ``facts`` and ``documents`` are the kinds of its phases."""

    agency: AgencyId
    ref: CaseRef | None
    number: str | None
    facts: str
    documents: str
    parked: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """
    One Link in a list.

    Attributes:
        case_type: In shared terms.
        handler: The id of the person who does the work.
    """

    link: LinkId
    agreement: str
    route: str
    home: AgencyId
    mode: Mode
    number: str | None
    title: str | None
    case_type: str | None
    handler: str | None
    is_equal: bool
    is_released: bool
    parked: int
    in_flight: int
    waiting: int
    unsettled_since: datetime | None
    updated_at: datetime
    sides: tuple[SideRow, ...] = ()


UNEQUAL: Final = frozenset({CaseState.PARKED, CaseState.WAITING, CaseState.IN_FLIGHT})


def state_of(row: CaseRow, paused: Container[AgencyId]) -> CaseState:
    """
    Say how a Link stands: each in one state; what needs a person comes first.

    Args:
        paused: Where nothing is written for now: a case that is not equal waits there.
    """
    if row.is_released:
        return CaseState.RELEASED
    if row.parked:
        return CaseState.PARKED
    if row.waiting:
        return CaseState.WAITING
    if row.is_equal:
        return CaseState.EQUAL
    is_paused = any(side.agency in paused for side in row.sides)
    return CaseState.WAITING if is_paused and not row.in_flight else CaseState.IN_FLIGHT


@dataclass(frozen=True, slots=True)
class CasePage:
    """A part of a list, latest change first; ``after`` asks for the next, ``None`` at the end."""

    rows: tuple[CaseRow, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """One thing that waits for a person."""

    link: LinkId
    agency: AgencyId
    ref: CaseRef | None
    number: str | None
    path: str
    reason: Reason
    why: str
    since: datetime
    ways: tuple[Way, ...]
    matter: str
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class DueRow:
    """A Link with something that waits for a person, and the last day of its case."""

    link: LinkId
    number: str | None
    deadline: date


@dataclass(frozen=True, slots=True)
class Due:
    """The first of the Links whose last day comes near, and how many there are."""

    rows: tuple[DueRow, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """
    Things that wait for a person for the same matter: one deed may help them all.

    Attributes:
        why: What is said of one of them.
        count: How many wait.
        cases: At how many Links.
        recent: How many of them began to wait lately, as it was asked.
        oldest: Since when the first of them waits.
    """

    matter: Matter
    course: Course
    why: str
    count: int
    cases: int
    recent: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A row of the journal; see `bridge.engine.decision.Row`."""

    id: int
    at: datetime
    what: What
    link: LinkId | None
    agency: AgencyId | None
    ref: CaseRef | None
    path: str
    value: JsonValue
    other: JsonValue
    rule: str
    why: str
    by: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class PairFigures:
    """
    How the Links between the same agencies stand, by `CaseState`; released ones do not count.

    Each Link counts once: as equal, parked, in flight or waiting.
    """

    agencies: tuple[AgencyId, ...]
    links: int
    equal: int
    parked: int
    in_flight: int
    waiting: int
    oldest_unsettled: datetime | None

    @property
    def unequal(self) -> int:
        """Links that are not equal right now."""
        return self.links - self.equal


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """
    One edge, as far as this store knows it: an edge with a store of its own is not here.

    Attributes:
        holder: The process that speaks for the agency; empty where none does.
        standing: As the edge told last.
    """

    agency: AgencyId
    holder: str
    epoch: int
    until: datetime | None
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class SideFigures:
    """How the sides of one agency stand: with something in flight, waiting, or parked."""

    agency: AgencyId
    linked: int
    in_flight: int
    waiting: int
    parked: int


CROSSING_BOUNDS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        *(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 30, 45),
        *(60, 90, 120, 180, 300, 600, 1800, 3600, 14_400, 86_400),
    )
)
"""What a bucket of crossings holds at most; one more holds those that took longer."""


def bucket_of(took: timedelta) -> int:
    """Choose the bucket in which a crossing is counted."""
    return bisect_left(CROSSING_BOUNDS, took)


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """How many edits of one agency arrived at another within an hour, by `CROSSING_BOUNDS`."""

    from_: AgencyId
    to: AgencyId
    hour: datetime
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HeardRow:
    """How often a system told something by itself within an hour, and when last."""

    agency: AgencyId
    hour: datetime
    count: int
    last_at: datetime


DEPTHS_SPAN: Final = timedelta(minutes=10)
"""Of so long a time the worst is kept of how full a queue was."""


@dataclass(frozen=True, slots=True)
class DepthRow:
    """How full a queue was, and how long its oldest message waited where that is known."""

    queue: str
    at: datetime
    messages: int
    oldest: timedelta | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How all stands. ``total`` is over all pairs, the outbox over all senders."""

    total: PairFigures
    pairs: tuple[PairFigures, ...]
    outbox_size: int
    outbox_oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """
    Which Links a list is narrowed to; each only where it is given, in shared terms.

    Attributes:
        agreements: One of these; none at all where it is empty.
        handler: The id of the person who does the work.
    """

    agreements: frozenset[str] | None = None
    case_type: str | None = None
    participant: str | None = None
    handler: str | None = None

    def equals(self) -> dict[str, str]:
        """Give what must be equal, by the name of its column."""
        wanted = {
            "case_type": self.case_type,
            "participant": self.participant,
            "handler": self.handler,
        }
        return {name: value for name, value in wanted.items() if value is not None}


EVERYTHING: Final = Narrowing()


class Queries(Protocol):
    """The read side, for consoles and health checks; it takes no locks."""

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
        """
        List Links, latest change first.

        Args:
            text: Stands somewhere in a number, a reference or the title; case does not matter.
            agency: Has a side in it.
            state: Which Links.
            within: Only of these.
            limit: At most so many.
            after: As the page before gave it.
        """

    async def case(self, link: LinkId) -> CaseRow | None:
        """Show one Link as it stands in lists."""

    async def numbers(self, links: Collection[LinkId]) -> dict[LinkId, str]:
        """Say by which number people know each of these cases: where it began."""

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

    async def parked_groups(self, lately: datetime) -> tuple[ParkedGroup, ...]:
        """
        Count what waits for a person by what is the matter, most frequent first.

        Args:
            lately: What began to wait from then on is counted apart.
        """

    async def due(self, until: date, *, limit: int) -> Due:
        """Find cases that wait for a person while their last day is *until* or before, it first."""

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
        """
        Tell what happened to a Link or to a case, latest first; with neither, to anything.

        Args:
            link: Only rows of this Link.
            case: Only rows that name this case.
            agency: Only rows about a side of this agency.
            what: Only rows that tell this.
            limit: At most so many.
            before: Only rows that are older than the one with this id.
        """

    async def transfers(self, link: LinkId | None = None) -> tuple[Transfer, ...]:
        """
        List contents of documents that are on their way for more than a moment, longest first.

        Args:
            link: Only those of its cases.
        """

    async def figures(self) -> Figures:
        """Count how all stands."""

    async def edges(self) -> tuple[EdgeRow, ...]:
        """Show every edge that this store knows."""

    async def side_figures(self) -> tuple[SideFigures, ...]:
        """Count the sides of each agency."""

    async def crossings(self, since: datetime) -> tuple[CrossingRow, ...]:
        """Tell how long edits took to the other side, by pair and hour; whole hours."""

    async def words_in_use(self) -> tuple[WordUse, ...]:
        """Count in how many linked cases each word of the tables stands, as last read."""

    async def heard(self, since: datetime) -> tuple[HeardRow, ...]:
        """Tell how often each system told something by itself, by hour; whole hours."""

    async def depths(self, since: datetime) -> tuple[DepthRow, ...]:
        """Tell how full the queues were, from the span of *since* on."""
