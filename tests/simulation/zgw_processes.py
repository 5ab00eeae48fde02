"""The processes of the ZGW world: case systems, and the bridge whole or role by role."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.kit.simulator import Fault
from adapters.zgw.simulator.server import Assembled, assemble
from bridge.app import Bridge
from bridge.broker import Broker, BrokerError, Topology
from bridge.broker.embedded import EmbeddedBroker, InlineWriter
from bridge.roles import Roles
from bridge.rules import RulesFolder
from bridge.store import SqlStore, StoreError, open_store
from bridge.store.engine import StoreSettings
from bridge.store.sqlite import SqliteDatabase
from contracts.ids import AgencyId
from tests.simulation.processes import Process
from tests.simulation.trace import Answered
from tests.simulation.zgw_contents import ShakyFiles, asked
from tests.simulation.zgw_faults import unanswered
from tests.simulation.zgw_stock import (
    ENVIRONMENT,
    bridge_settings,
    stock,
    system_settings,
    system_url,
)
from tests.system.dossiers import AGENCIES

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld

IMPATIENT: Final = StoreSettings(timeout=timedelta(milliseconds=1))
"""Nobody else uses the machine meanwhile: who finds the file locked would wait for nothing."""

_START_AGAIN: Final = 1.0


@dataclass(slots=True)
class SystemProcess(Process):
    """
    A case system; what it stored is there again when it is started anew.

    Attributes:
        lost: How many notifications were lost on purpose, in all its lives.
    """

    world: ZgwWorld
    agency: str = field(kw_only=True)
    made: Assembled | None = None
    lost: int = 0

    async def work(self) -> None:
        """Serve the APIs, and announce what changes."""
        quirks = self.world.quirks[self.agency]
        settings = system_settings(
            self.world.folder,
            self.agency,
            quirks=quirks,
            part_size_bytes=self.world.part_size_bytes,
            seed=self.world.options.seed,
        )
        self.made = made = assemble(settings, system_url(self.agency))
        made.faults.on_strike = self._struck
        made.app.middlewares.extend((asked, self._told()))
        replace = partial(self.world.replace_content, self.agency)
        made.system.files = ShakyFiles(made.system.files, self.world, self.agency, replace)
        runner = web.AppRunner(made.app, access_log=None, handle_signals=False)
        await runner.setup()
        await web.TCPSite(runner, f"{self.agency}.example", 80).start()
        await made.system.announcer.run()

    def kill(self) -> None:
        """Kill it; what it had not stored is gone."""
        Process.kill(self)
        if self.made is not None:
            self.lost += self.made.system.announcer.deliveries.lost
            self.made.system.store.close()
            self.made = None

    def _struck(self, request: web.Request, fault: Fault) -> None:
        """Count each write that is made without an answer, by what it writes."""
        if name := unanswered(request.method, request.path, fault):
            self.world.trace.seen[f"fault:{name}"] += 1

    def _told(self) -> Any:
        @web.middleware
        async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
            status = 500
            try:
                response = await handler(request)
                status = response.status
            except web.HTTPException as answer:
                status = answer.status
                raise
            finally:
                now, path = self.world.now(), request.path_qs
                self.world.trace.add(Answered(now, self.agency, request.method, path, status))
            return response

        return told


@dataclass(slots=True)
class BridgeProcess(Process):
    """
    Some roles of the bridge, joined as `bridge.app` joins them.

    Attributes:
        host: Under which it is called back.
        has_own_broker: It is the one process of an embedded bridge.
    """

    world: ZgwWorld
    roles: Roles = field(kw_only=True)
    has_own_broker: bool = field(kw_only=True)
    store: SqlStore | None = None
    broker: Broker | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_alive(self) -> bool:
        return self.task is not None and not self.task.done() and not self.is_dead

    @property
    def is_dead(self) -> bool:
        """Tell whether this life of it was killed."""
        return self.world.loop.is_dead(self.id)

    @property
    def host(self) -> str:
        """Its name in the network."""
        return f"{self.name}.example"

    async def work(self) -> None:
        """Run the roles; where store or broker cannot be had, try again as a supervisor does."""
        self.stopping = asyncio.Event()
        while True:
            try:
                await self._serve()
            except (StoreError, BrokerError):
                self.world.trace.passed("bridge.start-again")
                await asyncio.sleep(_START_AGAIN)
            else:
                return

    async def _serve(self) -> None:
        known, adapter = stock().world, self.world.adapter
        keys = self.world.keys[next(iter(self.roles.agencies), AgencyId(AGENCIES[0]))]
        settings = bridge_settings(self.world.folder, known, self._edge(), keys, **adapter)
        url = settings.store_url
        self.store = store = await open_store(url, environment=ENVIRONMENT, settings=IMPATIENT)
        try:
            self.broker = broker = self._connect()
            try:
                await broker.check()
                rules = RulesFolder(settings.rules)
                made = Bridge(
                    settings, self.roles, store=store, broker=broker, rules=rules, now=self.now
                )
                await made.run(self.stopping)
            finally:
                await broker.close()
        finally:
            await store.close()

    def _connect(self) -> Broker:
        if self.has_own_broker:
            path = self.world.folder / "bridge" / "broker.db"
            return EmbeddedBroker(path, expected=Topology.of(AGENCIES), writer=InlineWriter)
        return self.world.connections.post.connect(self.id)

    def kill(self) -> None:
        """Kill it; the files that it had open are free for its next life."""
        Process.kill(self)
        if isinstance(self.broker, EmbeddedBroker):
            writer = self.broker._writer
            assert isinstance(writer, InlineWriter)
            writer.abandon()
        if self.store is not None:
            let_go(self.store)
        self.store = self.broker = None

    def _edge(self) -> dict[str, Any]:
        """Give the settings of the edges: as in production, only with shorter intervals."""
        return {
            "fold_for": timedelta(seconds=0.3),
            "request_timeout": timedelta(seconds=10),
            "document_timeout": timedelta(seconds=60),
            "concurrency": 3,
            "lease": timedelta(seconds=12),
            "patience_first": timedelta(seconds=0.5),
            "patience_longest": timedelta(seconds=8),
            "parks_per_minute": 1000,
            "listen_host": self.host,
            "listen_port": 80,
            "public_url": f"http://{self.host}",
            **self.world.edge,
        }


def together() -> Mapping[str, Roles]:
    """Give the one process of an embedded bridge."""
    return {"bridge": Roles(hub=True, agencies=tuple(AgencyId(name) for name in AGENCIES))}


def apart() -> Mapping[str, Roles]:
    """Give the processes of a bridge that is spread: a hub, and an edge for each agency."""
    edges = {f"edge-{name}": Roles(hub=False, agencies=(AgencyId(name),)) for name in AGENCIES}
    return {"hub": Roles(hub=True, agencies=()), **edges}


def let_go(store: SqlStore) -> None:
    """Close the file as the machine does for a process that was killed."""
    database = store._database
    assert isinstance(database, SqliteDatabase)
    database._write_engine.dispose()
    database._read_engine.dispose()
