"""Waiting for what others do, without taking the machine away from them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bridge.demo.system import SystemAway
from bridge.store import StoreUnreachable


async def eventually(
    is_so: Callable[[], Awaitable[bool]], within_seconds: float, *, every_seconds: float = 0.25
) -> bool:
    """Look now and then until something is so; false where it takes too long."""
    ends = time.monotonic() + within_seconds
    while True:
        try:
            if await is_so():
                return True
        except (SystemAway, StoreUnreachable):
            pass  # it may be back when we look again
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(every_seconds)
