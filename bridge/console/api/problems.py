"""Problems: what a program is told where it is not given what it asked for (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from bridge.console.access import ANYBODY, Route

PROBLEMS: Final = "/api/v1/problems/"


class Problem(BaseModel):
    """What went wrong; ``type`` is an address at which it is explained."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: what it means, and the way out."""

    slug: str
    means: str


KINDS: Final = {
    HTTPStatus.BAD_REQUEST: Kind(
        "bad-request", "What was sent cannot be read, or is not allowed; `detail` says where."
    ),
    HTTPStatus.UNAUTHORIZED: Kind(
        "unauthorized",
        "Nobody is known by what was sent: send a token, or sign in; some operations want a "
        "sign-in of a moment ago.",
    ),
    HTTPStatus.FORBIDDEN: Kind(
        "forbidden",
        "None of your roles may do this; or a session sent no `X-CSRF-Token`.",
    ),
    HTTPStatus.NOT_FOUND: Kind("not-found", "It is not there, or not for you to see."),
    HTTPStatus.METHOD_NOT_ALLOWED: Kind(
        "method-not-allowed", "`Allow` says which methods this address has."
    ),
    HTTPStatus.CONFLICT: Kind(
        "conflict", "What was asked does not fit how things stand; `detail` says what would."
    ),
    HTTPStatus.PRECONDITION_FAILED: Kind(
        "precondition-failed",
        "It changed since the version in `If-Match`; nothing was done. Read it again, and decide.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Kind("too-large", "The body is larger than is taken."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Kind(
        "unsupported-media-type", "The body must be `application/json`."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Kind(
        "internal-error", "A mistake of ours. It is in the log; nothing was left half done."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Kind(
        "unavailable", "The store or the broker is away for now; try again in a moment."
    ),
}


def problem_of(status: HTTPStatus, said: str) -> Problem:
    """Put a problem into the form that programs read."""
    kind = KINDS.get(status)
    return Problem(
        type=PROBLEMS + kind.slug if kind else "about:blank",
        title=status.phrase,
        status=int(status),
        detail=said or None,
    )


async def explain(request: web.Request) -> web.StreamResponse:
    """Say what a kind of problem means."""
    wanted = request.match_info["kind"]
    for status, kind in KINDS.items():
        if kind.slug == wanted:
            return web.json_response({"title": status.phrase, "means": kind.means})
    raise web.HTTPNotFound


ROUTES: Final = (Route("GET", f"{PROBLEMS}{{kind}}", explain, ANYBODY),)
