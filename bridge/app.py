"""
The one place where a process is joined together.

It loads what its roles need and no more: an edge starts without a console, a hub without an
adapter. Each role is joined in a module of `bridge.joining`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from bridge.broker import Broker, Topology
from bridge.clock import Now, clock_set
from bridge.health import Health
from bridge.joining.ground import Ground
from bridge.joining.serving import DRAIN_SECONDS, served
from bridge.metrics.page import MetricsPage
from bridge.opening import check_accounts, open_broker, open_rules, opened_store
from bridge.presence import present, process_name
from bridge.roles import Roles, all_roles
from bridge.rules import RulesFolder
from bridge.settings import Settings
from bridge.store import Store
from bridge.store import provision as provision_store
from bridge.watchdog import watched

if TYPE_CHECKING:
    from bridge.edge import Edge

log = structlog.get_logger(__name__)


class Bridge:
    """The workers of this process, over one store and one broker."""

    def __init__(
        self,
        settings: Settings,
        roles: Roles,
        *,
        store: Store,
        broker: Broker,
        rules: RulesFolder,
        now: Now,
    ) -> None:
        self._roles = roles
        self._ground = Ground(settings, store, broker, rules, now)
        self.rules = rules
        self.health = Health(store=store, broker=broker)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set, then let what runs come to its end."""
        ground, roles = self._ground, self._roles
        # On one address: callbacks, how we are, and the metrics.
        app = web.Application(client_max_size=64 * 1024)
        self.health.add_to(app)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(watched())
            await stack.enter_async_context(
                present(ground.store, ground.process, roles.told, now=ground.now)
            )
            edges = await self._edges(stack, app)
            self._metrics().add_to(app)
            options = ground.settings.edge
            await stack.enter_async_context(
                # Nothing is unpacked: a small push could be a very large one.
                served(app, "edge", options.listen_host, options.listen_port, unpacks=False)
            )
            await self._console(stack)
            workers = [*(edge.run() for edge in edges), *self._hub(), ground.rules.watch()]
            log.info("bridge_started", hub=roles.hub, agencies=list(roles.agencies))
            await _until(stop, workers, edges)
            log.info("bridge_stopped")

    async def _edges(self, stack: AsyncExitStack, app: web.Application) -> Collection[Edge]:
        """Join the edges, and let *app* hear for them."""
        if not self._roles.agencies:
            return ()
        from bridge.joining.edges import opened_edges

        opened = await stack.enter_async_context(opened_edges(self._ground, self._roles.agencies))
        opened.add_to(app)
        return opened.edges.values()

    def _hub(self) -> list[Coroutine[Any, Any, None]]:
        if not self._roles.hub:
            return []
        from bridge.joining.hub import hub_workers

        return hub_workers(self._ground)

    def _metrics(self) -> MetricsPage:
        if not self._roles.hub:
            # An edge may not look into all queues; and what all edges told would be told twice.
            return MetricsPage(self._ground.meters)
        from bridge.joining.hub import readings

        return MetricsPage(self._ground.meters, readings(self._ground))

    async def _console(self, stack: AsyncExitStack) -> None:
        if not self._roles.console:
            return
        from bridge.joining.console import console_served

        ground = self._ground
        await stack.enter_async_context(
            console_served(ground.settings, ground.store, ground.broker, ground.rules, ground.now)
        )


async def _until(
    stop: asyncio.Event, workers: Sequence[Coroutine[Any, Any, None]], edges: Collection[Edge]
) -> None:
    """Work until *stop* is set or a worker fails; then let what runs come to its end, in time."""
    tasks = [asyncio.ensure_future(worker) for worker in workers]
    stopping = asyncio.ensure_future(stop.wait())
    try:
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopping}:
            task.result()
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                for edge in edges:
                    await edge.drain()
    finally:
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)


def _stopping() -> asyncio.Event:
    """Give an event that is set when a signal asks to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def run(settings: Settings, roles: Roles) -> None:
    """
    Run some roles until a signal asks to stop.

    Raises:
        Faulty: They would be refused by the others, or cannot listen.
        RulesInvalid: The rules do not hold together, and none were ever in force.
    """
    check_accounts(settings, roles)
    stop = _stopping()
    now = clock_set(settings.clock_ahead)
    async with opened_store(settings) as store:
        broker = open_broker(settings, roles)
        try:
            await broker.check()
            rules = await open_rules(settings, store)
            bridge = Bridge(settings, roles, store=store, broker=broker, rules=rules, now=now)
            await bridge.run(stop)
        finally:
            await broker.close()


async def run_console(settings: Settings) -> None:
    """
    Run the console alone until a signal asks to stop.

    An embedded broker belongs to the process that runs the bridge: its queues are not shown then.

    Raises:
        Faulty: It cannot listen.
    """
    from bridge.joining.console import console_served

    stop = _stopping()
    now = clock_set(settings.clock_ahead)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(watched())
        store = await stack.enter_async_context(opened_store(settings))
        rules, broker = await open_rules(settings, store), None
        if settings.broker is not None:
            broker = open_broker(settings, Roles(hub=False, agencies=()))
            stack.push_async_callback(broker.close)
        await stack.enter_async_context(present(store, process_name(), "console", now=now))
        await stack.enter_async_context(console_served(settings, store, broker, rules, now))
        await _until(stop, [rules.watch()], [])


async def provision(settings: Settings) -> None:
    """Make the store's tables and the broker's queues; may be repeated."""
    settings.data.mkdir(parents=True, exist_ok=True)
    await provision_store(settings.store_url)
    broker = open_broker(settings, all_roles(settings))
    try:
        await broker.provision(Topology.of(settings.agencies))
    finally:
        await broker.close()
