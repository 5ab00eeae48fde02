"""A case as a memory system keeps it ↔ Snapshot and Patch; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import JsonValue

from adapters.memory.record import NATURAL, StoredCase, whole
from adapters.memory.settings import MemorySettings
from adapters.memory.wire import APPLICATION
from contracts.adapter import UpdateGuard
from contracts.case import COLLECTIONS, Document, case_of, split_path
from contracts.errors import Conflict
from contracts.ids import CaseRef, Mark, Token
from contracts.patch import Change, Patch
from contracts.snapshot import Author, Snapshot, Unmapped

_ON_THE_WAY: Final = frozenset({"content", "digest", "size_bytes"})
"""Members of a document that are computed or stamped elsewhere, and are no part of an edit."""


def snapshot(case: StoredCase, settings: MemorySettings) -> Snapshot:
    """Show *case* in the fields that the settings let it have."""
    can = settings.capabilities()
    shown = {p: v for p, v in case.cells.items() if split_path(p)[0] in can.readable}
    empty = {field: None for field in can.readable - COLLECTIONS if field not in shown}
    mark = case.references.get(APPLICATION)
    authors = {p: Author(by=who, at=at) for p, (who, at) in case.authors.items() if p in shown}
    return Snapshot(
        ref=CaseRef(case.ref),
        case=case_of({**shown, **empty}, read=can.readable),
        unsupported=can.unsupported,
        unmapped=tuple(unmapped(case)),
        mark=Mark(mark) if mark is not None else None,
        token=Token(str(case.version)) if can.update_guard is UpdateGuard.TOKEN else None,
        authors=authors if settings.tells_authors else {},
        is_closed=case.cells.get("end") is not None,
    )


def unmapped(case: StoredCase) -> Iterator[Unmapped]:
    """Name what the system shows and a Case cannot carry."""
    for where in case.extras:
        yield Unmapped(where=where, why="een zaak heeft hier geen plaats voor")


def left_to_do(case: StoredCase, patch: Patch, *, by_reference: bool) -> list[Change]:
    """
    Give the changes of *patch* that *case* does not show yet.

    An item that we added is known by our key beside it, where the system keeps these
    (*by_reference*); else an item with equal content is taken for ours.

    Raises:
        Conflict: Something stands there that is neither what was expected nor what should be.
    """
    left: list[Change] = []
    for change in patch.changes:
        if _is_made(case, change, patch.known, by_reference=by_reference):
            continue
        if not _same(change.path, case.current(change.path), change.expect):
            msg = f"{case.ref}: {change.path} no longer shows what was expected"
            raise Conflict(msg, path=change.path)
        left.append(change)
    return left


def adds(change: Change) -> bool:
    """Tell whether *change* brings an item that is not there yet."""
    field, _ = split_path(change.path)
    return field in COLLECTIONS and change.expect is None and change.become is not None


def document_in(change: Change) -> Document:
    """Give the document that *change* brings, with the place where its bytes are."""
    held: dict[str, Any] = dict(change.become) if isinstance(change.become, dict) else {}
    document = Document.model_validate(held)
    return (
        document
        if change.content is None
        else document.model_copy(update={"content": change.content})
    )


def stored(change: Change) -> JsonValue:
    """Give what is sent for *change*: a document without where its bytes are."""
    if isinstance(change.become, dict) and split_path(change.path)[0] == "documents":
        return {**change.become, "content": None}
    return change.become


def _is_made(case: StoredCase, change: Change, known: Sequence[str], *, by_reference: bool) -> bool:
    if change.content is not None and not adds(change):
        return _same_version(case.current(change.path), change.become)
    if not adds(change):
        return _same(change.path, case.current(change.path), change.become)
    field, _ = split_path(change.path)
    if field in NATURAL:
        return _same(change.path, case.current(change.path), change.become)
    if by_reference:
        return any(origin == change.path for origin in case.origins.values())
    return any(
        _same(change.path, item, change.become)
        for path, item in case.items(field)
        if path not in known
    )


def _same_version(shown: JsonValue, wanted: JsonValue) -> bool:
    """Tell it by the content, where that is known: a number may be somebody else's too."""
    if not isinstance(shown, dict) or not isinstance(wanted, dict):
        return False
    if shown.get("digest") is None:
        return _same("documents/", shown, wanted)
    numbered = {**shown, "version": wanted.get("version")}
    return shown["digest"] == wanted.get("digest") and _same("documents/", numbered, wanted)


def _same(path: str, one: JsonValue, other: JsonValue) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    field, _ = split_path(path)
    aside = {"key"} if field not in NATURAL else set()
    if field == "documents":
        aside |= _ON_THE_WAY
    return _known(field, one, aside) == _known(field, other, aside)


def _known(field: str, item: dict[str, JsonValue], aside: set[str]) -> dict[str, JsonValue]:
    whole_item = whole(field, item)
    return {name: value for name, value in whole_item.items() if name not in aside}
