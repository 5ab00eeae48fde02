"""How this system words a failure on demand."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from adapters.kit.simulator import GARBAGE, Fault, FaultKind

_RETRY: Final = {"Retry-After": "5"}


def false_answer(_: web.Request, fault: Fault) -> web.Response:
    """Give an answer that does not say what was done."""
    match fault.kind:
        case FaultKind.UNAVAILABLE:
            return web.Response(status=503, text="Service Unavailable", headers=_RETRY)
        case FaultKind.DENIED:
            return _problem(403, "invalid-jwt-signature", "Client credentials zijn niet geldig")
        case FaultKind.REFUSED:
            return _problem(400, fault.code or "invalid", "Ongeldige invoer.")
        case FaultKind.REDIRECT:
            return web.Response(status=307, headers={"Location": fault.location})
        case FaultKind.GARBAGE | FaultKind.GARBAGE_AFTER:
            return web.Response(text=GARBAGE, content_type="text/html")
        case _:
            return _problem(500, "error", "Internal Server Error")


def _problem(status: int, code: str, detail: str) -> web.Response:
    body = {"type": "", "code": code, "title": detail, "status": status, "detail": detail}
    return web.json_response({**body, "instance": ""}, status=status)
