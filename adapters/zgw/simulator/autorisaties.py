"""The Autorisaties API: applicaties, their clients and their rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final
from uuid import uuid4

from adapters.kit.simulator import Row, Store

from .errors import NotFound
from .fields import CONFIDENTIALITY, Choice, Field, Flag, Group, Many, Member, Text
from .filters import Filter
from .resource import Resource
from .settings import Client
from .system import Body, Call, System

COMPONENTS: Final = {
    "ac": "Autorisaties API",
    "nrc": "Notificaties API",
    "zrc": "Zaken API",
    "ztc": "Catalogi API",
    "drc": "Documenten API",
    "brc": "Besluiten API",
}
_PER_TYPE: Final = {
    "zrc": ("zaaktype", "zaaktype"),
    "drc": ("informatieobjecttype", "informatieobjecttype"),
    "brc": ("besluittype", "besluittype"),
}
_SCOPE_OF: Final = {
    "zaken": "zrc",
    "documenten": "drc",
    "besluiten": "brc",
    "catalogi": "ztc",
    "autorisaties": "ac",
    "notificaties": "nrc",
}
_RIGHT: Final = Group(
    {
        "component": Member(Choice(tuple(COMPONENTS)), required=True),
        "componentWeergave": Member(Text()),
        "scopes": Member(Many(Text(100)), required=True),
        "zaaktype": Member(Text(1000)),
        "informatieobjecttype": Member(Text(1000)),
        "besluittype": Member(Text(1000)),
        "maxVertrouwelijkheidaanduiding": Member(Choice(CONFIDENTIALITY, blank=True)),
    },
    nullable=False,
)


def _has_client(_: System, row: Row, value: str) -> bool:
    return all(wanted in row["clientIds"] for wanted in value.split(","))


class Applicatie(Resource):
    """Clients and their rights."""

    kind = "applicatie"
    api = "autorisaties"
    segment = "applicaties"
    detail_methods = ("GET", "PUT", "PATCH", "DELETE")
    has_etag = False
    shows_uuid = False
    filters: ClassVar[Mapping[str, Filter]] = {
        "clientIds": Filter(lambda _, value: value, _has_client)
    }
    fields = (
        Field("clientIds", Many(Text(50, blank=False)), required=True),
        Field("label", Text(100, blank=False), required=True),
        Field("heeftAlleAutorisaties", Flag(), default=False),
        Field("autorisaties", Many(_RIGHT), default=[]),
    )

    def permit(self, call: Call, action: str, row: Row | None, data: Body) -> None:
        read = action == "read"
        call.caller.need("autorisaties.lezen" if read else "autorisaties.bijwerken")

    def check(self, call: Call, values: Body, row: Row | None, data: Body) -> None:
        links = self.system.links
        if "autorisaties" in values:
            values["autorisaties"] = [_shaped(r, links.load(r)) for r in values["autorisaties"]]

    def merged(self, read: Row, values: Body) -> Row:
        # Rights given through the API take the place of those given on the whole catalogue.
        wide = () if "autorisaties" in values else read.get("_wide", ())
        return {**read, **values, "_wide": list(wide)}

    def computed(self, row: Row) -> Body:
        wide = row.get("_wide")
        return {"autorisaties": self._spelled_out(wide)} if wide else {}

    def _spelled_out(self, scopes: list[str]) -> list[Body]:
        """Rights on a whole catalogue, as the API shows them: one for each type."""
        found: list[Body] = []
        for component, shown in COMPONENTS.items():
            own = [scope for scope in scopes if _component(scope) == component]
            if component in ("zrc", "drc", "brc") and "audittrails.lezen" in scopes:
                own.append("audittrails.lezen")
            if not own:
                continue
            right = {"component": component, "componentWeergave": shown, "scopes": own}
            if component not in _PER_TYPE:
                found.append(right)
                continue
            name, kind = _PER_TYPE[component]
            for row in self.system.store.all(kind):
                entry = {**right, name: self.system.links.of(kind, row["uuid"])}
                if component != "brc":
                    entry["maxVertrouwelijkheidaanduiding"] = "zeer_geheim"
                found.append(entry)
        return found

    def of_client(self, client_id: str) -> Row:
        rows = self.system.store.by(self.kind, "client", client_id)
        if not rows:
            raise NotFound
        return rows[0]


def _component(scope: str) -> str | None:
    return _SCOPE_OF.get(scope.split(".", maxsplit=1)[0])


def _shaped(right: Body, kept: Body) -> Body:
    """Only the members that belong to the component, in the order in which they are shown."""
    shape: Body = {
        "component": right["component"],
        "componentWeergave": COMPONENTS[right["component"]],
        "scopes": right["scopes"],
    }
    if right["component"] in _PER_TYPE:
        name = _PER_TYPE[right["component"]][0]
        shape[name] = kept[name]
        if right["component"] != "brc":
            level = "maxVertrouwelijkheidaanduiding"
            shape[level] = right[level]
    return shape


def register_clients(store: Store, clients: tuple[Client, ...]) -> None:
    """Give each configured client its applicatie, where it has none yet."""
    with store.transaction():
        for client in clients:
            if not client.has_application:
                continue
            found = store.by("applicatie", "client", client.client_id)
            row = {
                "uuid": found[0]["uuid"] if found else str(uuid4()),
                "clientIds": [client.client_id],
                "label": client.label or client.client_id,
                "heeftAlleAutorisaties": client.scopes is None,
                "autorisaties": [],
                "_wide": list(client.scopes or ()),
            }
            if not found:
                store.put("applicatie", row)
