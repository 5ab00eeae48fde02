"""Signing in and out: the pages on which it is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web

from bridge.console.access import ANYBODY, LOOKING, Route
from bridge.console.accounts import Accounts, Slow
from bridge.console.guard import SESSION, Guard, safe_next
from bridge.console.oidc import Oidc, SignInFailed
from bridge.console.people import Person

log = structlog.get_logger(__name__)

Page = Callable[..., Awaitable[web.Response]]
"""Makes a page of a request, the name of a template, and what that wants to know."""

_LONGEST_FIELD: Final = 256
_ATTEMPT_SECONDS: Final = 600


class Signing:
    """The pages of signing in, for what the guard knows people by."""

    def __init__(self, guard: Guard, page: Page) -> None:
        self._guard, self._make = guard, page
        self._attempt = f"{guard.cookie}-attempt"

    def routes(self) -> tuple[Route, ...]:
        """Give the routes."""
        return (
            Route("GET", "/login", self.ask, ANYBODY),
            Route("POST", "/login", self.enter, ANYBODY),
            Route("GET", "/login/oidc", self.go_there, ANYBODY),
            Route("GET", "/login/callback", self.come_back, ANYBODY),
            Route("POST", "/logout", self.leave, LOOKING),
        )

    @property
    def _accounts(self) -> Accounts:
        if self._guard.accounts is None:
            raise web.HTTPNotFound
        return self._guard.accounts

    @property
    def _oidc(self) -> Oidc:
        if self._guard.oidc is None:
            raise web.HTTPNotFound
        return self._guard.oidc

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Ask who it is."""
        return await self._page(request, next_=safe_next(request.query.get("next")))

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Sign in with name and password."""
        form = await request.post()
        name, password = str(form.get("name", "")), str(form.get("password", ""))
        next_ = safe_next(str(form.get("next", "")))
        if max(len(name), len(password)) > _LONGEST_FIELD:
            return await self._page(request, next_=next_, fault="wrong-password")
        try:
            person = await self._accounts.with_password(name.strip().lower(), password)
        except Slow:
            return await self._page(request, next_=next_, fault="too-many-tries", status=429)
        if person is None:
            log.info("sign_in_refused", way="password")
            return await self._page(request, next_=next_, fault="wrong-password", status=401)
        return await self._in(request, person, next_, is_local=True)

    async def go_there(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the provider."""
        try:
            attempt, address = await self._oidc.begin(safe_next(request.query.get("next")))
        except SignInFailed as error:
            return await self._page(request, next_="/", fault=str(error), status=502)
        answer = going_on(address)
        # Lax, not Strict: the browser comes back from another site, and must bring it along.
        answer.set_cookie(
            self._attempt,
            attempt.state,
            max_age=_ATTEMPT_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=self._guard.is_https,
        )
        return answer

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """Take the browser in as it comes back from the provider."""
        try:
            person, next_ = await self._oidc.finish(
                request.cookies.get(self._attempt), request.query
            )
        except SignInFailed as error:
            log.info("sign_in_refused", way="oidc", why=str(error))
            return await self._page(request, next_="/", fault=str(error), status=401)
        answer = await self._in(request, person, next_, is_local=False)
        answer.del_cookie(self._attempt, secure=self._guard.is_https)
        return answer

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Sign out."""
        if SESSION in request:
            await self._guard.sessions.end(request[SESSION])
        answer = going_on("/login")
        answer.del_cookie(self._guard.cookie, secure=self._guard.is_https)
        return answer

    async def _in(
        self, request: web.Request, person: Person, next_: str, *, is_local: bool
    ) -> web.Response:
        before = await self._guard.sessions.find(request.cookies.get(self._guard.cookie))
        session = await self._guard.sessions.begin(person, is_local=is_local, instead_of=before)
        log.info("signed_in", way="password" if is_local else "oidc")
        answer = going_on(next_)
        answer.set_cookie(
            self._guard.cookie,
            session.key,
            httponly=True,
            samesite="Lax",
            secure=self._guard.is_https,
        )
        return answer

    async def _page(
        self, request: web.Request, *, next_: str, fault: str | None = None, status: int = 200
    ) -> web.Response:
        context: dict[str, Any] = {
            "next": next_,
            "fault": fault,
            "again": "again" in request.query,
            "has_accounts": self._guard.accounts is not None,
            "has_oidc": self._guard.oidc is not None,
        }
        return await self._make(request, "login.html", status=status, **context)


def going_on(address: str) -> web.Response:
    """Send the browser on, with GET, to a place of ours or the provider's."""
    return web.Response(status=303, headers={"Location": address})
