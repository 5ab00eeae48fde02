"""
From one reading of a zaak to a Snapshot. Pure: the same reading gives the same Snapshot.

What a Case has no place for is named in ``unmapped``; nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.zgw import audit, objects, papers, roles
from adapters.zgw.casetype import CaseTypeVersion
from adapters.zgw.fields import registers
from adapters.zgw.links import uuid_of
from adapters.zgw.native import (
    AuditEntry,
    Besluit,
    Informatieobject,
    NamedType,
    Resultaat,
    Rol,
    Status,
    Zaak,
    ZaakEigenschap,
    ZaakInformatieObject,
    ZaakNotitie,
    ZaakObject,
)
from contracts.case import Case, Property, RelatedCase, StatusStep
from contracts.ids import CaseRef, Mark
from contracts.snapshot import Snapshot, Unmapped

BRON: Final = "casebridge"
"""Whose number a kenmerk is; ours stands beside those of others and leaves them alone."""

_ALWAYS_UNSUPPORTED: Final = frozenset({"hours"})

_NO_PLACE: Final[Mapping[str, str]] = {
    "communicatiekanaal": "a Case has no channel of communication",
    "communicatiekanaalNaam": "a Case has no channel of communication",
    "productenOfDiensten": "a Case has no products",
    "publicatiedatum": "a Case has no date of publication",
    "laatsteBetaaldatum": "a Case holds whether was paid, not when",
    "selectielijstklasse": "belongs to the archive of this agency",
    "gerelateerdeZaken": "carried only as relevanteAndereZaken",
}
"""Members of a zaak that a Case has no place for, and why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One case as it was read, in the system's own terms.

    Attributes:
        raw: The zaak as it came, for what has no place in a Case and for repairs.
        documents: With their links; ``None`` where we may not see the document.
        notes: ``None``: this system has none.
        decisions: ``None``: there is no API for them.
        trail: Oldest first; empty where we may not read it.
    """

    zaak: Zaak
    raw: Mapping[str, Any]
    kind: CaseTypeVersion
    statuses: tuple[Status, ...] = ()
    result: Resultaat | None = None
    roles: tuple[Rol, ...] = ()
    properties: tuple[ZaakEigenschap, ...] = ()
    objects: tuple[ZaakObject, ...] = ()
    documents: tuple[tuple[ZaakInformatieObject, Informatieobject | None], ...] = ()
    notes: tuple[ZaakNotitie, ...] | None = None
    decisions: tuple[Besluit, ...] | None = None
    trail: tuple[AuditEntry, ...] = ()
    named: Mapping[str, NamedType] = field(default_factory=dict)

    @property
    def status(self) -> Status | None:
        """The current status: the latest by date, whatever the order of writing."""
        return max(self.statuses, key=lambda s: s.datum_status_gezet, default=None)

    @property
    def is_closed(self) -> bool:
        """Tell whether the case has ended, by either sign of it."""
        status = self.status
        at_end = status is not None and self.kind.is_final(status.statustype)
        return at_end or self.zaak.einddatum is not None

    def name_of(self, url: str) -> str:
        """Give the name of a document type or decision type; its id where we know none."""
        named = self.named.get(url)
        return named.omschrijving if named is not None and named.omschrijving else url


def ref_of(zaak: Zaak) -> CaseRef:
    """Give the reference of a zaak: its id."""
    return CaseRef(uuid_of(zaak.url) or zaak.url)


def mark_of(zaak: Zaak) -> Mark | None:
    """Give our mark, where the zaak bears one."""
    return next((Mark(k.kenmerk) for k in zaak.kenmerken if k.bron == BRON), None)


def snapshot(reading: Reading) -> Snapshot:
    """Give the case as this system shows it, in its own terms."""
    fields, parties = _fields(reading), roles.told_apart(reading.roles)
    unsupported = _ALWAYS_UNSUPPORTED | {
        name for name in ("notes", "decisions") if getattr(reading, name) is None
    }
    case = Case(**{name: value for name, value in fields.items() if name not in unsupported})
    return Snapshot(
        ref=ref_of(reading.zaak),
        case=case,
        unsupported=unsupported,
        unmapped=tuple(_unmapped(reading, parties)),
        mark=mark_of(reading.zaak),
        authors=audit.authors(reading.trail, _standing(reading)),
        is_closed=reading.is_closed,
    )


def _fields(reading: Reading) -> dict[str, Any]:
    parties = roles.told_apart(reading.roles)
    return {
        **registers(reading.zaak),
        "case_type": reading.kind.zaaktype.identificatie,
        "handler": roles.handler(parties.handler) if parties.handler else None,
        "unit": roles.identity(parties.unit) if parties.unit else None,
        "result": _result(reading),
        "status": _status(reading),
        "status_history": _history(reading),
        "roles": _unique(roles.role(rol) for rol in parties.others),
        "properties": _unique(
            Property(key=p.naam, value=p.waarde) for p in by_url(reading.properties)
        ),
        "objects": _objects(reading),
        "documents": tuple(
            papers.document(document, reading.name_of(document.informatieobjecttype))
            for _, document in reading.documents
            if document is not None
        ),
        "notes": tuple(papers.note(n) for n in by_url(reading.notes or ())),
        "decisions": tuple(
            papers.decision(d, reading.name_of(d.besluittype))
            for d in by_url(reading.decisions or ())
        ),
        "related": related(reading.zaak),
    }


def by_url(natives: Any) -> list[Any]:
    """Order things that come in no order of their own, so that equal readings are equal."""
    return sorted(natives, key=lambda native: native.url)


def _unique(items: Any) -> tuple[Any, ...]:
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(item.key, item)
    return tuple(found.values())


def _result(reading: Reading) -> str | None:
    if reading.result is None:
        return None
    url = reading.result.resultaattype
    names = {r.url: r.omschrijving for r in reading.kind.results}
    return names.get(url, url)


def _status(reading: Reading) -> str | None:
    status = reading.status
    return None if status is None else _term(reading, status)


def _term(reading: Reading, status: Status) -> str:
    return reading.kind.status_term(status.statustype) or status.statustype


def _history(reading: Reading) -> tuple[StatusStep, ...]:
    setters = {rol.url: roles.identity(rol) for rol in reading.roles}
    return tuple(
        StatusStep(
            at=status.datum_status_gezet,
            status=_term(reading, status),
            note=status.statustoelichting,
            by=setters.get(status.gezetdoor or ""),
        )
        for status in sorted(reading.statuses, key=lambda s: s.datum_status_gezet)
    )


def _objects(reading: Reading) -> tuple[Any, ...]:
    place = objects.place_of(reading.zaak)
    found = [objects.object_of(o) for o in by_url(reading.objects)]
    return _unique([*found, place] if place else found)


def related(zaak: Zaak) -> tuple[RelatedCase, ...]:
    """Give the cases that this one has to do with."""
    found = [
        RelatedCase(key=uuid_of(other.url, "zaken") or other.url, relation=other.aard_relatie)
        for other in zaak.relevante_andere_zaken
    ]
    if zaak.hoofdzaak:
        main = uuid_of(zaak.hoofdzaak, "zaken") or zaak.hoofdzaak
        found.append(RelatedCase(key=main, relation="hoofdzaak"))
    found += [
        RelatedCase(key=uuid_of(url, "zaken") or url, relation="deelzaak") for url in zaak.deelzaken
    ]
    return tuple(sorted(_unique(found), key=lambda r: r.key))


def _standing(reading: Reading) -> audit.Standing:
    """Say what stands now, in the form in which the audit trail speaks of it."""
    parties = roles.told_apart(reading.roles)
    paths: dict[str, str] = {}
    if parties.handler:
        paths[parties.handler.url] = "handler"
    if parties.unit:
        paths[parties.unit.url] = "unit"
    paths |= {rol.url: f"roles/{roles.key_of(rol)}" for rol in parties.others}
    paths |= {o.url: f"objects/{objects.object_of(o).key}" for o in reading.objects}
    if reading.result is not None:
        paths[reading.result.url] = "result"
    if reading.status is not None:
        paths[reading.status.url] = "status"
    return audit.Standing(
        raw=reading.raw,
        paths=paths,
        values={p.url: (f"properties/{p.naam}", p.waarde) for p in reading.properties},
    )


def _unmapped(reading: Reading, parties: roles.Parties) -> Iterator[Unmapped]:
    yield from _unmapped_of_zaak(reading)
    for rol in parties.older:
        yield Unmapped(where=_place(rol.url, "rollen"), why="an older handler or unit")
    for rol in parties.successors:
        yield Unmapped(where=_place(rol.url, "rollen"), why="is to take the place of another")
    for rol in reading.roles:
        yield from _unmapped_of_role(rol)
    for native in reading.objects:
        if native.relatieomschrijving:
            yield Unmapped(
                where=f"{_place(native.url, 'zaakobjecten')}/relatieomschrijving",
                why="a Case does not say how an object relates to it",
            )
    yield from _doubles(reading, parties)
    for link, document in reading.documents:
        if document is None:
            yield Unmapped(
                where=_place(link.url, "zaakinformatieobjecten"),
                why="the document is elsewhere, or we may not see it",
            )


def _unmapped_of_zaak(reading: Reading) -> Iterator[Unmapped]:
    for member, why in _NO_PLACE.items():
        if reading.raw.get(member):
            yield Unmapped(where=f"zaak/{member}", why=why)
    if any((reading.raw.get("processobject") or {}).values()):
        yield Unmapped(where="zaak/processobject", why="belongs to the archive of this agency")
    if any(kenmerk.bron != BRON for kenmerk in reading.zaak.kenmerken):
        yield Unmapped(where="zaak/kenmerken", why="numbers in other administrations stay here")
    if reading.result is not None and reading.result.toelichting:
        yield Unmapped(where="resultaat/toelichting", why="a Case holds the outcome by name only")


def _unmapped_of_role(rol: Rol) -> Iterator[Unmapped]:
    where = _place(rol.url, "rollen")
    if rol.authenticatie_context:
        yield Unmapped(where=f"{where}/authenticatieContext", why="how somebody logged in")
    if rol.indicatie_machtiging:
        yield Unmapped(where=f"{where}/indicatieMachtiging", why="a Case has no mandates")
    if rol.afwijkende_naam_betrokkene:
        yield Unmapped(where=f"{where}/afwijkendeNaamBetrokkene", why="a party has one name")
    if rol.betrokkene_identificatie.get("subVerblijfBuitenland"):
        yield Unmapped(where=f"{where}/subVerblijfBuitenland", why="an address abroad")


def _doubles(reading: Reading, parties: roles.Parties) -> Iterator[Unmapped]:
    seen: set[str] = set()
    keyed = [(f"eigenschap/{p.naam}", "a second value") for p in by_url(reading.properties)]
    keyed += [
        (f"rol/{rol.omschrijving}/{roles.key_of(rol)}", "the same party twice")
        for rol in parties.others
    ]
    for key, why in keyed:
        if key in seen:
            # A role's key may hold a citizen number: only its description is told.
            yield Unmapped(where="/".join(key.split("/")[:2]), why=why)
        seen.add(key)


def _place(url: str, resource: str) -> str:
    return f"{resource}/{uuid_of(url) or '?'}"
