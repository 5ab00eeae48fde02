"""Items: which item of the truth an item on one side is, where it has no key of its own."""

from __future__ import annotations

from pydantic import JsonValue

from bridge.engine.draft import Draft
from bridge.engine.link import Side
from bridge.engine.sameness import mark_of, same
from contracts.case import path_of, split_path


def identify(draft: Draft, side: Side, path: str) -> str:
    """
    Say which shared item the local item at *path* is.

    One that we know; one of the truth that this side lacks and that is plainly the same (it bears
    the mark we gave it, or has the same content); else a new one, named after where it was made.
    """
    if path in side.items:
        return side.items[path]
    value = side.base.get(path)
    field, key = split_path(path)
    taken = set(side.items.values())
    for shared, theirs in draft.link.truth.items():
        if split_path(shared)[0] != field or shared in taken:
            continue
        if (
            isinstance(value, dict)
            and isinstance(theirs, dict)
            and (is_same_item(draft, field, shared, value, theirs))
        ):
            return shared
    return path_of(field, f"{side.agency}~{key}")


def is_same_item(
    draft: Draft,
    field: str,
    shared: str,
    value: dict[str, JsonValue],
    theirs: dict[str, JsonValue],
) -> bool:
    """Tell whether an item is plainly the shared one: by our mark, its content, or what it says."""
    if field == "documents":
        if value.get("mark") == mark_of(draft.link.id, shared):
            return True
        digest = value.get("digest")
        return digest is not None and digest == theirs.get("digest")
    return same(shared, value, theirs)
