"""
People as players: the deeds of the pages, as JSON under `/_sim/`, and who listens to this system.

It has no authentication, as the pages have none: bind to loopback.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NoReturn

from aiohttp import web

from adapters.kit.simulator import AccessLog, Row
from adapters.kit.simulator.admin import json_object, refuse
from adapters.kit.simulator.pages import STAFF_CLIENT
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Profile

from .daden import Daden
from .post import Post
from .settings import Subscriber
from .stukken import Stukken
from .system import System
from .weigering import Refusal

_CHUNK: Final = 64 * 1024
_NAMES: Final = ("applicatie", "organisatie", "administratie")


class Mensen:
    """Routes for players."""

    def __init__(self, system: System, daden: Daden, post: Post, access_log: AccessLog) -> None:
        self._system = system
        self._daden = daden
        self._stukken = Stukken(daden)
        self._post = post
        self._access_log = access_log

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        add("GET", "/_sim/zaken", self.list)
        add("POST", "/_sim/zaken", self.new)
        add("GET", "/_sim/zaken/{zaak}", self.show)
        add("POST", "/_sim/zaken/{zaak}/documenten", self.add_document)
        add("DELETE", "/_sim/zaken/{zaak}/documenten/{nummer}", self.take_out)
        add("POST", "/_sim/zaken/{zaak}/{daad}", self.do)
        add("POST", "/_sim/documenten/{nummer}/soort", self.retype)
        add("PUT", "/_sim/documenten/{nummer}/inhoud", self.renew)
        add("GET", "/_sim/documenten/{nummer}/inhoud", self.download)
        add("GET", "/_sim/aanbod", self.offers)
        add("POST", "/_sim/aanbod/{uuid}/{antwoord:accepteren|weigeren}", self.decide)
        add("GET", "/_sim/abonnees", self.subscribers)
        add("POST", "/_sim/abonnees", self.subscribe)
        add("DELETE", "/_sim/abonnees/{applicatie}", self.unsubscribe)

    # -- cases -------------------------------------------------------------------------------

    async def list(self, request: web.Request) -> web.Response:
        """Give the cases, in order of creation; by number, title or reference."""
        wanted = dict(request.query)
        rows = [row for row in self._system.store.all("zaak") if _fits(row, wanted)]
        return web.json_response([self._daden.toon.line(row) for row in rows])

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._daden.toon.whole(self._zaak(request)))

    async def new(self, request: web.Request) -> web.Response:
        data = await json_object(request)
        try:
            row = self._daden.new(data, self._daden.cause(data))
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 201, f"/zaken/{row['identificatie']}")
        return web.json_response(self._daden.toon.whole(row), status=201)

    async def do(self, request: web.Request) -> web.Response:
        row, name, data = (
            self._zaak(request),
            request.match_info["daad"],
            await json_object(request),
        )
        if not self._daden.has(name):
            refuse(f"unknown deed; there are: {', '.join(self._daden.names())}")
        try:
            self._daden.do(name, row, data, self._daden.cause(data))
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 200, f"/zaken/{row['identificatie']}/{name}")
        now = self._daden.toon.find(row["uuid"])
        return web.json_response(self._daden.toon.whole(now) if now is not None else None)

    def _zaak(self, request: web.Request) -> Row:
        row = self._daden.toon.find(request.match_info["zaak"])
        if row is None:
            raise web.HTTPNotFound(
                text='{"error": "no such case"}', content_type="application/json"
            )
        return row

    # -- documents ---------------------------------------------------------------------------

    async def add_document(self, request: web.Request) -> web.Response:
        """Take the bytes of the body as a document; the query tells the rest."""
        row, data = self._zaak(request), _about(request)
        try:
            made = await self._stukken.add(row, data, _body(request), self._daden.cause(data))
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 201, f"/documenten/{made['identificatie']}")
        return web.json_response(self._daden.toon.document(made), status=201)

    async def renew(self, request: web.Request) -> web.Response:
        data, number = _about(request), request.match_info["nummer"]
        try:
            made = await self._stukken.renew(number, data, _body(request), self._daden.cause(data))
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 200, f"/documenten/{number}")
        return web.json_response(self._daden.toon.document(made))

    async def retype(self, request: web.Request) -> web.Response:
        data, number = await json_object(request), request.match_info["nummer"]
        try:
            made = self._stukken.retype(
                number, str(data.get("soort") or ""), self._daden.cause(data)
            )
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 200, f"/documenten/{number}/soort")
        return web.json_response(self._daden.toon.document(made))

    async def take_out(self, request: web.Request) -> web.Response:
        """Take a document out of a case; `by` is in the query."""
        row, data, number = self._zaak(request), _about(request), request.match_info["nummer"]
        try:
            self._stukken.take_out(row, number, self._daden.cause(data))
        except Refusal as refusal:
            self._refused(request, data, refusal)
        self._log(request, data, 204, f"/zaken/{row['identificatie']}/documenten/{number}")
        return web.Response(status=204)

    async def download(self, request: web.Request) -> web.StreamResponse:
        row = self._system.find("document", request.match_info["nummer"])
        if row is None or not row["versies"]:
            raise web.HTTPNotFound
        return web.FileResponse(self._system.files.path(row["versies"][-1]["digest"]))

    # -- handing over, listening -------------------------------------------------------------

    async def offers(self, _: web.Request) -> web.Response:
        return web.json_response(self._system.store.all("aanbod"))

    async def decide(self, request: web.Request) -> web.Response:
        accept = request.match_info["antwoord"] == "accepteren"
        try:
            self._daden.overdracht.decide(request.match_info["uuid"], accept=accept)
        except Refusal as refusal:
            self._refused(request, {}, refusal)
        return web.Response(status=204)

    async def subscribers(self, _: web.Request) -> web.Response:
        shown = [
            {n: v for n, v in row.items() if n != "password"} for row in self._post.subscribers()
        ]
        return web.json_response(shown)

    async def subscribe(self, request: web.Request) -> web.Response:
        data = await json_object(request)
        try:
            named = {
                n: str(data.pop(n, "")) for n in ("applicatie", "organisatie", "administratie")
            }
            profile = Profile(data.pop("profile", Profile.ZDS_1_1))
            subscriber = Subscriber(Systeem(**named), profile=profile, **data)
        except (TypeError, ValueError) as error:
            refuse(str(error))
        self._post.subscribe(subscriber)
        return web.Response(status=204)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        self._post.unsubscribe(request.match_info["applicatie"])
        return web.Response(status=204)

    # -- telling -----------------------------------------------------------------------------

    def _log(self, request: web.Request, data: Mapping[str, Any], status: int, path: str) -> None:
        self._access_log.add(
            {
                "client_id": STAFF_CLIENT,
                "user_id": str(data.get("by") or ""),
                "toelichting": "",
                "method": request.method,
                "path": path,
                "status": status,
            }
        )

    def _refused(self, request: web.Request, data: Mapping[str, Any], refusal: Refusal) -> NoReturn:
        self._log(request, data, 400, request.path)
        refuse(str(refusal))


def _fits(row: Row, wanted: Mapping[str, str]) -> bool:
    tree = row["gegevens"]
    if "kenmerk" in wanted:
        known = {(one.get("bron"), one.get("kenmerk")) for one in tree.get("kenmerk", ())}
        bron = wanted.get("bron")
        if not any(k == wanted["kenmerk"] and bron in (None, b) for b, k in known):
            return False
    return all(
        str(tree.get(name, "")).lower() == wanted[name].lower()
        for name in ("identificatie", "omschrijving")
        if name in wanted
    )


def _about(request: web.Request) -> dict[str, Any]:
    kind = request.headers.get("Content-Type", "application/octet-stream")
    return {"formaat": kind, **request.query}


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    async for piece in request.content.iter_chunked(_CHUNK):
        yield piece
