"""
What waits for a person: where, why, since when, and the ways out.

It is kept on a side of a Link (`bridge.engine.link.Side.parked`), by the path that waits; what
each way out does is in `bridge.engine.operate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from contracts.ids import AgencyId

CASE: Final = "case"
"""The path under which a whole case is parked."""


class Reason(StrEnum):
    """Why something waits for a person."""

    NO_COUNTERPART = "no-counterpart"
    """A value has no row in the other side's table, and its rule says that a person decides."""
    CONFLICT = "conflict"
    """Both sides changed it, and the agreement leaves the choice to a person."""
    REFUSED = "refused"
    """The system refused it."""
    IMMUTABLE = "immutable"
    """The system cannot change it on an existing case."""
    UNTRANSLATABLE = "untranslatable"
    """A local value that means nothing in shared terms."""
    GONE = "gone"
    UNREADABLE = "unreadable"
    OUT_OF_SCOPE = "out-of-scope"
    UNSAFE = "unsafe"
    """The scanner found something in a document, or could not look into it."""
    AMBIGUOUS = "ambiguous"
    BUG = "bug"


class Way(StrEnum):
    """A way out of being parked; what each does is in `bridge.engine.operate`."""

    RESUME = "resume"
    """Try again: the cause was taken away."""
    CHOOSE = "choose"
    """Give the value that is to hold."""
    SKIP = "skip"
    """Leave both sides as they are, for this value."""
    RECREATE = "recreate"
    """Make a counterpart anew where the one that was there is gone."""
    UNLINK = "unlink"
    """Let the cases go their own way."""


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A row that a table lacks: one such row may hold up many cases.

    Attributes:
        where: The table, as people find it: ``crosswalk-odru.yaml: results``.
        word: What it has no row for: a shared word where it was to be written, else a local one.
    """

    where: str
    word: str

    @property
    def agency(self) -> AgencyId:
        """Name the agency whose table it is."""
        file, _, _ = self.where.partition(": ")
        return AgencyId(file.partition("-")[2].removesuffix(".yaml"))

    @property
    def table(self) -> str:
        """Name the table within its file."""
        return self.where.partition(": ")[2]


@dataclass(frozen=True, slots=True)
class Parked:
    """
    One path (or the whole case) of one side waits for a person.

    ``why`` is one sentence for that person; ``value`` what should have become true there, in
    shared terms; ``gap`` the row that would help, where one would.
    """

    reason: Reason
    why: str
    since: datetime
    ways: tuple[Way, ...]
    value: JsonValue = None
    gap: Gap | None = None
