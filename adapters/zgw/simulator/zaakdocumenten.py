"""The link between a zaak and a document, and the mirror the server makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import uuid4

from adapters.kit.simulator import Row

from .errors import refuse_whole
from .fields import Field, Moment, Ref, Text
from .filters import Filter, refers
from .system import Body, Call
from .zaakkind import ZaakChild


class Zaakinformatieobject(ZaakChild):
    """A document of a zaak."""

    kind = "zaakinformatieobject"
    segment = "zaakinformatieobjecten"
    paged = False
    # Unlinking and renaming are silent (reference: read in the source).
    announced = frozenset({"create"})
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaak": refers("zaak"),
        "informatieobject": refers("informatieobject"),
    }
    fields = (
        Field(
            "informatieobject",
            Ref(("enkelvoudiginformatieobject",)),
            required=True,
            immutable=True,
        ),
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True, immutable=True),
        Field("aardRelatieWeergave", default="Hoort bij, omgekeerd: kent"),
        Field("titel", Text(200)),
        Field("beschrijving", Text()),
        Field("registratiedatum"),
        Field("vernietigingsdatum", Moment(nullable=True), default=None),
        Field("status", Ref(("status",), nullable=True), default=None),
    )

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        if row is not None:
            return
        zaak = self.zaak(values)
        document = self.system.links.find(values["informatieobject"]) or {}
        allowed = self.system.store.by("zaaktypeinformatieobjecttype", "zaaktype", zaak["zaaktype"])
        if all(a["informatieobjecttype"] != document["informatieobjecttype"] for a in allowed):
            reason = "Het informatieobjecttype hoort niet bij het zaaktype van de zaak."
            refuse_whole("missing-zaaktype-informatieobjecttype-relation", reason)

    def check_unique(self, values: Body, row: Row | None) -> None:
        if row is not None:
            return
        linked = self.system.store.by("zaakinformatieobject", "zaak", values["zaak"])
        if any(link["informatieobject"] == values["informatieobject"] for link in linked):
            reason = "De velden zaak, informatieobject moeten een unieke set zijn."
            refuse_whole("unique", reason)

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        stamp = self.system.clock.stamp()
        return super().insert(call, {**values, "registratiedatum": stamp}, data)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        mirror = {
            "uuid": str(uuid4()),
            "informatieobject": row["informatieobject"],
            "object": row["zaak"],
            "objectType": "zaak",
        }
        self.system.store.put("objectinformatieobject", mirror)
        self.zaken.touch(self.zaak(row))

    def removed(self, call: Call, row: Row) -> None:
        store = self.system.store
        for mirror in store.by("objectinformatieobject", "object", row["zaak"]):
            if mirror["informatieobject"] == row["informatieobject"]:
                store.remove("objectinformatieobject", mirror["uuid"])
        self.zaken.touch(self.zaak(row))
