"""
What the pages of every simulated system share.

Who works, how a page looks, where a form may come from, what is told afterwards. Pages are
plain and readable without JavaScript. They are of people on this machine: bind to loopback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, select_autoescape

from .access_log import AccessLog
from .clock import DUTCH
from .parties import Party
from .store import Row

HERE: Final = Path(__file__).parent
STAFF_CLIENT: Final = "medewerker"
POLICY: Final = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
COOKIE: Final = "medewerker"
PER_PAGE: Final = 50

Deed = Callable[[str, Mapping[str, Any]], Awaitable[str]]
"""Does as who works asks with a form; returns the page to show. Raises `Unfit` to refuse."""


class Unfit(Exception):
    """What was asked cannot be done; the message is for the person who asked."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class Pages:
    """Renders the templates of one system, and carries out what its forms ask."""

    def __init__(self, agency: str, party: Party, templates: Path, access_log: AccessLog) -> None:
        self._access_log = access_log
        self._name = str(party.get("name", agency))
        self.staff: dict[str, str] = {
            str(person["id"]): str(person["name"]) for person in party.get("staff", [])
        } or {STAFF_CLIENT: "Medewerker"}
        loader = FileSystemLoader([templates, HERE / "templates"])
        self._jinja = Environment(loader=loader, autoescape=select_autoescape(default=True))
        self._jinja.filters["moment"] = _shown_moment

    def add_to(self, app: web.Application) -> None:
        app.router.add_route("GET", "/ui/stijl.css", self._style)

    async def _style(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "static" / "stijl.css")

    def page(self, template: str, request: web.Request, **values: Any) -> web.Response:
        """Render one page."""
        shared = {
            "naam": self._name,
            "personeel": self.staff,
            "ik": request.cookies.get(COOKIE, next(iter(self.staff))),
            "melding": request.query.get("melding", ""),
            "fout": request.query.get("fout", ""),
        }
        text = self._jinja.get_template(template).render(**shared, **values)
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY}
        )

    async def submit(self, request: web.Request, place: str, deed: Deed) -> web.Response:
        """Do what a form asks and go on to the page it leads to, with what came of it."""
        _check_origin(request)
        data = dict(await request.post())
        user = str(data.pop("medewerker", ""))
        if user not in self.staff:
            user = next(iter(self.staff))
        status, outcome = 200, {"melding": "Opgeslagen"}
        try:
            place = await deed(user, data)
        except Unfit as refusal:
            status, outcome = refusal.status, {"fout": str(refusal)}
        entry = {"client_id": STAFF_CLIENT, "user_id": user, "toelichting": "", "method": "POST"}
        self._access_log.add({**entry, "path": request.path, "status": status})
        location = f"{place}?{urlencode(outcome)}"
        response = web.Response(status=303, headers={"Location": location})
        response.set_cookie(COOKIE, user, httponly=True, samesite="Strict")
        return response


def page_of(
    rows: Sequence[Row], query: Mapping[str, str], text_of: Callable[[Row], str]
) -> tuple[Sequence[Row], dict[str, Any]]:
    """Look up rows by their text; give those of the page asked for, and what a list says."""
    wanted, page = query.get("q", ""), query.get("page", "1")
    found = [row for row in rows if wanted.lower() in text_of(row).lower()] if wanted else rows
    number = int(page) if page.isdecimal() and int(page) > 0 else 1
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    more = len(found) > number * PER_PAGE
    return shown, {"aantal": len(found), "q": wanted, "bladzijde": number, "verder": more}


def as_file(response: web.Response | web.FileResponse, name: str) -> None:
    """Hand out whatever was uploaded as a file: it is never shown as a page of this system."""
    safe = "".join(c if c.isprintable() else " " for c in (name or "document").replace('"', "'"))
    response.headers["Content-Disposition"] = f'attachment; filename="{safe}"'
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["X-Content-Type-Options"] = "nosniff"


def _check_origin(request: web.Request) -> None:
    """Refuse forms of other sites: a page elsewhere must not write here."""
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and not origin.endswith(f"//{request.host}"):
        raise web.HTTPForbidden(text="Dit formulier komt van een andere site.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden(text="Dit formulier komt van een andere site.")


def _shown_moment(value: str | None) -> str:
    """Show an ISO 8601 moment as people here write it."""
    if not value:
        return ""
    return datetime.fromisoformat(value).astimezone(DUTCH).strftime("%d-%m-%Y %H:%M")
