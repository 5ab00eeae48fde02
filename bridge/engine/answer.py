"""Answer: what a side's system told of a Command that it was sent, beside what was asked."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from bridge.engine.lane import InFlight
from contracts.case import Cells
from contracts.messages import ChangeOutcome, Lane, Outcome, Settled
from contracts.patch import Change


@dataclass(frozen=True, slots=True)
class Answer:
    """
    A settled Command: what was asked, what became of it, and what the case shows now.

    Attributes:
        result: Its snapshot holds only what may cross under the agreement of this very Link.
        shown: The cells of that snapshot.
    """

    flight: InFlight
    result: Settled
    shown: Cells

    @property
    def lane(self) -> Lane:
        """The lane in which the Command went."""
        return self.flight.command.lane

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was asked; nothing where it was only to look."""
        return self.flight.command.patch.changes

    @property
    def is_create(self) -> bool:
        """Whether the case was to be made."""
        return self.flight.command.ref is None

    def outcome(self, path: str) -> ChangeOutcome:
        """Give what became of the change at a path: done, where the edge says nothing else."""
        return self.result.outcomes.get(path, ChangeOutcome(outcome=Outcome.DONE))

    def means(self, path: str) -> dict[str, JsonValue]:
        """Give what the side stands for once the change at a path was made."""
        return self.flight.means.get(path, {})
