"""The result of a zaak: one at most, its type fixed; another type is DELETE and POST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from adapters.kit.simulator import Row

from .errors import refuse
from .fields import Field, Ref, Text
from .filters import Filter, refers
from .system import Body, Call
from .zaakkind import ZaakChild


class Resultaat(ZaakChild):
    """The result of a zaak."""

    kind = "resultaat"
    segment = "resultaten"
    of_type = ("resultaattype",)
    filters: ClassVar[Mapping[str, Filter]] = {
        "zaak": refers("zaak"),
        "resultaattype": refers("resultaattype", index=False),
    }
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True, immutable=True),
        Field("resultaattype", Ref(("resultaattype",)), required=True, immutable=True),
        Field("toelichting", Text(1000)),
    )

    def name_of(self, row: Row) -> str:
        return str((self.system.links.find(row["resultaattype"]) or {}).get("omschrijving", ""))

    def check_unique(self, values: Body, row: Row | None) -> None:
        if row is None and self.system.store.by("resultaat", "zaak", values["zaak"]):
            reason = "Er bestaat al een resultaat met eenzelfde zaak."
            refuse("zaak", "unique", reason)

    def inserted(self, call: Call, row: Row, data: Body) -> None:
        self.zaken.touch(self.zaak(row))

    def updated(self, call: Call, old: Row, row: Row) -> None:
        self.zaken.touch(self.zaak(row))

    def removed(self, call: Call, row: Row) -> None:
        self.zaken.touch(self.zaak(row))
