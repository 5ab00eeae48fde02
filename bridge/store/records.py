"""What the hub and the edges put into the store and get out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import Row
from bridge.engine.link import Link
from bridge.store.job_records import ItemEnd
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId
from contracts.messages import Cause

HUB: Final = "hub"
"""The sender of the hub's messages; those of an edge are sent by its agency."""

CaseKey = tuple[AgencyId, CaseRef]
"""A case, anywhere."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose store this is. The epoch grows when it was restored from a backup, or adopted."""

    environment: str
    epoch: int


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A Link as it was loaded, and the version that a save has to find unchanged."""

    link: Link
    version: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """
    A message to send, saved with the state that it speaks of.

    Attributes:
        id: Of the message. The same id is the same message: put in twice, it stands there once.
        sender: `HUB`, or the agency whose edge sends it.
    """

    id: str
    routing_key: str
    body: bytes = field(repr=False)
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = HUB


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """How many messages wait to be sent, and since when the first of them."""

    size: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """An edit that was read back at the other side, and how long that took since it was seen."""

    from_: AgencyId
    to: AgencyId
    took: timedelta


@dataclass(frozen=True, slots=True)
class Work:
    """
    What one Decision leaves to save: all of it or nothing.

    Attributes:
        at: When it was decided.
        link: As it is now; ``None`` where the event made none.
        expected_version: The version that was loaded, 0 for a new Link. Works on one Link in one
            group count on from each other.
        wake_at: When to decide again without an event; ``None`` clears the timer.
        ends: The case of a job that is done with this.
        crossings: Edits that arrived, for the figures.
        heard: The agency whose system told something by itself, for the figures.
    """

    at: datetime
    link: Link | None = None
    expected_version: int = 0
    journal: tuple[Row, ...] = ()
    outgoing: tuple[OutboxRow, ...] = ()
    wake_at: datetime | None = None
    is_equal: bool = False
    ends: ItemEnd | None = None
    crossings: tuple[Crossing, ...] = ()
    heard: AgencyId | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """A Link that is to be decided again without an event."""

    link: LinkId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """A person shared a case by hand."""

    agency: AgencyId
    ref: CaseRef
    with_: AgencyId
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """
    Somebody who signed in to the console.

    Attributes:
        digest: Of the name that their browser has for it.
        person: Who it is; see `bridge.console.people.Person`.
    """

    digest: str
    person: Mapping[str, JsonValue]
    is_local: bool
    signed_in: datetime
    seen: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is written in an agency's system for now: who said so, why, and since when."""

    agency: AgencyId
    by: str
    reason: str
    since: datetime


class Condition(StrEnum):
    """How an edge finds its case system."""

    UP = "up"
    AWAY = "away"
    """It cannot be reached, or asked to wait; it is tried again by itself."""
    STOPPED = "stopped"
    """It refused our account, or too many cases parked in a minute: a person has to look."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an edge finds its case system, why, and since when."""

    condition: Condition
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class HintRow:
    """
    A case to look at, from ``due_at`` on.

    Attributes:
        version: Another one after each Hint, never used twice: what is done about this row is
            done only if no Hint came meanwhile.
    """

    agency: AgencyId
    ref: CaseRef
    cause: Cause
    due_at: datetime
    tries: int
    version: int


@dataclass(frozen=True, slots=True)
class CommandRow:
    """
    A Command that was taken in.

    Attributes:
        begun_at: When somebody began on it; set on a row that is found after a crash, so look
            first.
    """

    id: CommandId
    agency: AgencyId
    ref: CaseRef | None
    link: LinkId
    body: bytes = field(repr=False)
    at: datetime
    begun_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    What became of Commands that were taken in.

    Attributes:
        new: They are to be done.
        waiting: They were taken in before, and are not done yet.
        answered: They were done before; their Receipts stand in the outbox again.
    """

    new: frozenset[CommandId] = frozenset()
    waiting: frozenset[CommandId] = frozenset()
    answered: frozenset[CommandId] = frozenset()


@dataclass(frozen=True, slots=True)
class Answered:
    """A Command is done, with the Receipt that goes out now and for every repetition."""

    command: CommandId
    receipt: OutboxRow


@dataclass(frozen=True, slots=True)
class Known:
    """
    A case that an edge has read.

    Attributes:
        digest: Of what was read, so that a sweep can tell whether there is news.
        link: Where a Command told it.
    """

    agency: AgencyId
    ref: CaseRef
    seen_at: datetime
    digest: str
    link: LinkId | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """
    What an edge leaves to save after it has looked or written: all of it or nothing.

    Attributes:
        hints: Looked at; each goes unless a new Hint came meanwhile.
        answered: Commands that are done.
        outgoing: Observations. Receipts stand in ``answered``.
        seen: Cases that were read.
    """

    hints: tuple[HintRow, ...] = ()
    answered: tuple[Answered, ...] = ()
    outgoing: tuple[OutboxRow, ...] = ()
    seen: tuple[Known, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """
    Rules that came in force.

    Attributes:
        version: Of their content: the same content has the same version, also when it returns.
        by: Who published them; empty where somebody changed the files.
        files: Their text, by name.
        number: Counts on; 0 until it is kept.
    """

    version: str
    seen_at: datetime
    by: str
    reason: str
    files: Mapping[str, str]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Presence:
    """
    A process that is at work on the store.

    Attributes:
        process: Host, number and something that no other process ever had.
        runs: What it runs, for people.
        until: When it is forgotten, unless it tells again.
    """

    process: str
    runs: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ContentKey:
    """One version of a document's content; the same for ever."""

    document: str
    version: str


@dataclass(frozen=True, slots=True)
class Digest:
    """What we computed of a document's content."""

    sha256: str
    size_bytes: int


class Direction(StrEnum):
    """Which way the content of a document goes, as seen from a case system."""

    OUT = "out"
    """It is read, for the others."""
    IN = "in"
    """It is written."""


@dataclass(frozen=True, slots=True)
class Lock:
    """
    What a write for a Command has locked in a case system, or was about to.

    Attributes:
        place: What, in the adapter's own words.
        lock: Its id there; empty where it was asked for, and no answer came.
    """

    agency: AgencyId
    place: str
    command: CommandId
    lock: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """
    A document whose content is on its way, and how far it is.

    Attributes:
        document: Its key at this system; for one that is yet to be made there, ours.
        done_bytes: As of ``at``; those of an earlier try that need not go again count.
        size_bytes: ``None`` where the system does not tell.
        since: When this try began.
    """

    agency: AgencyId
    ref: CaseRef
    document: str
    direction: Direction
    done_bytes: int
    size_bytes: int | None
    since: datetime
    at: datetime

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; ``None`` where nobody knows how much there is."""
        if not self.size_bytes:
            return None
        return min(1.0, self.done_bytes / self.size_bytes)
