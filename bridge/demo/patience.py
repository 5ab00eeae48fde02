"""Waiting for what others do: looked at again and again, and never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bridge.demo.system import SystemAway

PATIENCE_SECONDS: Final = 60.0
"""How long the demo waits for anything before it goes on without it."""

_LOOK_EVERY: Final = 0.05


async def until(
    is_so: Callable[[], Awaitable[bool]], within_seconds: float = PATIENCE_SECONDS
) -> bool:
    """Wait until something is so; false where it takes too long. A system may be away meanwhile."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within_seconds
    while loop.time() < ends:
        try:
            if await is_so():
                return True
        except SystemAway:
            pass
        await asyncio.sleep(_LOOK_EVERY)
    return False
