"""Who is told what happens while the demo runs."""

from __future__ import annotations

from typing import Protocol

from bridge.demo.agenda import Step
from bridge.demo.histories import History


class Teller(Protocol):
    """Tells people, on a terminal or line by line."""

    def says(self, text: str) -> None:
        """Tell anything."""

    def plays(self, step: Step) -> None:
        """Tell that a step is played."""

    def rests(self, history: History) -> None:
        """Tell that a case has come to rest."""

    def does_not_rest(self, history: History) -> None:
        """Tell that a case does not come to rest in time."""
