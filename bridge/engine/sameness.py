"""When two values of one path mean the same, and when one is the other as a system rendered it."""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum
from typing import Final, assert_never

from pydantic import JsonValue

from bridge.engine.numbers import is_rounding
from contracts.case import split_path
from contracts.ids import LinkId


class Holds(StrEnum):
    """What a property holds, as far as it matters to how systems render it."""

    WORDS = "words"
    """Of a list, or a date: itself, or another."""
    TEXT = "text"
    """What people write freely; systems cut and re-case it."""
    NUMBERS = "numbers"
    """Systems round them."""


IDENTIFIED: Final = frozenset({"documents", "notes", "hours", "decisions", "related"})
"""Fields whose items have no natural key: the Link remembers which native ids are one item."""

_NOT_COMPARED: Final = {
    "documents": frozenset({"key", "mark", "content", "version"}),
    "notes": frozenset({"key", "at", "by", "subject"}),
    "hours": frozenset({"key"}),
    "decisions": frozenset({"key"}),
    "related": frozenset(),
    "roles": frozenset({"key"}),
    "properties": frozenset({"key"}),
    "objects": frozenset({"key"}),
}


def same(path: str, one: JsonValue, other: JsonValue) -> bool:
    """
    Tell whether two values of *path* mean the same, in the same terms.

    A handler is who they are, not what their part is called. A document is its content and what
    is said of it: a digest that is not known yet tells nothing, and the version number, which is
    each system's own, only where both lie in the same one.
    """
    if one == other:
        return True
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    field, _ = split_path(path)
    if field == "handler":
        return one.get("id") == other.get("id")
    ignored = _NOT_COMPARED.get(field, frozenset())
    if field == "documents" and None in (one.get("digest"), other.get("digest")):
        if one.get("version") != other.get("version") or _lie_apart(one, other):
            return False
        ignored = ignored | {"digest", "size_bytes"}
    names = (one.keys() | other.keys()) - ignored
    return all(one.get(name) == other.get(name) for name in names)


def _lie_apart(one: dict[str, JsonValue], other: dict[str, JsonValue]) -> bool:
    """Tell whether two contents lie in different systems; where one is not said, they may not."""
    places = [
        content.get("agency")
        for content in (one.get("content"), other.get("content"))
        if isinstance(content, dict)
    ]
    return len(set(places)) > 1


_TEXTS: Final = frozenset(
    {
        "title",
        "explanation",
        "suspension/reason",
        "extension/reason",
        "handler/name",
        "notes/text",
        "notes/subject",
        "roles/person",
        "documents/title",
        "documents/file_name",
        "documents/author",
        "documents/description",
        "decisions/text",
    }
)
"""What people write freely. All else is a word of a list, a number or a date."""


def is_rendering(
    path: str, written: JsonValue, seen: JsonValue, *, holds: Holds = Holds.WORDS
) -> bool:
    """
    Tell whether *seen* is *written*, cut, trimmed or re-cased by the system that holds it.

    Used only to recognise a write of our own; a wrong yes would hide an edit. So nothing that
    says something else is taken for a rendering, and a code is never cut: a result that begins
    as another does is another result.

    Args:
        holds: Of a property: what kind of values it holds.
    """
    if same(path, written, seen):
        return True
    field, _ = split_path(path)
    if isinstance(written, str) and isinstance(seen, str):
        return field in _TEXTS and _is_cut(written, seen)
    if isinstance(written, dict) and isinstance(seen, dict):
        digests = {written.get("digest"), seen.get("digest")} - {None}
        if len(digests) > 1:
            # Another content is another version, whatever it is called.
            return False
        ignored = _NOT_COMPARED.get(field, frozenset()) | {"digest", "size_bytes"}
        names = {name for name in written if written[name] is not None} - ignored
        return all(
            _is_rendered(written[name], seen[name], f"{field}/{name}", holds=holds)
            for name in names
            if name in seen
        )
    return False


def _is_rendered(written: JsonValue, seen: JsonValue, place: str, *, holds: Holds) -> bool:
    """Tell it of a member; a person's data is text in all its parts."""
    if written == seen:
        return True
    if isinstance(written, str) and isinstance(seen, str):
        if place == "properties/value":
            return _is_rendered_property(written, seen, holds)
        return place in _TEXTS and _is_cut(written, seen)
    if not isinstance(written, dict) or not isinstance(seen, dict):
        return False
    if place == "objects/data":
        # Its identity is its key; not every system holds all that another says of it.
        return bool(seen) and all(written.get(name) == told for name, told in seen.items())
    return place in _TEXTS and all(
        _is_cut(str(written[name]), str(seen[name])) for name in written if name in seen
    )


def _is_rendered_property(written: str, seen: str, holds: Holds) -> bool:
    match holds:
        case Holds.TEXT:
            return _is_cut(written, seen)
        case Holds.NUMBERS:
            return is_rounding(written, seen)
        case Holds.WORDS:
            return False
        case _:
            assert_never(holds)


def _is_cut(written: str, seen: str) -> bool:
    squeezed, shown = " ".join(written.split()).casefold(), " ".join(seen.split()).casefold()
    return bool(shown) and squeezed.startswith(shown)


def mark_of(link: LinkId, path: str) -> str:
    """
    Give the mark that an item bears where we make it: stable, opaque, 26 characters.

    It is the key by which a system that refuses doubles refuses ours, and by which a copy that we
    made without getting an answer is known again.
    """
    digest = hashlib.sha256(f"{link}|{path}".encode()).digest()
    return "CB" + base64.b32encode(digest[:15]).decode()


def comes_later(document: JsonValue) -> bool:
    """Tell whether the content of a document is still being read: it is told when it is there."""
    return (
        isinstance(document, dict)
        and document.get("digest") is None
        and document.get("content") is not None
    )


def digest_of(document: JsonValue) -> JsonValue:
    """Give the digest of the content of a document; ``None`` where there is none."""
    return document.get("digest") if isinstance(document, dict) else None
