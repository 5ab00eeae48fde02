"""Which paths there are, and what each does: the plain ones by rule, the special ones by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import BodyPartReader, web

from adapters.kit.simulator import Row

from . import expand, samengesteld
from .autorisaties import Applicatie
from .besluiten import Besluit, Besluitinformatieobject
from .bestandsdelen import Bestandsdeel
from .catalogi import Besluittype, Catalogus, Informatieobjecttype, Versioned, Zaaktype
from .documenten import Gebruiksrecht, Informatieobject, Objectinformatieobject
from .errors import NoSuchPath, NotFound, ParseError, refuse, refuse_whole
from .fields import REQUIRED
from .geometry import is_within
from .listing import check_parameters, page_of, select
from .notificaties import Abonnement, Kanaal, publish
from .resource import Resource
from .resultaten import Resultaat
from .rollen import Rol
from .statussen import Status
from .system import Body, System
from .web import SECURITY, Answer, Asked, Handler, Reply, Routes
from .zaakcontact import DEPRECATED, Klantcontact, Zaakbesluit, Zaaknotitie
from .zaakdocumenten import Zaakinformatieobject
from .zaakeigenschappen import Zaakeigenschap
from .zaakobjecten import Zaakobject
from .zaaktypedelen import (
    Eigenschap,
    Resultaattype,
    Roltype,
    Statustype,
    Zaakobjecttype,
    ZaaktypeInformatieobjecttype,
)
from .zaken import Zaak

PLAIN: Sequence[type[Resource]] = (
    Catalogus,
    Zaaktype,
    Informatieobjecttype,
    Besluittype,
    Statustype,
    Resultaattype,
    Roltype,
    Eigenschap,
    ZaaktypeInformatieobjecttype,
    Zaakobjecttype,
    Zaak,
    Status,
    Resultaat,
    Rol,
    Zaakobject,
    Zaakinformatieobject,
    Klantcontact,
    Zaaknotitie,
    Informatieobject,
    Objectinformatieobject,
    Gebruiksrecht,
    Besluit,
    Besluitinformatieobject,
    Applicatie,
    Abonnement,
    Kanaal,
)
NESTED: Sequence[type[Resource]] = (Zaakeigenschap, Zaakbesluit)


def make_resources(system: System) -> dict[str, Resource]:
    """Build every resource, by kind."""
    kinds: tuple[type[Resource], ...] = (*PLAIN, *NESTED, Bestandsdeel)
    return {kind.kind: kind(system) for kind in kinds}


def make_routes(system: System) -> Routes:
    """Build the routes for the features the system has at the moment of each request."""
    routes = Routes()
    for resource in system.resources.values():
        if isinstance(resource, tuple(PLAIN)):
            crs = resource.kind == "zaak"
            routes.add(resource.api, resource.segment, _list_handlers(resource), crs=crs)
            detail = _detail_handlers(resource)
            routes.add(resource.api, f"{resource.segment}/*", detail, crs=crs)
    _add_zaken(routes, system)
    _add_documenten(routes, system)
    _add_rest(routes, system)
    return routes


# -- plain resources -------------------------------------------------------------------------


def _list_handlers(resource: Resource) -> Mapping[str, Handler]:
    async def read(asked: Asked) -> Reply:
        _need_feature(resource)
        if resource.api in ("catalogi", "autorisaties", "notificaties"):
            resource.permit(asked.call, "read", None, {})
        else:
            _permit_list(resource, asked)
        return list_answer(resource, asked)

    async def create(asked: Asked) -> Reply:
        _need_feature(resource)
        row = await resource.create(asked.call, await asked.body())
        body = resource.answer_to_create(row)
        headers = {"Location": system_url(resource, row)}
        if isinstance(resource, Klantcontact):
            url = resource.system.links.outward(asked.path)
            headers["Warning"] = DEPRECATED.format(url=url)
        return Answer(201, body, headers)

    handlers: dict[str, Handler] = {"GET": read, "POST": create}
    found = {verb: handlers[verb] for verb in resource.list_methods}
    return {**found, "HEAD": read} if "GET" in found else found


def system_url(resource: Resource, row: Row) -> str:
    """The address of *row* as a client sees it."""
    return resource.system.links.outward(resource.url(row))


_READ_SCOPES = {
    "zaken": "zaken.lezen",
    "documenten": "documenten.lezen",
    "besluiten": "besluiten.lezen",
}


def _permit_list(resource: Resource, asked: Asked) -> None:
    asked.call.caller.need(_READ_SCOPES[resource.api])


def _need_feature(resource: Resource) -> None:
    if isinstance(resource, Zaaknotitie) and not resource.system.features.zaaknotities:
        raise NoSuchPath


def _filters_off(resource: Resource, query: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse the parameters of features that are switched off, as unknown ones."""
    off = set()
    features = resource.system.features
    if not features.kenmerk_filter:
        off |= {"kenmerk", "kenmerk__bron"}
    if not features.expand:
        off.add("expand")
    if not features.page_size:
        off.add("pageSize")
    unknown = sorted(off & set(query))
    if unknown:
        reason = f"Onbekende query parameters: {', '.join(unknown)}"
        refuse_whole("unknown-parameters", reason)
    return query


def list_answer(resource: Resource, asked: Asked) -> Answer:
    """A list by the query of the request: paged, or plain where the API does not page."""
    query = _filters_off(resource, asked.query)
    extra = ("expand",) if resource.shows_expand else ()
    check_parameters(resource, query, extra)
    paths = expand.parse(resource.kind, query.get("expand")) if extra else []
    if isinstance(resource, Versioned) or (
        "status" in resource.filters and _is_catalogue(resource)
    ):
        query = {"status": "definitief", **query}
    rows = select(resource, asked.call, query)
    if not resource.paged:
        return Answer(200, [resource.render(row) for row in rows])
    return Answer(200, _page(resource, asked, rows, paths))


def _is_catalogue(resource: Resource) -> bool:
    return resource.api == "catalogi"


def _page(resource: Resource, asked: Asked, rows: list[Row], paths: list[str]) -> Body:
    page_size = resource.system.features.page_size
    shown, frame = page_of(rows, asked.query, asked.path, page_size=page_size)
    return {**frame, "results": [_rendered(resource, row, paths) for row in shown]}


def _rendered(resource: Resource, row: Row, paths: Sequence[str]) -> Body:
    body = resource.render(row)
    if resource.shows_expand and resource.system.features.expand:
        return expand.expanded(resource.system, body, paths)
    return body


def _detail_handlers(resource: Resource) -> Mapping[str, Handler]:
    async def read(asked: Asked) -> Reply:
        _need_feature(resource)
        row = resource.row(asked.ids[-1])
        if isinstance(resource, Informatieobject):
            query = asked.query
            row = resource.version(asked.ids[-1], query.get("versie"), query.get("registratieOp"))
        resource.permit(asked.call, "read", row, {})
        return detail_answer(resource, asked, row)

    async def put(asked: Asked) -> Reply:
        return await _update(resource, asked, partial=False)

    async def patch(asked: Asked) -> Reply:
        return await _update(resource, asked, partial=True)

    async def delete(asked: Asked) -> Reply:
        await resource.delete(asked.call, asked.ids[-1])
        return Answer(204)

    handlers: dict[str, Handler] = {
        "GET": read,
        "HEAD": read,
        "PUT": put,
        "PATCH": patch,
        "DELETE": delete,
    }
    return {verb: handlers[verb] for verb in resource.detail_methods}


async def _update(resource: Resource, asked: Asked, *, partial: bool) -> Answer:
    _need_feature(resource)
    uuid, data = asked.ids[-1], await asked.body()
    before = resource.render(resource.row(uuid))
    row = await resource.update(asked.call, uuid, data, partial=partial)
    return Answer(200, resource.answer_to_update(before, row))


def detail_answer(resource: Resource, asked: Asked, row: Row) -> Answer:
    """One resource, or 304 where the caller holds what its ETag says."""
    paths: list[str] = []
    if resource.shows_expand:
        _filters_off(resource, asked.query)
        paths = expand.parse(resource.kind, asked.query.get("expand"))
    headers = {}
    if resource.has_etag:
        headers["ETag"] = f'"{resource.etag(row)}"'
        if asked.request.headers.get("If-None-Match") == headers["ETag"]:
            return Answer(304, None, headers)
    body = resource.render(row)
    if resource.shows_expand and resource.system.features.expand:
        body = expand.expanded(resource.system, body, paths)
    return Answer(200, body, headers)


# -- zaken -----------------------------------------------------------------------------------


def _add_zaken(routes: Routes, system: System) -> None:
    zaken, audit = system.of(Zaak), _audit_handlers(system, "zaak")
    _add_nested(routes, system.of(Zaakeigenschap))
    _add_nested(routes, system.of(Zaakbesluit))
    routes.add("zaken", "zaken/*/audittrail", {"GET": audit[0], "HEAD": audit[0]})
    routes.add("zaken", "zaken/*/audittrail/*", {"GET": audit[1], "HEAD": audit[1]})
    routes.add("zaken", "zaken/_zoek", {"POST": _search(zaken)}, crs=True)

    async def reserve(asked: Asked) -> Reply:
        return await _reserve(zaken, asked, "zaaknummer")

    async def register(asked: Asked) -> Reply:
        _need_compound(system)
        return Answer(201, samengesteld.register_zaak(asked.call, await asked.body()))

    routes.add("zaken", "zaaknummer_reserveren", {"POST": reserve})
    routes.add("zaken", "reserveer_zaaknummer", {"POST": reserve})
    routes.add("zaken", "zaak_registreren", {"POST": register})
    for name, operation in samengesteld.COMPOUND.items():
        routes.add("zaken", f"{name}/*", {"POST": _compound(system, operation)})


def _compound(system: System, operation: Any) -> Handler:
    async def handle(asked: Asked) -> Reply:
        _need_compound(system)
        return Answer(200, operation(asked.call, asked.ids[0], await asked.body()))

    return handle


def _need_compound(system: System) -> None:
    if not system.features.compound:
        raise NoSuchPath


async def _reserve(resource: Zaak | Informatieobject, asked: Asked, name: str) -> Answer:
    if not resource.system.features.reserve_number:
        raise NoSuchPath
    data = await asked.body()
    scope = "zaken.aanmaken" if isinstance(resource, Zaak) else "documenten.aanmaken"
    asked.call.caller.need(scope)
    if "bronorganisatie" not in data:
        refuse("bronorganisatie", "required", REQUIRED)
    amount = int(data.get("aantal", 1))
    numbers = [{name: resource.reserve(data["bronorganisatie"])} for _ in range(amount)]
    return Answer(201, numbers[0] if amount == 1 else numbers)


def _add_nested(routes: Routes, resource: Zaakeigenschap | Zaakbesluit) -> None:
    """Add a resource whose address lies below that of its zaak."""
    system = resource.system
    zaken = system.of(Zaak)

    async def read_list(asked: Asked) -> Reply:
        zaak = zaken.row(asked.ids[0])
        zaken.permit(asked.call, "read", zaak, {})
        rows = system.store.by(resource.kind, "zaak", zaken.url(zaak))
        return Answer(200, [resource.render(row) for row in reversed(rows)])

    async def create(asked: Asked) -> Reply:
        zaak = zaken.row(asked.ids[0])
        data = {**await asked.body()}
        data["zaak"] = system_url(zaken, zaak)
        row = await resource.create(asked.call, data)
        return Answer(201, resource.render(row), {"Location": system_url(resource, row)})

    handlers: dict[str, Handler] = {"GET": read_list, "HEAD": read_list, "POST": create}
    verbs = ("GET", "HEAD", *resource.list_methods[1:])
    routes.add("zaken", f"zaken/*/{resource.segment}", {v: handlers[v] for v in verbs})

    def checked(handler: Handler) -> Handler:
        async def handle(asked: Asked) -> Reply:
            resource.of_zaak(*asked.ids)
            return await handler(asked)

        return handle

    detail = {verb: checked(h) for verb, h in _detail_handlers(resource).items()}
    routes.add("zaken", f"zaken/*/{resource.segment}/*", detail)


def _search(zaken: Zaak) -> Handler:
    async def search(asked: Asked) -> Reply:
        data = await asked.body()
        asked.call.caller.need("zaken.lezen")
        asked_for = {name: value for name, value in data.items() if name != "expand"}
        if not asked_for:
            refuse_whole("empty_search_body", "Je moet zoekparameters opgeven")
        paths = expand.parse("zaak", data.get("expand")) if zaken.system.features.expand else []
        rows = [row for row in select(zaken, asked.call, {}) if _matches(zaken, row, data)]
        return Answer(200, _page(zaken, asked, rows, paths))

    return search


def _matches(zaken: Zaak, row: Row, data: Body) -> bool:
    inward = zaken.system.links.inward
    if "uuid__in" in data and row["uuid"] not in data["uuid__in"]:
        return False
    types = [inward(str(url)) for url in data.get("zaaktype__in") or []]
    if "zaaktype__in" in data and row["zaaktype"] not in types:
        return False
    if row["zaaktype"] in [inward(str(url)) for url in data.get("zaaktype__not_in") or []]:
        return False
    area = (data.get("zaakgeometrie") or {}).get("within")
    if area is not None:
        return row["zaakgeometrie"] is not None and is_within(row["zaakgeometrie"], area)
    return True


# -- documenten, besluiten, the rest ---------------------------------------------------------


def _add_documenten(routes: Routes, system: System) -> None:
    documents, parts = system.of(Informatieobject), system.of(Bestandsdeel)
    base = documents.segment

    async def lock(asked: Asked) -> Reply:
        return Answer(200, {"lock": await documents.lock(asked.call, asked.ids[0])})

    async def unlock(asked: Asked) -> Reply:
        data = await asked.body()
        await documents.unlock(asked.call, asked.ids[0], str(data.get("lock") or ""))
        return Answer(204)

    async def download(asked: Asked) -> Reply:
        return await _download(documents, asked)

    async def receive(asked: Asked) -> Reply:
        return Answer(200, parts.render(await _receive_part(parts, asked)))

    async def reserve(asked: Asked) -> Reply:
        return await _reserve(documents, asked, "identificatie")

    async def register(asked: Asked) -> Reply:
        _need_compound(system)
        return Answer(201, samengesteld.register_document(asked.call, await asked.body()))

    async def search(asked: Asked) -> Reply:
        data = await asked.body()
        if not data:
            refuse_whole("empty_search_body", "Je moet zoekparameters opgeven")
        wanted = data.get("uuid__in", [])
        rows = [r for r in select(documents, asked.call, {}) if r["uuid"] in wanted]
        paths = expand.parse(documents.kind, data.get("expand"))
        return Answer(200, _page(documents, asked, rows, paths))

    audit = _audit_handlers(system, documents.kind)
    routes.add("documenten", f"{base}/_zoek", {"POST": search})
    routes.add("documenten", f"{base}/*/lock", {"POST": lock})
    routes.add("documenten", f"{base}/*/unlock", {"POST": unlock})
    routes.add("documenten", f"{base}/*/download", {"GET": download, "HEAD": download})
    routes.add("documenten", f"{base}/*/audittrail", {"GET": audit[0], "HEAD": audit[0]})
    routes.add("documenten", f"{base}/*/audittrail/*", {"GET": audit[1], "HEAD": audit[1]})
    routes.add("documenten", "bestandsdelen/*", {"PUT": receive})
    routes.add("documenten", "documentnummer_reserveren", {"POST": reserve})
    routes.add("documenten", "document_registreren", {"POST": register})


async def _download(documents: Informatieobject, asked: Asked) -> web.StreamResponse:
    query = asked.query
    row = documents.version(asked.ids[0], query.get("versie"), query.get("registratieOp"))
    documents.permit(asked.call, "read", row, {})
    name = row["_file"]
    if name is None:
        raise NotFound
    files = documents.system.files
    quoted = str(row["_name"] or name).replace('"', "'").replace("\n", " ").replace("\r", " ")
    size = files.size(name)
    start = _range_start(asked, size) if documents.system.features.ranges else None
    if start == size:
        return web.Response(status=416, headers={**SECURITY, "Content-Range": f"bytes */{size}"})
    part = {} if start is None else {"Content-Range": f"bytes {start}-{size - 1}/{size}"}
    response = web.StreamResponse(
        status=206 if part else 200,
        headers={
            **SECURITY,
            "Allow": "GET, HEAD, OPTIONS",
            "Content-Disposition": f'attachment; filename="{quoted}"',
            "Content-Type": "application/octet-stream",
            "Content-Length": str(size - (start or 0)),
            "ETag": f'"{documents.etag(row)}"',
            **part,
        },
    )
    await response.prepare(asked.request)
    if asked.request.method != "HEAD":
        async for chunk in files.read(name, start or 0):
            await response.write(chunk)
    await response.write_eof()
    return response


def _range_start(asked: Asked, size: int) -> int | None:
    """Give the byte from which on the rest is asked for; at most *size*."""
    found = re.fullmatch(r"bytes=(\d+)-", asked.request.headers.get("Range", ""))
    return min(int(found[1]), size) if found else None


async def _receive_part(parts: Bestandsdeel, asked: Asked) -> Row:
    """Take a part from a form of two fields, in whatever order they come."""
    asked.call.caller.need("documenten.bijwerken", "documenten.aanmaken")
    parts.row(asked.ids[0])
    if not asked.request.content_type.startswith("multipart/"):
        raise ParseError
    files = parts.system.files
    lock, name, size = "", None, 0
    async for field in await asked.request.multipart():
        if not isinstance(field, BodyPartReader):
            raise ParseError
        if field.name == "lock":
            lock = await field.text()
        elif field.name == "inhoud":
            name, size = await files.receive(aiter(_Chunks(field)))
    try:
        part = parts.check_part(asked.ids[0], lock)
        if name is None:
            refuse("inhoud", "required", REQUIRED)
    except Exception:
        files.discard(name)
        raise
    return parts.receive(part, name, size)


class _Chunks:
    """The contents of one form field, piece by piece."""

    def __init__(self, field: BodyPartReader) -> None:
        self._field = field

    def __aiter__(self) -> _Chunks:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._field.read_chunk(256 * 1024)
        if not chunk:
            raise StopAsyncIteration
        return bytes(chunk)


def _add_rest(routes: Routes, system: System) -> None:
    audit = _audit_handlers(system, "besluit")
    routes.add("besluiten", "besluiten/*/audittrail", {"GET": audit[0], "HEAD": audit[0]})
    routes.add("besluiten", "besluiten/*/audittrail/*", {"GET": audit[1], "HEAD": audit[1]})
    for resource in system.resources.values():
        if isinstance(resource, Versioned):
            handler = _publishing(resource)
            routes.add("catalogi", f"{resource.segment}/*/publish", {"POST": handler})
    applicaties = system.of(Applicatie)

    async def consumer(asked: Asked) -> Reply:
        applicaties.permit(asked.call, "read", None, {})
        row = applicaties.of_client(asked.query.get("clientId", ""))
        return Answer(200, applicaties.render(row))

    async def notify(asked: Asked) -> Reply:
        return Answer(201, publish(asked.call, await asked.body()))

    routes.add("autorisaties", "applicaties/consumer", {"GET": consumer})
    routes.add("notificaties", "notificaties", {"POST": notify})


def _publishing(resource: Versioned) -> Handler:
    async def handle(asked: Asked) -> Reply:
        return Answer(200, resource.render(resource.publish(asked.call, asked.ids[0])))

    return handle


def _audit_handlers(system: System, kind: str) -> tuple[Handler, Handler]:
    resource = system.resource(kind)

    def entries(asked: Asked) -> list[Body]:
        if not system.features.audit_trail:
            raise NoSuchPath
        row = resource.row(asked.ids[0])
        asked.call.caller.need("audittrails.lezen")
        return system.audit.of(resource.url(row))

    async def read_all(asked: Asked) -> Reply:
        return Answer(200, entries(asked))

    async def read_one(asked: Asked) -> Reply:
        found = [entry for entry in entries(asked) if entry["uuid"] == asked.ids[1]]
        if not found:
            raise NotFound
        return Answer(200, found[0])

    return read_all, read_one
