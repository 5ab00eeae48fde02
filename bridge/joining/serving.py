"""Serving HTTP, as each role does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bridge.faulty import Faulty

DRAIN_SECONDS: Final = 20
"""So long what runs may take to its end, when the process is asked to stop."""


@asynccontextmanager
async def served(
    app: web.Application, group: str, host: str, port: int, *, unpacks: bool = True
) -> AsyncIterator[tuple[str, int]]:
    """
    Serve an application; tell the address at which it really listens.

    Raises:
        Faulty: It cannot listen there; `group` of the settings says where.
    """
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=DRAIN_SECONDS, auto_decompress=unpacks
    )
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            where = f"{host}:{port}"
            msg = f"{group}.listen_port: cannot listen on {where}: {error.strerror}; choose another"
            raise Faulty(msg) from error
        yield runner.addresses[0][:2]
    finally:
        await runner.cleanup()
