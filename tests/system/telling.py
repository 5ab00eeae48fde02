"""Who is told what happens, where nobody listens."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.demo.agenda import Step
from bridge.demo.histories import History


@dataclass
class Quiet:
    """Listens, and tells nobody."""

    told: list[str] = field(default_factory=list)

    def says(self, text: str) -> None:
        self.told.append(text)

    def plays(self, step: Step) -> None:
        self.told.append(step.key)

    def rests(self, history: History) -> None:
        self.told.append(f"{history.id} rests")

    def does_not_rest(self, history: History) -> None:
        self.told.append(f"{history.id} does not rest")
