"""Jobs: what a person asked of many cases at once, and what became of it at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from contracts.ids import AgencyId, LinkId


class JobState(StrEnum):
    """How a job stands."""

    PLANNED = "planned"
    """Nothing is done yet: a person looks at the plan first."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What a deed would come to, at one case or at one of its fields."""

    WRITES = "writes"
    LOOKS = "looks"
    """The system is asked again; what follows depends on what it shows."""
    NOTHING = "nothing"
    """Both sides stand for the same already, or what is missing is not written there."""
    SUPERSEDED = "superseded"
    """What waited was overtaken by a later value."""
    REFUSED = "refused"
    """It would wait for a person again, or does not fit how the case stands."""
    LETS_GO = "lets-go"


class Became(StrEnum):
    """What became of a deed at one case."""

    DONE = "done"
    CHANGED = "changed"
    """The case changed after the plan was made: nothing was done; plan anew."""
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Line:
    """What a deed would come to at one field of one side; never the value itself."""

    agency: AgencyId | None
    path: str
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody did something about a job."""

    at: datetime
    by: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """
    What a person asked of many cases at once.

    Attributes:
        deed: What is to be done; see `bridge.desk.deeds`.
        version: What a save has to find unchanged, 0 for a new job.
    """

    id: str
    state: JobState
    deed: Mapping[str, JsonValue]
    by: str
    reason: str
    made_at: datetime
    history: tuple[Step, ...] = ()
    version: int = 0


def told(job: Job) -> Row:
    """Tell the journal of the last step of a job."""
    step = job.history[-1]
    return Row(
        What.JOB,
        step.at,
        value=step.what,
        rule=str(job.deed.get("kind", "")),
        why=step.why or job.reason,
        by=step.by,
        cause=job.id,
    )


@dataclass(frozen=True, slots=True)
class JobItem:
    """
    One case of a job.

    Attributes:
        version: Of the Link when the plan was made: at another one nothing is done.
        verdict: What it would come to, all fields together.
        became: ``None`` until it was its turn.
    """

    number: int
    link: LinkId
    version: int
    verdict: Verdict
    lines: tuple[Line, ...] = ()
    became: Became | None = None
    why: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemEnd:
    """What became of one case of a job; the first end that is saved counts."""

    job: str
    number: int
    became: Became
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many cases of a job there are, by what was foreseen and by what became of them."""

    foreseen: Mapping[Verdict, int]
    became: Mapping[Became, int]

    @property
    def total(self) -> int:
        """All cases of the job."""
        return sum(self.foreseen.values())

    @property
    def left(self) -> int:
        """Cases whose turn is still to come."""
        return self.total - sum(self.became.values())
