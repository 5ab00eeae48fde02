"""
Which role may ask for what: one table, made of the routes' own declarations.

What is not declared does not exist: the guard refuses it, whatever was added to the application.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.console.people import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANYBODY: Final[frozenset[Role] | None] = None
"""Also who has not signed in: the way in itself, and style sheets."""
LOOKING: Final = frozenset(Role)
OVERSEEING: Final = frozenset({Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR})
OPERATING: Final = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
WORKING: Final = frozenset({Role.EMPLOYEE, Role.OPERATOR, Role.ADMINISTRATOR})
ADMINISTERING: Final = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Route:
    """
    One address, and who may ask for it.

    Attributes:
        roles: One of them is needed; `ANYBODY` for who has not signed in, too.
        fresh: Only shortly after signing in: for what cannot be taken back.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role] | None
    fresh: bool = False


TABLE: Final = web.AppKey("table", dict[tuple[str, str], Route])
"""All routes of an application, by method and path."""


def declare(app: web.Application, routes: Iterable[Route]) -> None:
    """
    Add *routes* to *app*, and to its table.

    Raises:
        ValueError: An address was declared before.
    """
    if TABLE not in app:
        app[TABLE] = {}
    table = app[TABLE]
    for route in routes:
        if any((route.method, route.path) == (each.method, each.path) for each in table.values()):
            msg = f"{route.method} {route.path} is declared twice"
            raise ValueError(msg)
        resource = app.router.add_route(route.method, route.path, route.handler).resource
        # A path with a pattern in it is known without it.
        table[route.method, resource.canonical if resource else route.path] = route


def asked_for(request: web.Request) -> Route | None:
    """Give the route that a request is for; ``None`` where none was declared."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return request.app[TABLE].get((method, resource.canonical))
