"""The zaak: its fields, what the server fills in, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import uuid4

from adapters.kit.simulator import Row

from . import zaakrecht
from .errors import Invalid, ServerError, ValidationError, refuse, refuse_whole
from .fields import (
    CONFIDENTIALITY,
    OPTIONAL_RSIN,
    RSIN,
    URL,
    Choice,
    Day,
    Field,
    Flag,
    Group,
    Many,
    Member,
    Moment,
    Ref,
    Span,
    Text,
)
from .geometry import Geometry
from .nummers import RESERVED, Numbers
from .resource import ALL_ACTIONS, Resource
from .system import Body, Call
from .times import Duration, parse_moment
from .zaakfilters import ZAAK_FILTERS, ZAAK_ORDERINGS

PAYMENT: Final = {
    "nvt": "Er is geen sprake van te betalen, met de zaak gemoeide, kosten.",
    "gefactureerd": "**EXPERIMENTEEL** Opdracht tot facturatie verzonden",
    "gecrediteerd": "**EXPERIMENTEEL** Opdracht tot creditering verzonden",
    "betaald": (
        "**EXPERIMENTEEL** Betaling vastgesteld "
        "(bijvoorbeeld via online kassa bij directe aanvraag)"
    ),
    "nog_niet": "**DEPRECATED** De met de zaak gemoeide kosten zijn (nog) niet betaald.",
    "gedeeltelijk": "**DEPRECATED** De met de zaak gemoeide kosten zijn gedeeltelijk betaald.",
    "geheel": "**DEPRECATED** De met de zaak gemoeide kosten zijn geheel betaald.",
}
ARCHIVE_STATES: Final = (
    "nog_te_archiveren",
    "gearchiveerd",
    "gearchiveerd_procestermijn_onbekend",
    "overgedragen",
)
RELATIONS: Final = frozenset({"kenmerken", "relevanteAndereZaken", "gerelateerdeZaken"})
"""Rows of their own on the real server: replacing them does not touch the row of the zaak."""
NO_PROCESS: Final = {"datumkenmerk": "", "identificatie": "", "objecttype": "", "registratie": ""}
NOT_SUSPENDED: Final = {"indicatie": False, "eerdereOpschorting": False, "reden": ""}
CHILDREN: Final = (
    "status",
    "rol",
    "resultaat",
    "zaakeigenschap",
    "zaakobject",
    "zaakinformatieobject",
    "klantcontact",
    "zaaknotitie",
    "zaakbesluit",
)

_VERLENGING: Final = Group(
    {"reden": Member(Text(200), required=True), "duur": Member(Span(), required=True)}
)
_OPSCHORTING: Final = Group(
    {"indicatie": Member(Flag(), required=True), "reden": Member(Text(200), required=True)},
    empty=NOT_SUSPENDED,
)
_OTHER: Final = Group(
    {
        "url": Member(Ref(("zaak",), "does_not_exist"), required=True),
        "aardRelatie": Member(
            Choice(("vervolg", "onderwerp", "bijdrage", "overig")), required=True
        ),
        "overigeRelatie": Member(Text(100)),
        "toelichting": Member(Text(255)),
    },
    nullable=False,
)
_KENMERK: Final = Group(
    {
        "kenmerk": Member(Text(40, blank=False), required=True),
        "bron": Member(Text(40, blank=False), required=True),
    },
    nullable=False,
)


class Zaak(Resource):
    """A case."""

    kind = "zaak"
    api = "zaken"
    segment = "zaken"
    source = "ZRC"
    channel = "zaken"
    audited = ALL_ACTIONS
    announced = ALL_ACTIONS
    shows_expand = True
    filters = ZAAK_FILTERS
    orderings = ZAAK_ORDERINGS
    fields = (
        Field("identificatie", Text(40), immutable=True),
        Field("bronorganisatie", RSIN, required=True, immutable=True),
        Field("omschrijving", Text(80)),
        Field("toelichting", Text(1000)),
        Field("zaaktype", Ref(("zaaktype",)), required=True, immutable=True),
        Field("registratiedatum", Day()),
        Field("verantwoordelijkeOrganisatie", RSIN, required=True),
        Field("startdatum", Day(), required=True),
        Field("einddatum", default=None),
        Field("einddatumGepland", Day(nullable=True), default=None),
        Field("uiterlijkeEinddatumAfdoening", Day(nullable=True), default=None),
        Field("publicatiedatum", Day(nullable=True), default=None),
        Field("laatstGemuteerd"),
        Field("laatstGeopend", Moment(nullable=True), default=None),
        Field("communicatiekanaal", URL),
        Field("communicatiekanaalNaam", Text(250)),
        Field("productenOfDiensten", Many(URL), default=[]),
        Field("vertrouwelijkheidaanduiding", Choice(CONFIDENTIALITY)),
        Field("betalingsindicatie", Choice(tuple(PAYMENT), blank=True)),
        Field("betalingsindicatieWeergave"),
        Field("laatsteBetaaldatum", Moment(nullable=True), default=None),
        Field("zaakgeometrie", Geometry(), default=None),
        Field("verlenging", _VERLENGING, default=None),
        Field("opschorting", _OPSCHORTING, default=NOT_SUSPENDED),
        Field("selectielijstklasse", URL),
        Field("hoofdzaak", Ref(("zaak",), nullable=True), default=None),
        Field("deelzaken"),
        Field("relevanteAndereZaken", Many(_OTHER), default=[]),
        Field(
            "gerelateerdeZaken",
            Many(Group({"url": Member(Ref(("zaak",)), required=True)}, nullable=False)),
            default=[],
        ),
        Field("eigenschappen"),
        Field("rollen"),
        Field("status"),
        Field("zaakinformatieobjecten"),
        Field("zaakobjecten"),
        Field("kenmerken", Many(_KENMERK), default=[]),
        Field(
            "archiefnominatie",
            Choice(("blijvend_bewaren", "vernietigen"), nullable=True),
            default=None,
        ),
        Field("archiefstatus", Choice(ARCHIVE_STATES), default="nog_te_archiveren"),
        Field("archiefactiedatum", Day(nullable=True), default=None),
        Field("resultaat"),
        Field("opdrachtgevendeOrganisatie", OPTIONAL_RSIN),
        Field("processobjectaard", Text(200)),
        Field("startdatumBewaartermijn", Day(nullable=True), default=None),
        Field(
            "processobject",
            Group(
                {
                    "datumkenmerk": Member(Text(250), required=True),
                    "identificatie": Member(Text(250), required=True),
                    "objecttype": Member(Text(250), required=True),
                    "registratie": Member(Text(250), required=True),
                },
                empty=NO_PROCESS,
            ),
            default=NO_PROCESS,
        ),
    )

    def __init__(self, system: Any) -> None:
        super().__init__(system)
        self.numbers = Numbers(system.store)
        self._pinned: dict[str, str] = {}

    # -- showing -----------------------------------------------------------------------------

    def computed(self, row: Row) -> Body:
        by, of, url = self.system.store.by, self.system.links.of, self.url(row)
        status = self.current_status(row)
        resultaat = by("resultaat", "zaak", url)
        eigenschappen = by("zaakeigenschap", "zaak", url)

        def urls(kind: str) -> list[str]:
            return [of(kind, child["uuid"]) for child in by(kind, "zaak", url)]

        return {
            "betalingsindicatieWeergave": PAYMENT.get(row["betalingsindicatie"], ""),
            "deelzaken": [of("zaak", sub["uuid"]) for sub in by("zaak", "hoofdzaak", url)],
            "eigenschappen": [f"{url}/zaakeigenschappen/{e['uuid']}" for e in eigenschappen],
            "rollen": urls("rol"),
            "status": of("status", status["uuid"]) if status else None,
            "zaakinformatieobjecten": urls("zaakinformatieobject"),
            "zaakobjecten": urls("zaakobject"),
            "resultaat": of("resultaat", resultaat[0]["uuid"]) if resultaat else None,
        }

    def render(self, row: Row) -> Body:
        body = super().render(row)
        if not self.system.features.laatst_gemuteerd:
            del body["laatstGemuteerd"], body["laatstGeopend"]
        return body

    def current_status(self, zaak: Row) -> Row | None:
        """The latest by its own date, whenever it was recorded."""
        statuses = self.system.store.by("status", "zaak", self.url(zaak))
        return max(statuses, key=lambda s: parse_moment(s["datumStatusGezet"]), default=None)

    def shown(self, row: Row) -> str:
        return f"{row['bronorganisatie']} - {row['identificatie']}"

    def etag(self, row: Row) -> str:
        if not self.system.quirks.wrong_not_modified:
            self._pinned.clear()
            return super().etag(row)
        return self._pinned.setdefault(row["uuid"], super().etag(row))

    # -- permission --------------------------------------------------------------------------

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        if row is None:
            url = self.system.links.inward(str(data.get("zaaktype", "")))
            zaaktype = self.system.links.find(url) or {}
            level = data.get("vertrouwelijkheidaanduiding")
            level = level or zaaktype.get("vertrouwelijkheidaanduiding")
            call.caller.need(zaakrecht.CREATE, type_url=url, level=level)
        elif action == "read":
            zaakrecht.permit_read(call.caller, row)
        elif action == "destroy":
            call.caller.need(zaakrecht.DELETE, type_url=row["zaaktype"])
        else:
            zaakrecht.permit_change(call.caller, row)

    def visible(self, call: Call, row: Row) -> bool:
        return zaakrecht.may_read(call.caller, row)

    def sees_all(self, call: Call) -> bool:
        return call.caller.sees_all(zaakrecht.READ)

    # -- checks ------------------------------------------------------------------------------

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        after = {**(row or {}), **values}
        zaaktype = self.system.links.find(after["zaaktype"]) or {}
        if row is None and zaaktype.get("concept"):
            refuse("zaaktype", "not-published", "De resource is niet gepubliceerd.")
        self._check_parent(after, row)
        self._check_fields(values, after, zaaktype)
        if row is None:
            self._fill(values, data, zaaktype)
        elif "opschorting" in values:
            suspended = values["opschorting"]["indicatie"]
            earlier = row["opschorting"]["eerdereOpschorting"] or suspended
            group = values["opschorting"]
            values["opschorting"] = {
                "indicatie": group["indicatie"],
                "eerdereOpschorting": earlier,
                "reden": group["reden"],
            }

    def _check_parent(self, after: Body, row: Row | None) -> None:
        parent = self.system.links.find(after.get("hoofdzaak"))
        if parent is None or (row is not None and row["hoofdzaak"] == after["hoofdzaak"]):
            return
        if row is not None and parent["uuid"] == row["uuid"]:
            reason = "Het veld 'hoofdzaak` mag geen referentie naar zichzelf zijn"
            refuse("hoofdzaak", "self-forbidden", reason)
        if parent.get("hoofdzaak"):
            reason = "Het veld 'hoofdzaak` mag geen deelzaak zijn"
            refuse("hoofdzaak", "deelzaak-als-hoofdzaak", reason)
        parent_type = self.system.links.find(parent["zaaktype"]) or {}
        if after["zaaktype"] not in parent_type.get("deelzaaktypen", []):
            reason = "Zaaktype niet vastgelegd in deelzaaktypen van hoofdzaak.zaaktype"
            refuse("hoofdzaak", "invalid-deelzaaktype", reason)
        if zaakrecht.is_closed(parent):
            reason = "De hoofdzaak is gesloten"
            refuse("hoofdzaak", "hoofdzaak-closed", reason)

    def _check_fields(self, values: Body, after: Body, zaaktype: Row) -> None:
        products = set(after.get("productenOfDiensten") or ())
        if not products <= set(zaaktype.get("productenOfDiensten", ())):
            reason = (
                "Niet alle producten/diensten komen voor in de producten/diensten op het zaaktype"
            )
            refuse("productenOfDiensten", "invalid-products-services", reason)
        paid = values.get("laatsteBetaaldatum")
        if paid and parse_moment(paid) > self.system.clock.now():
            reason = "Deze waarde mag niet in de toekomst liggen."
            refuse("laatsteBetaaldatum", "future_not_allowed", reason)
        if after.get("betalingsindicatie") == "nvt":
            if paid:
                reason = "De laatste betaaldatum kan niet gezet zijn bij indicatie nvt"
                refuse("laatsteBetaaldatum", "betaling-nvt", reason)
            values["laatsteBetaaldatum"] = None
        registered = values.get("registratiedatum")
        if registered and registered > self.system.clock.today().isoformat():
            reason = "Deze waarde mag niet in de toekomst liggen."
            refuse("registratiedatum", "future_not_allowed", reason)
        self._check_archive(after)
        for place, other in enumerate(values.get("relevanteAndereZaken") or ()):
            if other["aardRelatie"] == "overig" and not other["overigeRelatie"]:
                name = f"relevanteAndereZaken.{place}.overigeRelatie"
                refuse(name, "overigerelatie-required", "Dit veld is verplicht bij overig.")

    def _check_archive(self, after: Body) -> None:
        if after.get("archiefstatus", "nog_te_archiveren") == "nog_te_archiveren":
            return
        for name in ("archiefnominatie", "archiefactiedatum"):
            if after.get(name) is None:
                reason = (
                    "Moet van een waarde voorzien zijn als de 'Archiefstatus' een waarde heeft "
                    "anders dan 'nog_te_archiveren'."
                )
                raise ValidationError([Invalid(name, f"{name}-not-set", reason)])

    def _fill(self, values: Body, data: Body, zaaktype: Row) -> None:
        """What the server computes on creation when the client did not send it."""
        today = self.system.clock.today()
        values["registratiedatum"] = values["registratiedatum"] or today.isoformat()
        start = date.fromisoformat(values["startdatum"])
        terms = (
            ("einddatumGepland", "servicenorm"),
            ("uiterlijkeEinddatumAfdoening", "doorlooptijd"),
        )
        for name, term in terms:
            if name not in data and zaaktype.get(term):
                values[name] = Duration.parse(zaaktype[term]).after(start).isoformat()
        if not values["vertrouwelijkheidaanduiding"]:
            values["vertrouwelijkheidaanduiding"] = zaaktype["vertrouwelijkheidaanduiding"]
        group = values["opschorting"]
        values["opschorting"] = {
            "indicatie": group["indicatie"],
            "eerdereOpschorting": group["indicatie"],
            "reden": group["reden"],
        }
        values["einddatum"] = None

    def check_unique(self, values: Body, row: Row | None) -> None:
        number = values.get("identificatie")
        if row is not None or not number:
            return
        if self.find(number, values["bronorganisatie"]) is not None:
            reason = f"Deze identificatie ({number}) bestaat al voor deze bronorganisatie"
            refuse("identificatie", "identificatie-niet-uniek", reason)

    def find(self, number: str, organisation: str) -> Row | None:
        rows = self.system.store.by("zaak", "identificatie", number)
        return next((row for row in rows if row["bronorganisatie"] == organisation), None)

    # -- consequences ------------------------------------------------------------------------

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        if not values["identificatie"]:
            values["identificatie"] = self.next_number(values["registratiedatum"])
        stamp = self.system.clock.stamp()
        return super().insert(call, {**values, "laatstGemuteerd": stamp}, data)

    def next_number(self, day: str) -> str:
        return self.numbers.next(self.kind, "ZAAK", int(day[:4]))

    def reserve(self, organisation: str) -> str:
        with self.system.store.transaction():
            number = self.next_number(self.system.clock.today().isoformat())
            row = {"uuid": str(uuid4()), "identificatie": number, "bronorganisatie": organisation}
            self.system.store.put(RESERVED, row)
        return number

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        self._relate(row, [])

    def merged(self, read: Row, values: Body) -> Row:
        """The whole row as it was read, except what are rows of their own (recorded, 09)."""
        current = self.row(read["uuid"])
        kept = {name: current[name] for name in RELATIONS}
        row = {**read, **kept, **values}
        own = {name for name in values if name not in RELATIONS}
        if any(values[name] != read.get(name) for name in own):
            row["laatstGemuteerd"] = self.system.clock.stamp()
        return row

    def updated(self, call: Call, old: Row, row: Row) -> None:
        self._relate(row, old["gerelateerdeZaken"])
        self._pinned.pop(row["uuid"], None)

    def _relate(self, row: Row, before: list[Body]) -> None:
        """`gerelateerdeZaken` is symmetric: the other side shows it too."""
        here, store = {"url": self.url(row)}, self.system.store
        for entry in before:
            other = self.system.links.find(entry["url"])
            if other is not None and entry not in row["gerelateerdeZaken"]:
                left = [back for back in other["gerelateerdeZaken"] if back != here]
                store.put(self.kind, {**other, "gerelateerdeZaken": left})
        for entry in row["gerelateerdeZaken"]:
            other = self.system.links.find(entry["url"])
            if other is not None and here not in other["gerelateerdeZaken"]:
                grown = [*other["gerelateerdeZaken"], here]
                store.put(self.kind, {**other, "gerelateerdeZaken": grown})

    def touch(self, zaak: Row, **values: Any) -> Row:
        """Save *values* on the zaak as it stands now, and move `laatstGemuteerd`."""
        row = {**self.row(zaak["uuid"]), **values, "laatstGemuteerd": self.system.clock.stamp()}
        self.system.store.put(self.kind, row)
        return row

    def check_removal(self, call: Call, row: Row) -> None:
        if self.system.store.by("besluit", "zaak", self.url(row)):
            reason = (
                "De zaak heeft (een) gerelateerd besluit(en), deze relaties moeten verbroken "
                "worden voor je de zaak kan vernietigen."
            )
            refuse_whole("related-besluiten", reason)

    def removed(self, call: Call, row: Row) -> None:
        url = self.url(row)
        for sub in self.system.store.by("zaak", "hoofdzaak", url):
            self.remove(call, sub)
        for kind in CHILDREN:
            for child in self.system.store.by(kind, "zaak", url):
                self.system.store.remove(kind, child["uuid"])
        for mirror in self.system.store.by("objectinformatieobject", "object", url):
            self.system.store.remove("objectinformatieobject", mirror["uuid"])
        self._relate({**row, "gerelateerdeZaken": []}, row["gerelateerdeZaken"])
        self.numbers.forget()

    def remove(self, call: Call, row: Row) -> None:
        super().remove(call, row)
        self.system.audit.forget(self.url(row))

    def main(self, row: Row) -> tuple[str, Body]:
        zaaktype = self.system.links.find(row["zaaktype"]) or {}
        return self.url(row), {
            "bronorganisatie": row["bronorganisatie"],
            "zaaktype": row["zaaktype"],
            "zaaktype.catalogus": zaaktype.get("catalogus", ""),
            "vertrouwelijkheidaanduiding": row["vertrouwelijkheidaanduiding"],
        }


def zaak_of(resource: Resource, url: str) -> Row:
    """The zaak at a kept address; a server error where it vanished meanwhile."""
    zaak = resource.system.links.find(url)
    if zaak is None:
        raise ServerError
    return zaak
