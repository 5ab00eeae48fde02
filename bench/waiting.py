"""Waiting for something that nobody announces."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

_WITHIN_SECONDS: Final = 120.0


async def until(
    is_so: Callable[[], Awaitable[bool]],
    what: Callable[[], str],
    *,
    look_every: float = 0.01,
    within_seconds: float = _WITHIN_SECONDS,
) -> None:
    """
    Return when something is so; ask every few milliseconds.

    Raises:
        TimeoutError: It does not come about; *what* says what was waited for.
    """
    deadline = time.monotonic() + within_seconds
    while not await is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(what())
        await asyncio.sleep(look_every)
