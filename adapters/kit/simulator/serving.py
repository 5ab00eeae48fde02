"""A simulated case system that answers: how it begins to, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from .access_log import AccessLog
from .faults import Faults
from .files import Files
from .store import Store


@dataclass(frozen=True, slots=True)
class Line:
    """What keeps it answering, and announcing."""

    runner: web.AppRunner
    site: web.SockSite
    deliveries: asyncio.Task[None]


async def serve(
    app: web.Application,
    listener: socket.socket,
    announcing: Coroutine[Any, Any, None],
    *,
    shutdown_seconds: float,
) -> Line:
    """Answer at *listener* with *app*, and announce; it answers when this returns."""
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=shutdown_seconds, handle_signals=False
    )
    await runner.setup()
    site = web.SockSite(runner, listener)
    await site.start()
    return Line(runner, site, asyncio.create_task(announcing, name="simulator-notifications"))


@dataclass
class Served:
    """
    A running case system.

    Attributes:
        url: Where it is, without a slash at its end.
        faults: What can be switched on to go wrong.
        access_log: Who wrote what.
    """

    url: str
    faults: Faults
    access_log: AccessLog
    _line: Line
    _store: Store
    _files: Files

    async def stop(self) -> None:
        """Stop answering, let go of what hangs, close the database. A second time does nothing."""
        line = self._line
        if line.deliveries.cancelled():
            return
        # No longer listening first: a client that is let go of must not get in again.
        await line.site.stop()
        self.faults.stop()
        line.deliveries.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await line.deliveries
        await line.runner.cleanup()
        self._store.close()
        self._files.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
