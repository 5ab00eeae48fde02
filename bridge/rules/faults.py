"""Faults in the rules: each with its file, its place, what is wrong and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from bridge.faulty import refusals

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """
    One thing that is wrong.

    Attributes:
        path: The place in the file, with dots: ``case_types.rows.3.shared``.
    """

    file: str
    path: str
    what: str
    way_out: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place}: {self.what}; {self.way_out}"


class RulesInvalid(Exception):
    """The rules cannot be used; carries every fault, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        lines = [f"- {fault}" for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"- and {len(self.faults) - _SHOWN} more")
        count = len(self.faults)
        super().__init__("\n".join([f"{count} fault{'s' if count != 1 else ''}:", *lines]))


def faults_of(file: str, error: ValidationError) -> list[Fault]:
    """Tell what a model refused, place by place."""
    return [
        Fault(file, place, what, way_out or "correct the value")
        for place, what, way_out in refusals(error)
    ]
