"""
A chart: a table of numbers over time, with a drawing of it.

The page carries the table alone; the browser draws what stands in it. So whoever sees no drawing,
or runs no script, has the same numbers, and they have their twins like those of any table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.console.table import Table


class Unit(StrEnum):
    """What the numbers along the side count."""

    SECONDS = "seconds"
    TIMES = "times"


class Shape(StrEnum):
    """How the numbers are drawn."""

    LINES = "lines"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Chart:
    """
    A drawing of a table.

    Attributes:
        table: Its first column holds moments, all others numbers, or nothing where none is known.
    """

    table: Table
    unit: Unit
    shape: Shape = Shape.LINES
