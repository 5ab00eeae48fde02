"""
Twins: two documents that turn out to be one, once the content of the second has been read.

Handlers of both sides put the same report in their own case. Where its content is read along with
the case, it is known at once for one that is there. A large one is told first, and its content
later: until then it counts as another document, which has gone nowhere yet. Meanwhile none of its
size is brought there: it may be this one. That ends when it was read, or cannot be.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Origin, Side
from bridge.engine.sameness import comes_later
from contracts.case import Cells, split_path


def unite(draft: Draft, side: Side, path: str, before: Cells, at: datetime) -> None:
    """Let the document that a side shows at *path* be the one of the truth with its content."""
    own, was, value = side.items.get(path), before.get(path), side.base.get(path)
    if own is None or not isinstance(was, dict) or not isinstance(value, dict):
        return
    if "digest" not in was or was["digest"] is not None or value.get("digest") is None:
        return
    twin = _twin(draft, side, own, value["digest"])
    if twin is None or _is_anywhere_else(draft, side, own):
        return
    draft.row(
        What.EDITED,
        side,
        own,
        other=draft.link.truth.get(own),
        why="heeft dezelfde inhoud als een document dat er al is, en is daarmee één",
    )
    draft.agree(own, None, Origin(side.agency, at))
    for each in draft.link.sides.values():
        draft.stand(each, own, None)
    side.items[path] = twin


def may_be_there(side: Side, shared: str, document: JsonValue) -> bool:
    """Tell whether a side has a document that may prove to be this one: not read yet, as large."""
    if split_path(shared)[0] != "documents" or not isinstance(document, dict):
        return False
    size = document.get("size_bytes")
    if size is None or shared in side.items.values():
        return False
    return any(
        comes_later(value) and value.get("size_bytes") == size
        for path, value in side.base.items()
        if split_path(path)[0] == "documents" and isinstance(value, dict)
    )


def _twin(draft: Draft, side: Side, own: str, digest: object) -> str | None:
    """Name the document of the truth with this content that the side does not have."""
    has = set(side.items.values())
    for shared, theirs in draft.link.truth.items():
        if split_path(shared)[0] != "documents" or shared == own or shared in has:
            continue
        if isinstance(theirs, dict) and theirs.get("digest") == digest:
            return shared
    return None


def _is_anywhere_else(draft: Draft, side: Side, shared: str) -> bool:
    return any(shared in other.items.values() for other in draft.link.others(side.agency))
