"""What of a Patch is still to be done, and in which order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from adapters.kit.standing import Likeness
from adapters.zgw import objects, papers
from adapters.zgw.fields import WRITABLE
from contracts.case import split_path
from contracts.patch import Change, Patch
from contracts.snapshot import Snapshot


class Stage(IntEnum):
    """The order of writing; see `adapters.zgw.write`."""

    DOCUMENTS = 0
    CHILDREN = 1
    ROW = 2
    RESULT = 3
    STATUS = 4
    NEVER = 5


_CHILDREN: Final = frozenset(
    {"roles", "properties", "objects", "notes", "decisions", "handler", "unit"}
)


def stage(change: Change) -> Stage:
    """Tell when a change is made; ``NEVER`` where this system cannot."""
    field, key = split_path(change.path)
    if field == "documents":
        return Stage.DOCUMENTS
    if field in WRITABLE or field == "related" or is_place(change):
        return Stage.ROW
    if field in _CHILDREN and (key or field in ("handler", "unit")):
        return Stage.CHILDREN
    return {"result": Stage.RESULT, "status": Stage.STATUS}.get(field, Stage.NEVER)


def is_place(change: Change) -> bool:
    """Tell whether a change is about the place on the map, which is a member of the zaak."""
    field, key = split_path(change.path)
    return field == "objects" and key.partition(":")[0] == objects.PLACE


@dataclass(frozen=True, slots=True)
class Todo:
    """What is left of a Patch, stage by stage."""

    changes: tuple[Change, ...]

    def at(self, wanted: Stage) -> tuple[Change, ...]:
        """Give the changes of one stage, in the order of the Patch."""
        return tuple(change for change in self.changes if stage(change) is wanted)


LIKE: Final = Likeness(documents=papers.same_document, as_text=papers.as_text)
"""When two values are alike in what a ZGW system can show."""


def needed(snapshot: Snapshot, patch: Patch) -> Todo:
    """
    Leave out what is already so.

    Raises:
        Conflict: Something else stands where a change expects a value.
    """
    return Todo(
        LIKE.needed(
            snapshot, patch.changes, lambda change: stage(change) is not Stage.NEVER, patch.known
        )
    )
