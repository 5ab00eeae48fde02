"""What of a Patch is still to be done, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from pydantic import JsonValue

from adapters.zgw import objects, papers
from adapters.zgw.fields import WRITABLE
from contracts.case import Document, cells_of, role_key, split_path
from contracts.errors import Conflict
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


def needed(snapshot: Snapshot, patch: Patch) -> Todo:
    """
    Leave out what is already so.

    Raises:
        Conflict: Something else stands where a change expects a value.
    """
    now = cells_of(snapshot.case)
    left: list[Change] = []
    for change in patch.changes:
        standing = standing_at(change, now)
        if is_done(change, standing):
            continue
        if stage(change) is not Stage.NEVER and not expected(change, standing):
            msg = f"{_public(change.path)} no longer shows what was expected"
            raise Conflict(msg, path=change.path)
        left.append(change)
    return Todo(tuple(left))


def standing_at(change: Change, now: Mapping[str, JsonValue]) -> JsonValue:
    """Give what stands where a change is about; the system may keep it under a key of its own."""
    field, key = split_path(change.path)
    if not key or change.path in now:
        return now.get(change.path)
    item = change.become if isinstance(change.become, dict) else change.expect
    if not isinstance(item, dict):
        return None
    for path, found in now.items():
        if split_path(path)[0] == field and _same_item(field, item, found):
            return found
    return None


def is_done(change: Change, standing: JsonValue) -> bool:
    """Tell whether a change is already so."""
    field, _ = split_path(change.path)
    if change.become is None or standing is None:
        return change.become is None and standing is None
    if field == "documents":
        return _document_is_done(change, standing)
    if not same(field, change.become, standing):
        return False
    return field != "roles" or _nothing_to_empty(change, standing)


def expected(change: Change, standing: JsonValue) -> bool:
    """Tell whether what stands there is what a change expects."""
    field, _ = split_path(change.path)
    if change.expect is None and field == "documents" and standing is not None:
        return True  # ours by its mark: made before, and left unfinished or since described anew
    if change.expect is None or standing is None:
        return change.expect is None and standing is None
    return same(field, change.expect, standing)


def same(field: str, one: JsonValue, other: JsonValue) -> bool:
    """Tell whether two values of a field are alike in what this system can show."""
    if field == "handler" and isinstance(one, dict) and isinstance(other, dict):
        return bool(one.get("id") == other.get("id"))
    if field == "documents":
        return papers.same_document(Document.model_validate(one), Document.model_validate(other))
    if field == "roles" and isinstance(one, dict) and isinstance(other, dict):
        return natural_key(one) == natural_key(other) and _person_fits(one, other)
    if field == "properties" and isinstance(one, dict) and isinstance(other, dict):
        return papers.as_text(one.get("value")) == papers.as_text(other.get("value"))
    if field in ("notes", "decisions") and isinstance(one, dict) and isinstance(other, dict):
        return _same_item(field, one, other)
    return bool(_trimmed(one) == _trimmed(other))


def _same_item(field: str, item: Mapping[str, Any], found: JsonValue) -> bool:
    if not isinstance(found, dict):
        return False
    if field == "documents":
        mark = item.get("mark")
        return mark is not None and found.get("mark") == mark
    members: Mapping[str, tuple[str, ...]] = {
        "notes": ("text", "internal"),
        "decisions": ("type", "date", "text"),
        "properties": ("key",),
        "related": ("key",),
    }
    if field == "roles":
        return natural_key(item) == natural_key(found)
    if field == "objects":
        kind, other = (one.get("type") for one in (item, found))
        alike = item.get("identity") == found.get("identity") or kind == objects.PLACE
        return bool(kind == other and alike)
    names = members.get(field, ())
    return bool(names) and all(_trimmed(item.get(n)) == _trimmed(found.get(n)) for n in names)


def _person_fits(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Tell whether a party shows all that is wanted; the system may know more of a person."""
    shown = _trimmed(found.get("person") or {})
    return all(shown.get(n) == v for n, v in _trimmed(wanted.get("person") or {}).items())


def _nothing_to_empty(change: Change, standing: JsonValue) -> bool:
    """Tell whether what a change leaves out of a person is no longer there."""
    if not (
        isinstance(change.expect, dict)
        and isinstance(change.become, dict)
        and isinstance(standing, dict)
    ):
        return True
    persons = [one.get("person") or {} for one in (change.expect, change.become, standing)]
    before, after, now = (one if isinstance(one, dict) else {} for one in persons)
    return not any(now.get(name) for name in before.keys() - after.keys())


def natural_key(item: Mapping[str, Any]) -> str:
    """Give the key of a party by what it is, whatever key it came with."""
    return role_key(str(item.get("role")), str(item.get("kind")), str(item.get("identity")))


def _document_is_done(change: Change, standing: JsonValue) -> bool:
    now, wanted = Document.model_validate(standing), Document.model_validate(change.become)
    if not papers.same_document(now, wanted):
        return False
    if change.content is None:
        return True
    if wanted.size_bytes is not None and wanted.size_bytes != now.size_bytes:
        return False
    if change.expect is None:
        return True
    return now.version > Document.model_validate(change.expect).version


def _trimmed(value: Any) -> Any:
    # The system trims both ends of a text, and all of an empty one.
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Mapping):
        return {k: t for k, v in value.items() if (t := _trimmed(v)) is not None}
    if isinstance(value, list | tuple):
        return [_trimmed(one) for one in value]
    return value


def _public(path: str) -> str:
    # The key of a role may hold a citizen number.
    return path.partition(":")[0] if path.startswith("roles/") else path
