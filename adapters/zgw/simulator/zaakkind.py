"""What hangs on a zaak: permission by its zaak, announced and audited under its zaak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from adapters.kit.simulator import Row

from . import zaakrecht
from .errors import Denied, refuse_whole
from .filters import Filter, refers
from .resource import ALL_ACTIONS, Resource
from .system import Body, Call
from .zaken import Zaak, zaak_of

BY_ZAAK: Mapping[str, Filter] = {"zaak": refers("zaak")}


class ZaakChild(Resource):
    """Hangs on a zaak."""

    api = "zaken"
    source = "ZRC"
    channel = "zaken"
    audited = ALL_ACTIONS
    announced = ALL_ACTIONS
    filters: ClassVar[Mapping[str, Filter]] = BY_ZAAK
    of_type: ClassVar[Sequence[str]] = ()
    """Fields that must be of the zaaktype of the zaak."""

    @property
    def zaken(self) -> Zaak:
        return self.system.of(Zaak)

    def zaak(self, row: Row) -> Row:
        return zaak_of(self, row["zaak"])

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        zaak = self._zaak_meant(row, data)
        if zaak is None:
            # An unknown zaak is refused as a field by those who may do anything, else as a right.
            if not call.caller.has_all and not call.caller.sees_all(zaakrecht.READ):
                raise Denied
        elif action == "read":
            zaakrecht.permit_read(call.caller, zaak)
        else:
            self.permit_write(call, zaak, creating=action == "create")

    def permit_write(self, call: Call, zaak: Row, *, creating: bool) -> None:
        zaakrecht.permit_child(call.caller, zaak, creating=creating)

    def _zaak_meant(self, row: Row | None, data: Body) -> Row | None:
        url = row["zaak"] if row is not None else self.system.links.inward(str(data.get("zaak")))
        return self.system.links.find(url)

    def visible(self, call: Call, row: Row) -> bool:
        return zaakrecht.may_read(call.caller, self.zaak(row))

    def sees_all(self, call: Call) -> bool:
        return call.caller.sees_all(zaakrecht.READ)

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        after = {**(row or {}), **values}
        zaak = self.zaak(after)
        for field in self.of_type:
            found = self.system.links.find(after.get(field))
            if found is not None and found["zaaktype"] != zaak["zaaktype"]:
                reason = "De referentie hoort niet bij het zaaktype van de zaak."
                refuse_whole("zaaktype-mismatch", reason)

    def shown(self, row: Row) -> str:
        return f"({self.zaken.shown(self.zaak(row))}) - {self.name_of(row)}"

    def name_of(self, row: Row) -> str:
        return str(row["uuid"])

    def main(self, row: Row) -> tuple[str, Body]:
        return self.zaken.main(self.zaak(row))
