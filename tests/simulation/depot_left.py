"""What was left in a store of content, looked for when a run is at rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from bridge.content import ContentStore
from bridge.content.keys import Keys
from bridge.content.sweeping import BROKEN_OFF
from bridge.settings import EdgeSettings
from tests.simulation.depot import Depot, DepotBlobs
from tests.simulation.trace import Kept

KEEP_USED: Final = timedelta(seconds=15)
"""How long edges keep what a target has."""


async def left_in(
    depot: Depot, keys: Keys, kept: Iterable[Kept], sha256_of: Callable[[str], str] = str
) -> list[str]:
    """
    See what is left, of what was used first, and then of all; seconds pass meanwhile.

    Args:
        keys: Of the edges.
        kept: What became of contents during the run.
        sha256_of: Gives the digest of a content by what the run calls it.
    """
    moment = depot.site.now()
    await asyncio.sleep(3 * KEEP_USED.total_seconds())
    last = {event.digest: event for event in kept}
    used = [name for name, each in last.items() if each.what == "used" and each.at <= moment]
    store = ContentStore(DepotBlobs(depot, "world"), keys)
    kept_on = [name for name in used if await store.has(sha256_of(name))]
    before = depot.lying()
    depot.ahead = EdgeSettings().keep_content + BROKEN_OFF
    await asyncio.sleep(3 * KEEP_USED.total_seconds())
    # What a system misdescribes is read again at every sweep, and then goes again.
    stays = before & depot.lying()
    return [
        *(f"the content {name} was used, and is kept" for name in kept_on),
        *(f"{path} lies in the store of content" for path, _ in sorted(stays)),
    ]
