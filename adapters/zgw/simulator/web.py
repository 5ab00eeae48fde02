"""HTTP around the operations: routes, headers, tokens, bodies, answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from .access import Caller
from .errors import (
    PAGE_NOT_FOUND,
    ApiError,
    MethodNotAllowed,
    NoSuchPath,
    NotAcceptable,
    ParseError,
    missing_header,
    unparsable,
    unsupported,
    wrong_crs,
)
from .system import Body, Call, System

CRS: Final = "EPSG:4326"
CALLER: Final = web.RequestKey("caller", Caller)
VERBS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
SECURITY: Final = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Api:
    """One of the APIs: where it lives, what version it reports, whether it speaks of a CRS."""

    name: str
    version: str
    has_crs: bool = False
    own_clients: bool = False
    """The Notificaties API knows clients of its own."""

    @property
    def prefix(self) -> str:
        return f"/{self.name}/api/v1"


APIS: Final = {
    api.name: api
    for api in (
        Api("zaken", "1.5.1", has_crs=True),
        Api("catalogi", "1.3.1"),
        Api("documenten", "1.4.2"),
        Api("besluiten", "1.1.0"),
        Api("autorisaties", "1.0.0"),
        Api("notificaties", "1.0.0", own_clients=True),
    )
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, with its caller known."""

    call: Call
    request: web.Request
    ids: tuple[str, ...]
    query: Mapping[str, str]
    path: str
    """The kept address that was asked for, without its query."""

    async def body(self) -> Body:
        """The JSON object that was sent."""
        kind = self.request.content_type
        raw = await self.request.read()
        if not raw:
            return {}
        if kind != "application/json":
            unsupported(kind)
        try:
            data = json.loads(raw)
        except json.JSONDecodeError as error:
            unparsable(error)
        if not isinstance(data, dict):
            raise ParseError
        return data


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` None is an empty answer."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Reply = Answer | web.StreamResponse
Handler = Callable[[Asked], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one path answers to, by method. `geo`: its answers say in which CRS they are."""

    api: Api
    handlers: Mapping[str, Handler]
    crs: bool = False

    @property
    def allow(self) -> str:
        return ", ".join([verb for verb in VERBS if verb in self.handlers] + ["OPTIONS"])


class Routes:
    """Paths by their segments; `*` stands for an identifier."""

    def __init__(self) -> None:
        self._by_segments: dict[tuple[str, ...], Endpoint] = {}

    def add(
        self, api: str, path: str, handlers: Mapping[str, Handler], *, crs: bool = False
    ) -> None:
        segments = (api, *path.split("/"))
        self._by_segments[segments] = Endpoint(APIS[api], handlers, crs)

    def find(self, path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
        """Return the endpoint of *path* and the identifiers in it."""
        parts = path.split("/")
        if "" in parts[1:] or len(parts) < 5 or parts[2:4] != ["api", "v1"] or parts[1] not in APIS:
            return None
        rest = parts[4:]
        for pattern in _patterns(rest):
            endpoint = self._by_segments.get((parts[1], *pattern))
            if endpoint is not None:
                pairs = zip(pattern, rest, strict=True)
                return endpoint, tuple(part for sign, part in pairs if sign == "*")
        return None


def _patterns(parts: Sequence[str]) -> list[tuple[str, ...]]:
    exact = tuple(parts)
    if len(parts) == 1:
        return [exact]
    first = (parts[0], "*", *parts[2:])
    if len(parts) < 4:
        return [exact, first]
    return [exact, first, (parts[0], "*", parts[2], "*", *parts[4:])]


class Front:
    """Takes a request of one of the APIs and gives the answer the real server would give."""

    def __init__(self, system: System, routes: Routes) -> None:
        self._system = system
        self._routes = routes
        settings = system.settings
        self._subscribers = [c.client_id for c in settings.clients if c.may_subscribe]

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        found = self._routes.find(request.path)
        if found is None:
            return _no_such_path()
        endpoint, ids = found
        headers = self._headers(endpoint)
        try:
            reply = await self._answer(request, endpoint, ids)
        except NoSuchPath:
            return _no_such_path()
        except ApiError as error:
            reply = Answer(error.status, error.body(self._system.links.base))
        if isinstance(reply, web.StreamResponse):
            return reply
        headers.update(reply.headers)
        if reply.status == 304:
            del headers["API-version"]
        body = b"" if reply.body is None else self._system.links.dump(reply.body)
        response = web.Response(status=reply.status, headers=headers)
        if reply.body is not None:
            response.body = body
            response.content_type = "application/json"
        return response

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        headers = {**SECURITY, "Allow": endpoint.allow, "API-version": endpoint.api.version}
        headers["Vary"] = "origin" if endpoint.api.own_clients else "Accept, origin, Cookie"
        if endpoint.crs:
            headers["Content-Crs"] = CRS
        return headers

    async def _answer(
        self, request: web.Request, endpoint: Endpoint, ids: tuple[str, ...]
    ) -> Reply:
        _check_accept(request)
        call = self._call(request, endpoint.api)
        handler = endpoint.handlers.get(request.method)
        if handler is None:
            raise MethodNotAllowed(request.method)
        if endpoint.api.has_crs:
            _check_crs(request)
        path = self._system.links.inward(self._system.links.base + request.path)
        return await handler(Asked(call, request, ids, dict(request.query), path))

    def _call(self, request: web.Request, api: Api) -> Call:
        known = self._subscribers if api.own_clients else None
        caller = self._system.gate.caller(request.headers.get("Authorization"), known=known)
        request[CALLER] = caller
        return Call(self._system, caller, request.headers.get("X-Audit-Toelichting", ""))


def _no_such_path() -> web.Response:
    return web.Response(text=PAGE_NOT_FOUND, status=404, content_type="text/html")


def _check_accept(request: web.Request) -> None:
    accept = request.headers.get("Accept", "*/*")
    if request.path.endswith("/download"):
        return
    if not any(kind in accept for kind in ("*/*", "application/json", "application/*")):
        raise NotAcceptable


def _check_crs(request: web.Request) -> None:
    wanted = ["Accept-Crs"]
    if request.method in ("POST", "PUT", "PATCH"):
        wanted.insert(0, "Content-Crs")
    for name in wanted:
        value = request.headers.get(name)
        if value is None:
            missing_header(name)
        if value != CRS:
            wrong_crs(value)
