"""
Callbacks: where case systems tell us that something changed.

A push is small, signed as we asked, and answered only after its hints are durable. It is the same
for a case that we know and for one that we do not, so nobody learns from the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from bridge.store.errors import StoreError
from contracts.adapter import Heard, Hears, Push
from contracts.errors import Denied, Garbled
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)

LARGEST_PUSH: Final = 64 * 1024
PATIENCE: Final = timedelta(seconds=10)
"""Within which a push must have arrived whole."""
_UNREAD: Final = (404, 408, 413, 415)
"""Answers to a push that was not read to its end: nothing more is expected on that line."""
PATH: Final = "/callbacks/{agency}"

Keep = Callable[[AgencyId, Heard], Awaitable[None]]
"""Makes the hints of a push durable."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Receives the pushes for some agencies."""

    adapters: Mapping[AgencyId, Hears]
    keep: Keep

    def add_to(self, app: web.Application) -> None:
        """Take the callback addresses into an application."""
        for path in (PATH, PATH + "/{tail:.*}"):
            app.router.add_route("*", path, self._receive)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        agency = AgencyId(request.match_info["agency"])
        adapter = self.adapters.get(agency)
        if adapter is None:
            return _problem(404, "no such callback")
        body = await _arrived(request)
        if isinstance(body, web.Response):
            return body
        push = Push(
            method=request.method,
            path=request.match_info.get("tail", ""),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        try:
            heard = adapter.hear(push)
        except Denied as error:
            log.warning("push_denied", agency=agency, why=str(error))
            status = 403 if "authorization" in push.headers else 401
            return _problem(status, "not signed as agreed")
        except Garbled as error:
            log.warning("push_garbled", agency=agency, why=str(error))
            return _problem(400, str(error))
        except Exception:
            log.exception("adapter_bug", agency=agency)
            return _problem(500, "it could not be read; the log says why")
        try:
            await self.keep(agency, heard)
        except StoreError as error:
            # Not durable, so not accepted: the system is to send it again.
            log.warning("push_not_kept", agency=agency, why=str(error))
            return _problem(503, "cannot be kept now; send it again later")
        answer = heard.answer
        return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


async def _arrived(request: web.Request) -> bytes | web.Response:
    """Read a push, or say what is wrong with how it comes."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return _problem(415, "send it as it is, not compressed")
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            body = await _body(request)
    except TimeoutError:
        return _problem(408, "the push did not arrive in time")
    if body is None:
        return _problem(413, f"a push holds at most {LARGEST_PUSH} bytes")
    return body


async def _body(request: web.Request) -> bytes | None:
    """Read a body that is small enough; ``None`` for one that is not, without reading it."""
    if request.content_length is not None and request.content_length > LARGEST_PUSH:
        return None
    body = b""
    async for piece in request.content.iter_chunked(LARGEST_PUSH):
        body += piece
        if len(body) > LARGEST_PUSH:
            return None
    return body


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"status": status, "title": "Callback refused", "detail": detail},
        status=status,
        content_type="application/problem+json",
        headers={"Connection": "close"} if status in _UNREAD else None,
    )
