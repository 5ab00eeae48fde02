"""
Callbacks: where case systems tell us that something changed.

A push is small, signed as we asked, and answered only after its hints are durable. It is the same
for a case that we know and for one that we do not, so nobody learns from the answer. Where a
protocol sends whole documents along its adapter listens to them as they come, and holds none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import ClientPayloadError, web

from bridge.store.errors import StoreError
from contracts.adapter import Answer, Ear, Heard, Hears, Listens, Push, Unheard
from contracts.errors import Denied, Garbled
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)

LARGEST_PUSH: Final = 64 * 1024
PATIENCE: Final = timedelta(seconds=10)
"""Within which a push must have arrived whole."""
PATIENCE_WITH_DOCUMENTS: Final = timedelta(minutes=10)
"""The same, where whole documents come along."""
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
            answer = _problem(404, "no such callback")
        else:
            heard = await self._heard(agency, adapter, request)
            answer = heard if isinstance(heard, web.Response) else await self._kept(agency, heard)
        if not request.content.at_eof():
            answer.headers["Connection"] = "close"  # nothing more is expected on that line
        return answer

    async def _heard(
        self, agency: AgencyId, adapter: Hears, request: web.Request
    ) -> Heard | web.Response:
        """Hear a push, or give the answer that refuses it."""
        push = Push(
            method=request.method,
            path=request.match_info.get("tail", ""),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=b"",
        )
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return _problem(415, "send it as it is, not compressed")
        try:
            if isinstance(adapter, Listens):
                return await _listened(request, adapter.listen(push))
            body = await _arrived(request)
            return adapter.hear(push.model_copy(update={"body": body}))
        except _Unread as error:
            return _problem(error.status, str(error))
        except Denied as error:
            log.warning("push_denied", agency=agency, why=str(error))
            status = 403 if "authorization" in push.headers else 401
            return _problem(status, "not signed as agreed")
        except Garbled as error:
            log.warning("push_garbled", agency=agency, why=str(error))
            return _told(error.answer) if isinstance(error, Unheard) else _problem(400, str(error))
        except Exception:
            log.exception("adapter_bug", agency=agency)
            return _problem(500, "it could not be read; the log says why")

    async def _kept(self, agency: AgencyId, heard: Heard) -> web.Response:
        """Make the hints durable, and give the answer that says so; or that they are not."""
        try:
            await self.keep(agency, heard)
        except StoreError as error:
            # Not durable, so not accepted: the system is to send it again.
            log.warning("push_not_kept", agency=agency, why=str(error))
            if heard.otherwise is not None:
                return _told(heard.otherwise)
            return _problem(503, "cannot be kept now; send it again later")
        return _told(heard.answer)


class _Unread(Exception):
    """A push was not read to its end, and is answered with this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def _listened(request: web.Request, ear: Ear) -> Heard:
    """Hand a push on as it comes; how much of it is too much its adapter knows."""
    try:
        async with asyncio.timeout(PATIENCE_WITH_DOCUMENTS.total_seconds()):
            async for piece in request.content.iter_chunked(LARGEST_PUSH):
                ear.take(piece)
    except TimeoutError as error:
        raise _Unread(408, "the push did not arrive in time") from error
    return ear.heard()


async def _arrived(request: web.Request) -> bytes:
    """Read a push whole."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await _body(request)
    except TimeoutError as error:
        raise _Unread(408, "the push did not arrive in time") from error
    except (ConnectionError, ClientPayloadError) as error:
        # Nobody is there to hear it; who sent it has no answer, and sends it again.
        raise _Unread(400, "the push was broken off") from error


async def _body(request: web.Request) -> bytes:
    """Read a body that is small enough; one that is not is not read at all."""
    too_large = _Unread(413, f"a push holds at most {LARGEST_PUSH} bytes")
    if request.content_length is not None and request.content_length > LARGEST_PUSH:
        raise too_large
    body = b""
    async for piece in request.content.iter_chunked(LARGEST_PUSH):
        body += piece
        if len(body) > LARGEST_PUSH:
            raise too_large
    return body


def _told(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"status": status, "title": "Callback refused", "detail": detail},
        status=status,
        content_type="application/problem+json",
    )
