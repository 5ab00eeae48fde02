"""
The case system as people see it.

Forms go through the same operations as the API, as the client `medewerker` with the chosen
colleague as its user: checks, audit trail and notifications are the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from adapters.kit.simulator import AccessLog, Row
from adapters.kit.simulator import Pages as Shared
from adapters.kit.simulator.pages import STAFF_CLIENT, Unfit, as_file

from .access import Caller, grants_of
from .catalogus_laden import party_of
from .errors import ApiError, Denied, ValidationError
from .page_forms import Forms
from .page_views import Views
from .system import Call, System

HERE: Final = Path(__file__).parent
Form = Callable[[Call, str, Mapping[str, Any]], Awaitable[str]]


class Pages:
    """Routes of the pages."""

    def __init__(self, system: System, access_log: AccessLog) -> None:
        self._system = system
        self._views = Views(system)
        self._forms = Forms(system)
        party = party_of(system.settings)
        self._shared = Shared(system.agency, party, HERE / "templates", access_log)

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        add("GET", "/", self.overview)
        add("GET", "/ui/nieuw", self.blank)
        add("POST", "/ui/nieuw", self.new)
        add("GET", "/ui/zaken/{uuid}", self.case)
        add("POST", "/ui/zaken/{uuid}/{form}", self.submit)
        add("GET", "/ui/documenten/{uuid}/{versie}", self.download)
        self._shared.add_to(app)

    # -- pages -------------------------------------------------------------------------------

    async def overview(self, request: web.Request) -> web.Response:
        found = self._views.overview(request.query)
        return self._shared.page("zaken.html", request, **found)

    async def blank(self, request: web.Request) -> web.Response:
        return self._shared.page("nieuw.html", request, **self._views.blank())

    async def case(self, request: web.Request) -> web.Response:
        found = self._views.case(request.match_info["uuid"])
        if found is None:
            raise web.HTTPNotFound(text="Deze zaak bestaat niet.")
        return self._shared.page("zaak.html", request, **found)

    async def download(self, request: web.Request) -> web.StreamResponse:
        document = self._views.version(request.match_info["uuid"], request.match_info["versie"])
        if document is None or document["_file"] is None:
            raise web.HTTPNotFound(text="Dit document heeft geen inhoud.")
        response = web.FileResponse(self._system.files.path(document["_file"]))
        as_file(response, str(document["bestandsnaam"] or ""))
        return response

    # -- forms -------------------------------------------------------------------------------

    async def new(self, request: web.Request) -> web.Response:
        return await self._submit(request, "", self._forms.new)

    async def submit(self, request: web.Request) -> web.Response:
        form = self._forms.named(request.match_info["form"])
        if form is None:
            raise web.HTTPNotFound(text="Dit formulier bestaat niet.")
        return await self._submit(request, request.match_info["uuid"], form)

    async def _submit(self, request: web.Request, uuid: str, form: Form) -> web.Response:
        async def deed(user: str, data: Mapping[str, Any]) -> str:
            try:
                return f"/ui/zaken/{await form(self._call(user), uuid, data)}"
            except ApiError as error:
                raise Unfit(_reason(error), error.status) from error

        return await self._shared.submit(
            request, f"/ui/zaken/{uuid}" if uuid else "/ui/nieuw", deed
        )

    def _call(self, user: str) -> Call:
        rows: list[Row] = self._system.store.by("applicatie", "client", STAFF_CLIENT)
        if not rows:
            raise Denied
        name = self._shared.staff[user]
        return Call(self._system, Caller(STAFF_CLIENT, user, name, rows[0], grants_of(rows[0])))


def _reason(error: ApiError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{param.name}: {param.reason}" for param in error.params)
    return error.detail
