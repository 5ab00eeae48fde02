"""Faults in the rules: each with its file, its place, what is wrong and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

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


_WAYS_OUT: Final = {
    "extra_forbidden": "correct its spelling, or remove it",
    "missing": "add it",
    "string_type": "put it between quotes",
    "union_tag_invalid": "choose one of the kinds that the message names",
    "union_tag_not_found": "say which kind it is",
    "enum": "choose one of the values that the message names",
    "literal_error": "choose one of the values that the message names",
}


def faults_of(file: str, error: ValidationError) -> list[Fault]:
    """Tell what a model refused, place by place."""
    return [
        Fault(
            file,
            _dotted(each["loc"]),
            "unknown key" if each["type"] == "extra_forbidden" else each["msg"],
            _WAYS_OUT.get(each["type"], "correct the value"),
        )
        for each in error.errors(include_url=False, include_context=False)
    ]


def _dotted(place: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in place)
