"""The statuses of a zaak: a history that only grows, and closes and reopens the zaak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from adapters.kit.simulator import Row

from . import zaakrecht
from .archief import archive_data
from .errors import refuse, refuse_whole
from .fields import Field, Moment, Ref, Text
from .filters import Filter, refers
from .system import Body, Call
from .times import parse_moment
from .zaakkind import ZaakChild
from .zaaktypedelen import Statustype

_LATEST: Final = Filter(
    lambda _, value: value.lower() in ("true", "1"),
    lambda system, row, value: (
        system.resource("status").computed(row)["indicatieLaatstGezetteStatus"] is value
    ),
)
CLEARED: Final = {
    "einddatum": None,
    "archiefnominatie": None,
    "archiefactiedatum": None,
    "startdatumBewaartermijn": None,
}


class Status(ZaakChild):
    """A status in the history of a zaak."""

    kind = "status"
    segment = "statussen"
    detail_methods = ("GET", "HEAD")
    of_type = ("statustype",)
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaak": refers("zaak"),
        "statustype": refers("statustype", index=False),
        "indicatieLaatstGezetteStatus": _LATEST,
    }
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True),
        Field("statustype", Ref(("statustype",)), required=True),
        Field("datumStatusGezet", Moment(), required=True),
        Field("statustoelichting", Text(1000)),
        Field("indicatieLaatstGezetteStatus"),
        Field("gezetdoor", Ref(("rol",), nullable=True), default=None),
        Field("zaakinformatieobjecten"),
    )

    def permit_write(self, call: Call, zaak: Row, *, creating: bool) -> None:
        has_status = self.zaken.current_status(zaak) is not None
        zaakrecht.permit_status(call.caller, zaak, has_status=has_status)

    def computed(self, row: Row) -> Body:
        latest = self.zaken.current_status(self.zaak(row))
        links = self.system.store.by("zaakinformatieobject", "zaak", row["zaak"])
        return {
            "indicatieLaatstGezetteStatus": latest is None or latest["uuid"] == row["uuid"],
            "zaakinformatieobjecten": [
                self.system.links.of("zaakinformatieobject", link["uuid"])
                for link in links
                if link["status"] == self.url(row)
            ],
        }

    def in_order(self, rows: list[Row]) -> list[Row]:
        return sorted(rows, key=lambda s: parse_moment(s["datumStatusGezet"]), reverse=True)

    def name_of(self, row: Row) -> str:
        return str(parse_moment(row["datumStatusGezet"]))

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        if parse_moment(values["datumStatusGezet"]) > self.system.clock.now():
            reason = "Deze datum mag niet in de toekomst zijn"
            refuse("datumStatusGezet", "date-in-future", reason)
        super().check(call, values, row, data)
        setter = self.system.links.find(values["gezetdoor"])
        if setter is not None and setter["zaak"] != values["zaak"]:
            reason = "De rol hoort niet bij deze zaak."
            refuse("gezetdoor", "zaakrol-mismatch", reason)
        if self._closes(values):
            self._check_closing(values["zaak"])

    def _closes(self, values: Body) -> bool:
        statustype = self.system.links.find(values["statustype"])
        return statustype is not None and self.system.of(Statustype).is_final(statustype)

    def _check_closing(self, zaak: str) -> None:
        store, links = self.system.store, self.system.links
        for link in store.by("zaakinformatieobject", "zaak", zaak):
            document = links.find(link["informatieobject"])
            if document is not None and document["_lock"]:
                reason = "Er zijn gerelateerde informatieobjecten die nog gelocked zijn."
                refuse_whole("informatieobject-locked", reason)
            if document is not None and document["indicatieGebruiksrecht"] is None:
                reason = (
                    "Er zijn gerelateerde informatieobjecten waarvoor `indicatieGebruiksrecht` "
                    "nog niet gespecifieerd is. Je moet deze zetten voor je de zaak kan afsluiten."
                )
                refuse_whole("indicatiegebruiksrecht-unset", reason)
        if not store.by("resultaat", "zaak", zaak):
            refuse_whole("resultaat-does-not-exist", "Zaak has no resultaat.")
        if any(sub["einddatum"] is None for sub in store.by("zaak", "hoofdzaak", zaak)):
            refuse_whole("deelzaken-not-closed", "Er zijn deelzaken die nog open zijn.")

    def check_unique(self, values: Body, row: Row | None) -> None:
        taken = self.system.store.by("status", "zaak", values["zaak"])
        if any(other["datumStatusGezet"] == values["datumStatusGezet"] for other in taken):
            reason = "De velden zaak, datum_status_gezet moeten een unieke set zijn."
            refuse_whole("unique", reason)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        zaak = self.zaak(row)
        if self._closes(row):
            # What was sent, not what is kept: the offset in it decides on the day.
            moment = parse_moment(str(data["datumStatusGezet"]))
            self.zaken.touch(zaak, **archive_data(self.system, zaak, moment))
        elif zaakrecht.is_closed(zaak):
            self.zaken.touch(zaak, **CLEARED)
        else:
            self.zaken.touch(zaak)
