"""
The ZGW world: the adapter with its simulator, the SQL store and the embedded broker, in seeds.

What runs is the product: `bridge.app` joins it, over SQLite files, and it speaks HTTP with two
case systems that call it back. Only time, chance and the wires are the run's own. The phases are
those of the whole world: in *safety* all breaks that this seed lets break, in *liveness* all must
come to agree, in *quiet* every case is swept twice and nothing may be written.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest import mock

from aiohttp import web_app

from adapters.kit.simulator import NotificationQuirks
from adapters.zgw.simulator.settings import Quirks
from bridge.broker.embedded import EmbeddedBroker
from bridge.content import Blobs, ContentStore
from bridge.content.keys import Keyring
from bridge.demo.workplace import AS_OF
from bridge.edge.breaker import Patience
from contracts.ids import AgencyId
from tests.simulation.depot import Depot, DepotBlobs
from tests.simulation.depot_left import KEEP_USED
from tests.simulation.faults import Chance, some
from tests.simulation.laws import Broken
from tests.simulation.loop import PROCESS
from tests.simulation.machine import machine
from tests.simulation.quiet import listening, listening_to_servers
from tests.simulation.trace import Phase, Trace
from tests.simulation.wired import WiredLoop, wired
from tests.simulation.zgw_contents import NotedContent
from tests.simulation.zgw_ending import Ending
from tests.simulation.zgw_faults import KINDS, draw_quirks
from tests.simulation.zgw_post import Connections
from tests.simulation.zgw_processes import BridgeProcess, SystemProcess, apart, together
from tests.simulation.zgw_rest import Rest
from tests.simulation.zgw_staff import Staff, staffed
from tests.simulation.zgw_stock import rules_of, scratch, stock
from tests.simulation.zgw_trouble import ZgwTrouble
from tests.system.dossiers import AGENCIES

_PAUSES: Final = (0, 0.05, 0.3, 1, 2, 5)
"""Seconds between two deeds."""
_DENIED: Final = timedelta(seconds=20)
"""How long a system is left alone that refused us; twenty minutes in production."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What is drawn for one run; the seed draws the rest.

    Attributes:
        steps: How much happens in the safety phase.
        faults: Which may strike; ``None``: the seed's.
        is_apart: The bridge runs as several processes; ``None``: the seed's.
        skipped: Steps that are not taken: each draws from a source of its own.
    """

    seed: int
    steps: int = 25
    faults: frozenset[str] | None = None
    is_apart: bool | None = None
    skipped: frozenset[int] = frozenset()


@dataclass(slots=True)
class ZgwWorld:
    """
    Everything of one run.

    Attributes:
        quirks: How each case system behaves now; kept when it is started anew.
        adapter: Settings of the adapters of this run.
        edge: Settings of the edges of this run.
        depot: What lies in the store of content, whichever process put it there.
        keys: By agency: the keys of content that its edge is given when it starts.
    """

    options: Options
    loop: WiredLoop = field(init=False)
    folder: Path = field(init=False)
    trace: Trace = field(default_factory=Trace)
    chance: Chance = field(init=False)
    start: datetime = field(init=False)
    connections: Connections = field(init=False)
    staff: Staff = field(init=False)
    rest: Rest = field(init=False)
    quirks: dict[str, Quirks] = field(default_factory=dict)
    adapter: dict[str, Any] = field(default_factory=dict)
    edge: dict[str, Any] = field(default_factory=dict)
    part_size_bytes: int = field(init=False)
    chunk_bytes: int = field(init=False)
    depot: Depot = field(init=False)
    keys: dict[AgencyId, tuple[bytes, ...]] = field(default_factory=dict)
    trouble: ZgwTrouble = field(init=False)
    systems: dict[str, SystemProcess] = field(default_factory=dict)
    bridge: dict[str, BridgeProcess] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.loop = WiredLoop(self.options.seed)
        random, faults = self.loop.random, self.options.faults
        drawn = some(random, KINDS)
        active = drawn if faults is None else faults
        self.chance = Chance(random, self.trace, self.now, active, KINDS)
        self.start = AS_OF + timedelta(minutes=random.randrange(-300, 900))
        self.rest = Rest(self)
        self.part_size_bytes = random.choice((5_000, 4 * 1024**3))
        self.adapter = {
            "request_timeout": timedelta(seconds=8),
            "concurrency": random.choice((1, 4)),
            "inline_document_bytes": random.choice((0, 0, 5_000, 10 * 1024**2)),
            "number_pattern": random.choice((None, "CB-{mark}")),
        }
        self.edge = {
            "poll_every": random.choice((None, None, None, timedelta(seconds=25))),
            "sweep_every": timedelta(seconds=random.choice((20, 120))),
            "keep_used_content": KEEP_USED,
            "large_document_bytes": random.choice((0, 50_000, 16 * 1024**2)),
        }
        self.depot = Depot(self, Random(random.random()))
        self.keys = dict.fromkeys(map(AgencyId, AGENCIES), (random.randbytes(32),))
        self.chunk_bytes = random.choice((64 * 1024, 256 * 1024))
        self.trouble = ZgwTrouble(self)
        self.folder = scratch("run")
        shutil.copytree(stock().folder, self.folder, dirs_exist_ok=True)

    # What everybody asks

    def now(self) -> datetime:
        """Give the moment by the world's own clock."""
        return self.start + timedelta(seconds=self.loop.now)

    def broke(self, law: str, why: str) -> None:
        """Write down that something does not hold."""
        self.broken.append(Broken(law, len(self.trace.events), why))

    def fell_over(self, process: str, error: Exception) -> None:
        """Note that a process ended by itself, which it never should."""
        self.broke("no_bug", f"{process} ended: {error!r}")

    def strike_down(self, process: str) -> None:
        """Kill one life of a process here and now, and start it again after a while."""
        self.trouble.strike_down(self.bridge[process.partition("#")[0]], process)

    def edges(self, agency: AgencyId) -> list[BridgeProcess]:
        """Give the processes that run an edge of an agency."""
        every = self.bridge.values()
        return [each for each in every if agency in each.roles.agencies and each.is_alive]

    async def replace_content(self, agency: str, name: str) -> bool:
        """Have somebody replace the document whose content lies under a name; tell if they did."""
        made = self.systems[agency].made
        assert made is not None
        for row in made.system.store.all("enkelvoudiginformatieobject"):
            if row["_file"] == name:
                chance = Random(self.depot.random.random())
                begun = self.staff.people.replaces(agency, row["identificatie"], chance)
                if begun is not None:
                    await asyncio.wait([begun])
                return begun is not None
        return False

    def brokers(self) -> Iterator[EmbeddedBroker]:
        """Give the brokers that run."""
        yield self.connections.post.broker
        for process in self.bridge.values():
            if isinstance(process.broker, EmbeddedBroker):
                yield process.broker

    def calm(self, agency: str) -> None:
        """Let a case system behave as well as it can; what it cannot do it still cannot."""
        self.quirks[agency] = replace(
            self.quirks[agency],
            lost_update_seconds=0.0,
            notifications=NotificationQuirks(retry_seconds=(1.0,) * 100),
        )
        made = self.systems[agency].made
        if made is not None:
            made.system.quirks = self.quirks[agency]
            made.faults.clear()
            made.faults.stop()
            made.system.announcer.deliveries.nudge()

    # One run

    def run(self) -> None:
        """Play the whole run, and judge it."""
        patience = partial(Patience, denied=_DENIED)
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
            # When it comes hangs on what was compiled before; what it collects may run something.
            gc.disable()
            stack.callback(gc.enable)
            stack.enter_context(listening(self.bugs))
            stack.enter_context(listening_to_servers(self.bugs))
            stack.enter_context(wired())
            stack.enter_context(machine(self.options.seed, self.now))
            stack.enter_context(mock.patch("bridge.rules.watch.load_with_files", rules_of))
            stack.enter_context(mock.patch("bridge.joining.edges.Patience", patience))
            stack.enter_context(mock.patch("bridge.content.opening.ContentStore", self._stored))
            # It has a thread of its own, and looks at the machine's clock.
            stack.enter_context(mock.patch("bridge.app.watched", nullcontext))
            try:
                self.loop.run_until_complete(self._play())
            finally:
                self._bury()

    def _stored(self, blobs: Blobs, keys: Keyring | None, *, chunk_bytes: int) -> ContentStore:
        """Give the process that asks its way to the one store of content of the run."""
        process = PROCESS.get()
        blobs = DepotBlobs(self.depot, process)
        return NotedContent(self, process, blobs, keys, chunk_bytes=self.chunk_bytes)

    def _bury(self) -> None:
        for why in self.bugs:
            self.broke("no_bug", why)
        broken = list(self.broken)
        self.loop.bury()
        # aiohttp remembers what each application has between its requests and their handlers.
        web_app._cached_build_middleware.cache_clear()
        # Now, and not in the midst of the next run: what is collected may still run something.
        gc.collect()
        # What the dead say while they are buried is nobody's business.
        self.broken[:] = broken

    async def _play(self) -> None:
        self.trace.add(Phase(self.now(), "safety"))
        async with staffed(self) as self.staff:
            await self._begin()
            await self._act()
            self.trace.add(Phase(self.now(), "liveness"))
            await self.rest.agree()
            ending = Ending(self)
            before = await ending.written()
            self.trace.add(Phase(self.now(), "quiet"))
            for _ in range(2):
                await self.staff.backstage.sweep()
                await self.rest.come()
            self.trace.add(Phase(self.now(), "over"))
            await ending.judge(before)

    async def _begin(self) -> None:
        for agency in AGENCIES:
            self.quirks[agency] = draw_quirks(self.chance, agency)
            self.systems[agency] = SystemProcess(self, agency, agency=agency)
            self.systems[agency].start()
        is_apart = self.options.is_apart
        if is_apart is None:
            is_apart = self.chance.random.random() < 0.5
        for name, roles in (apart() if is_apart else together()).items():
            made = BridgeProcess(self, name, roles=roles, has_own_broker=not is_apart)
            if self.chance.strikes("clocks-apart", name):
                made.skew = timedelta(seconds=self.chance.random.uniform(-20, 20))
            self.bridge[name] = made
            made.start()
        await self.rest.until_subscribed()

    async def _act(self) -> None:
        for step in range(self.options.steps):
            if step not in self.options.skipped:
                random = Random(f"{self.options.seed}/{step}")
                self.staff.people.one(random)
                self.trouble.one(random)
                await asyncio.sleep(random.choice(_PAUSES))
        self.chance.is_open = False
        await self.trouble.end()
        for error in await self.staff.people.finish():
            self.broke("converge", f"somebody could not do their work: {error!r}")


def play(options: Options) -> ZgwWorld:
    """Play one run; give the world as it ended."""
    world = ZgwWorld(options)
    world.run()
    return world
