"""Sample cases in given local words, and small builders of what is done to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import JsonValue

from contracts.case import Cells, Content, path_of, record_type
from contracts.patch import Change, Patch

AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""The moment at which sample patches are made."""

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """
    Words that a system understands.

    Attributes:
        registers: By field: two different values that the system takes.
        items: By field: at least two different items, without ``documents``. Members that are
            left out are completed as they are by default. An item's key is natural where the
            field has one by nature; else it is ours, and the system gives its own.
        document: Members of a sample document, without key and content.
        partial_dates: By register: a date that is known only in part.
        many: By field: how many items are enough for more than one page.
    """

    registers: Mapping[str, tuple[JsonValue, JsonValue]]
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    document: Item = field(default_factory=dict)
    partial_dates: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The edge sends whole items, so an adapter may compare every member.
        whole = {
            name: tuple(
                record_type(name).model_validate(one).model_dump(mode="json") for one in some
            )
            for name, some in self.items.items()
        }
        object.__setattr__(self, "items", whole)

    def only(self, fields: Iterable[str]) -> Samples:
        """Leave out all other fields."""
        kept = frozenset(fields)
        return replace(
            self,
            registers={name: v for name, v in self.registers.items() if name in kept},
            items={name: v for name, v in self.items.items() if name in kept},
            partial_dates={name: v for name, v in self.partial_dates.items() if name in kept},
            many={name: v for name, v in self.many.items() if name in kept},
        )

    def cells(self, *, items: bool = True) -> dict[str, JsonValue]:
        """Give a sample case laid flat: the first value of each register, the first items."""
        flat: dict[str, JsonValue] = {name: pair[0] for name, pair in self.registers.items()}
        if items:
            for name, some in self.items.items():
                flat[item_path(name, some[0])] = dict(some[0])
        return flat


def item_path(name: str, item: Item) -> str:
    """Give the path of an item in its field."""
    return path_of(name, str(item["at"] if name == "status_history" else item["key"]))


def change(
    path: str, become: JsonValue, *, expect: JsonValue = None, content: Content | None = None
) -> Change:
    """Make a change: *expect → become*."""
    return Change(path=path, expect=expect, become=become, content=content)


def patch(*changes: Change, at: datetime = AT) -> Patch:
    """Make a patch of some changes."""
    return Patch(changes=changes, at=at, by="a.jansen", reason="conformance")


def carries(shown: JsonValue, wanted: JsonValue, *, aside: frozenset[str] = frozenset()) -> bool:
    """
    Tell whether *shown* says all that *wanted* says.

    Of an item each member that *wanted* sets must be there; members in *aside* do not count, and
    the system may show more.
    """
    if not isinstance(shown, Mapping) or not isinstance(wanted, Mapping):
        return shown == wanted
    told = {name: value for name, value in wanted.items() if value not in (None, "", {}, [])}
    if told.get("internal") is False:
        del told["internal"]  # as it is by default, and few systems say it
    return all(carries(shown.get(name), value) for name, value in told.items() if name not in aside)


def shown_in(cells: Cells, name: str, wanted: Item, *, by_nature: bool) -> list[str]:
    """Give the paths in *cells* at which field *name* shows an item that carries *wanted*."""
    aside = frozenset({"content", "digest", "size_bytes"} | (set() if by_nature else {"key"}))
    return [
        path
        for path, item in cells.items()
        if path.startswith(name + "/") and carries(item, dict(wanted), aside=aside)
    ]


DUTCH: Final = Samples(
    registers={
        "case_type": ("omgevingsvergunning", "melding-bodem"),
        "title": ("Uitbouw woning aan de gracht", "Uitbouw en dakkapel"),
        "explanation": ("De aanvrager belt terug.", "Tekeningen nagestuurd, zie bijlage 2."),
        "participant": ("gemeente-utrecht", "gemeente-amersfoort"),
        "unit": ("vergunningen", "toezicht"),
        "handler": (
            {"id": "ajansen", "name": "A. Jansen", "role": "behandelaar"},
            {"id": "fvdberg", "name": "F. van den Berg", "role": "behandelaar"},
        ),
        "registered": ("2026-02-02", "2026-02-03"),
        "start": ("2026-02-03", "2026-02-04"),
        "planned_end": ("2026-04-01", "2026-04-15"),
        "deadline": ("2026-05-01", "2026-06-12"),
        "suspension": (
            {"active": True, "reason": "Wacht op aanvulling"},
            {"active": False, "reason": ""},
        ),
        "extension": (
            {"reason": "Advies loopt nog", "duration": "P28D"},
            {"reason": "Advies loopt nog", "duration": "P42D"},
        ),
        "confidentiality": ("zaakvertrouwelijk", "vertrouwelijk"),
        "archive": (
            {"nomination": "vernietigen", "action_date": "2036-01-01"},
            {"nomination": "blijvend_bewaren", "action_date": None},
        ),
        "result": ("verleend", "geweigerd"),
        "payment": ("gedeeltelijk", "geheel"),
        "status": ("ontvangen", "in-behandeling"),
    },
    items={
        "notes": (
            {"key": "n1", "text": "Gebeld, geen gehoor.", "at": "2026-02-10T09:00:00Z"},
            {"key": "n2", "text": "Stukken compleet — akkoord.", "at": "2026-02-11T10:00:00Z"},
        ),
        "hours": (
            {"key": "h1", "staff": "ajansen", "hours": "2.5", "at": "2026-02-10T17:00:00Z"},
            {"key": "h2", "staff": "ajansen", "hours": "0.25", "at": "2026-02-11T17:00:00Z"},
        ),
        "roles": (
            {
                "key": "aanvrager:natuurlijk_persoon:900000001",
                "role": "aanvrager",
                "kind": "natuurlijk_persoon",
                "identity": "900000001",
                "person": {"name": "P. Özdemir-Łukasz"},
            },
            {
                "key": "adviseur:vestiging:000012345678",
                "role": "adviseur",
                "kind": "vestiging",
                "identity": "000012345678",
                "person": {"name": "Bureau Ærø"},
            },
        ),
        "properties": ({"key": "oppervlakte", "value": "120"}, {"key": "bodem", "value": "klei"}),
        "objects": (
            {
                "key": "adres:0344200000012345",
                "type": "adres",
                "identity": "0344200000012345",
                "data": {"huisnummer": 12},
            },
            {
                "key": "kadastrale_onroerende_zaak:UTT00-A-1234",
                "type": "kadastrale_onroerende_zaak",
                "identity": "UTT00-A-1234",
                "data": {},
            },
        ),
        "decisions": (
            {"key": "b1", "type": "vergunning", "date": "2026-03-01", "text": "Verleend"},
            {"key": "b2", "type": "intrekking", "date": "2026-03-02", "text": "Ingetrokken"},
        ),
        "related": (
            {"key": "zaak-7", "relation": "vervolg"},
            {"key": "zaak-8", "relation": "deelzaak"},
        ),
    },
    document={
        "type": "tekening",
        "title": "Plattegrond",
        "file_name": "plattegrond.pdf",
        "media_type": "application/pdf",
        "author": "A. Jansen",
        "created": "2026-02-10",
        "confidentiality": "zaakvertrouwelijk",
    },
    partial_dates={"planned_end": "2026-04", "start": "2026"},
    many={"notes": 12, "roles": 12},
)
"""Samples for a system that takes any word, such as the memory system."""
