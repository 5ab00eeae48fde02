"""Roles: who has to do with a zaak. Replaced by PUT (Open Zaak), never patched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from adapters.kit.simulator import Row

from .errors import Invalid, MethodNotAllowed, ValidationError, refuse, refuse_whole
from .fields import (
    BSN,
    URL,
    Anything,
    Choice,
    Day,
    Field,
    Group,
    Member,
    Ref,
    Refused,
    Text,
)
from .filters import Filter, equal, refers
from .system import Body, Call
from .zaakkind import ZaakChild

_ABROAD: Final = Group(
    {
        "lndLandcode": Member(Text(4), required=True),
        "lndLandnaam": Member(Text(40), required=True),
        "subAdresBuitenland1": Member(Text(35)),
        "subAdresBuitenland2": Member(Text(35)),
        "subAdresBuitenland3": Member(Text(35)),
    }
)
_ADDRESS: Final = Group(
    {
        "aoaIdentificatie": Member(Text(100), required=True),
        "wplWoonplaatsNaam": Member(Text(80), required=True),
        "gorOpenbareRuimteNaam": Member(Text(80), required=True),
        "aoaPostcode": Member(Text(7)),
        "aoaHuisnummer": Member(Anything(), required=True, default=None),
        "aoaHuisletter": Member(Text(1)),
        "aoaHuisnummertoevoeging": Member(Text(4)),
        "inpLocatiebeschrijving": Member(Text(1000)),
    }
)


def _identity(**members: Member) -> Group:
    return Group(members, nullable=True)


IDENTITIES: Final[dict[str, Group]] = {
    "natuurlijk_persoon": _identity(
        inpBsn=Member(BSN),
        anpIdentificatie=Member(Text(17)),
        inpA_nummer=Member(Text(10)),
        geslachtsnaam=Member(Text(200)),
        voorvoegselGeslachtsnaam=Member(Text(80)),
        voorletters=Member(Text(20)),
        voornamen=Member(Text(200)),
        geslachtsaanduiding=Member(Choice(("m", "v", "o"), blank=True)),
        geboortedatum=Member(Text(18)),
        verblijfsadres=Member(_ADDRESS, default=None),
        subVerblijfBuitenland=Member(_ABROAD, default=None),
    ),
    "niet_natuurlijk_persoon": _identity(
        innNnpId=Member(Text(9)),
        annIdentificatie=Member(Text(17)),
        kvkNummer=Member(Text(8)),
        vestigingsNummer=Member(Text(24)),
        statutaireNaam=Member(Text(500)),
        innRechtsvorm=Member(Text()),
        bezoekadres=Member(Text(1000)),
        verblijfsadres=Member(_ADDRESS, default=None),
        subVerblijfBuitenland=Member(_ABROAD, default=None),
    ),
    "vestiging": _identity(
        vestigingsNummer=Member(Text(24)),
        handelsnaam=Member(Anything(), default=[]),
        verblijfsadres=Member(_ADDRESS, default=None),
        subVerblijfBuitenland=Member(_ABROAD, default=None),
        kvkNummer=Member(Text(8)),
    ),
    "organisatorische_eenheid": _identity(
        identificatie=Member(Text(255)),
        naam=Member(Text(255)),
        isGehuisvestIn=Member(Text(255)),
    ),
    "medewerker": _identity(
        identificatie=Member(Text(128)),
        achternaam=Member(Text(200)),
        voorletters=Member(Text(20)),
        voorvoegselAchternaam=Member(Text(10)),
    ),
}
WITH_CONTEXT: Final = ("natuurlijk_persoon", "niet_natuurlijk_persoon", "vestiging")
SINGLE: Final = ("initiator", "zaakcoordinator")
_CONTACT: Final = Group(
    {
        "emailadres": Member(Text(254)),
        "functie": Member(Text(50)),
        "telefoonnummer": Member(Text(20)),
        "naam": Member(Text(200)),
    },
    empty={"emailadres": "", "functie": "", "telefoonnummer": "", "naam": ""},
)


def _within(name: str, of_type: str) -> Filter:
    def holds(_: Any, row: Row, value: Any) -> bool:
        found = (row["betrokkeneIdentificatie"] or {}).get(name)
        return bool(row["betrokkeneType"] == of_type and found == value)

    return Filter(lambda _, value: value, holds)


def _generic(_: Any, row: Row, value: Any) -> bool:
    return bool(row["omschrijvingGeneriek"] == value)


class Rol(ZaakChild):
    """A role of somebody in a zaak."""

    kind = "rol"
    segment = "rollen"
    detail_methods = ("GET", "PUT", "DELETE", "HEAD")
    of_type = ("roltype",)
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaak": refers("zaak"),
        "betrokkene": equal("betrokkene"),
        "betrokkeneType": equal("betrokkeneType"),
        "roltype": refers("roltype", index=False),
        "omschrijving": equal("omschrijving"),
        "omschrijvingGeneriek": Filter(lambda _, value: value, _generic),
        "machtiging": equal("indicatieMachtiging"),
        "betrokkeneIdentificatie__medewerker__identificatie": _within(
            "identificatie", "medewerker"
        ),
        "betrokkeneIdentificatie__organisatorischeEenheid__identificatie": _within(
            "identificatie", "organisatorische_eenheid"
        ),
        "betrokkeneIdentificatie__natuurlijkPersoon__inpBsn": _within(
            "inpBsn", "natuurlijk_persoon"
        ),
        "betrokkeneIdentificatie__nietNatuurlijkPersoon__kvkNummer": _within(
            "kvkNummer", "niet_natuurlijk_persoon"
        ),
    }
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True, immutable=True),
        Field("betrokkene", URL),
        Field("betrokkeneType", Choice(tuple(IDENTITIES)), required=True),
        Field("afwijkendeNaamBetrokkene", Text(625)),
        Field("roltype", Ref(("roltype",)), required=True),
        Field("omschrijving"),
        Field("omschrijvingGeneriek"),
        Field("roltoelichting", Text(1000), required=True),
        Field("registratiedatum"),
        Field("indicatieMachtiging", Choice(("gemachtigde", "machtiginggever"), blank=True)),
        Field("contactpersoonRol", _CONTACT, default=_CONTACT.empty),
        Field("statussen"),
        Field("beginGeldigheid", Day(nullable=True), default=None),
        Field("eindeGeldigheid", Day(nullable=True), default=None),
        Field("betrokkeneIdentificatie", Anything(), default=None),
        Field("authenticatieContext", Anything(), default=None),
    )

    def computed(self, row: Row) -> Body:
        roltype = self.system.links.find(row["roltype"]) or {}
        url = self.url(row)
        statuses = self.system.store.by("status", "zaak", row["zaak"])
        return {
            "omschrijving": roltype.get("omschrijving", row["omschrijving"]),
            "omschrijvingGeneriek": roltype.get("omschrijvingGeneriek", ""),
            "statussen": [
                self.system.links.of("status", s["uuid"]) for s in statuses if s["gezetdoor"] == url
            ],
        }

    def render(self, row: Row) -> Body:
        body = super().render(row)
        if row["betrokkeneType"] not in WITH_CONTEXT:
            del body["authenticatieContext"]
        return body

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        super().check(call, values, row, data)
        after = {**(row or {}), **values}
        identity = values.get("betrokkeneIdentificatie")
        if not after["betrokkene"] and not identity:
            reason = "betrokkene or betrokkeneIdentificatie must be provided"
            refuse_whole("invalid-betrokkene", reason)
        try:
            kind = IDENTITIES[after["betrokkeneType"]]
            values["betrokkeneIdentificatie"] = kind.clean(identity, self.system.links)
        except Refused as refused:
            name = "betrokkeneIdentificatie"
            raise ValidationError(
                Invalid(f"{name}.{p.name}", p.code, p.reason) for p in refused.params
            ) from None
        roltype = self.system.links.find(after["roltype"]) or {}
        values["omschrijving"] = roltype["omschrijving"]
        values["omschrijvingGeneriek"] = roltype["omschrijvingGeneriek"]
        self._check_single(after["zaak"], values["omschrijvingGeneriek"], row)

    def _check_single(self, zaak: str, generic: str, row: Row | None) -> None:
        others = self.system.store.by("rol", "zaak", zaak)
        same = [r for r in others if r["omschrijvingGeneriek"] == generic]
        if generic in SINGLE and any(row is None or r["uuid"] != row["uuid"] for r in same):
            reason = f"De waarde `{generic}` komt al 1 keer voor"
            refuse("roltype", "max-occurences", reason)

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        stamp = self.system.clock.stamp()
        return super().insert(call, {**values, "registratiedatum": stamp}, data)

    async def update(self, call: Call, uuid: str, data: Body, *, partial: bool) -> Row:
        if not self.system.features.rol_put:
            raise MethodNotAllowed("PUT")
        return await super().update(call, uuid, data, partial=partial)

    def answer_to_update(self, before: Body, row: Row) -> Body:
        """The answer to a PUT still shows the former identity, though the new one is kept (02)."""
        body = self.render(row)
        if before["betrokkeneType"] == row["betrokkeneType"]:
            body["betrokkeneIdentificatie"] = before["betrokkeneIdentificatie"]
        return body
