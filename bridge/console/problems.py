"""What people and programs are told where a page cannot be given."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.broker import BrokerError
from bridge.console.api.problems import problem_of
from bridge.console.guard import API
from bridge.console.page import page
from bridge.desk import NotToBeDone
from bridge.store import NoSuchPlace, StoreError

log = structlog.get_logger(__name__)

SPOKEN_OF: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""What has words of its own; others are told as a bad request."""


@web.middleware
async def tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell whoever asks what is the matter, in the form that they read."""
    try:
        return await handler(request)
    except web.HTTPException as problem:
        if problem.status < HTTPStatus.BAD_REQUEST:
            raise  # it sends the browser on
        said = "" if problem.text in {None, f"{problem.status}: {problem.reason}"} else problem.text
        answer = await problem_answer(request, problem.status, said or "")
        kept = {"HX-Redirect", "WWW-Authenticate", "Allow"} & problem.headers.keys()
        answer.headers.update({name: problem.headers[name] for name in kept})
        return answer
    except NoSuchPlace as problem:
        return await problem_answer(request, HTTPStatus.BAD_REQUEST, str(problem))
    except NotToBeDone as problem:
        return await problem_answer(request, HTTPStatus.CONFLICT, str(problem))
    except StoreError as problem:
        log.warning("console_store_away", why=type(problem).__name__)
        return await problem_answer(request, HTTPStatus.SERVICE_UNAVAILABLE, "")
    except BrokerError as problem:
        log.warning("console_broker_away", why=type(problem).__name__)
        return await problem_answer(request, HTTPStatus.SERVICE_UNAVAILABLE, "")
    except Exception:
        route = request.match_info.route.resource
        log.exception("console_bug", route=route.canonical if route else None)
        return await problem_answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "")


async def problem_answer(request: web.Request, status: int, said: str) -> web.Response:
    """Tell a problem: as a page, or to a program as the standard for it says (RFC 9457)."""
    status = HTTPStatus(status)
    if request.path.startswith(API) or "text/html" not in request.headers.get("Accept", ""):
        return web.Response(
            body=problem_of(status, said).model_dump_json(exclude_none=True).encode(),
            status=status,
            content_type="application/problem+json",
        )
    word = status if status in SPOKEN_OF else HTTPStatus.BAD_REQUEST
    return await page(
        request,
        "problem.html",
        status=status,
        heading=f"problems.{word.name.lower()}",
        told=f"problems.{word.name.lower()}_told",
        said=said,
    )
