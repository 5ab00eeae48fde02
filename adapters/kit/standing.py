"""What of a Patch is still to be done, by what stands at a system now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

from contracts.case import Document, cells_of, role_key, split_path
from contracts.errors import Conflict
from contracts.patch import Change
from contracts.snapshot import Snapshot

PLACE: Final = "geometrie"
"""The type of the one place on the map that a case has; what it is keyed by makes no difference."""

_TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "notes": ("text", "internal"),
    "decisions": ("type", "date", "text"),
    "properties": ("key",),
    "related": ("key",),
}
"""Members by which an item that stands under another key is known to be the same."""
_BY_WORDS: Final = frozenset({"notes", "decisions"})
"""Fields whose items are known by what they say alone."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """
    When two values are alike in what one system can show.

    Attributes:
        documents: Of two readings of a document, but for content and version.
        as_text: How the system holds the value of a property.
        knows_sizes: It tells how large a document is; where it does not, the content is not whole.
    """

    documents: Callable[[Document, Document], bool]
    as_text: Callable[[Any], str]
    knows_sizes: bool = True

    def needed(
        self,
        snapshot: Snapshot,
        changes: Iterable[Change],
        can_be: Callable[[Change], bool],
        known: Collection[str] = (),
    ) -> tuple[Change, ...]:
        """
        Leave out what is already so.

        Args:
            snapshot: What stands there.
            changes: What is to become true.
            can_be: Whether the system can make a change at all; others are not compared.
            known: See `Patch.known`.

        Raises:
            Conflict: Something else stands where a change expects a value.
        """
        now = cells_of(snapshot.case)
        left: list[Change] = []
        for change in changes:
            standing = self.standing_at(change, now, known)
            if self.is_done(change, standing):
                continue
            if can_be(change) and not self.expected(change, standing):
                msg = f"{public(change.path)} no longer shows what was expected"
                raise Conflict(msg, path=change.path)
            left.append(change)
        return tuple(left)

    def standing_at(
        self, change: Change, now: Mapping[str, JsonValue], known: Collection[str] = ()
    ) -> JsonValue:
        """
        Give what stands where a change is about; the system may have a key of its own for it.

        Where nothing but what an item says tells which one it is, none that was *known* before is
        it: two people may write the same.
        """
        field, key = split_path(change.path)
        if not key or change.path in now:
            return now.get(change.path)
        item = change.become if isinstance(change.become, dict) else change.expect
        if not isinstance(item, dict):
            return None
        for path, found in now.items():
            if split_path(path)[0] != field or (field in _BY_WORDS and path in known):
                continue
            if self._same_item(field, item, found):
                return found
        return None

    def is_done(self, change: Change, standing: JsonValue) -> bool:
        """Tell whether a change is already so."""
        field, _ = split_path(change.path)
        if change.become is None or standing is None:
            return change.become is None and standing is None
        if field == "documents":
            return self._document_is_done(change, standing)
        if not self.same(field, change.become, standing):
            return False
        return field != "roles" or _nothing_to_empty(change, standing)

    def expected(self, change: Change, standing: JsonValue) -> bool:
        """Tell whether what stands there is what a change expects."""
        field, _ = split_path(change.path)
        if change.expect is None and field == "documents" and standing is not None:
            return True  # ours by its mark: made before, and left unfinished or described anew
        if change.expect is None or standing is None:
            return change.expect is None and standing is None
        return self.same(field, change.expect, standing)

    def same(self, field: str, one: JsonValue, other: JsonValue) -> bool:
        """Tell whether two values of a field are alike in what this system can show."""
        if not isinstance(one, dict) or not isinstance(other, dict):
            return bool(trimmed(one) == trimmed(other))
        match field:
            case "handler":
                return bool(one.get("id") == other.get("id"))
            case "documents":
                return self.documents(Document.model_validate(one), Document.model_validate(other))
            case "roles":
                return natural_key(one) == natural_key(other) and _person_fits(one, other)
            case "properties":
                return self.as_text(one.get("value")) == self.as_text(other.get("value"))
            case "notes" | "decisions":
                return self._same_item(field, one, other)
            case _:
                return bool(trimmed(one) == trimmed(other))

    def _same_item(self, field: str, item: Mapping[str, Any], found: JsonValue) -> bool:
        if not isinstance(found, dict):
            return False
        match field:
            case "documents":
                mark = item.get("mark")
                return mark is not None and found.get("mark") == mark
            case "roles":
                return natural_key(item) == natural_key(found)
            case "objects":
                kind, other = (one.get("type") for one in (item, found))
                alike = item.get("identity") == found.get("identity") or kind == PLACE
                return bool(kind == other and alike)
        names = _TELLING.get(field, ())
        return bool(names) and all(trimmed(item.get(n)) == trimmed(found.get(n)) for n in names)

    def _document_is_done(self, change: Change, standing: JsonValue) -> bool:
        now, wanted = Document.model_validate(standing), Document.model_validate(change.become)
        if not self.documents(now, wanted):
            return False
        if change.content is None:
            return True
        if self.knows_sizes and wanted.size_bytes not in (None, now.size_bytes):
            return False
        if change.expect is None:
            return True
        return now.version > Document.model_validate(change.expect).version


def natural_key(item: Mapping[str, Any]) -> str:
    """Give the key of a party by what it is, whatever key it came with."""
    return role_key(str(item.get("role")), str(item.get("kind")), str(item.get("identity")))


def _person_fits(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Tell whether a party shows all that is wanted; the system may know more of a person."""
    shown = trimmed(found.get("person") or {})
    return all(shown.get(n) == v for n, v in trimmed(wanted.get("person") or {}).items())


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


def trimmed(value: Any) -> Any:
    """Give a value as systems keep it that trim both ends of a text, and all of an empty one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Mapping):
        return {k: t for k, v in value.items() if (t := trimmed(v)) is not None}
    if isinstance(value, list | tuple):
        return [trimmed(one) for one in value]
    return value


def public(path: str) -> str:
    """Give a path as it may be told: the key of a role may hold a citizen number."""
    return path.partition(":")[0] if path.startswith("roles/") else path
