"""
A lane of a side: what is on its way there, and which of its readings was the last.

What belongs to documents travels apart from the rest, so that a large drawing never holds up a
status. In each lane at most one Command is on its way to a side, and the lane's phase says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pydantic import JsonValue

from contracts.case import split_path
from contracts.ids import AgencyId
from contracts.messages import Command, Lane, Sequence

NEVER: Final = Sequence(0, 0)

_IN_DOCUMENTS_LANE: Final = "documents"


def lane_of(path: str) -> Lane:
    """Give the lane in which a path travels."""
    return Lane.DOCUMENTS if split_path(path)[0] == _IN_DOCUMENTS_LANE else Lane.FACTS


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is on its way."""

    kind: Literal["idle"] = "idle"


@dataclass(frozen=True, slots=True)
class Told:
    """A side is told how many documents of each (local) type stay behind at an agency."""

    about: AgencyId
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class InFlight:
    """
    A Command is on its way, and its Receipt is awaited.

    ``means`` says for each path of its Patch what the side will stand for once that is done:
    shared path → shared value. ``tells`` names the notes in which it is told what stays behind,
    ``notes`` those that say what has no word there, with what that is.
    """

    command: Command
    sent_at: datetime
    means: dict[str, dict[str, JsonValue]]
    tells: dict[str, Told] = field(default_factory=dict)
    notes: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    kind: Literal["in-flight"] = "in-flight"

    def meant_by(self, path: str) -> dict[str, JsonValue]:
        """Give what the side stands for once it shows what was written at a path."""
        return self.means.get(path) or self.notes.get(path, {})


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    The system is away, or asked to wait; from ``until`` on it is tried again.

    ``look`` says that a write went without an answer: look before anything else is sent.
    """

    until: datetime
    why: str
    look: bool = False
    kind: Literal["waiting"] = "waiting"


Phase = Idle | InFlight | Waiting


@dataclass(slots=True)
class LaneState:
    """
    How one lane of a side stands.

    Attributes:
        sequence: Which reading was the last that was taken.
        read_at: When that was read.
        set_aside: The newest reading that came while a Command was in flight.
        tries: How often in a row the system could not be reached, or a write came to nothing.
        wanted: Documents (by key) whose content another side asked for; with the next Command.
    """

    phase: Phase = field(default_factory=Idle)
    sequence: Sequence = NEVER
    read_at: datetime | None = None
    set_aside: Sequence = NEVER
    tries: int = 0
    wanted: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """
        Tell whether it waits for its system.

        A Command that is on its way for another time does too: a system that hangs lets each try
        take as long as an answer may, and is no nearer for that.
        """
        is_another_try = isinstance(self.phase, InFlight) and self.tries > 0
        return is_another_try or isinstance(self.phase, Waiting)
