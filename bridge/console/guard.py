"""
The guard before every page: who asks, whether they may, and what a browser must not do.

Invariants:

1. What is not declared in the table is not there. What is declared is for its roles alone.
2. Nothing is changed on the word of another site: a request that changes something comes from
   our own pages (Origin, Sec-Fetch-Site) and bears the token of its session. A bearer of a token
   of the API is no browser, and is spared that.
3. Every answer, errors included, tells the browser to load nothing but ours, to show us in no
   frame, and to send our addresses nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web

from bridge.console.access import asked_for
from bridge.console.accounts import Accounts
from bridge.console.oidc import Oidc, SignInFailed
from bridge.console.people import PERSON, Person
from bridge.console.sessions import Session, Sessions

log = structlog.get_logger(__name__)

API: Final = "/api/"
SESSION: Final = web.RequestKey("session", Session)
"""The session that a request belongs to; not there for a bearer of a token."""
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ONE_YEAR: Final = "max-age=31536000"

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets in who may come in."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        origin: str | None = None,
        accounts: Accounts | None = None,
        oidc: Oidc | None = None,
    ) -> None:
        """
        Guard pages that browsers find at *origin* (``https://host:port``).

        Without it they are found over plain http, under whatever name this machine has: for a
        try on one's own machine. ``__Host-`` in the name of a cookie has browsers take it over
        https only, and for this host alone.
        """
        self.sessions, self.accounts, self.oidc = sessions, accounts, oidc
        self.origin = origin
        self.is_https = origin is not None and origin.startswith("https:")
        self.cookie = "__Host-casebridge" if self.is_https else "casebridge"

    def stand_before(self, app: web.Application) -> None:
        """Put the guard before everything that *app* serves."""
        app.middlewares.append(self._admit)
        app.on_response_prepare.append(self._dress)

    @web.middleware
    async def _admit(self, request: web.Request, handler: Next) -> web.StreamResponse:
        route = asked_for(request)
        if request.match_info.http_exception is not None or route is None:
            # Also for who has not signed in: there is nothing to be learnt from it.
            raise request.match_info.http_exception or web.HTTPNotFound
        person = await self._who(request)
        if request.method not in _SAFE and "Authorization" not in request.headers:
            self._see_where_it_comes_from(request)
            if SESSION in request and route.roles is not None:
                await self._see_that_it_is_ours(request, request[SESSION])
        if route.roles is not None:
            if person is None:
                return self._ask_to_sign_in(request)
            if not person.roles & route.roles:
                log.info("access_refused", method=route.method, route=route.path)
                raise web.HTTPForbidden
            if route.fresh and SESSION in request and not self.sessions.is_fresh(request[SESSION]):
                return self._ask_to_sign_in(request, again=True)
        return await handler(request)

    async def _who(self, request: web.Request) -> Person | None:
        person = await self._bearer(request) or await self._of_session(request)
        if person is not None:
            request[PERSON] = person
        return person

    async def _bearer(self, request: web.Request) -> Person | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        person = None
        if scheme.lower() == "bearer" and self.accounts is not None:
            person = await self.accounts.with_token(token)
        if scheme.lower() == "bearer" and person is None and self.oidc is not None:
            try:
                person = await self.oidc.bearer(token)
            except SignInFailed as error:
                log.info("token_refused", why=str(error))
        if person is None:
            # Not taken for a browser either: who sends a token means it.
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="casebridge"'})
        return person

    async def _of_session(self, request: web.Request) -> Person | None:
        session = await self.sessions.find(request.cookies.get(self.cookie))
        if session is None:
            return None
        if session.is_local and self.accounts is not None:
            # As the file says now: what was taken away there is gone at once.
            person = await self.accounts.person(session.person.id)
            if person is None:
                await self.sessions.end(session)
                return None
            session.person = person
        request[SESSION] = session
        return session.person

    def _ask_to_sign_in(self, request: web.Request, *, again: bool = False) -> web.Response:
        if request.path.startswith(API) or "HX-Request" in request.headers:
            # A part of a page cannot be signed in to: the whole page goes.
            headers = {"HX-Redirect": "/login"} if "HX-Request" in request.headers else {}
            raise web.HTTPUnauthorized(headers=headers)
        back = request.path_qs if request.method in _SAFE else "/"
        address = f"/login?next={quote(back, safe='')}" + ("&again=1" if again else "")
        raise web.HTTPSeeOther(address)

    async def _see_that_it_is_ours(self, request: web.Request, session: Session) -> None:
        given = request.headers.get(CSRF_HEADER)
        if given is None and request.content_type in {
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        }:
            given = str((await request.post()).get(CSRF_FIELD, ""))
        if not secrets.compare_digest((given or "").encode(), session.csrf.encode()):
            log.warning("forgery_refused", why="no token of the session")
            raise web.HTTPForbidden

    def _see_where_it_comes_from(self, request: web.Request) -> None:
        site = request.headers.get("Sec-Fetch-Site")
        ours = self.origin or f"http://{request.host}"
        origin = request.headers.get("Origin", ours)
        if origin == "null" and site == "same-origin":
            # As we told the browser to name no referrer, it names no origin of a form either.
            origin = ours
        if site not in {None, "same-origin", "none"} or origin != ours:
            log.warning("forgery_refused", why="it comes from another site")
            raise web.HTTPForbidden

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        if self.is_https:
            response.headers["Strict-Transport-Security"] = _ONE_YEAR
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"


def safe_next(asked: str | None) -> str:
    """Give a place of ours to go on to, never one of another site."""
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\", "/login")):
        return "/"
    return "/" if any(ord(c) < 33 or c == "\\" for c in asked) else asked
