"""The Besluiten API: decisions, and the documents that record them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

from adapters.kit.simulator import Row

from .errors import refuse, refuse_whole
from .fields import RSIN, Choice, Day, Field, Ref, Text
from .filters import Filter, equal, refers
from .nummers import Numbers
from .resource import ALL_ACTIONS, Resource
from .system import Body, Call

READ, CREATE, UPDATE, DELETE = (
    f"besluiten.{verb}" for verb in ("lezen", "aanmaken", "bijwerken", "verwijderen")
)
EXPIRY: Final = {
    "tijdelijk": "Besluit met tijdelijke werking",
    "ingetrokken_overheid": "Besluit ingetrokken door overheid",
    "ingetrokken_belanghebbende": "Besluit ingetrokken o.v.v. belanghebbende",
}
_SCOPES: Final = {"read": READ, "create": CREATE, "update": UPDATE, "destroy": DELETE}


class Besluit(Resource):
    """A decision, of a zaak or on its own."""

    kind = "besluit"
    api = "besluiten"
    segment = "besluiten"
    source = "BRC"
    channel = "besluiten"
    audited = ALL_ACTIONS
    announced = ALL_ACTIONS
    shows_uuid = False
    filters: ClassVar[Mapping[str, Filter]] = {
        "identificatie": equal("identificatie"),
        "verantwoordelijkeOrganisatie": equal("verantwoordelijkeOrganisatie"),
        "besluittype": refers("besluittype", index=False),
        "zaak": refers("zaak"),
    }
    fields = (
        Field("identificatie", Text(50), immutable=True),
        Field("verantwoordelijkeOrganisatie", RSIN, required=True, immutable=True),
        Field("besluittype", Ref(("besluittype",)), required=True, immutable=True),
        Field("zaak", Ref(("zaak",), nullable=True), default=None),
        Field("datum", Day(), required=True),
        Field("toelichting", Text()),
        Field("bestuursorgaan", Text(50)),
        Field("ingangsdatum", Day(), required=True),
        Field("vervaldatum", Day(nullable=True), default=None),
        Field("vervalreden", Choice(tuple(EXPIRY), blank=True)),
        Field("vervalredenWeergave"),
        Field("publicatiedatum", Day(nullable=True), default=None),
        Field("verzenddatum", Day(nullable=True), default=None),
        Field("uiterlijkeReactiedatum", Day(nullable=True), default=None),
    )

    def __init__(self, system: Any) -> None:
        super().__init__(system)
        self.numbers = Numbers(system.store)

    def computed(self, row: Row) -> Body:
        return {"vervalredenWeergave": EXPIRY.get(row["vervalreden"], "")}

    def shown(self, row: Row) -> str:
        return f"{row['verantwoordelijkeOrganisatie']} - {row['identificatie']}"

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        url = row["besluittype"] if row else self.system.links.inward(str(data.get("besluittype")))
        call.caller.need(_SCOPES[action], type_url=url)

    def visible(self, call: Call, row: Row) -> bool:
        return call.caller.may(READ, type_url=row["besluittype"])

    def sees_all(self, call: Call) -> bool:
        return call.caller.sees_all(READ)

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        after = {**(row or {}), **values}
        if after["datum"] > self.system.clock.today().isoformat():
            reason = "Deze waarde mag niet in de toekomst liggen."
            refuse("datum", "future_not_allowed", reason)
        besluittype = self.system.links.find(after["besluittype"]) or {}
        if row is None and besluittype.get("concept"):
            refuse("besluittype", "not-published", "De resource is niet gepubliceerd.")
        zaak = self.system.links.find(after["zaak"])
        zaaktype = self.system.links.find(zaak["zaaktype"]) if zaak else None
        if zaaktype is not None and after["besluittype"] not in zaaktype["besluittypen"]:
            reason = "De referentie hoort niet bij het zaaktype van de zaak."
            refuse_whole("zaaktype-mismatch", reason)

    def check_unique(self, values: Body, row: Row | None) -> None:
        number = values.get("identificatie")
        if row is not None or not number:
            return
        same = self.system.store.by(self.kind, "identificatie", number)
        organisation = values["verantwoordelijkeOrganisatie"]
        if any(other["verantwoordelijkeOrganisatie"] == organisation for other in same):
            reason = f"Deze identificatie ({number}) bestaat al voor deze organisatie"
            refuse("identificatie", "identificatie-niet-uniek", reason)

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        if not values["identificatie"]:
            year = self.system.clock.today().year
            values["identificatie"] = self.numbers.next(self.kind, "BESLUIT", year)
        return super().insert(call, values, data)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        if row["zaak"]:
            mirror = {"uuid": str(uuid4()), "zaak": row["zaak"], "besluit": self.url(row)}
            self.system.store.put("zaakbesluit", mirror)

    def updated(self, call: Call, old: Row, row: Row) -> None:
        if old["zaak"] != row["zaak"]:
            self._unlink(old)
            self.inserted(call, row, {})

    def removed(self, call: Call, row: Row) -> None:
        self._unlink(row)
        store = self.system.store
        for link in store.by("besluitinformatieobject", "besluit", self.url(row)):
            self.system.resource("besluitinformatieobject").removed(call, link)
            store.remove("besluitinformatieobject", link["uuid"])
        self.numbers.forget()

    def remove(self, call: Call, row: Row) -> None:
        super().remove(call, row)
        self.system.audit.forget(self.url(row))

    def _unlink(self, row: Row) -> None:
        for mirror in self.system.store.by("zaakbesluit", "besluit", self.url(row)):
            self.system.store.remove("zaakbesluit", mirror["uuid"])

    def main(self, row: Row) -> tuple[str, Body]:
        besluittype = self.system.links.find(row["besluittype"]) or {}
        return self.url(row), {
            "verantwoordelijkeOrganisatie": row["verantwoordelijkeOrganisatie"],
            "besluittype": row["besluittype"],
            "besluittype.catalogus": besluittype.get("catalogus", ""),
        }


class Besluitinformatieobject(Resource):
    """A document that records a decision."""

    kind = "besluitinformatieobject"
    api = "besluiten"
    segment = "besluitinformatieobjecten"
    source = "BRC"
    channel = "besluiten"
    detail_methods = ("GET", "DELETE", "HEAD")
    audited = frozenset({"create", "destroy"})
    announced = frozenset({"create"})
    paged = False
    shows_uuid = False
    filters: ClassVar[Mapping[str, Filter]] = {
        "besluit": refers("besluit"),
        "informatieobject": refers("informatieobject"),
    }
    fields = (
        Field("informatieobject", Ref(("enkelvoudiginformatieobject",)), required=True),
        Field("besluit", Ref(("besluit",), "object-does-not-exist"), required=True),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        url = row["besluit"] if row else self.system.links.inward(str(data.get("besluit")))
        besluit = self.system.links.find(url) or {}
        scopes = (READ,) if action == "read" else (CREATE, UPDATE)
        call.caller.need(*scopes, type_url=besluit.get("besluittype"))

    def check_unique(self, values: Body, row: Row | None) -> None:
        linked = self.system.store.by(self.kind, "besluit", values["besluit"])
        if any(link["informatieobject"] == values["informatieobject"] for link in linked):
            reason = "De velden besluit, informatieobject moeten een unieke set zijn."
            refuse_whole("unique", reason)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        mirror = {
            "uuid": str(uuid4()),
            "informatieobject": row["informatieobject"],
            "object": row["besluit"],
            "objectType": "besluit",
        }
        self.system.store.put("objectinformatieobject", mirror)

    def removed(self, call: Call, row: Row) -> None:
        store = self.system.store
        for mirror in store.by("objectinformatieobject", "object", row["besluit"]):
            if mirror["informatieobject"] == row["informatieobject"]:
                store.remove("objectinformatieobject", mirror["uuid"])

    def main(self, row: Row) -> tuple[str, Body]:
        besluit = self.system.links.find(row["besluit"]) or {}
        return self.system.resource("besluit").main(besluit)
