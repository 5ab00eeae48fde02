"""
The canonical Case: one shape for what every case system holds.

A Case is written in somebody's terms: an agency's own (in a Snapshot) or the shared ones (in
the truth of a Link). The shape is the same; only the words differ.

Each field declares its kind, and the kind is its merge:

register
    One value. Both sides changed it: the agreement's policy decides.
log
    Entries that only grow. Union, in order of time.
keyed
    Items with a native id and, where nature gives one, a natural key. Merged item by item.

Absent, empty and unsupported are three values. A field that is *not set* is absent: this
reading says nothing about it. A field set to ``None`` (or to no items) is empty: the system
shows that nothing is there. What a system cannot hold at all is named in
``Snapshot.unsupported``. None of them is taken for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
)


class Kind(StrEnum):
    """How a field behaves when two sides change it."""

    REGISTER = "register"
    LOG = "log"
    KEYED = "keyed"


class Record(BaseModel):
    """A frozen value of the contracts. Unknown members are ignored, so that readers may lag."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


PartialDate = str
"""
A date as precise as it is known: ``2024``, ``2024-05`` or ``2024-05-13``.

Never padded: a first of the month that nobody wrote is an invention.
"""

CONFIDENTIALITY: Final = (
    "openbaar",
    "beperkt_openbaar",
    "intern",
    "zaakvertrouwelijk",
    "vertrouwelijk",
    "confidentieel",
    "geheim",
    "zeer_geheim",
)
"""The levels of *vertrouwelijkheidaanduiding*, from open to secret. Compare by place."""


class Handler(Record):
    """
    The person responsible for the work (*behandelaar*).

    Attributes:
        id: Staff id. Two handlers are the same when this is.
        name: For people to read; may be missing.
        role: What this agency calls the part that the person plays.
    """

    id: str
    name: str | None = None
    role: str | None = None


class Suspension(Record):
    """The clock of the case stands still (*opschorting*), and why."""

    active: bool
    reason: str = ""


class Extension(Record):
    """The deadline was moved (*verlenging*). The days are computed by its owner, never by us."""

    reason: str
    duration: str
    """ISO 8601, such as ``P28D``."""


class Archive(Record):
    """What becomes of the record later. Each agency's archivist decides for their own copy."""

    nomination: str | None = None
    """``blijvend_bewaren`` or ``vernietigen``."""
    action_date: PartialDate | None = None


class StatusStep(Record):
    """One step of the status history. The moment is its key: a system has one status at a time."""

    at: AwareDatetime
    status: str
    note: str = ""
    by: str | None = None


class Note(Record):
    """
    A note on the case.

    Attributes:
        key: The system's own id.
        internal: Stays with the agency that wrote it, always.
    """

    key: str
    text: str
    at: AwareDatetime | None = None
    by: str | None = None
    subject: str = ""
    internal: bool = False


class Hours(Record):
    """Hours booked by one person; decimal text, never binary floating point."""

    key: str
    staff: str
    hours: str
    at: AwareDatetime | None = None


class Role(Record):
    """
    A party in the case.

    Attributes:
        key: ``<role>:<kind>:<identity>``, see `role_key`.
        kind: The standard's *betrokkeneType*: ``natuurlijk_persoon``,
            ``niet_natuurlijk_persoon``, ``vestiging``, ``organisatorische_eenheid``,
            ``medewerker``.
        identity: Citizen, company, employee or unit number, or whatever tells one party from
            another; the name where there is nothing better.
        person: Fields of the person (``name``, ``address``, ``email``, ``bsn`` …). Which of
            them may cross is the agreement's to say, field by field.
    """

    key: str
    role: str
    kind: str
    identity: str
    person: Mapping[str, str] = {}


def role_key(role: str, kind: str, identity: str) -> str:
    """Give the natural key of a party: the same person in the same part is one item."""
    return f"{role}:{kind}:{identity}"


class Property(Record):
    """A typed field of the case type (*eigenschap*). Its name is its key."""

    key: str
    value: str | int | bool


class CaseObject(Record):
    """
    What the case is about: an address, a parcel, a building, a place on the map.

    Attributes:
        key: ``<type>:<identity>``.
        type: The standard's *objectType* (``adres``, ``kadastrale_onroerende_zaak`` …), or
            ``geometrie`` for the place on the map.
        data: The object's own members, named as the standard names them. A geometry is GeoJSON
            with a member ``crs`` that says in which system its coordinates are.
    """

    key: str
    type: str
    identity: str
    data: Mapping[str, JsonValue] = {}


class Content(Record):
    """
    Where the bytes of a document can be had; never the bytes.

    Attributes:
        agency: Whose edge can give them.
        version: The system's own version number; part of the address.
    """

    agency: str
    key: str
    version: str


class Document(Record):
    """
    A document of the case (*informatieobject*), without its content.

    Attributes:
        key: The system's own id.
        mark: Our id, where we made this document.
        digest: SHA-256 of the content in hex, computed by us; missing until it was read once.
        internal: Stays with the agency that wrote it, always.
    """

    key: str
    type: str
    title: str
    version: int = 1
    digest: str | None = None
    size_bytes: int | None = None
    media_type: str = "application/octet-stream"
    file_name: str = ""
    author: str = ""
    created: PartialDate | None = None
    language: str = "nld"
    status: str | None = None
    description: str = ""
    confidentiality: str | None = None
    internal: bool = False
    mark: str | None = None
    content: Content | None = None


class CaseDecision(Record):
    """A decision (*besluit*), recorded; the bridge carries decisions and never takes one."""

    key: str
    type: str
    date: PartialDate
    text: str = ""


class RelatedCase(Record):
    """Another case that has to do with this one."""

    key: str
    """The other case as this system refers to it."""
    relation: str
    """``vervolg``, ``onderwerp``, ``bijdrage``, ``hoofdzaak``, ``deelzaak``, ``overig``."""


_Register = Kind.REGISTER
_Log = Kind.LOG
_Keyed = Kind.KEYED


class Case(Record):
    """
    One case. See the module for what a field that is not set, or is ``None``, means.

    ``status_history`` is read and kept, but crosses only as ``status``: a process that lacks a
    step cannot be made to have taken it.
    """

    number: Annotated[str | None, _Register] = None
    case_type: Annotated[str | None, _Register] = None
    title: Annotated[str | None, _Register] = None
    explanation: Annotated[str | None, _Register] = None
    participant: Annotated[str | None, _Register] = None
    unit: Annotated[str | None, _Register] = None
    handler: Annotated[Handler | None, _Register] = None
    registered: Annotated[PartialDate | None, _Register] = None
    start: Annotated[PartialDate | None, _Register] = None
    planned_end: Annotated[PartialDate | None, _Register] = None
    deadline: Annotated[PartialDate | None, _Register] = None
    end: Annotated[PartialDate | None, _Register] = None
    suspension: Annotated[Suspension | None, _Register] = None
    extension: Annotated[Extension | None, _Register] = None
    confidentiality: Annotated[str | None, _Register] = None
    archive: Annotated[Archive | None, _Register] = None
    result: Annotated[str | None, _Register] = None
    payment: Annotated[str | None, _Register] = None
    status: Annotated[str | None, _Register] = None
    status_history: Annotated[tuple[StatusStep, ...], _Log] = ()
    notes: Annotated[tuple[Note, ...], _Log] = ()
    hours: Annotated[tuple[Hours, ...], _Log] = ()
    roles: Annotated[tuple[Role, ...], _Keyed] = ()
    properties: Annotated[tuple[Property, ...], _Keyed] = ()
    objects: Annotated[tuple[CaseObject, ...], _Keyed] = ()
    documents: Annotated[tuple[Document, ...], _Keyed] = ()
    decisions: Annotated[tuple[CaseDecision, ...], _Keyed] = ()
    related: Annotated[tuple[RelatedCase, ...], _Keyed] = ()

    @model_serializer(mode="wrap")
    def _only_what_is_set(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # On the wire, too, a field that is not there is absent, and one that is null is empty.
        written: dict[str, Any] = write(self)
        return {field: written[field] for field in written if field in self.model_fields_set}


def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for name, info in Case.model_fields.items():
        found[name] = next(m for m in info.metadata if isinstance(m, Kind))
    return found


FIELDS: Final[Mapping[str, Kind]] = _kinds()
"""Every field of a Case with its kind, in the order in which a write should make them true."""

COLLECTIONS: Final = frozenset(f for f, kind in FIELDS.items() if kind is not Kind.REGISTER)
"""The fields that hold items: logs and keyed."""

Cells = Mapping[str, JsonValue]
"""
A Case laid flat: path → value, the form in which cases are compared and merged.

A register's path is its name (``title``). An item's is its field and key (``properties/iw``);
the key may hold slashes itself. A value of ``None`` at a register is *empty*; a path that is
not there is *absent*, for an item: not among those of its field.
"""


def path_of(field: str, key: str) -> str:
    """Give the path of one item."""
    return f"{field}/{key}"


@lru_cache(maxsize=8192)
def split_path(path: str) -> tuple[str, str]:
    """Take a path apart into field and key; the key of a register is ``""``."""
    field, _, key = path.partition("/")
    return field, key


def cells_of(case: Case) -> dict[str, JsonValue]:
    """Lay *case* flat. Only fields that are set give cells; see `Cells`."""
    flat: dict[str, JsonValue] = {}
    for field, value in case.model_dump(mode="json").items():
        if field not in COLLECTIONS:
            flat[field] = value
            continue
        for item in value:
            key = item["at"] if field == "status_history" else item["key"]
            flat[f"{field}/{key}"] = item
    return flat


def case_of(cells: Cells, read: frozenset[str] = frozenset()) -> Case:
    """
    Build the Case that *cells* lay flat.

    Args:
        cells: As from `cells_of`.
        read: Fields that are to be set even where they have no item: *empty*, not *absent*.
    """
    data: dict[str, Any] = {field: [] for field in read if field in COLLECTIONS}
    for path, value in cells.items():
        field, key = split_path(path)
        if key:
            data.setdefault(field, []).append(value)
        else:
            data[field] = value
    return Case.model_validate(data)


def record_type(field: str) -> type[Record]:
    """Give the type of a field's items, or of a register that holds a record."""
    annotation = Case.model_fields[field].annotation
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Record):
            return candidate
    msg = f"field {field!r} holds plain values"
    raise TypeError(msg)


def strictest(*levels: str | None) -> str | None:
    """Give the strictest of some levels of confidentiality; ``None`` where none is known."""
    known = [level for level in levels if level in CONFIDENTIALITY]
    return max(known, key=CONFIDENTIALITY.index, default=None)


def moment(text: JsonValue) -> datetime | None:
    """Read a moment as it stands in a cell; ``None`` where it is none."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
