"""Several writes in one transaction (Open Zaak only): register, update, suspend, extend, close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adapters.kit.simulator import Row

from .errors import Invalid, ValidationError
from .fields import REQUIRED
from .resource import Resource
from .system import Body, Call


@contextmanager
def _under(name: str) -> Iterator[None]:
    """Refusals within come out under the name of the part."""
    try:
        yield
    except ValidationError as refused:
        raise ValidationError(param.under(name) for param in refused.params) from None


def _make(call: Call, kind: str, data: Body, name: str) -> Row:
    resource = call.system.resource(kind)
    with _under(name):
        return resource.insert(call, resource.prepare(call, data), data)


def _make_all(call: Call, kind: str, name: str, data: Body, zaak: Body) -> list[Row]:
    members = data.get(name) or []
    return [
        _make(call, kind, {**member, **zaak}, f"{name}.{place}")
        for place, member in enumerate(members)
    ]


def _show(call: Call, kind: str, row: Row) -> Body:
    resource = call.system.resource(kind)
    return resource.render(resource.row(row["uuid"]))


def _public(call: Call, kind: str, row: Row) -> str:
    """An address as a client would send it, for the parts that name their zaak by it."""
    return call.system.links.outward(call.system.url(kind, row["uuid"]))


def _need(data: Body, *names: str) -> None:
    missing = [Invalid(name, "required", REQUIRED) for name in names if name not in data]
    if missing:
        raise ValidationError(missing)


def register_zaak(call: Call, data: Body) -> Body:
    """A zaak with roles, documents, objects and its first status; all or nothing."""
    _need(data, "zaak")
    with call.system.store.transaction():
        zaak = _make(call, "zaak", data["zaak"], "zaak")
        of = {"zaak": _public(call, "zaak", zaak)}
        rollen = _make_all(call, "rol", "rollen", data, of)
        links = _make_all(call, "zaakinformatieobject", "zaakinformatieobjecten", data, of)
        objects = _make_all(call, "zaakobject", "zaakobjecten", data, of)
        status = _status(call, data, of)
        return {
            "zaak": _show(call, "zaak", zaak),
            "rollen": [_show(call, "rol", row) for row in rollen],
            "zaakinformatieobjecten": [_show(call, "zaakinformatieobject", r) for r in links],
            "zaakobjecten": [_show(call, "zaakobject", row) for row in objects],
            "status": status,
        }


def _status(call: Call, data: Body, of: Body) -> Body | None:
    if not data.get("status"):
        return None
    row = _make(call, "status", {**data["status"], **of}, "status")
    return _show(call, "status", row)


def _patch(call: Call, uuid: str, data: Body) -> Row:
    zaken: Resource = call.system.resource("zaak")
    row = zaken.row(uuid)
    with _under("zaak"):
        zaken.permit(call, "update", row, data)
        values = zaken.clean(data, row, partial=True)
        zaken.check(call, values, row, data)
        return zaken.write(call, row, values, zaken.render(row))


def update_zaak(call: Call, uuid: str, data: Body) -> Body:
    """Change a zaak; where roles are sent they take the place of all there were."""
    _need(data, "zaak")
    with call.system.store.transaction():
        zaak = _patch(call, uuid, data["zaak"])
        of = {"zaak": _public(call, "zaak", zaak)}
        answer: Body = {}
        if "rollen" in data:
            rol = call.system.resource("rol")
            for former in call.system.store.by("rol", "zaak", call.system.url("zaak", uuid)):
                rol.permit(call, "destroy", former, {})
                rol.remove(call, former)
            rows = _make_all(call, "rol", "rollen", data, of)
            answer["rollen"] = [_show(call, "rol", row) for row in rows]
        status = _status(call, data, of)
        if status is not None:
            answer["status"] = status
        return {"zaak": _show(call, "zaak", zaak), **answer}


def change_with_status(call: Call, uuid: str, data: Body) -> Body:
    """Suspend or extend, with the status that says so."""
    _need(data, "zaak", "status")
    with call.system.store.transaction():
        zaak = _patch(call, uuid, data["zaak"])
        status = _status(call, data, {"zaak": _public(call, "zaak", zaak)})
        return {"zaak": _show(call, "zaak", zaak), "status": status}


def close_zaak(call: Call, uuid: str, data: Body) -> Body:
    """Result and end status together."""
    _need(data, "resultaat", "status")
    with call.system.store.transaction():
        zaak = _patch(call, uuid, data.get("zaak") or {})
        of = {"zaak": _public(call, "zaak", zaak)}
        resultaat = _make(call, "resultaat", {**data["resultaat"], **of}, "resultaat")
        status = _status(call, data, of)
        return {
            "zaak": _show(call, "zaak", zaak),
            "resultaat": _show(call, "resultaat", resultaat),
            "status": status,
        }


def register_document(call: Call, data: Body) -> Body:
    """A document and its link to a zaak."""
    _need(data, "enkelvoudiginformatieobject", "zaakinformatieobject")
    kind, link_kind = "enkelvoudiginformatieobject", "zaakinformatieobject"
    with call.system.store.transaction():
        row = _make(call, kind, data[kind], kind)
        link_data = {**data[link_kind], "informatieobject": _public(call, kind, row)}
        link = _make(call, link_kind, link_data, link_kind)
        document = call.system.resource(kind)
        shown = document.answer_to_create(document.row(row["uuid"]))
        return {kind: shown, link_kind: _show(call, link_kind, link)}


COMPOUND: dict[str, Callable[[Call, str, Body], Any]] = {
    "zaak_bijwerken": update_zaak,
    "zaak_opschorten": change_with_status,
    "zaak_verlengen": change_with_status,
    "zaak_afsluiten": close_zaak,
}
