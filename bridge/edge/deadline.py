"""A deadline around one call to a system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from contracts.errors import Uncertain, Unreachable


@asynccontextmanager
async def within(patience: timedelta, late: type[Uncertain | Unreachable]) -> AsyncIterator[None]:
    """Put a deadline around one call, and say what it means when it passes."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except TimeoutError as error:
        msg = "the system did not answer in time"
        raise late(msg) from error
