"""Starting and stopping a simulator: everything is made and joined here."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from aiohttp import web

from adapters.kit.simulator import (
    AccessLog,
    Admin,
    Clock,
    Faults,
    Files,
    Keys,
    Row,
    Served,
    Store,
    by_fields,
    serve,
)

from .access import Gate
from .announce import Announcer
from .audit import SCHEMA, AuditTrail
from .autorisaties import register_clients
from .catalogus_laden import load_catalogue
from .endpoints import make_resources, make_routes
from .false_answers import false_answer
from .links import Links
from .notificaties import register_channels
from .pages import Pages
from .settings import SimulatorSettings
from .system import System
from .web import APIS, CALLER, Front

MAX_BODY_BYTES: Final = 256 * 1024**2
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _marks(row: Row) -> list[str]:
    return list(dict.fromkeys(f"{k['bron']}\x00{k['kenmerk']}" for k in row["kenmerken"]))


INDEXES: Final[Mapping[str, Mapping[str, Keys]]] = {
    "zaak": {**by_fields("identificatie", "zaaktype", "hoofdzaak"), "kenmerk": _marks},
    "status": by_fields("zaak"),
    "rol": by_fields("zaak"),
    "resultaat": by_fields("zaak"),
    "zaakeigenschap": by_fields("zaak"),
    "zaakobject": by_fields("zaak"),
    "zaakinformatieobject": by_fields("zaak", "informatieobject"),
    "klantcontact": by_fields("zaak"),
    "zaaknotitie": by_fields("zaak", "gerelateerdAan"),
    "zaakbesluit": by_fields("zaak", "besluit"),
    "besluit": by_fields("zaak", "identificatie"),
    "besluitinformatieobject": by_fields("besluit", "informatieobject"),
    "enkelvoudiginformatieobject": by_fields("identificatie"),
    "documentversie": {"document": lambda row: [row["_document"]]},
    "bestandsdeel": by_fields("document"),
    "objectinformatieobject": by_fields("object", "informatieobject"),
    "gebruiksrecht": by_fields("informatieobject"),
    "zaaktype": by_fields("catalogus", "identificatie", "besluittypen"),
    "informatieobjecttype": by_fields("catalogus"),
    "besluittype": by_fields("catalogus", "informatieobjecttypen", "resultaattypen"),
    "statustype": by_fields("zaaktype"),
    "resultaattype": by_fields("zaaktype"),
    "roltype": by_fields("zaaktype"),
    "eigenschap": by_fields("zaaktype"),
    "zaakobjecttype": by_fields("zaaktype"),
    "zaaktypeinformatieobjecttype": by_fields("zaaktype", "informatieobjecttype"),
    "applicatie": {"client": lambda row: list(row["clientIds"])},
}


@dataclass
class Simulator(Served):
    """A running ZGW case system."""

    system: System


async def start(settings: SimulatorSettings) -> Simulator:
    """
    Start a simulator that answers when this returns.

    Raises:
        OSError: The port is taken.
        ValueError: The catalogue cannot be read into ZGW types.
    """
    listener = socket.create_server((settings.host, settings.port), reuse_port=False)
    host, port = listener.getsockname()[:2]
    made = assemble(settings, settings.public_url or f"http://{host}:{port}")
    system = made.system
    line = await serve(
        made.app, listener, system.announcer.run(), shutdown_seconds=settings.shutdown_seconds
    )
    url, store, files = system.links.base, system.store, system.files
    return Simulator(url, made.faults, made.access_log, line, store, files, system)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A case system that nobody can reach yet, and that announces nothing yet."""

    system: System
    faults: Faults
    access_log: AccessLog
    app: web.Application


def assemble(settings: SimulatorSettings, url: str) -> Assembled:
    """
    Put a case system together; whoever serves `Assembled.app` at *url* has it running.

    Raises:
        ValueError: The catalogue cannot be read into ZGW types.
    """
    system = _system(settings, url.rstrip("/"))
    access_log = AccessLog(system.store, system.clock)
    chance = random.Random(settings.seed + 1)  # noqa: S311 (chance, not secrecy)
    faults = Faults(chance, false_answer)
    return Assembled(system, faults, access_log, _application(system, faults, access_log))


def _system(settings: SimulatorSettings, base: str) -> System:
    folder = settings.data_dir
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "zaaksysteem.sqlite" if folder else None, INDEXES, SCHEMA)
    files = Files(folder / "bestanden" if folder else None)
    clock = Clock()
    chance = random.Random(settings.seed)  # noqa: S311 (chance, not secrecy)
    paths: dict[str, str] = {}
    links = Links(base, paths, store)
    secrets = {client.client_id: client.secret for client in settings.clients}
    announcer = Announcer(store, links, clock, chance, lambda: system.quirks.notifications)
    system = System(
        settings=settings,
        store=store,
        clock=clock,
        links=links,
        gate=Gate(store, secrets),
        audit=AuditTrail(store, clock),
        files=files,
        announcer=announcer,
        quirks=settings.quirks,
        chance=chance,
        resources={},
    )
    system.resources.update(make_resources(system))
    for kind, resource in system.resources.items():
        paths[kind] = f"{APIS[resource.api].prefix}/{resource.segment}"
    links.index()
    register_clients(store, settings.clients)
    register_channels(store)
    if settings.catalogue is not None and not store.all("catalogus"):
        load_catalogue(system, settings)
    return system


def _application(system: System, faults: Faults, access_log: AccessLog) -> web.Application:
    front = Front(system, make_routes(system))
    admin = Admin(system, faults, access_log)
    pages = Pages(system, access_log)

    async def logged(request: web.Request) -> web.StreamResponse:
        response = await front(request)
        if request.method in WRITES:
            access_log.add(_entry(request, response.status))
        return response

    async def api(request: web.Request) -> web.StreamResponse:
        if not faults.any():
            return await logged(request)
        return await faults.around(request, logged, _claimed_client(request))

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    admin.add_to(app)
    pages.add_to(app)
    app.router.add_route("*", "/{path:.*}", api)
    return app


def _claimed_client(request: web.Request) -> str | None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    claimed = claims.get("client_id")
    return str(claimed) if claimed else None


def _entry(request: web.Request, status: int) -> dict[str, Any]:
    caller = request.get(CALLER)
    return {
        "client_id": caller.client_id if caller else "",
        "user_id": caller.user_id if caller else "",
        "toelichting": request.headers.get("X-Audit-Toelichting", ""),
        "method": request.method,
        "path": request.path_qs,
        "status": status,
    }
