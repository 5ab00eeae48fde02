"""The processes of the simulation: started anew each time they are killed; here hubs and edges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from adapters.memory import MemoryAdapter
from bridge.edge import Edge, EdgeParts
from bridge.edge.breaker import Breaker, Patience
from bridge.hub import Hub
from bridge.settings import EdgeSettings, HubSettings
from contracts.adapter import Push
from contracts.envelope import source_of
from contracts.ids import AgencyId
from tests.simulation.telling import Telling

if TYPE_CHECKING:
    from tests.simulation.loop import SimLoop
    from tests.simulation.world import World

SOURCE: Final = source_of("00000000000000000000", "casebridge")
LONGEST: Final = timedelta(seconds=20)
"""How long an edge leaves a system alone at most."""


def edge_settings(*, polls: bool) -> EdgeSettings:
    """Give the settings of every edge: as in production, only with shorter intervals."""
    return EdgeSettings(
        fold_for=timedelta(seconds=0.5),
        poll_every=timedelta(seconds=15) if polls else None,
        sweep_every=timedelta(seconds=60),
        request_timeout=timedelta(seconds=10),
        document_timeout=timedelta(seconds=60),
        concurrency=3,
        lease=timedelta(seconds=15),
        patience_first=timedelta(seconds=1),
        patience_longest=LONGEST,
        parks_per_minute=1000,
        public_url="https://bridge.example",
    )


class Lines(Protocol):
    """What connects processes with each other."""

    def drop(self, process: str) -> None:
        """Lose all connections of a process that was killed."""


class Ground(Protocol):
    """Where processes run: the part of a world that they all need."""

    @property
    def loop(self) -> SimLoop:
        """The loop of the run."""

    @property
    def connections(self) -> Lines:
        """What connects them."""

    def now(self) -> datetime:
        """Give the moment by the world's own clock."""

    def fell_over(self, process: str, error: Exception) -> None:
        """Note that a process ended by itself."""


@dataclass(slots=True)
class Process:
    """
    Something that runs, and may be killed and started again.

    Attributes:
        name: What it is: ``hub-1``, ``odru``, ``odru-2``.
        life: How often it was started; part of its name in the loop.
        skew: How far its clock is ahead.
    """

    world: Ground
    name: str
    life: int = 0
    skew: timedelta = timedelta(0)
    task: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """The name of this life."""
        return f"{self.name}#{self.life}"

    @property
    def is_alive(self) -> bool:
        """Tell whether it runs, or is frozen."""
        return self.task is not None and not self.world.loop.is_dead(self.id)

    def now(self) -> datetime:
        """Give the moment by its own clock."""
        return self.world.now() + self.skew

    def start(self) -> None:
        """Start it; it must not be alive."""
        self.life += 1
        self.task = self.world.loop.spawn(self.id, self._run())

    def kill(self) -> None:
        """Kill it: nothing of it is cleaned up."""
        self.world.loop.kill(self.id)
        self.world.connections.drop(self.id)
        self.task = None

    async def _run(self) -> None:
        try:
            await self.work()
        except Exception as error:  # noqa: BLE001  # a law says that this never happens
            self.world.fell_over(self.id, error)

    async def work(self) -> None:
        """Do what this process is for, for ever."""
        raise NotImplementedError


@dataclass(slots=True)
class HubProcess(Process):
    """A hub."""

    world: World

    async def work(self) -> None:
        """Run a hub."""
        store = self.world.store_for(self)
        group = Telling(
            store=store,
            rules=self.world.rules,
            source=SOURCE,
            now=self.now,
            kept=self.world.kept,
        )
        hub = Hub(
            store=store,
            broker=self.world.connections.connect(self.id),
            group=group,
            settings=HubSettings(group=self.world.options.group),
            now=self.now,
        )
        await hub.run()


@dataclass(slots=True)
class EdgeProcess(Process):
    """The edge of one agency."""

    world: World
    agency: AgencyId = field(kw_only=True)
    edge: Edge | None = None
    adapter: MemoryAdapter | None = None

    async def work(self) -> None:
        """Run an edge over a memory adapter."""
        world = self.world
        settings = world.adapter_settings[self.agency]
        polls = "poll" in settings.intake
        adapter = MemoryAdapter(settings)
        patience = Patience(
            first=timedelta(seconds=1),
            longest=LONGEST,
            denied=timedelta(seconds=30),
            parks_per_minute=1000,
        )
        self.edge = EdgeParts(
            agency=self.agency,
            adapter=adapter,
            scope=lambda: world.scope(self.agency, self.now()),
            store=world.store_for(self),
            broker=world.connections.connect(self.id),
            content=world.content_for(self, self.agency),
            scanner=world.scanner_for(self.agency),
            settings=world.edge_settings(polls=polls),
            breaker=Breaker(self.agency, patience, self.now),
            source=SOURCE,
            holder=self.id,
            now=self.now,
        ).joined()
        self.adapter = adapter
        await self.edge.run()

    def kill(self) -> None:
        """Kill it; its lines to the system break."""
        Process.kill(self)
        self.world.systems[self.agency].hung_up(self.id)

    async def hear(self, push: Push) -> bool:
        """Take a push as the callback address does; false where it was not kept."""
        if self.edge is None or self.adapter is None:
            return False
        await self.edge.keep(self.adapter.hear(push))
        return True
