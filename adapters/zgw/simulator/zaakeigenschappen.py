"""Properties of a zaak, below its address. Values are text and are not checked."""

from __future__ import annotations

from adapters.kit.simulator import Row

from .errors import NotFound
from .fields import Field, Ref, Text
from .system import Body, Call
from .zaakkind import ZaakChild


class Zaakeigenschap(ZaakChild):
    """A property of a zaak."""

    kind = "zaakeigenschap"
    segment = "zaakeigenschappen"
    of_type = ("eigenschap",)
    paged = False
    # Neither its update nor its deletion is audited by the real server (recorded, 02).
    audited = frozenset({"create"})
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True, immutable=True),
        Field("eigenschap", Ref(("eigenschap",)), required=True, immutable=True),
        Field("naam"),
        Field("waarde", Text(blank=False), required=True),
    )

    def url(self, row: Row) -> str:
        return f"{row['zaak']}/zaakeigenschappen/{row['uuid']}"

    def name_of(self, row: Row) -> str:
        return str(row["naam"])

    def of_zaak(self, zaak_uuid: str, uuid: str) -> Row:
        row = self.row(uuid)
        if not row["zaak"].endswith(f"/{zaak_uuid}"):
            raise NotFound
        return row

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        super().check(call, values, row, data)
        if row is None:
            eigenschap = self.system.links.find(values["eigenschap"]) or {}
            values["naam"] = eigenschap["naam"]
