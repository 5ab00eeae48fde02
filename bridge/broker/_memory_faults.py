"""
Where the broker in memory may go one way or another, and who is asked which.

A simulator hands in an object that draws its answers from a seeded source; all that it can answer
is what a real broker and a real network do. Every question is asked in the task whose call it is
about, so a killed process asks nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bridge.broker.base import Outgoing


@dataclass(eq=False, slots=True)
class Connection:
    """
    One process's connection; it is known by being this one.

    Attributes:
        account: Whom the server vouches for, with each message from here; None for nobody.
        back_at: By the loop's clock; before that it cannot be made again.
    """

    account: str | None = None
    back_at: float = field(default=0.0, repr=False)
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Outage:
    """
    A connection is lost at this moment, with all that was out on it.

    Attributes:
        seconds: How long none can be made instead.
        is_for_all: It is the broker that is away: every connection is lost.
    """

    seconds: float = 0.0
    is_for_all: bool = False


class Fate(Enum):
    """What becomes of a message that is published."""

    CONFIRMED = "confirmed"
    LOST = "lost"
    """It does not arrive; the sender hears nothing."""
    UNHEARD = "unheard"
    """It arrives, and the sender does not hear so: it will be sent again."""


class Faults(Protocol):
    """Answers what happens at each point; `NoFaults` to begin from."""

    def outage(self, connection: Connection) -> Outage | None:
        """
        Say whether a connection is lost now.

        Asked whenever one is used, before anything else: once by `publish`, by each look of a
        `take` for messages, by `done`, `dead_letter`, `check`, `depths`, `provision`. While it is
        away nothing is confirmed, `take` waits, and what was out is ready again: a report about
        it is dropped.
        """

    def fate(self, connection: Connection, message: Outgoing) -> Fate:
        """Say what becomes of a message; asked for each, on a connection that holds."""

    def choose(self, queue: str, *, ready: int, out: int, most: int) -> Sequence[int]:
        """
        Choose what a consumer gets now, in which order: positions, each once, *most* at most.

        Asked at each look of a `take` for which there is room. Positions 0 to *ready* - 1 are the
        messages that are ready, oldest first; where there are any, at least one is to be chosen.
        The next *out* are with some consumer already, longest first: the server gave that one
        up, so the message comes again and a report from there is dropped.
        """

    def delay(self, queue: str) -> float:
        """Say how many seconds a message takes to its consumer; asked for each that was chosen."""


class NoFaults:
    """All goes well: what is ready is handed out at once, oldest first."""

    def outage(self, connection: Connection) -> Outage | None:
        return None

    def fate(self, connection: Connection, message: Outgoing) -> Fate:
        return Fate.CONFIRMED

    def choose(self, queue: str, *, ready: int, out: int, most: int) -> Sequence[int]:
        return range(min(ready, most))

    def delay(self, queue: str) -> float:
        return 0.0


_: type[Faults] = NoFaults
