"""What belongs to one version of a case type: statuses, results, roles, properties, documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from adapters.kit.simulator import Row

from .catalogi import STATUS, VALID_ON, CatalogueResource
from .fields import Choice, Day, Field, Flag, Group, Kind, Many, Member, Number, Ref, Span, Text
from .filters import Filter, equal, refers
from .system import Body

GENERIC_ROLES: Final = (
    "adviseur",
    "behandelaar",
    "belanghebbende",
    "beslisser",
    "initiator",
    "klantcontacter",
    "zaakcoordinator",
    "mede_initiator",
)
NOMINATIONS: Final = ("blijvend_bewaren", "vernietigen")
DERIVATIONS: Final = (
    "afgehandeld",
    "ander_datumkenmerk",
    "eigenschap",
    "gerelateerde_zaak",
    "hoofdzaak",
    "ingangsdatum_besluit",
    "termijn",
    "vervaldatum_besluit",
    "zaakobject",
)
_ZAAKTYPE: Final = Ref(("zaaktype",))


def _type_field() -> tuple[Field, Field]:
    return Field("zaaktype", _ZAAKTYPE, required=True), Field("zaaktypeIdentificatie")


def _validity() -> tuple[Field, ...]:
    return (
        Field("beginGeldigheid", Day(nullable=True), default=None),
        Field("eindeGeldigheid", Day(nullable=True), default=None),
        Field("beginObject", default=None),
        Field("eindeObject", default=None),
    )


FILTERS: Final[Mapping[str, Filter]] = {
    "datumGeldigheid": VALID_ON,
    "status": STATUS,
    "zaaktype": refers("zaaktype"),
    "zaaktypeIdentificatie": Filter(
        lambda _, value: value,
        lambda system, row, value: (
            (system.links.find(row["zaaktype"]) or {}).get("identificatie") == value
        ),
    ),
}


class PartOfZaaktype(CatalogueResource):
    """Belongs to one version of a case type."""

    filters: ClassVar[Mapping[str, Filter]] = FILTERS

    def computed(self, row: Row) -> Body:
        zaaktype = self.system.links.find(row["zaaktype"]) or {}
        return {
            "zaaktypeIdentificatie": zaaktype.get("identificatie", ""),
            "catalogus": zaaktype.get("catalogus", ""),
        }


class Statustype(PartOfZaaktype):
    """A status of a case type; the last by number closes."""

    kind = "statustype"
    segment = "statustypen"
    fields = (
        Field("omschrijving", Text(80, blank=False), required=True),
        Field("omschrijvingGeneriek", Text(80)),
        Field("statustekst", Text(1000)),
        *_type_field(),
        Field("volgnummer", Number(1), required=True),
        Field("isEindstatus"),
        Field("informeren", Flag(), default=False),
        Field("doorlooptijd", Span(nullable=True), default=None),
        Field("toelichting", Text(1000, nullable=True), default=None),
        Field(
            "checklistitemStatustype",
            Many(
                Group(
                    {
                        "itemnaam": Member(Text(30), required=True),
                        "toelichting": Member(Text(1000)),
                        "vraagstelling": Member(Text(255), required=True),
                        "verplicht": Member(Flag(), default=False),
                    },
                    nullable=False,
                )
            ),
            default=[],
        ),
        Field("catalogus"),
        Field("eigenschappen"),
        Field("zaakobjecttypen", default=[]),
        *_validity(),
    )

    def computed(self, row: Row) -> Body:
        url = self.url(row)
        eigenschappen = self.system.store.by("eigenschap", "zaaktype", row["zaaktype"])
        return {
            **super().computed(row),
            "isEindstatus": self.is_final(row),
            "eigenschappen": [
                self.system.links.of("eigenschap", e["uuid"])
                for e in eigenschappen
                if e["statustype"] == url
            ],
        }

    def is_final(self, row: Row) -> bool:
        """The highest number of its zaaktype closes a zaak."""
        peers = self.system.store.by("statustype", "zaaktype", row["zaaktype"])
        return bool(row["volgnummer"] >= max(peer["volgnummer"] for peer in peers or [row]))


_BRONDATUM: Final = Group(
    {
        "afleidingswijze": Member(Choice(DERIVATIONS), required=True),
        "datumkenmerk": Member(Text(80)),
        "einddatumBekend": Member(Flag(), default=False),
        "objecttype": Member(Text(80)),
        "registratie": Member(Text(80)),
        "procestermijn": Member(Span(nullable=True), default=None),
    }
)


class Resultaattype(PartOfZaaktype):
    """A result of a case type, with how long its cases are kept."""

    kind = "resultaattype"
    segment = "resultaattypen"
    fields = (
        *_type_field(),
        Field("omschrijving", Text(30, blank=False), required=True),
        Field("resultaattypeomschrijving", Text(1000, blank=False), required=True),
        Field("omschrijvingGeneriek"),
        Field("selectielijstklasse", Text(1000, blank=False), required=True),
        Field("toelichting", Text()),
        Field("archiefnominatie", Choice(NOMINATIONS, blank=True)),
        Field("archiefactietermijn", Span(nullable=True), default=None),
        Field("brondatumArchiefprocedure", _BRONDATUM, default=None),
        Field("procesobjectaard", Text(200)),
        Field("indicatieSpecifiek", Flag(nullable=True), default=None),
        Field("procestermijn", Span(nullable=True), default=None),
        Field("catalogus"),
        Field("besluittypen"),
        Field("besluittypeOmschrijving"),
        Field("informatieobjecttypen", Many(Ref(("informatieobjecttype",))), default=[]),
        Field("informatieobjecttypeOmschrijving"),
        *_validity(),
    )

    def computed(self, row: Row) -> Body:
        url = self.url(row)
        tied = self.system.store.by("besluittype", "resultaattypen", url)
        kinds = [self.system.links.find(one) for one in row["informatieobjecttypen"]]
        return {
            **super().computed(row),
            "besluittypen": [self.system.links.of("besluittype", b["uuid"]) for b in tied],
            "besluittypeOmschrijving": [b["omschrijving"] for b in tied],
            "informatieobjecttypeOmschrijving": [kind["omschrijving"] for kind in kinds if kind],
        }


class Roltype(PartOfZaaktype):
    """A role of a case type."""

    kind = "roltype"
    segment = "roltypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        **FILTERS,
        "omschrijving": equal("omschrijving"),
        "omschrijvingGeneriek": equal("omschrijvingGeneriek"),
    }
    fields = (
        *_type_field(),
        Field("omschrijving", Text(100, blank=False), required=True),
        Field("omschrijvingGeneriek", Choice(GENERIC_ROLES), required=True),
        Field("catalogus"),
        *_validity(),
    )


class Eigenschap(PartOfZaaktype):
    """A property of a case type."""

    kind = "eigenschap"
    segment = "eigenschappen"
    _SPECIFICATIE: Final[Kind] = Group(
        {
            "groep": Member(Text(32)),
            "formaat": Member(Choice(("tekst", "getal", "datum", "datum_tijd")), required=True),
            "lengte": Member(Text(14, blank=False), required=True),
            "kardinaliteit": Member(Text(3, blank=False), required=True),
            "waardenverzameling": Member(Many(Text(100)), default=[]),
        },
        nullable=False,
    )
    fields = (
        Field("naam", Text(20, blank=False), required=True),
        Field("definitie", Text(255, blank=False), required=True),
        Field("specificatie", _SPECIFICATIE, required=True),
        Field("toelichting", Text(1000)),
        *_type_field(),
        Field("catalogus"),
        Field("statustype", Ref(("statustype",), nullable=True), default=None),
        *_validity(),
    )


class ZaaktypeInformatieobjecttype(PartOfZaaktype):
    """A document type that a case type allows."""

    kind = "zaaktypeinformatieobjecttype"
    segment = "zaaktype-informatieobjecttypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaaktype": refers("zaaktype"),
        "informatieobjecttype": refers("informatieobjecttype"),
        "richting": equal("richting"),
        "status": STATUS,
    }
    fields = (
        *_type_field(),
        Field("informatieobjecttype", Ref(("informatieobjecttype",)), required=True),
        Field("volgnummer", Number(1), required=True),
        Field("richting", Choice(("inkomend", "intern", "uitgaand")), required=True),
        Field("statustype", Ref(("statustype",), nullable=True), default=None),
        Field("catalogus"),
    )


class Zaakobjecttype(PartOfZaaktype):
    """A kind of object of a case type."""

    kind = "zaakobjecttype"
    segment = "zaakobjecttypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        **FILTERS,
        "objecttype": equal("objecttype"),
        "relatieOmschrijving": equal("relatieOmschrijving"),
        "catalogus": Filter(
            lambda system, value: system.links.inward(value),
            lambda system, row, value: (
                (system.links.find(row["zaaktype"]) or {}).get("catalogus") == value
            ),
        ),
    }
    fields = (
        Field("anderObjecttype", Flag(), required=True),
        Field("objecttype", Text(200, blank=False), required=True),
        Field("relatieOmschrijving", Text(80, blank=False), required=True),
        *_type_field(),
        Field("resultaattypen", default=[]),
        Field("statustype", Ref(("statustype",), nullable=True), default=None),
        Field("catalogus"),
        *_validity(),
    )
