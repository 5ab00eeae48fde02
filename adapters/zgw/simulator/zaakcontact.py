"""Customer contacts and notes of a zaak, and its decisions as the zaak shows them."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import ClassVar, Final

from adapters.kit.simulator import Row

from .errors import NotFound, refuse_whole
from .fields import Choice, Field, Moment, Ref, Text
from .filters import Filter, contains, equal, moment, refers
from .resource import NO_ACTIONS
from .system import Body, Call
from .zaakkind import ZaakChild

DEPRECATED: Final = (
    '299 "{url}" "Deze endpoint is verouderd en zal binnenkort uit dienst worden genomen. '
    'Maak gebruik van de vervangende contactmomenten API."'
)


class Klantcontact(ZaakChild):
    """Made and read, never changed."""

    kind = "klantcontact"
    segment = "klantcontacten"
    detail_methods = ("GET",)
    has_etag = False
    announced = frozenset({"create"})
    fields = (
        Field("zaak", Ref(("zaak",), "object-does-not-exist"), required=True),
        Field("identificatie", Text(14)),
        Field("datumtijd", Moment(), required=True),
        Field("kanaal", Text(20)),
        Field("onderwerp", Text(200)),
        Field("toelichting", Text(1000)),
    )

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        letters = string.ascii_letters
        made = "".join(secrets.choice(letters) for _ in range(12))
        number = values["identificatie"] or made
        return super().insert(call, {**values, "identificatie": number}, data)


class Zaaknotitie(ZaakChild):
    """
    A note. Neither announced nor audited: only asking finds it.

    By the standard a note can be changed while it is a concept; the real server was not seen
    refusing a change, so neither does this one.
    """

    kind = "zaaknotitie"
    segment = "zaaknotities"
    has_etag = False
    shows_uuid = False
    audited = NO_ACTIONS
    announced = NO_ACTIONS
    filters: ClassVar[Mapping[str, Filter]] = {
        "gerelateerdAan": refers("gerelateerdAan"),
        "aangemaaktDoor": equal("aangemaaktDoor"),
        "aangemaaktDoor__icontains": contains("aangemaaktDoor"),
        "notitieType": equal("notitieType"),
        "onderwerp": equal("onderwerp"),
        "onderwerp__icontains": contains("onderwerp"),
        "status": equal("status"),
        "tekst": equal("tekst"),
        "tekst__icontains": contains("tekst"),
        **{
            f"{name}__{operator}": moment(name, operator)
            for name in ("aanmaakdatum", "wijzigingsdatum")
            for operator in ("gt", "gte", "lt", "lte")
        },
    }
    fields = (
        Field("onderwerp", Text(255, blank=False), required=True),
        Field("tekst", Text(blank=False), required=True),
        Field("aangemaaktDoor", Text(255)),
        Field("notitieType", Choice(("intern", "extern")), default="intern"),
        Field("status", Choice(("concept", "definitief")), default="concept"),
        Field("aanmaakdatum"),
        Field("wijzigingsdatum"),
        Field("gerelateerdAan", Ref(("zaak",), "object-does-not-exist"), required=True),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        meant = {"zaak": data.get("gerelateerdAan")} if row is None else data
        super().permit(call, action, row, meant)

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        """No zaaktype to agree with."""

    def insert(self, call: Call, values: Body, data: Body) -> Row:
        values["zaak"] = values["gerelateerdAan"]
        stamps = {"aanmaakdatum": self._stamp(), "wijzigingsdatum": self._stamp()}
        return super().insert(call, {**values, **stamps}, data)

    def merged(self, read: Row, values: Body) -> Row:
        row = {**read, **values, "wijzigingsdatum": self._stamp()}
        return {**row, "zaak": row["gerelateerdAan"]}

    def _stamp(self) -> str:
        return self.system.clock.stamp()


class Zaakbesluit(ZaakChild):
    """Made and removed by the server, with the decision."""

    kind = "zaakbesluit"
    segment = "besluiten"
    detail_methods = ("GET", "DELETE")
    paged = False
    has_etag = False
    audited = NO_ACTIONS
    announced = NO_ACTIONS
    fields = (Field("besluit"),)

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        reason = "De relatie bestaat (nog) niet in de bron: die maakt haar hier zelf."
        refuse_whole("inconsistent-relation", reason)

    def check_removal(self, call: Call, row: Row) -> None:
        reason = "De relatie bestaat nog in de bron: verbreek haar daar."
        refuse_whole("inconsistent-relation", reason)

    def url(self, row: Row) -> str:
        return f"{row['zaak']}/besluiten/{row['uuid']}"

    def of_zaak(self, zaak_uuid: str, uuid: str) -> Row:
        row = self.row(uuid)
        if not row["zaak"].endswith(f"/{zaak_uuid}"):
            raise NotFound
        return row
