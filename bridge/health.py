"""Health: whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from aiohttp import web

from bridge.broker import Broker, BrokerError
from bridge.store.errors import StoreError

_PATIENCE_SECONDS: Final = 4.0


class _Checked(Protocol):
    async def check(self) -> None: ...


class Health:
    """Answers ``/livez`` (the loop turns) and ``/readyz`` (store and broker can be used)."""

    def __init__(self, *, store: _Checked, broker: Broker) -> None:
        self._store, self._broker = store, broker

    def add_to(self, app: web.Application) -> None:
        """Take the addresses into an application."""
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._ready)

    async def _live(self, request: web.Request) -> web.Response:
        del request
        return web.json_response({"status": "ok"})

    async def _ready(self, request: web.Request) -> web.Response:
        del request
        faults: dict[str, str] = {}
        for name, part in (("store", self._store), ("broker", self._broker)):
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await part.check()
            except (StoreError, BrokerError) as error:
                faults[name] = str(error)
            except TimeoutError:
                faults[name] = f"no answer within {_PATIENCE_SECONDS:g} seconds"
        status = 503 if faults else 200
        return web.json_response(
            {"status": "not ready" if faults else "ok", **faults}, status=status
        )
