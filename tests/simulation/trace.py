"""
What happened in one simulated run, in the order in which it happened.

All worlds write the same trace: the whole one (real edges, hubs, stores, brokers), the quick one
(`decide` alone), and the one of ZGW. The laws read it, and know nothing of any world.

A path and a value are in the terms of the system where they stand (`Edited`, `Wrote`, `Opened`,
`Made`), or in shared terms (rows of the journal, a Link's truth).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from pydantic import JsonValue

from bridge.engine.decision import Row
from bridge.engine.link import Link
from bridge.engine.operate import Operation
from contracts.case import Cells
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Command, Observation, Receipt
from tests.simulation.rendering import Habits
from tests.simulation.rulesets import Ruleset


@dataclass(frozen=True, slots=True)
class Opened:
    """A person opened a case."""

    at: datetime
    agency: AgencyId
    ref: CaseRef
    cells: Cells
    by: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed one path; ``None`` for empty, or for no such item."""

    at: datetime
    agency: AgencyId
    ref: CaseRef
    path: str
    value: JsonValue
    before: JsonValue
    by: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A person deleted a case."""

    at: datetime
    agency: AgencyId
    ref: CaseRef
    by: str


@dataclass(frozen=True, slots=True)
class Made:
    """The bridge opened a case, with these cells; the system may have rendered them."""

    at: datetime
    agency: AgencyId
    ref: CaseRef
    mark: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Wrote:
    """
    The bridge changed one path at a system.

    Attributes:
        value: What stands there now, as the system rendered it.
        before: What stood there until then.
        asked: What the bridge sent.
        guarded: The system compared, in the same instant, with what the bridge had read.
        began: When the reading ended that this write was compared with.
        late: It was made long after it had been given up.
    """

    at: datetime
    agency: AgencyId
    ref: CaseRef
    path: str
    value: JsonValue
    before: JsonValue
    asked: JsonValue
    guarded: bool
    began: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """
    A Decision was saved.

    Attributes:
        cause: What it was about; ``None`` for a timer or a person.
        link: As saved; ``None`` where the event made none.
    """

    at: datetime
    cause: Observation | Receipt | None
    link: Link | None
    rows: tuple[Row, ...]
    commands: tuple[Command, ...]
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Left:
    """Bytes of a message left an edge (*agency*) or the hub (``None``)."""

    at: datetime
    agency: AgencyId | None
    routing_key: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault struck; *kind* is its name in the table of faults."""

    at: datetime
    kind: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """From here on another phase: ``safety``, ``liveness``, ``quiet`` (two sweeps), ``over``."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A person shared a case by hand."""

    at: datetime
    agency: AgencyId
    ref: CaseRef
    with_: AgencyId


@dataclass(frozen=True, slots=True)
class Restored:
    """
    The store was brought back from a backup, and declared restored.

    Attributes:
        backup: The place in the trace at which the backup was made.
    """

    at: datetime
    backup: int


@dataclass(frozen=True, slots=True)
class Kept:
    """
    Something became of a content in the store of content, which an edge asked for.

    Attributes:
        what: ``staged``, ``opened``, ``used``; ``doubt``: to be used, which may not be told.
    """

    at: datetime
    agency: AgencyId
    what: str
    digest: str


@dataclass(frozen=True, slots=True)
class Operated:
    """A person did something about a case that stood still."""

    at: datetime
    link: LinkId
    operation: Operation


@dataclass(frozen=True, slots=True)
class Ruled:
    """From here on these rules hold; the first event of every run."""

    at: datetime
    version: str
    ruleset: Ruleset = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """A case system answered a request, or would have."""

    at: datetime
    agency: str
    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Did:
    """A person did something to a case in a case system; *case* is its title."""

    at: datetime
    agency: str
    case: str
    what: str


Event = (
    Opened
    | Edited
    | Deleted
    | Made
    | Wrote
    | Decided
    | Left
    | Struck
    | Phase
    | Shared
    | Restored
    | Kept
    | Operated
    | Ruled
    | Answered
    | Did
)
E = TypeVar(
    "E",
    Opened,
    Edited,
    Deleted,
    Made,
    Wrote,
    Decided,
    Left,
    Struck,
    Phase,
    Shared,
    Restored,
    Kept,
    Operated,
    Ruled,
    Answered,
    Did,
)


@dataclass(slots=True)
class Trace:
    """The events of one run, and how often each step and each fault was seen."""

    events: list[Event] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, event: Event) -> None:
        """Note that something happened."""
        self.events.append(event)
        self.seen[f"fault:{event.kind}" if isinstance(event, Struck) else type(event).__name__] += 1

    def passed(self, step: str) -> None:
        """Count that a step of one of the loops was taken."""
        self.seen[f"step:{step}"] += 1

    def of(self, kind: type[E]) -> Iterator[E]:
        """Give the events of one kind, in order."""
        return (event for event in self.events if isinstance(event, kind))

    def digest(self) -> str:
        """Give a digest of all that happened: the same seed gives the same one, everywhere."""
        digest = hashlib.sha256()
        for event in self.events:
            # A set shows its members in an order that is each process's own.
            digest.update(_SET.sub(_in_order, repr(event)).encode())
        return digest.hexdigest()[:16]


_SET: Final = re.compile(r"(?<=frozenset\(\{)[^{}]*")


def _in_order(members: re.Match[str]) -> str:
    return ", ".join(sorted(members[0].split(", ")))


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a run ended: what the laws are judged on, beside the trace.

    Attributes:
        systems: By agency and reference: what each case shows to people, laid flat.
        marks: By agency and reference: the mark that the bridge gave the case.
        links: As the store has them.
        habits: By agency: how its system behaves, fault or no fault.
        down: Systems that were away to the end, and are to be.
        left: What was left behind of contents and locks, once all was at rest.
    """

    trace: Trace
    systems: Mapping[AgencyId, Mapping[CaseRef, Cells]]
    marks: Mapping[AgencyId, Mapping[CaseRef, str]]
    links: Mapping[LinkId, Link]
    habits: Mapping[AgencyId, Habits] = field(default_factory=dict)
    down: frozenset[AgencyId] = frozenset()
    left: tuple[str, ...] = ()
