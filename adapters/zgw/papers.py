"""Documents, notes, decisions: between the native things and a Case's items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.zgw.links import uuid_of
from adapters.zgw.native import Besluit, Informatieobject, ZaakNotitie
from contracts.case import CaseDecision, Content, Document, Note

MARK_PREFIX: Final = "CB"
"""A document whose ``identificatie`` begins so was made by us; the rest makes it unique."""

_FOREIGN_MARK: Final = f"{MARK_PREFIX}:"
_MAX_NUMBER: Final = 40
_NUMBER: Final = "number "

INTERN: Final = "intern"

_MEMBERS: Final[Mapping[str, str]] = {
    "title": "titel",
    "media_type": "formaat",
    "file_name": "bestandsnaam",
    "author": "auteur",
    "language": "taal",
    "status": "status",
    "description": "beschrijving",
    "confidentiality": "vertrouwelijkheidaanduiding",
}
"""Field of a Document → member, where both are one text."""


def as_text(value: Any) -> str:
    """Give the value of a property as this system holds it: every value is text there."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def key_of(native: Informatieobject) -> str:
    """Give the id of a document."""
    return uuid_of(native.url) or native.url


def number_of(mark: str | None) -> str:
    """Give the number that a document of ours gets, so that a second one is refused."""
    if not mark or mark.startswith(MARK_PREFIX):
        return (mark or "")[:_MAX_NUMBER]
    return f"{_FOREIGN_MARK}{mark}"[:_MAX_NUMBER]


def place_of(number: str) -> str:
    """Name the place of a document that is to be made, and has no id yet."""
    return f"{_NUMBER}{number}"


def number_at(place: str) -> str | None:
    """Give the number of a document that was to be made; ``None`` for one that was there."""
    return place.removeprefix(_NUMBER) if place.startswith(_NUMBER) else None


def mark_of(number: str) -> str | None:
    """Give our mark, where a document's number is one."""
    if not number.startswith(MARK_PREFIX):
        return None
    return number.removeprefix(_FOREIGN_MARK)


def document(native: Informatieobject, kind: str) -> Document:
    """Give a document as a Case holds it; *kind* is the name of its type."""
    key = key_of(native)
    # While parts of a new version are missing, the content that can be had is the one before.
    unfinished = bool(native.bestandsdelen)
    version = max(native.versie - unfinished, 1)
    empty = unfinished and native.versie == 1
    words = {word.lower() for word in native.trefwoorden}
    return Document(
        key=key,
        type=kind,
        title=native.titel,
        version=version,
        size_bytes=None if unfinished else native.bestandsomvang,
        media_type=native.formaat or "application/octet-stream",
        file_name=native.bestandsnaam,
        author=native.auteur,
        created=native.creatiedatum,
        language=native.taal or "nld",
        status=native.status or None,
        description=native.beschrijving,
        confidentiality=native.vertrouwelijkheidaanduiding or None,
        internal=native.vertrouwelijkheidaanduiding == INTERN or INTERN in words,
        mark=mark_of(native.identificatie),
        content=None if empty else Content(agency="", key=key, version=str(version)),
    )


def document_body(item: Document) -> dict[str, Any]:
    """Give the members that describe a document, without type, size and content."""
    made = {member: getattr(item, field) or "" for field, member in _MEMBERS.items()}
    if not made["vertrouwelijkheidaanduiding"]:
        del made["vertrouwelijkheidaanduiding"]  # left out, the document type's own level holds
    return made


def document_changes(now: Document, wanted: Document) -> dict[str, Any]:
    """Give the members of *wanted* that differ from *now*."""
    before, after = document_body(now), document_body(wanted)
    return {member: value for member, value in after.items() if before.get(member) != value}


def same_document(now: Document, wanted: Document) -> bool:
    """
    Tell whether two readings of a document are alike in what this system shows.

    Digest, mark and place of the content are added by others; versions count for themselves.
    """
    return _shown(now) == _shown(wanted)


def _shown(item: Document) -> dict[str, Any]:
    left_out = {"key", "digest", "mark", "content", "version", "size_bytes", "internal"}
    return item.model_dump(exclude=left_out)


def note(native: ZaakNotitie) -> Note:
    """Give a note as a Case holds it."""
    return Note(
        key=uuid_of(native.url) or native.url,
        text=native.tekst,
        at=native.aanmaakdatum,
        by=native.aangemaakt_door or None,
        subject=native.onderwerp,
        internal=native.notitie_type == INTERN,
    )


def note_body(item: Note, zaak: str, by: str) -> dict[str, Any]:
    """Give the body that makes a note."""
    return {
        "gerelateerdAan": zaak,
        "onderwerp": (item.subject or item.text.partition("\n")[0])[:255] or "Notitie",
        "tekst": item.text,
        "aangemaaktDoor": (item.by or by)[:255],
        "notitieType": INTERN if item.internal else "extern",
    }


def decision(native: Besluit, kind: str) -> CaseDecision:
    """Give a decision as a Case holds it."""
    return CaseDecision(
        key=uuid_of(native.url) or native.url,
        type=kind,
        date=native.datum,
        text=native.toelichting,
    )


def decision_body(
    item: CaseDecision, *, besluittype: str, zaak: str, organisation: str, number: str
) -> dict[str, Any]:
    """Give the body that records a decision; *number* is the same on every retry."""
    return {
        "identificatie": number,
        "verantwoordelijkeOrganisatie": organisation,
        "besluittype": besluittype,
        "zaak": zaak,
        "datum": item.date,
        "ingangsdatum": item.date,
        "toelichting": item.text,
    }
