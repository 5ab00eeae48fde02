"""Objects of a zaak: addresses, parcels, buildings, or anything with a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from adapters.kit.simulator import Row

from .errors import Invalid, ValidationError, refuse, refuse_whole
from .fields import URL, Anything, Choice, Field, Group, Member, Number, Ref, Refused, Text
from .filters import Filter, equal, refers
from .system import Body, Call
from .zaakkind import ZaakChild

OBJECT_TYPES: Final = [
    "adres",
    "besluit",
    "buurt",
    "enkelvoudig_document",
    "gemeente",
    "gemeentelijke_openbare_ruimte",
    "huishouden",
    "inrichtingselement",
    "kadastrale_onroerende_zaak",
    "kunstwerkdeel",
    "maatschappelijke_activiteit",
    "medewerker",
    "natuurlijk_persoon",
    "niet_natuurlijk_persoon",
    "openbare_ruimte",
    "organisatorische_eenheid",
    "pand",
    "spoorbaandeel",
    "status",
    "terreindeel",
    "terrein_gebouwd_object",
    "vestiging",
    "waterdeel",
    "wegdeel",
    "wijk",
    "woonplaats",
    "woz_deelobject",
    "woz_object",
    "woz_waarde",
    "zakelijk_recht",
    "overige",
]

IDENTITIES: Final[dict[str, Group]] = {
    "adres": Group(
        {
            "identificatie": Member(Text(100), required=True),
            "wplWoonplaatsNaam": Member(Text(80), required=True),
            "gorOpenbareRuimteNaam": Member(Text(80), required=True),
            "huisnummer": Member(Number(), required=True),
            "huisletter": Member(Text(1)),
            "huisnummertoevoeging": Member(Text(4)),
            "postcode": Member(Text(7)),
        }
    ),
    "pand": Group({"identificatie": Member(Text(100), required=True)}),
    "kadastrale_onroerende_zaak": Group(
        {
            "kadastraleIdentificatie": Member(Text(40), required=True),
            "kadastraleAanduiding": Member(Text(1000), required=True),
        }
    ),
    "gemeente": Group(
        {
            "gemeenteNaam": Member(Text(80), required=True),
            "gemeenteCode": Member(Text(4), required=True),
        }
    ),
    "overige": Group({"overigeData": Member(Anything(), required=True)}),
}


class Zaakobject(ZaakChild):
    """An object of a zaak."""

    kind = "zaakobject"
    segment = "zaakobjecten"
    has_etag = False
    # An update is announced but not audited (reference: read in the source).
    audited = frozenset({"create", "destroy"})
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaak": refers("zaak"),
        "object": equal("object"),
        "objectType": equal("objectType"),
    }
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True, immutable=True),
        Field("object", URL, immutable=True),
        Field("zaakobjecttype", Ref(("zaakobjecttype",), nullable=True), default=None),
        Field("objectType", Choice(OBJECT_TYPES), required=True, immutable=True),
        Field("objectTypeOverige", Text(100)),
        Field("objectTypeOverigeDefinitie", Anything(), default=None),
        Field("relatieomschrijving", Text(80)),
        Field("objectIdentificatie", Anything(), default=None),
    )

    def name_of(self, row: Row) -> str:
        return str(row["relatieomschrijving"])

    def render(self, row: Row) -> Body:
        body = super().render(row)
        if row["objectIdentificatie"] is None:
            del body["objectIdentificatie"]
        return body

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        super().check(call, values, row, data)
        after = {**(row or {}), **values}
        if not after["object"] and not after["objectIdentificatie"]:
            reason = "object or objectIdentificatie must be provided"
            refuse_whole("invalid-zaakobject", reason)
        if after["objectType"] == "overige" and not after["objectTypeOverige"]:
            reason = "Als het objectType 'overige' is dan moet het object type vermeld worden."
            refuse("objectTypeOverige", "missing-object-type-overige", reason)
        self._clean_identity(values, after["objectType"])

    def _clean_identity(self, values: Body, object_type: str) -> None:
        identity, kind = values.get("objectIdentificatie"), IDENTITIES.get(object_type)
        if identity is None or kind is None:
            return
        try:
            values["objectIdentificatie"] = kind.clean(identity, self.system.links)
        except Refused as refused:
            name = "objectIdentificatie"
            raise ValidationError(
                Invalid(f"{name}.{p.name}", p.code, p.reason) for p in refused.params
            ) from None

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        self.zaken.touch(self.zaak(row))
