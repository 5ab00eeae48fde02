"""
Presence: each process says in the store that it is at work, for as long as it is.

A process that goes on over a store that was brought back from a backup mixes what it knows with
what the store forgot. So `casebridge store restored` refuses while somebody is at work. A backup
does not know who that is; so the command also waits until whoever is has told so again.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from bridge.clock import Now
from bridge.store import Presence, Store, StoreError

log = structlog.get_logger(__name__)

WITHIN: Final = timedelta(seconds=5)
"""Whoever is at work has told so again after this time."""
_EVERY: Final = timedelta(seconds=3)
_TERM: Final = timedelta(seconds=15)
"""So long a process counts as at work without telling."""
_LEAVE_SECONDS: Final = 2.0


def process_name() -> str:
    """Name this process so that a person finds it, and as no other process was ever named."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@asynccontextmanager
async def present(store: Store, process: str, runs: str, *, now: Now) -> AsyncIterator[None]:
    """Be known in the store to be at work, and what runs here."""
    task = asyncio.create_task(_tell(store, process, runs, now), name="presence")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Where that fails it is forgotten by itself.
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await store.leave(process)


async def _tell(store: Store, process: str, runs: str, now: Now) -> None:
    """Tell again and again, until cancelled; trouble with the store is waited out."""
    is_warned = False
    while True:
        at = now()
        try:
            await store.attend(Presence(process, runs, at + _TERM), at)
            is_warned = False
        except StoreError as error:
            if not is_warned:
                log.warning("presence_not_told", why=str(error))
            is_warned = True
        await asyncio.sleep(_EVERY.total_seconds())
