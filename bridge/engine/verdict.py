"""What translating says: what a local change means (Got), what a side must be told (Put)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from bridge.engine.parked import Gap
from contracts.crosswalk import Rule, Scalar


class How(StrEnum):
    """How a shared value fares in an agency's own terms."""

    EXACT = "exact"
    EQUAL = "equal"
    """What stands there means it already: nothing to write."""
    DEFAULT = "default"
    """Something that says less is written, as the table or the agreement has it."""
    KEEP = "keep"
    ANNOTATE = "annotate"
    NOT_CROSSING = "not-crossing"
    PARK = "park"
    FOLD = "fold"


HOW_OF: Mapping[Rule, How] = {
    Rule.KEEP: How.KEEP,
    Rule.DEFAULT: How.DEFAULT,
    Rule.ANNOTATE: How.ANNOTATE,
    Rule.PARK: How.PARK,
    Rule.FOLD: How.FOLD,
    Rule.NOT_CROSSING: How.NOT_CROSSING,
}


@dataclass(frozen=True, slots=True)
class Unread:
    """
    A local value that means nothing in shared terms.

    Attributes:
        path: The shared path that it would have been about, else the local one.
        why: One sentence for a person; never the value itself where it could be personal.
        parks: A person must look; otherwise it is left where it is, and the journal says so.
        gap: The row that would give it a meaning, where one would.
    """

    path: str
    why: str
    parks: bool
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Got:
    """
    What changed local paths mean in shared terms.

    Attributes:
        values: By shared path; ``None`` for empty, or for an item that is gone.
    """

    values: Mapping[str, JsonValue]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A word chosen for a shared value: the local word where one is to stand, else the reason."""

    how: How
    value: Scalar | None = None
    why: str = ""
    note: str | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """
    One verdict, on one or more shared paths that hang together.

    Attributes:
        shared: Shared path → the value that the side stands for once this is done.
        writes: Local path → value (``None``: empty, or the item gone). Empty: nothing to write.
        why: A sentence for a person where ``how`` is not exact or equal.
        note: Text of a note to write along.
        detaches: Fields that stop crossing for this side: it holds a part of a whole.
        local: The local path on whose value the verdict was made, where there is one.
        gap: Where it parks: the row that would help, where one would.
    """

    shared: Mapping[str, JsonValue]
    writes: tuple[tuple[str, JsonValue], ...]
    how: How
    why: str = ""
    note: str | None = None
    detaches: tuple[str, ...] = ()
    local: str | None = None
    gap: Gap | None = None
