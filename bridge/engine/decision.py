"""Decision: what follows from an event. A new Link, effects, and the rows of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from bridge.engine.link import Link
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import CaseChanged, Command


class What(StrEnum):
    """What a row of the journal tells."""

    LINKED = "linked"
    NOT_LINKED = "not-linked"
    EDITED = "edited"
    """A side's edit became the truth."""
    SUPERSEDED = "superseded"
    """An edit lost by policy; ``value`` is what lost, ``other`` what won."""
    HELD_BACK = "held-back"
    """An edit stays where it was made: its author may not, or it would lower protection."""
    SENT = "sent"
    WRITTEN = "written"
    """Read back: the side now stands for ``value``."""
    RENDERED = "rendered"
    """The side shows ``value`` where ``other`` was written; it stands for what was written."""
    KEPT = "kept"
    """Nothing was written: the side has no word for it, and its rule says to leave it."""
    ANNOTATED = "annotated"
    STAYS = "stays-behind"
    """A side was told how many documents of each type may not cross, or cannot be told."""
    NOT_CROSSING = "not-crossing"
    DEFAULTED = "defaulted"
    """A lossy value was written, as its rule says."""
    UNSUPPORTED = "unsupported"
    CREATED = "created"
    ADOPTED = "adopted"
    """A case that bore our mark was found and taken for ours."""
    PARKED = "parked"
    UNPARKED = "unparked"
    WAITING = "waiting"
    UNANSWERED = "unanswered"
    STALE = "stale"
    """A reading that was not newer than the last; dropped."""
    PAUSED = "paused"
    """An operator had nothing written in an agency's system any more."""
    UNPAUSED = "unpaused"
    REQUEUED = "requeued"
    """An operator put a dead letter back on its way."""
    DROPPED = "dropped"
    """An operator threw a dead letter away."""
    RELEASED = "released"
    LOOKED = "looked"
    """After a restore all sides were read anew, and merged before anything was written."""
    PUBLISHED = "published"
    """Rules were put in force: ``value`` is their version, ``other`` the former one."""
    UNREAD = "unread"
    """A local value that means nothing shared was left where it is."""
    SEEN = "seen"
    """Somebody looked at what may be a person's data: a case, or what a letter says."""
    JOB = "job"
    """A job was planned, started, paused or ended: ``value`` is what it came to be."""
    REPORTED = "reported"
    """Somebody who works on the case says that it is not right."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of the journal.

    Attributes:
        path: In shared terms, where there is a shared path; else the side's own.
        rule: Which rule of which agreement or table decided.
        cause: The reading (``epoch.counter``) or the Command that it followed from.
        by: The person who made the edit, as their system names them.
    """

    what: What
    at: datetime
    link: LinkId | None = None
    agency: AgencyId | None = None
    ref: CaseRef | None = None
    path: str = ""
    value: JsonValue = None
    other: JsonValue = None
    rule: str = ""
    why: str = ""
    by: str | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What follows from one event, all of it or nothing.

    Attributes:
        link: As it is now to be saved; ``None`` where the event made none.
        commands: To send, at most one for each side and lane.
        wake_at: When to decide again without an event; ``None`` for never.
        is_equal: All sides stand for the truth, and nothing waits or is on its way.
    """

    link: Link | None = None
    commands: tuple[Command, ...] = ()
    changed: CaseChanged | None = None
    journal: tuple[Row, ...] = ()
    wake_at: datetime | None = None
    is_equal: bool = False
