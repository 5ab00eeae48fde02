"""What the forms of several pages ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

_LONGEST_REASON: Final = 1000


def reason_in(form: Mapping[str, Any]) -> str:
    """
    Read why somebody asks for it.

    Raises:
        HTTPBadRequest: They do not say, or say far too much.
    """
    reason = str(form.get("reason", "")).strip()
    if not reason or len(reason) > _LONGEST_REASON:
        raise web.HTTPBadRequest(text="say why, in at most 1000 characters; the journal keeps it")
    return reason
