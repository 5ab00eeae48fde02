"""The routes of the API, its document, and what stands on every answer of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from aiohttp import web

from bridge.console.access import ANYBODY, Route
from bridge.console.api import (
    actions,
    cases,
    crosswalks,
    jobs,
    parked,
    problems,
    queues,
    standing,
    systems,
)
from bridge.console.api.openapi import document
from bridge.console.api.operation import BASE, VERSION, VERSION_HEADER, AnyOperation
from bridge.console.guard import API

OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    *cases.OPERATIONS,
    *actions.OPERATIONS,
    *parked.OPERATIONS,
    *jobs.OPERATIONS,
    *crosswalks.OPERATIONS,
    *standing.OPERATIONS,
    *systems.OPERATIONS,
    *queues.OPERATIONS,
)


def written() -> str:
    """Write the document as it is served, and kept in the documentation."""
    return json.dumps(document(OPERATIONS), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


_DOCUMENT: Final = written()


async def give_document(request: web.Request) -> web.StreamResponse:
    """Give the document; tools of other sites may read it, as the design rules ask."""
    del request
    return web.Response(
        text=_DOCUMENT,
        content_type="application/json",
        headers={"Access-Control-Allow-Origin": "*"},
    )


def routes() -> Iterator[Route]:
    """Give all of them."""
    yield Route("GET", f"{BASE}/openapi.json", give_document, ANYBODY)
    yield from problems.ROUTES
    for operation in OPERATIONS:
        yield operation.route()


async def tell_version(request: web.Request, response: web.StreamResponse) -> None:
    """Put the version of the API on every answer of it."""
    if request.path.startswith(API):
        response.headers[VERSION_HEADER] = VERSION
