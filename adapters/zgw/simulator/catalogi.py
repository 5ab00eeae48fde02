"""The Catalogi API: catalogue, case types and informatieobjecttypen, with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from adapters.kit.simulator import Row

from .errors import Invalid, ValidationError, refuse, refuse_whole
from .fields import (
    CONFIDENTIALITY,
    RSIN,
    URL,
    Choice,
    Day,
    Field,
    Flag,
    Group,
    Many,
    Member,
    Ref,
    Span,
    Text,
)
from .filters import BadValue, Filter, contains, equal, one_of, refers
from .resource import ALL_ACTIONS, Resource
from .system import Body, Call, System

STATUSES: Final = ("alles", "concept", "definitief")


def _status() -> Filter:
    def read(_: System, value: str) -> str:
        if value not in STATUSES:
            raise BadValue("Selecteer een geldige keuze.", "invalid_choice")
        return value

    def holds(system: System, row: Row, value: Any) -> bool:
        owner = system.links.find(row.get("zaaktype")) if row.get("zaaktype") else row
        concept = bool((owner or {}).get("concept"))
        return value == "alles" or concept is (value == "concept")

    return Filter(read, holds)


def _valid_on() -> Filter:
    def read(_: System, value: str) -> str:
        return value

    def holds(system: System, row: Row, value: Any) -> bool:
        owner = system.links.find(row.get("zaaktype")) if row.get("zaaktype") else row
        begin, end = (owner or row).get("beginGeldigheid"), (owner or row).get("eindeGeldigheid")
        return (begin is None or begin <= value) and (end is None or value < end)

    return Filter(read, holds)


STATUS: Final = _status()
VALID_ON: Final = _valid_on()
OPTIONAL_URL: Final = Text(200)


class CatalogueResource(Resource):
    """Reading needs catalogi.lezen, writing catalogi.schrijven."""

    api = "catalogi"
    shows_uuid = False
    source = "ZTC"

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        call.caller.need("catalogi.lezen" if action == "read" else "catalogi.schrijven")

    def urls(self, kind: str, index: str, row: Row, *, newest_first: bool = False) -> list[str]:
        rows = self.system.store.by(kind, index, self.url(row))
        found = [self.system.links.of(kind, other["uuid"]) for other in rows]
        return found[::-1] if newest_first else found


def _capitals(text: str) -> str | None:
    return None if text.isupper() else "Voer alleen hoofdletters in."


class Catalogus(CatalogueResource):
    """A catalogue, known by domain and organisation."""

    kind = "catalogus"
    segment = "catalogussen"
    detail_methods = ("GET", "HEAD")
    filters: ClassVar[Mapping[str, Filter]] = {
        "domein": equal("domein"),
        "domein__in": one_of("domein"),
        "rsin": equal("rsin"),
        "rsin__in": one_of("rsin"),
    }
    fields = (
        Field("domein", Text(5, blank=False, rule=_capitals), required=True),
        Field("rsin", RSIN, required=True),
        Field("contactpersoonBeheerNaam", Text(40, blank=False), required=True),
        Field("contactpersoonBeheerTelefoonnummer", Text(20)),
        Field("contactpersoonBeheerEmailadres", Text(254)),
        Field("zaaktypen"),
        Field("besluittypen"),
        Field("informatieobjecttypen"),
        Field("naam", Text(200)),
        Field("versie", Text(20)),
        Field("begindatumVersie", Day(nullable=True), default=None),
    )

    def computed(self, row: Row) -> Body:
        kinds = {
            "zaaktypen": "zaaktype",
            "besluittypen": "besluittype",
            "informatieobjecttypen": "informatieobjecttype",
        }
        return {name: self.urls(kind, "catalogus", row) for name, kind in kinds.items()}


class Versioned(CatalogueResource):
    """A type of a catalogue that starts as a concept and is published."""

    announced = ALL_ACTIONS

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        if row is None:
            values["concept"] = True

    def publish(self, call: Call, uuid: str) -> Row:
        row = self.row(uuid)
        self.permit(call, "update", row, {})
        self.check_publishable(row)
        # Publishing is not announced by the real server, and so not here.
        with self.system.store.transaction():
            row = {**row, "concept": False}
            self.system.store.put(self.kind, row)
        return row

    def check_publishable(self, row: Row) -> None:
        """Refuse where something that belongs to it is a concept."""

    def main(self, row: Row) -> tuple[str, Body]:
        return self.url(row), {"catalogus": row["catalogus"]}


def _period(row: Row) -> Body:
    return {"beginObject": row.get("beginGeldigheid"), "eindeObject": row.get("eindeGeldigheid")}


class Zaaktype(Versioned):
    """A case type: one version of it."""

    kind = "zaaktype"
    segment = "zaaktypen"
    channel = "zaaktypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        "catalogus": refers("catalogus"),
        "identificatie": equal("identificatie", index=True),
        "identificatie__icontains": contains("identificatie"),
        "omschrijving__icontains": contains("omschrijving"),
        "datumGeldigheid": VALID_ON,
        "status": STATUS,
        "trefwoorden": Filter(lambda _, v: v, lambda _, row, v: v in row.get("trefwoorden", [])),
    }
    fields = (
        Field("identificatie", Text(50)),
        Field("omschrijving", Text(80, blank=False), required=True),
        Field("omschrijvingGeneriek", Text(80)),
        Field("vertrouwelijkheidaanduiding", Choice(CONFIDENTIALITY), required=True),
        Field("doel", Text(blank=False), required=True),
        Field("aanleiding", Text(blank=False), required=True),
        Field("toelichting", Text()),
        Field("indicatieInternOfExtern", Choice(("inkomend", "intern", "extern")), required=True),
        Field("handelingInitiator", Text(20, blank=False), required=True),
        Field("onderwerp", Text(80, blank=False), required=True),
        Field("handelingBehandelaar", Text(20, blank=False), required=True),
        Field("doorlooptijd", Span(), required=True),
        Field("servicenorm", Span(nullable=True), default=None),
        Field("opschortingEnAanhoudingMogelijk", Flag(), required=True),
        Field("verlengingMogelijk", Flag(), required=True),
        Field("verlengingstermijn", Span(nullable=True), default=None),
        Field("trefwoorden", Many(Text(30)), default=[]),
        Field("publicatieIndicatie", Flag(), required=True),
        Field("publicatietekst", Text()),
        Field("verantwoordingsrelatie", Many(Text(40)), default=[]),
        Field("productenOfDiensten", Many(URL), required=True, default=[]),
        Field("selectielijstProcestype", OPTIONAL_URL),
        Field(
            "referentieproces",
            Group({"naam": Member(Text(80)), "link": Member(URL)}, nullable=False),
            required=True,
        ),
        Field("concept"),
        Field("verantwoordelijke", Text(50, blank=False), required=True),
        Field("broncatalogus", default={"url": "", "domein": "", "rsin": ""}),
        Field("bronzaaktype", default={"url": "", "identificatie": "", "omschrijving": ""}),
        Field("beginGeldigheid", Day(), required=True),
        Field("eindeGeldigheid", Day(nullable=True), default=None),
        Field("versiedatum", Day(), required=True),
        Field("beginObject"),
        Field("eindeObject"),
        Field("catalogus", Ref(("catalogus",)), required=True),
        Field("statustypen"),
        Field("resultaattypen"),
        Field("eigenschappen"),
        Field("informatieobjecttypen"),
        Field("roltypen"),
        Field("besluittypen", Many(Ref(("besluittype",))), required=True, default=[]),
        Field("deelzaaktypen", Many(Ref(("zaaktype",), foreign=True)), default=[]),
        Field(
            "gerelateerdeZaaktypen",
            Many(
                Group(
                    {
                        "zaaktype": Member(Ref(("zaaktype",), foreign=True), required=True),
                        "aardRelatie": Member(
                            Choice(("vervolg", "bijdrage", "onderwerp")), required=True
                        ),
                        "toelichting": Member(Text(255)),
                    },
                    nullable=False,
                )
            ),
            default=[],
        ),
        Field("zaakobjecttypen"),
    )

    def computed(self, row: Row) -> Body:
        statustypen = self.system.store.by("statustype", "zaaktype", self.url(row))
        statustypen = sorted(statustypen, key=lambda s: -int(s["volgnummer"]))
        links = self.system.store.by("zaaktypeinformatieobjecttype", "zaaktype", self.url(row))
        return {
            **_period(row),
            "statustypen": [self.system.links.of("statustype", s["uuid"]) for s in statustypen],
            "resultaattypen": self.urls("resultaattype", "zaaktype", row, newest_first=True),
            "eigenschappen": self.urls("eigenschap", "zaaktype", row),
            "informatieobjecttypen": [link["informatieobjecttype"] for link in links],
            "roltypen": self.urls("roltype", "zaaktype", row),
            "zaakobjecttypen": self.urls("zaakobjecttype", "zaaktype", row),
        }

    def check_publishable(self, row: Row) -> None:
        links = self.system.store.by("zaaktypeinformatieobjecttype", "zaaktype", self.url(row))
        related = [*row["besluittypen"], *(link["informatieobjecttype"] for link in links)]
        if any((self.system.links.find(url) or {}).get("concept") for url in related):
            reason = "Alle gerelateerde resources moeten gepubliceerd zijn"
            refuse_whole("concept-relation", reason)
        counted = self.system.store
        wrong = []
        if len(counted.by("statustype", "zaaktype", self.url(row))) < 2:
            text = "Publishing a zaaktype requires at least two statustypes to be defined."
            wrong.append(Invalid("statustypen", "invalid", text))
        for kind, name in (("resultaattype", "resultaattypen"), ("roltype", "roltypen")):
            if not counted.by(kind, "zaaktype", self.url(row)):
                text = f"Publishing a zaaktype requires at least one {kind} to be defined."
                wrong.append(Invalid(name, "invalid", text))
        if wrong:
            raise ValidationError(wrong)

    def check_removal(self, call: Call, row: Row) -> None:
        if not row["concept"]:
            refuse_whole("non-concept-object", "Alleen concepten kunnen verwijderd worden.")


class Informatieobjecttype(Versioned):
    """A document type: one version of it."""

    kind = "informatieobjecttype"
    segment = "informatieobjecttypen"
    channel = "informatieobjecttypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        "catalogus": refers("catalogus"),
        "omschrijving": equal("omschrijving"),
        "omschrijving__icontains": contains("omschrijving"),
        "datumGeldigheid": VALID_ON,
        "status": STATUS,
        "zaaktype": Filter(
            lambda system, value: system.links.inward(value),
            lambda system, row, value: any(
                link["zaaktype"] == value
                for link in system.store.by(
                    "zaaktypeinformatieobjecttype",
                    "informatieobjecttype",
                    system.links.of("informatieobjecttype", row["uuid"]),
                )
            ),
        ),
    }
    _GENERIC: Final = {
        "informatieobjecttypeOmschrijvingGeneriek": "",
        "definitieInformatieobjecttypeOmschrijvingGeneriek": "",
        "herkomstInformatieobjecttypeOmschrijvingGeneriek": "",
        "hierarchieInformatieobjecttypeOmschrijvingGeneriek": "",
        "opmerkingInformatieobjecttypeOmschrijvingGeneriek": "",
    }
    fields = (
        Field("catalogus", Ref(("catalogus",)), required=True),
        Field("omschrijving", Text(80, blank=False), required=True),
        Field("vertrouwelijkheidaanduiding", Choice(CONFIDENTIALITY), required=True),
        Field("beginGeldigheid", Day(), required=True),
        Field("eindeGeldigheid", Day(nullable=True), default=None),
        Field("concept"),
        Field("besluittypen"),
        Field("informatieobjectcategorie", Text(80, blank=False), required=True),
        Field("trefwoord", Many(Text(30)), default=[]),
        Field(
            "omschrijvingGeneriek",
            Group({name: Member(Text(80)) for name in _GENERIC}, nullable=False),
            default=_GENERIC,
        ),
        Field("zaaktypen"),
        Field("beginObject"),
        Field("eindeObject"),
    )

    def computed(self, row: Row) -> Body:
        by = self.system.store.by
        links = by("zaaktypeinformatieobjecttype", "informatieobjecttype", self.url(row))
        return {
            **_period(row),
            "besluittypen": self.urls("besluittype", "informatieobjecttypen", row),
            "zaaktypen": [link["zaaktype"] for link in links],
        }


class Besluittype(Versioned):
    """A type of decision: one version of it."""

    kind = "besluittype"
    segment = "besluittypen"
    channel = "besluittypen"
    filters: ClassVar[Mapping[str, Filter]] = {
        "catalogus": refers("catalogus"),
        "omschrijving": equal("omschrijving"),
        "datumGeldigheid": VALID_ON,
        "status": STATUS,
        "informatieobjecttypen": refers("informatieobjecttypen"),
        "zaaktypen": Filter(
            lambda system, value: system.links.inward(value),
            lambda system, row, value: (
                system.links.of("besluittype", row["uuid"])
                in (system.links.find(value) or {"besluittypen": []})["besluittypen"]
            ),
        ),
    }
    fields = (
        Field("catalogus", Ref(("catalogus",)), required=True),
        Field("zaaktypen"),
        Field("omschrijving", Text(80)),
        Field("omschrijvingGeneriek", Text(80)),
        Field("besluitcategorie", Text(40)),
        Field("reactietermijn", Span(nullable=True), default=None),
        Field("publicatieIndicatie", Flag(), required=True),
        Field("publicatietekst", Text()),
        Field("publicatietermijn", Span(nullable=True), default=None),
        Field("toelichting", Text()),
        Field(
            "informatieobjecttypen",
            Many(Ref(("informatieobjecttype",))),
            required=True,
            default=[],
        ),
        Field("beginGeldigheid", Day(), required=True),
        Field("eindeGeldigheid", Day(nullable=True), default=None),
        Field("concept"),
        Field("resultaattypen", Many(Ref(("resultaattype",))), default=[]),
        Field("resultaattypenOmschrijving"),
        Field("vastgelegdIn", default=[]),
        Field("beginObject"),
        Field("eindeObject"),
    )

    def computed(self, row: Row) -> Body:
        found = [self.system.links.find(url) for url in row["resultaattypen"]]
        return {
            **_period(row),
            "zaaktypen": self.urls("zaaktype", "besluittypen", row),
            "resultaattypenOmschrijving": [r["omschrijving"] for r in found if r],
        }

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        # On creation the zaaktypen named by the client are tied; later the zaaktype side rules.
        for url in data.get("zaaktypen") or []:
            zaaktype = self.system.links.find(self.system.links.inward(str(url)))
            if zaaktype is None:
                refuse("zaaktypen", "does_not_exist", "Dit zaaktype bestaat niet.")
            types = [*zaaktype["besluittypen"], self.url(row)]
            self.system.store.put("zaaktype", {**zaaktype, "besluittypen": types})
