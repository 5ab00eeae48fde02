"""
The messages between an edge and the hub: Observation, Command, Receipt; and the Hint.

Two actors, three messages. An Observation says what a case looks like now; a Command asks to
make a Patch true; a Receipt says what became of it, with the case as it looks after. Hints go
only to an edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from contracts.case import Record
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId, Mark
from contracts.patch import Patch
from contracts.snapshot import Snapshot


class Sequence(NamedTuple):
    """
    The place of a reading in the order of one edge's readings.

    The epoch grows with each lease, the counter with each reading; a lower one is never news.
    """

    epoch: int
    counter: int


class Lane(StrEnum):
    """Two lanes for a side, so that a large drawing never holds up a status."""

    FACTS = "facts"
    DOCUMENTS = "documents"


class Cause(StrEnum):
    """Why the edge looked."""

    PUSH = "push"
    POLL = "poll"
    SWEEP = "sweep"
    REQUEST = "request"


class Hint(Record):
    """This case may have changed. Folds together with other Hints for the same case."""

    agency: AgencyId
    ref: CaseRef
    cause: Cause
    at: AwareDatetime


class Seen(Record):
    """The case was read."""

    kind: Literal["seen"] = "seen"
    snapshot: Snapshot


class Missing(Record):
    """The system knows no such case; ``gone`` where it says that it once did."""

    kind: Literal["missing"] = "missing"
    gone: bool
    detail: str = ""


class OutOfScope(Record):
    """The case is there, and no agreement lets it leave. Nothing of it is told."""

    kind: Literal["out-of-scope"] = "out-of-scope"


class Unreadable(Record):
    """The case is there, and could not be read or understood."""

    kind: Literal["unreadable"] = "unreadable"
    detail: str


Sight = Annotated[Seen | Missing | OutOfScope | Unreadable, Field(discriminator="kind")]


class Observation(Record):
    """This case looks like this now."""

    agency: AgencyId
    ref: CaseRef
    sequence: Sequence
    cause: Cause
    at: AwareDatetime
    sight: Sight


class Command(Record):
    """
    Make this Patch true; with an empty Patch: look, and tell.

    Attributes:
        ref: The case. ``None``: create one that bears ``mark``.
    """

    id: CommandId
    link: LinkId
    agency: AgencyId
    lane: Lane
    ref: CaseRef | None
    mark: Mark
    patch: Patch
    stage: tuple[str, ...] = ()
    """Documents (by key) whose content must be made available again."""


class Outcome(StrEnum):
    """What became of one change."""

    DONE = "done"
    ALREADY = "already"
    """It stood there before we wrote."""
    CONFLICT = "conflict"
    """Something else stands there than was expected; not written."""
    REFUSED = "refused"
    """The system refused it."""
    UNSUPPORTED = "unsupported"
    """The system cannot hold it."""
    UNCERTAIN = "uncertain"
    """It may have been done, now or later; it did not show when the case was read back."""
    NO_CONTENT = "no-content"
    """The document's bytes were not at hand."""
    UNSCANNED = "unscanned"
    """Whoever is to look into the document first is away: wait."""
    UNSAFE = "unsafe"
    """The scanner found something in the document, or could not look to its end."""


class ChangeOutcome(Record):
    """What became of one change, with the system's own words where it refused."""

    outcome: Outcome
    detail: str = ""


class Settled(Record):
    """
    The case was read back: this is what it shows now, and what became of each change.

    Attributes:
        in_doubt: The changes of which a try got no answer, whatever became of them since: that
            try may land yet.
    """

    kind: Literal["settled"] = "settled"
    ref: CaseRef
    sequence: Sequence
    snapshot: Snapshot
    outcomes: Mapping[str, ChangeOutcome] = {}
    in_doubt: tuple[str, ...] = ()


class Waiting(Record):
    """Nothing was done: the system is away, or asks to wait. Plan anew when it is back."""

    kind: Literal["waiting"] = "waiting"
    detail: str
    retry_after: timedelta | None = None


class Unanswered(Record):
    """Something may have been done, and the case could not be read back."""

    kind: Literal["unanswered"] = "unanswered"
    detail: str


class Refused(Record):
    """
    The whole Command cannot be done; a person must look.

    Attributes:
        ref: The case that it made all the same, and of which nothing may be told.
    """

    kind: Literal["refused"] = "refused"
    reason: Literal["rejected", "gone", "garbled", "ambiguous", "out-of-scope", "bug"]
    detail: str
    ref: CaseRef | None = None


Result = Annotated[Settled | Waiting | Unanswered | Refused, Field(discriminator="kind")]


class Receipt(Record):
    """What became of a Command."""

    command: CommandId
    link: LinkId
    agency: AgencyId
    lane: Lane
    at: AwareDatetime
    result: Result


class CaseChanged(Record):
    """
    Something about a case is agreed anew; for subscribers, in shared terms.

    Attributes:
        values: By path. Nothing personal: roles, handler, notes and titles are left out, but for
            their names in ``changed``.
    """

    link: LinkId
    agreement: str
    changed: tuple[str, ...]
    values: Mapping[str, str | int | bool | None] = {}
    at: AwareDatetime
