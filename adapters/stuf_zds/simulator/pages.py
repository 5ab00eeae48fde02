"""The case system as people see it; forms do the deeds that players do as well."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.web import FileField

from adapters.kit.simulator import AccessLog, Pages, Party, Row
from adapters.kit.simulator.pages import Unfit, as_file, page_of

from .daden import Daden
from .personen import KINDS
from .stukken import Stukken
from .system import Cause, System
from .weigering import Refusal

HERE: Final = Path(__file__).parent
_PIECE: Final = 256 * 1024
Form = Callable[[Row, Mapping[str, Any], Cause], Awaitable[None]]


class Bladen:
    """Routes of the pages."""

    def __init__(self, system: System, daden: Daden, party: Party, access_log: AccessLog) -> None:
        self._system = system
        self._daden = daden
        self._stukken = Stukken(daden)
        self._pages = Pages(system.agency, party, HERE / "templates", access_log)

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        add("GET", "/", self.overview)
        add("GET", "/ui/nieuw", self.blank)
        add("POST", "/ui/nieuw", self.new)
        add("GET", "/ui/zaken/{uuid}", self.case)
        add("POST", "/ui/zaken/{uuid}/{daad}", self.submit)
        add("POST", "/ui/aanbod/{uuid}/{antwoord:accepteren|weigeren}", self.decide)
        add("GET", "/ui/documenten/{uuid}/{versie}", self.download)
        self._pages.add_to(app)

    # -- pages -------------------------------------------------------------------------------

    async def overview(self, request: web.Request) -> web.Response:
        """Show cases, newest first, whose number or title holds what is looked for."""
        rows = self._system.store.all("zaak")[::-1]
        shown, values = page_of(rows, request.query, _searched)
        return self._pages.page(
            "lijst.html",
            request,
            **values,
            zaken=[self._daden.toon.line(row) for row in shown],
            aanbod=[one for one in self._system.store.all("aanbod") if not one["antwoord"]],
        )

    async def blank(self, request: web.Request) -> web.Response:
        today = self._system.clock.today().isoformat()
        choices = self._daden.toon.choices(None)
        return self._pages.page("nieuw.html", request, vandaag=today, **choices)

    async def case(self, request: web.Request) -> web.Response:
        row = self._daden.toon.find(request.match_info["uuid"])
        if row is None:
            raise web.HTTPNotFound(text="Deze zaak bestaat niet.")
        return self._pages.page(
            "zaak.html",
            request,
            zaak=self._daden.toon.whole(row),
            keuze_uit=self._daden.toon.choices(row),
            soorten=KINDS,
            abonnees=[one["uuid"] for one in self._system.store.all("abonnee")],
        )

    async def download(self, request: web.Request) -> web.StreamResponse:
        row = self._system.store.get("document", request.match_info["uuid"])
        wanted = request.match_info["versie"]
        place = int(wanted) - 1 if wanted.isdecimal() else -1
        if row is None or not 0 <= place < len(row["versies"]):
            raise web.HTTPNotFound(text="Dit document heeft geen inhoud.")
        version = row["versies"][place]
        response = web.FileResponse(self._system.files.path(version["digest"]))
        as_file(response, version["bestandsnaam"])
        return response

    # -- forms -------------------------------------------------------------------------------

    async def new(self, request: web.Request) -> web.Response:
        async def deed(user: str, data: Mapping[str, Any]) -> str:
            return f"/ui/zaken/{self._daden.new(_typed(data), Cause(user))['uuid']}"

        return await self._submit(request, "/ui/nieuw", deed)

    async def submit(self, request: web.Request) -> web.Response:
        row = self._daden.toon.find(request.match_info["uuid"])
        form = self._form(request.match_info["daad"])
        if row is None or form is None:
            raise web.HTTPNotFound(text="Dit formulier bestaat niet.")
        place = f"/ui/zaken/{row['uuid']}"

        async def deed(user: str, data: Mapping[str, Any]) -> str:
            await form(row, data, Cause(user, correction=bool(data.get("correctie"))))
            return place if self._daden.toon.find(row["uuid"]) is not None else "/"

        return await self._submit(request, place, deed)

    def _form(self, name: str) -> Form | None:
        if name == "document":
            return self._add_document
        if name == "versie":
            return self._renew
        if not self._daden.has(name):
            return None

        async def form(row: Row, data: Mapping[str, Any], cause: Cause) -> None:
            self._daden.do(name, row, data, cause)

        return form

    async def decide(self, request: web.Request) -> web.Response:
        async def deed(_user: str, _data: Mapping[str, Any]) -> str:
            accept = request.match_info["antwoord"] == "accepteren"
            self._daden.overdracht.decide(request.match_info["uuid"], accept=accept)
            return "/"

        return await self._submit(request, "/", deed)

    async def _submit(
        self,
        request: web.Request,
        place: str,
        deed: Callable[[str, Mapping[str, Any]], Awaitable[str]],
    ) -> web.Response:
        async def wary(user: str, data: Mapping[str, Any]) -> str:
            try:
                return await deed(user, data)
            except Refusal as refusal:
                raise Unfit(refusal.details or refusal.code) from refusal

        return await self._pages.submit(request, place, wary)

    async def _add_document(self, row: Row, data: Mapping[str, Any], cause: Cause) -> None:
        about, pieces = _upload(data)
        await self._stukken.add(row, {**data, **about}, pieces, cause)

    async def _renew(self, row: Row, data: Mapping[str, Any], cause: Cause) -> None:
        about, pieces = _upload(data)
        await self._stukken.renew(str(data.get("document", "")), about, pieces, cause)


def _searched(row: Row) -> str:
    return f"{row['identificatie']} {row['gegevens'].get('omschrijving', '')}"


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was typed in the form for a new case, as a player would tell it."""
    said = {name: value for name, value in data.items() if value}
    name = said.pop("initiatornaam", "")
    if name:
        kind, number = said.pop("initiatorsoort", ""), said.pop("initiatornummer", "")
        said["initiator"] = {"soort": kind, "nummer": number, "naam": name}
    return said


def _upload(data: Mapping[str, Any]) -> tuple[dict[str, Any], AsyncIterator[bytes]]:
    upload = data.get("bestand")
    if not isinstance(upload, FileField) or not upload.filename:
        raise Unfit("Kies een bestand.")
    about = {"bestandsnaam": upload.filename, "formaat": upload.content_type}
    return about, _pieces(upload)


async def _pieces(upload: FileField) -> AsyncIterator[bytes]:
    while piece := upload.file.read(_PIECE):
        yield piece
