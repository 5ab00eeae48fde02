"""Figures: one ratio each, with the raw numbers behind it; as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from rich.console import Console
from rich.table import Table

Raw = Mapping[str, float | int | str | Sequence[float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One figure.

    Attributes:
        ratio: What is compared; its name and ``means`` say with what.
        aim: The ratio that we want; ``None`` where there is none to reach.
        raw: What was measured, with the unit in the name of each number.
    """

    name: str
    ratio: float
    means: str
    aim: float | None = None
    better: Literal["more", "less"] = "more"
    raw: Raw = field(default_factory=dict)

    @property
    def is_reached(self) -> bool | None:
        """Tell whether the aim is reached."""
        if self.aim is None:
            return None
        return self.ratio >= self.aim if self.better == "more" else self.ratio <= self.aim


def ratio_of_medians(over: Sequence[float], under: Sequence[float]) -> float:
    """Divide the medians of two rows of rounds."""
    return median(over) / median(under)


def median_of_ratios(over: Sequence[float], under: Sequence[float]) -> float:
    """Compare round by round: what else the machine did weighs on both of one round alike."""
    return median(one / other for one, other in zip(over, under, strict=True))


def write(figures: Sequence[Figure], path: Path, *, is_quick: bool) -> None:
    """Write all figures as JSON."""
    content = {
        "quick": is_quick,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "figures": {
            each.name: {
                "ratio": each.ratio,
                "means": each.means,
                "aim": each.aim,
                "better": each.better,
                "reached": each.is_reached,
                "raw": dict(each.raw),
            }
            for each in figures
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def show(figures: Sequence[Figure]) -> None:
    """Print all figures."""
    table = Table("figure", "ratio", "aim", "what it means", "behind it")
    for each in figures:
        sign = ">=" if each.better == "more" else "<="
        aim = "" if each.aim is None else f"{sign} {each.aim:g}"
        colour = {True: "green", False: "red", None: "default"}[each.is_reached]
        raw = "\n".join(f"{name} {_shown(value)}" for name, value in each.raw.items())
        table.add_row(each.name, f"[{colour}]{each.ratio:.3g}[/]", aim, each.means, raw)
    Console(width=None if os.isatty(1) else 160).print(table)


def _shown(value: float | str | Sequence[float]) -> str:
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.3g}"
    return " ".join(f"{one:.3g}" for one in value)
