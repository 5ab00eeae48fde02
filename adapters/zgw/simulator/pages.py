"""
The case system as people see it: plain pages, readable without JavaScript.

Forms go through the same operations as the API, as the client `medewerker` with the chosen
colleague as its user: checks, audit trail and notifications are the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from .access import Caller, grants_of
from .access_log import AccessLog
from .catalogus_laden import read_parties
from .errors import ApiError, Denied, ValidationError
from .page_forms import Forms
from .page_views import Views
from .store import Row
from .system import Call, System
from .times import parse_moment

HERE: Final = Path(__file__).parent
DUTCH: Final = ZoneInfo("Europe/Amsterdam")
STAFF_CLIENT: Final = "medewerker"
POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
COOKIE: Final = "medewerker"
Form = Callable[[Call, str, Mapping[str, Any]], Awaitable[str]]


class Pages:
    """Routes of the pages. They are of people on this machine: bind to loopback."""

    def __init__(self, system: System, access_log: AccessLog) -> None:
        self._system = system
        self._access_log = access_log
        self._views = Views(system)
        self._forms = Forms(system)
        party = read_parties(system.settings)
        self._name = str(party.get("name", system.settings.agency))
        self._staff: dict[str, str] = {
            str(person["id"]): str(person["name"]) for person in party.get("staff", [])
        } or {STAFF_CLIENT: "Medewerker"}
        loader = FileSystemLoader(HERE / "templates")
        self._jinja = Environment(loader=loader, autoescape=select_autoescape(default=True))
        self._jinja.filters["moment"] = _shown_moment

    def add_to(self, app: web.Application) -> None:
        add = app.router.add_route
        add("GET", "/", self.overview)
        add("GET", "/ui/nieuw", self.blank)
        add("POST", "/ui/nieuw", self.new)
        add("GET", "/ui/zaken/{uuid}", self.case)
        add("POST", "/ui/zaken/{uuid}/{form}", self.submit)
        add("GET", "/ui/documenten/{uuid}/{versie}", self.download)
        add("GET", "/ui/stijl.css", self.style)

    # -- pages -------------------------------------------------------------------------------

    async def overview(self, request: web.Request) -> web.Response:
        found = self._views.overview(request.query.get("q", ""), request.query.get("page", "1"))
        return self._page("lijst.html", request, **found)

    async def blank(self, request: web.Request) -> web.Response:
        return self._page("nieuw.html", request, **self._views.blank())

    async def case(self, request: web.Request) -> web.Response:
        found = self._views.case(request.match_info["uuid"])
        if found is None:
            raise web.HTTPNotFound(text="Deze zaak bestaat niet.")
        return self._page("zaak.html", request, **found)

    async def style(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "static" / "stijl.css")

    async def download(self, request: web.Request) -> web.StreamResponse:
        document = self._views.version(request.match_info["uuid"], request.match_info["versie"])
        if document is None or document["_file"] is None:
            raise web.HTTPNotFound(text="Dit document heeft geen inhoud.")
        # Whatever was uploaded is handed out as a file, never shown as a page of this system.
        response = web.FileResponse(self._system.files.path(document["_file"]))
        name = str(document["bestandsnaam"] or "document").replace('"', "'")
        name = "".join(c if c.isprintable() else " " for c in name)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Content-Type"] = "application/octet-stream"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _page(self, template: str, request: web.Request, **values: Any) -> web.Response:
        shared = {
            "naam": self._name,
            "personeel": self._staff,
            "ik": request.cookies.get(COOKIE, next(iter(self._staff))),
            "melding": request.query.get("melding", ""),
            "fout": request.query.get("fout", ""),
        }
        text = self._jinja.get_template(template).render(**shared, **values)
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY}
        )

    # -- forms -------------------------------------------------------------------------------

    async def new(self, request: web.Request) -> web.Response:
        return await self._submit(request, "", self._forms.new)

    async def submit(self, request: web.Request) -> web.Response:
        form = self._forms.named(request.match_info["form"])
        if form is None:
            raise web.HTTPNotFound(text="Dit formulier bestaat niet.")
        return await self._submit(request, request.match_info["uuid"], form)

    async def _submit(self, request: web.Request, uuid: str, form: Form) -> web.Response:
        """Do what a form asks and go back to the page it belongs to, with what came of it."""
        _check_origin(request)
        data = dict(await request.post())
        user = str(data.pop("medewerker", ""))
        if user not in self._staff:
            user = next(iter(self._staff))
        place = f"/ui/zaken/{uuid}" if uuid else "/ui/nieuw"
        status, outcome = 200, {"melding": "Opgeslagen"}
        try:
            uuid = await form(self._call(user), uuid, data)
            place = f"/ui/zaken/{uuid}"
        except ApiError as error:
            status, outcome = error.status, {"fout": _reason(error)}
        entry = {"client_id": STAFF_CLIENT, "user_id": user, "toelichting": "", "method": "POST"}
        self._access_log.add({**entry, "path": request.path, "status": status})
        location = f"{place}?{urlencode(outcome)}"
        response = web.Response(status=303, headers={"Location": location})
        response.set_cookie(COOKIE, user, httponly=True, samesite="Strict")
        return response

    def _call(self, user: str) -> Call:
        rows: list[Row] = self._system.store.by("applicatie", "client", STAFF_CLIENT)
        if not rows:
            raise Denied
        name = self._staff[user]
        return Call(self._system, Caller(STAFF_CLIENT, user, name, rows[0], grants_of(rows[0])))


def _check_origin(request: web.Request) -> None:
    """Refuse forms of other sites: a page elsewhere must not write here."""
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and not origin.endswith(f"//{request.host}"):
        raise web.HTTPForbidden(text="Dit formulier komt van een andere site.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden(text="Dit formulier komt van een andere site.")


def _reason(error: ApiError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{param.name}: {param.reason}" for param in error.params)
    return error.detail


def _shown_moment(value: str | None) -> str:
    if not value:
        return ""
    moment: datetime = parse_moment(value).astimezone(DUTCH)
    return moment.strftime("%d-%m-%Y %H:%M")
