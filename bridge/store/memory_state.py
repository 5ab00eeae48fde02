"""
What an in-memory store keeps. Several stores may stand on one state, one for each process.

Every table is a plain dict or list of records that nobody changes: a save puts another record in
the place of the last. So a copy of the tables is a copy of everything, and records are handed out
as they are, without a copy of their own:

1. Most are frozen, down to strings, bytes and moments, with mappings that are typed to be read.
2. A Link is not, but it is treated so: `decide` copies one before it works on it (`copy_link`),
   and nobody else changes one. Copying at each load and save as well would cost more than all
   else that a store does here, and only hide an engine that breaks that rule.
3. The JSON values in Links and in rows of the journal are never changed in place, only replaced.

What a call returns around records (a dict, a list) is new each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import Final

from bridge.engine.decision import Row
from bridge.engine.link import Link
from bridge.store.job_records import Job, JobItem
from bridge.store.matters import Course, Matter
from bridge.store.records import (
    CaseKey,
    CommandRow,
    ContentKey,
    Digest,
    Direction,
    HintRow,
    Identity,
    Known,
    Lock,
    OutboxRow,
    Pause,
    Presence,
    RulesVersion,
    SessionRow,
    Share,
    Standing,
    StoredLink,
    Transfer,
)
from bridge.store.rows import Values, link_columns
from bridge.store.stale import Route
from bridge.store.views import DepthRow, HeardRow
from contracts.ids import AgencyId, CommandId, Cursor, LinkId

WHERE: Final = "memory"


@dataclass(frozen=True)
class KeptLink:
    """A Link with what was saved beside it."""

    stored: StoredLink
    updated_at: datetime
    is_equal: bool
    unsettled_since: datetime | None

    @property
    def link(self) -> Link:
        """The Link itself; not to be changed."""
        return self.stored.link

    @cached_property
    def columns(self) -> Values:
        """What other stores write beside it at each save is computed here when somebody asks."""
        return link_columns(self.stored.link)


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Who has a lease, or had it last."""

    holder: str
    epoch: int
    until: datetime


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job, and who works on it until when."""

    job: Job
    holder: str
    held_until: datetime


@dataclass(slots=True)
class MemoryState:
    """
    The tables. A process that is killed leaves them behind, and the next one opens them again.

    Attributes:
        identity: ``None`` while nobody has opened a store here.
        by_case: The Links of each case, oldest first.
        by_route: The Link of each case of a home, under an agreement's route.
        matters: What things wait for, also those that do no more, and how that went.
        waiting: How many things wait for each of them.
        timers: When to decide a Link again without an event.
        journal: Row *n* has the id *n* + 1.
        outbox: In the order in which they came.
        commands: Those that are not done.
        receipts: Of those that are done.
        versions: Of Hints. Copies share it, so that none is ever used twice, not even by a state
            that was put back.
    """

    identity: Identity | None = None
    links: dict[LinkId, KeptLink] = field(default_factory=dict)
    by_case: dict[CaseKey, tuple[LinkId, ...]] = field(default_factory=dict)
    by_route: dict[Route, LinkId] = field(default_factory=dict)
    matters: dict[str, tuple[Matter, Course]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    timers: dict[LinkId, datetime] = field(default_factory=dict)
    journal: list[Row] = field(default_factory=list)
    outbox: dict[str, OutboxRow] = field(default_factory=dict)
    shares: dict[CaseKey, tuple[Share, ...]] = field(default_factory=dict)
    hints: dict[CaseKey, HintRow] = field(default_factory=dict)
    commands: dict[CommandId, CommandRow] = field(default_factory=dict)
    receipts: dict[CommandId, OutboxRow] = field(default_factory=dict)
    leases: dict[AgencyId, HeldLease] = field(default_factory=dict)
    cursors: dict[AgencyId, Cursor] = field(default_factory=dict)
    known: dict[CaseKey, Known] = field(default_factory=dict)
    digests: dict[tuple[AgencyId, ContentKey], Digest] = field(default_factory=dict)
    transfers: dict[tuple[CaseKey, str, Direction], Transfer] = field(default_factory=dict)
    locks: dict[tuple[AgencyId, str, CommandId], Lock] = field(default_factory=dict)
    rules_versions: list[RulesVersion] = field(default_factory=list)
    jobs: dict[str, KeptJob] = field(default_factory=dict)
    job_items: dict[str, dict[int, JobItem]] = field(default_factory=dict)
    pauses: dict[AgencyId, Pause] = field(default_factory=dict)
    sessions: dict[str, SessionRow] = field(default_factory=dict)
    standings: dict[AgencyId, Standing] = field(default_factory=dict)
    presences: dict[str, Presence] = field(default_factory=dict)
    crossings: dict[tuple[AgencyId, AgencyId, datetime], Counter[int]] = field(default_factory=dict)
    heard: dict[tuple[AgencyId, datetime], HeardRow] = field(default_factory=dict)
    depths: dict[tuple[str, datetime], DepthRow] = field(default_factory=dict)
    versions: Iterator[int] = field(default_factory=lambda: count(1))

    def copy(self) -> MemoryState:
        """Give a backup, or what stands in another environment after somebody copied this."""
        twin = MemoryState(versions=self.versions)
        twin.put_back(self)
        return twin

    def put_back(self, backup: MemoryState) -> None:
        """Be as a copy of this state was, also for the stores that are open on it."""
        for name in _TABLES:
            setattr(self, name, copy(getattr(backup, name)))


_TABLES: Final = tuple(each.name for each in fields(MemoryState) if each.name != "versions")


class OnState:
    """Something that keeps what it is given in memory."""

    def __init__(self, state: MemoryState) -> None:
        """Use *state*, which others may use as well."""
        self._state = state
