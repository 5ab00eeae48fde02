"""The one place where a process is joined together; the parts of an edge join in `EdgeParts`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final

import structlog
from aiohttp import web

from bridge.broker import Broker, Topology
from bridge.clock import Now, clock_set
from bridge.console.app import make_console
from bridge.content import Staging, open_content
from bridge.desk.gauge import Gauge
from bridge.desk.queues import Queues
from bridge.edge import Edge, EdgeParts
from bridge.edge.breaker import Breaker, Patience
from bridge.edge.callbacks import Listener
from bridge.engine.scope import Scope, scope_for
from bridge.faulty import Faulty
from bridge.health import Health
from bridge.hub import Group, Hub
from bridge.hub.following import RulesFollower
from bridge.jobs.runner import JobRunner
from bridge.metrics import Meters, MetricsPage, Readings
from bridge.opening import (
    check_accounts,
    open_broker,
    open_rules,
    opened_adapter,
    opened_store,
    senders_of,
)
from bridge.presence import present, process_name
from bridge.roles import Roles, all_roles
from bridge.rules import RulesFolder
from bridge.scan import open_scanner
from bridge.settings import Settings
from bridge.store import Store
from bridge.store import provision as provision_store
from bridge.watchdog import watched
from contracts.adapter import Adapter, Heard, Hears
from contracts.envelope import source_of
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)

DRAIN_SECONDS: Final = 20


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
        self._settings, self._roles = settings, roles
        self._store, self._broker, self._now = store, broker, now
        self.rules = rules
        self._source = source_of(settings.oin, "casebridge")
        self.process = process_name()
        self.health = Health(store=store, broker=broker)
        self.meters = Meters()

    @cached_property
    def _content(self) -> Staging:
        """Where content lies; a hub has no need of it."""
        everybody = all_roles(self._settings).agencies
        return open_content(self._settings, is_alone=self._roles.agencies == everybody)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set, then let what runs come to its end."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(watched())
            await stack.enter_async_context(
                present(self._store, self.process, self._roles.told, now=self._now)
            )
            edges = {agency: await self._edge(stack, agency) for agency in self._roles.agencies}
            await stack.enter_async_context(self._listening(edges))
            if self._roles.console:
                await stack.enter_async_context(
                    console_served(self._settings, self._store, self._broker, self.rules, self._now)
                )
            workers = [edge.run() for edge, _ in edges.values()]
            if self._roles.hub:
                follower = RulesFollower(store=self._store, rules=self.rules, now=self._now)
                queues = Queues(self._store, self._broker, source=self._source, now=self._now)
                gauge = Gauge(queues, self._store, now=self._now)
                workers += [self._hub().run(), self._jobs().run(), follower.run(), gauge.run()]
            workers.append(self.rules.watch())
            log.info("bridge_started", hub=self._roles.hub, agencies=list(edges))
            await _until(stop, workers, [edge for edge, _ in edges.values()])
            log.info("bridge_stopped")

    def _hub(self) -> Hub:
        group = Group(
            store=self._store,
            rules=self.rules.current,
            source=self._source,
            now=self._now,
            meters=self.meters,
        )
        return Hub(
            store=self._store,
            broker=self._broker,
            group=group,
            settings=self._settings.hub,
            now=self._now,
            senders=senders_of(self._settings),
            meters=self.meters,
        )

    def _metrics(self) -> MetricsPage:
        if not self._roles.hub:
            # An edge may not look into all queues; and what all edges told would be told twice.
            return MetricsPage(self.meters)
        readings = Readings(
            store=self._store, broker=self._broker, rules=self.rules.current, now=self._now
        )
        return MetricsPage(self.meters, readings)

    def _jobs(self) -> JobRunner:
        return JobRunner(
            store=self._store,
            rules=self.rules.current,
            source=self._source,
            now=self._now,
            holder=self.process,
            rate=self._settings.hub.job_rate,
        )

    async def _edge(self, stack: AsyncExitStack, agency: AgencyId) -> tuple[Edge, Adapter]:
        adapter = await stack.enter_async_context(opened_adapter(self._settings, agency))
        options = self._settings.edge
        patience = Patience(
            first=options.patience_first,
            longest=options.patience_longest,
            parks_per_minute=options.parks_per_minute,
        )
        parts = EdgeParts(
            agency=agency,
            adapter=adapter,
            scope=_scopes(self.rules, agency, self._now),
            store=self._store,
            broker=self._broker,
            content=self._content,
            settings=options,
            breaker=Breaker(agency, patience, self._now),
            source=self._source,
            holder=self.process,
            now=self._now,
            senders=senders_of(self._settings),
            meters=self.meters,
            scanner=open_scanner(self._settings.agencies[agency]),
        )
        return parts.joined(), adapter

    @asynccontextmanager
    async def _listening(
        self, edges: Mapping[AgencyId, tuple[Edge, Adapter]]
    ) -> AsyncIterator[None]:
        """Receive callbacks, and say how we are."""
        app = web.Application(client_max_size=64 * 1024)
        self.health.add_to(app)
        self._metrics().add_to(app)
        hearing = {
            agency: adapter for agency, (_, adapter) in edges.items() if isinstance(adapter, Hears)
        }

        async def keep(agency: AgencyId, heard: Heard) -> None:
            await edges[agency][0].keep(heard)

        Listener(hearing, keep).add_to(app)
        # Nothing is unpacked: a small push could be a very large one.
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=DRAIN_SECONDS, auto_decompress=False
        )
        await runner.setup()
        options = self._settings.edge
        try:
            await _listen(runner, "edge", options.listen_host, options.listen_port)
            yield
        finally:
            await runner.cleanup()


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
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    options = settings.console
    try:
        await _listen(runner, "console", options.listen_host, options.listen_port)
        host, port, *_ = runner.addresses[0]
        log.info("console_served", host=host, port=port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, group: str, host: str, port: int) -> None:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        where = f"{host}:{port}"
        msg = f"{group}.listen_port: cannot listen on {where}: {error.strerror}; choose another"
        raise Faulty(msg) from error


def _scopes(rules: RulesFolder, agency: AgencyId, now: Now) -> Callable[[], Scope]:
    """Give the scope of an agency under the rules and on the day that hold now."""

    @lru_cache(maxsize=4)
    def derived(version: str, day: date) -> Scope:
        del version
        return scope_for(agency, rules.current(), day)

    return lambda: derived(rules.current().version, now().date())


async def _until(
    stop: asyncio.Event, workers: Sequence[Coroutine[Any, Any, None]], edges: Sequence[Edge]
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
