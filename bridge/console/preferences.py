"""How somebody wants to read: the language, and light or dark."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import ANYBODY, Route
from bridge.console.guard import safe_next
from bridge.console.page import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from bridge.console.words import Language

_A_YEAR_SECONDS: Final = 365 * 24 * 3600
_CHOICES: Final = {LANGUAGE_COOKIE: frozenset(Language), THEME_COOKIE: frozenset(THEMES)}


async def choose(request: web.Request) -> web.StreamResponse:
    """Remember a choice, and go back to where it was made."""
    form = await request.post()
    answer = web.HTTPSeeOther(safe_next(str(form.get("back", "/"))))
    for name, choices in _CHOICES.items():
        if form.get(name) in choices:
            answer.set_cookie(
                name,
                str(form[name]),
                max_age=_A_YEAR_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=request.secure,
            )
    raise answer


ROUTES: Final = (Route("POST", "/preferences", choose, ANYBODY),)
