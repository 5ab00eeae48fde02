"""
Who sees which case: everybody who oversees all of them, an employee those of their agreements.

What somebody may not see is not there for them: the same answer, whether it exists or not.
"""

from __future__ import annotations

from aiohttp import web

from bridge.console.people import PERSON
from bridge.console.supply import supply_of
from bridge.store import StoredLink
from contracts.ids import LinkId


def agreements_of(request: web.Request) -> frozenset[str] | None:
    """Name the agreements whose cases somebody may see; ``None`` for all."""
    person, supply = request[PERSON], supply_of(request)
    if person.sees_all:
        return None
    return person.agreements(supply.rules(), supply.now().date())


async def seen_link(request: web.Request, link: LinkId) -> StoredLink:
    """
    Give a Link that whoever asks may see.

    Raises:
        HTTPNotFound: There is none, or it is not for them.
    """
    found = (await supply_of(request).store.links([link])).get(link)
    agreements = agreements_of(request)
    if found is None or (agreements is not None and found.link.agreement not in agreements):
        raise web.HTTPNotFound
    return found
