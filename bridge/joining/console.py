"""The console of a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bridge.broker import Broker
from bridge.clock import Now
from bridge.console.app import make_console
from bridge.joining.serving import served
from bridge.opening import senders_of
from bridge.rules import RulesFolder
from bridge.settings import Settings
from bridge.store import Store

log = structlog.get_logger(__name__)


@asynccontextmanager
async def console_served(
    settings: Settings, store: Store, broker: Broker | None, rules: RulesFolder, now: Now
) -> AsyncIterator[None]:
    """
    Serve the console.

    Raises:
        Faulty: It cannot listen where the settings say.
    """
    app = make_console(
        settings=settings,
        store=store,
        broker=broker,
        rules=rules.current,
        now=now,
        senders=senders_of(settings),
        refused=lambda: rules.refused,
    )
    options = settings.console
    async with served(app, "console", options.listen_host, options.listen_port) as (host, port):
        log.info("console_served", host=host, port=port)
        yield
