"""
The audit trail: who changed what, and what a write overwrote without seeing it.

A PATCH of a zaak writes the whole row, and nothing guards it. But each entry of the trail holds
the zaak as that request read it (``oud``) and as it wrote it (``nieuw``). Where an entry read
something else than what the entries before it had made, it overwrote an edit, and the value that
was lost stands in the trail.

The trail does not tell everything: edits and deletions of properties, and edits of objects, are
not in it. It explains; only a full read is the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.zgw.fields import NATIVE_NAMES
from adapters.zgw.native import AuditEntry
from contracts.snapshot import Author

ROW: Final = (
    *NATIVE_NAMES,
    "verantwoordelijkeOrganisatie",
    "communicatiekanaal",
    "communicatiekanaalNaam",
    "productenOfDiensten",
    "publicatiedatum",
    "betalingsindicatie",
    "laatsteBetaaldatum",
    "zaakgeometrie",
    "hoofdzaak",
    "relevanteAndereZaken",
    "kenmerken",
    "selectielijstklasse",
    "processobject",
    "processobjectaard",
)
"""Members that people set and that a PATCH of another member may put back."""

_NONE: Final[Any] = object()


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What stands now, as far as the trail speaks of it.

    Attributes:
        raw: The zaak.
        paths: URL of a child → the path of a Case that it stands at.
        values: URL of a property → its path and value.
    """

    raw: Mapping[str, Any] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def authors(trail: Sequence[AuditEntry], standing: Standing) -> dict[str, Author]:
    """Give by path who last changed what stands there, as far as the trail tells."""
    found: dict[str, Author] = {}
    for entry in trail:
        author = Author(by=entry.gebruikers_id or None, at=entry.aanmaakdatum)
        for path in _paths(entry, standing):
            found[path] = author
    return found


def _paths(entry: AuditEntry, standing: Standing) -> Iterator[str]:
    new = entry.wijzigingen.nieuw
    if entry.resource == "zaak":
        for member in changed(entry):
            if alike(new.get(member), standing.raw.get(member)):
                path = NATIVE_NAMES.get(member)
                if path:
                    yield path
                elif member == "zaakgeometrie":
                    yield "objects/geometrie:zaak"
    elif entry.resource_url in standing.values:
        path, value = standing.values[entry.resource_url]
        # Later edits of a property are missing from the trail: only believe what still stands.
        if new.get("waarde") == value:
            yield path
    elif entry.resource_url in standing.paths:
        yield standing.paths[entry.resource_url]


@dataclass(frozen=True, slots=True)
class Collision:
    """
    One edit that one write overwrote without having seen it.

    Attributes:
        member: Of the zaak.
        lost: The value that was overwritten.
        put_back: What stands there since.
        author: Whose edit was lost.
        by_us: Our write did it; else somebody's did it to ours.
    """

    member: str
    lost: Any
    put_back: Any
    author: str
    by_us: bool


def collisions(
    trail: Sequence[AuditEntry], ours: Mapping[str, Any], token: str, known: frozenset[str]
) -> list[Collision]:
    """
    Find what was overwritten around our own write.

    Args:
        trail: Of the zaak, read after the write; oldest first.
        ours: The members that we sent.
        token: What we sent as the audit note: tells our entry from others.
        known: Ids of the entries that we had seen before we wrote; all others are new.
    """
    entries = [entry for entry in trail if entry.resource == "zaak"]
    fresh = {entry.uuid for entry in trail} - known
    own = [e for e in entries if e.uuid in fresh and e.toelichting == token]
    if not own:
        return []
    mine, at = own[-1], entries.index(own[-1])
    before = _overwritten_by(mine, entries[:at], fresh, set(ours))
    after = [
        Collision(
            member, mine.wijzigingen.nieuw.get(member), value, mine.gebruikers_id, by_us=False
        )
        for member in ours
        if (value := _put_back_after(mine, entries[at + 1 :], member)) is not _NONE
    ]
    return before + after


def _overwritten_by(
    mine: AuditEntry, earlier: Sequence[AuditEntry], fresh: set[str], sent: set[str]
) -> list[Collision]:
    found: dict[str, Collision] = {}
    for entry in earlier:
        if entry.uuid not in fresh:
            continue
        for member in changed(entry):
            value = entry.wijzigingen.nieuw.get(member)
            read = mine.wijzigingen.oud.get(member)
            found.pop(member, None)
            if member not in sent and not alike(value, read):
                author = entry.gebruikers_id
                found[member] = Collision(member, value, read, author, by_us=True)
    return list(found.values())


def _put_back_after(mine: AuditEntry, later: Sequence[AuditEntry], member: str) -> Any:
    """Give what a later write, that had not seen ours, put back; `_NONE` where none did."""
    wrote = mine.wijzigingen.nieuw.get(member)
    for entry in later:
        read, made = entry.wijzigingen.oud.get(member), entry.wijzigingen.nieuw.get(member)
        if not alike(read, wrote) and alike(read, made):
            return made
        if not alike(read, made):
            return _NONE  # a later edit of the same member, made on purpose
    return _NONE


def changed(entry: AuditEntry) -> list[str]:
    """Give the members that one write changed on purpose, as far as its two sides tell."""
    old, new = entry.wijzigingen.oud, entry.wijzigingen.nieuw
    if not new:
        return []
    return [member for member in ROW if not alike(old.get(member), new.get(member))]


def alike(one: Any, other: Any) -> bool:
    """Compare two renderings: null, absent, empty and all-empty are one value."""
    return bool(_bare(one) == _bare(other))


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        bare = {k: _bare(v) for k, v in value.items() if k != "eerdereOpschorting"}
        return {k: v for k, v in bare.items() if v is not None} or None
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value] or None
    return None if value in ("", False) else value
