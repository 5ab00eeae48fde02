"""
The whole world: real edges, hubs and engine between simulated case systems, in virtual time.

A run has four phases. In *safety* people work and everything breaks that this seed lets break. In
*liveness* nothing breaks any more, operators set going what was parked, and within a bound all
must agree. In *quiet* every case is swept twice: nothing may be written. Then it is *over*.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from adapters.memory import MemorySettings
from bridge.content import Staging
from bridge.engine.rules import Rules
from bridge.engine.scope import Scope, scope_for
from bridge.hub.group import Group
from bridge.scan import Scanner
from bridge.settings import EdgeSettings
from bridge.store import MemoryState, MemoryStore, open_memory_store
from contracts.adapter import Heard
from contracts.ids import AgencyId, CaseRef
from tests.simulation.content import SimContent
from tests.simulation.deeds import Deeds
from tests.simulation.faults import Chance, seldom, some
from tests.simulation.hearing import Mail
from tests.simulation.line import Connections
from tests.simulation.loop import SimLoop
from tests.simulation.operators import Operators
from tests.simulation.people import People
from tests.simulation.processes import (
    SOURCE,
    EdgeProcess,
    HubProcess,
    Process,
    edge_settings,
)
from tests.simulation.quiet import listening
from tests.simulation.rendering import FAITHFUL, Habits, draw_habits
from tests.simulation.rulesets import START, Ruleset, changed, ruleset
from tests.simulation.store import Shaky
from tests.simulation.systems import SimSystem, draw_settings, draw_system
from tests.simulation.telling import Kept
from tests.simulation.trace import Outcome, Phase, Ruled, Trace
from tests.simulation.trouble import Trouble

AGREE_WITHIN: Final = timedelta(minutes=12)
"""A sweep, twice the longest wait of the engine, and what the last resends take."""

_SWEPT_WITHIN: Final = timedelta(minutes=6)
"""Longer than the clocks of two edges may be apart: one keeps for later what the other looks at."""
_PAUSES: Final = (0, 0.05, 0.3, 1, 4, 12)
"""Seconds between two deeds."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What is drawn for one run; the seed draws the rest.

    Attributes:
        seed: Of all chance.
        steps: How much happens in the safety phase.
        agencies: So many; ``None``: the seed's.
        faults: Which may strike; ``None``: the seed's.
        skipped: Steps that are not taken: each draws from a source of its own, so that a run
            without some of them goes on much as before.
        group: How many messages a hub decides at once at most.
        hubs: How many share the work.
    """

    seed: int
    steps: int = 30
    agencies: int | None = None
    faults: frozenset[str] | None = None
    skipped: frozenset[int] = frozenset()
    group: int = 10
    hubs: int = 2


@dataclass(slots=True)
class Fallen:
    """A process that ended by itself, which it never should."""

    process: str
    error: Exception


@dataclass(slots=True)
class World:
    """
    Everything of one run.

    Attributes:
        words: By SHA-256: the contents that lie in systems, which are words.
        left: What was left behind, once nothing had been done for long.
        kept: On which events the hubs decide what is not saved yet.
    """

    options: Options
    loop: SimLoop = field(init=False)
    trace: Trace = field(default_factory=Trace)
    ruleset: Ruleset = field(init=False)
    ahead: timedelta = timedelta(0)
    chance: Chance = field(init=False)
    people: People = field(init=False)
    deeds: Deeds = field(init=False)
    trouble: Trouble = field(init=False)
    habits: dict[AgencyId, Habits] = field(default_factory=dict)
    systems: dict[AgencyId, SimSystem] = field(default_factory=dict)
    adapter_settings: dict[AgencyId, MemorySettings] = field(default_factory=dict)
    state: MemoryState = field(default_factory=MemoryState)
    store_is_away: bool = False
    content: SimContent = field(default_factory=SimContent)
    words: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    kept: Kept = field(default_factory=dict)
    connections: Connections = field(init=False)
    processes: dict[str, Process] = field(default_factory=dict)
    fallen: list[Fallen] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)
    scopes: dict[tuple[AgencyId, str, date], Scope] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seed = self.options.seed
        self.loop = SimLoop(seed)
        random = self.loop.random
        self.ruleset = ruleset(random.randrange(400), agencies=self.options.agencies)
        faults = self.options.faults
        active = some(random) | seldom(seed) if faults is None else faults
        self.chance = Chance(random, self.trace, self.now, active)
        self.people = People(self.ruleset)
        self.deeds = Deeds(self)
        self.trouble = Trouble(self)
        self.trace.add(Ruled(self.now(), self.ruleset.version, self.ruleset))
        for agency in self.ruleset.agencies:
            habits = draw_habits(random, self.ruleset.catalogues[agency])
            if "renders" not in active:
                habits = replace(habits, rendering=FAITHFUL)
            self.habits[agency] = habits
            self.adapter_settings[agency] = draw_settings(random, agency, habits, active)
            self.systems[agency] = draw_system(self, agency)
        self.connections = Connections(self)

    # What everybody asks

    def now(self) -> datetime:
        """Give the moment by the world's own clock."""
        return START + self.ahead + timedelta(seconds=self.loop.now)

    def rules(self) -> Rules:
        """Give the rules in force."""
        return self.ruleset.rules

    def scope(self, agency: AgencyId, at: datetime) -> Scope:
        """Give what may leave and reach an agency."""
        key = agency, self.ruleset.version, at.date()
        if key not in self.scopes:
            self.scopes[key] = scope_for(agency, self.rules(), at.date())
        return self.scopes[key]

    def store_for(self, process: Process) -> Any:
        """Give a process its way to the store."""
        store = MemoryStore(self.state, environment="simulation")
        return Shaky(
            store, process.name, self.chance, self.trace, self.kept, lambda: self.store_is_away
        )

    def content_for(self, process: Process, agency: AgencyId) -> Staging:
        """Give an edge its way to the store of content."""
        return self.content

    def scanner_for(self, agency: AgencyId) -> Scanner | None:
        """Give the scanner that stands before a system, where there is one."""
        return None

    def edge_settings(self, *, polls: bool) -> EdgeSettings:
        """Give the settings of every edge."""
        return edge_settings(polls=polls)

    def agency_of(self, process: str) -> AgencyId | None:
        """Tell for which agency a process speaks; ``None`` for a hub."""
        found = self.processes.get(process.partition("#")[0])
        return found.agency if isinstance(found, EdgeProcess) else None

    def fell_over(self, process: str, error: Exception) -> None:
        """Note that a process ended by itself."""
        self.fallen.append(Fallen(process, error))

    def strike_down(self, process: str) -> None:
        """Kill one life of a process here and now, and start it again after a while."""
        self.trouble.strike_down(self.processes[process.partition("#")[0]], process)

    def edges(self, agency: AgencyId) -> list[EdgeProcess]:
        """Give the edges of an agency that run."""
        return [
            each
            for each in self.processes.values()
            if isinstance(each, EdgeProcess) and each.agency == agency and each.is_alive
        ]

    # One run

    def run(self) -> Outcome:
        """Play the whole run, and tell how it ended."""
        with listening(self.bugs):
            try:
                self.loop.run_until_complete(self._play())
                return self._outcome()
            finally:
                bugs = list(self.bugs)
                self.loop.bury()
                # What the dead say while they are buried is nobody's business.
                self.bugs[:] = bugs
                for system in self.systems.values():
                    system.close()

    async def _play(self) -> None:
        await open_memory_store(self.state, environment="simulation")
        self.trace.add(Phase(self.now(), "safety"))
        self._start_all()
        await self.act()
        self.chance.is_open = False
        await self.trouble.end()
        self.trace.add(Phase(self.now(), "liveness"))
        await self._announce_all()
        if not await Operators(self).until_all_is_said(AGREE_WITHIN):
            self.trace.passed("never at rest")
        self.trace.add(Phase(self.now(), "quiet"))
        for _ in range(2):
            await self.sweep()
            await self.until_idle(_SWEPT_WITHIN)
        self.trace.add(Phase(self.now(), "over"))
        await self.end()

    async def end(self) -> None:
        """See what is left behind, where a world looks for that."""

    def _start_all(self) -> None:
        for number in range(self.options.hubs):
            self._begin(HubProcess(self, f"hub-{number + 1}"))
        for agency in self.ruleset.agencies:
            self._begin(EdgeProcess(self, agency, agency=agency))
            Mail(self, agency).listen()

    def _begin(self, process: Process) -> None:
        if "clocks-apart" in self.chance.active:
            process.skew = timedelta(seconds=self.loop.random.uniform(-240, 240))
            self.chance.note("clocks-apart", process.name)
        self.processes[process.name] = process
        process.start()

    async def act(self) -> None:
        """Let people work, and everything break that may."""
        for step in range(self.options.steps):
            if step not in self.options.skipped:
                random = Random(f"{self.options.seed}/{step}")
                await self.deeds.one(random)
                await self.trouble.one(random)
                await asyncio.sleep(random.choice(_PAUSES))

    async def _announce_all(self) -> None:
        """Have people touch every case once more: one that nobody ever announced is not known."""
        for agency, system in self.systems.items():
            refs = tuple(CaseRef(ref) for ref in system.refs())
            for process in self.edges(agency)[:1]:
                if process.edge is not None:
                    await self.ask(process, process.edge.keep(Heard(refs=refs)))

    async def sweep(self) -> None:
        """Have every edge look at every case that it knows."""
        for agency in self.ruleset.agencies:
            for process in self.edges(agency)[:1]:
                if process.edge is not None:
                    await self.ask(process, process.edge.sweep())

    async def ask(self, process: Process, work: Coroutine[Any, Any, Any]) -> None:
        """Have a process do something; whoever is killed meanwhile never answers."""
        task = self.loop.spawn(process.id, work)
        while not task.done() and not self.loop.is_dead(process.id):
            await asyncio.wait({task}, timeout=1)

    async def until_idle(self, within: timedelta) -> bool:
        """Wait until nothing is on its way; false where it does not come to that in time."""
        end = self.loop.now + within.total_seconds()
        while self.loop.now < end:
            await asyncio.sleep(1.5)
            if self._is_idle():
                return True
        return False

    def _is_idle(self) -> bool:
        # Whose clock runs ahead has cases looked at later by so much, by a colleague's clock.
        ahead = max(process.skew for process in self.processes.values())
        state, soon = self.state, self.now() + max(ahead, timedelta()) + timedelta(seconds=5)
        rests = not any(hint.due_at <= soon for hint in state.hints.values())
        return (
            rests
            and not state.outbox
            and not state.commands
            and not state.timers
            and not self.connections.waiting()
        )

    def group(self) -> Group:
        """Give what decides for an operator."""
        store = MemoryStore(self.state, environment="simulation")
        quiet = Shaky(store, "desk", self.chance, self.trace, self.kept, lambda: False)
        return Group(store=quiet, rules=self.rules, source=SOURCE, now=self.now)  # type: ignore[arg-type]

    def change_rules(self, random: Random) -> None:
        """Let an administrator change something."""
        self.ruleset = changed(self.ruleset, random)
        self.people.ruleset = self.ruleset
        self.trace.add(Ruled(self.now(), self.ruleset.version, self.ruleset))

    def _outcome(self) -> Outcome:
        shown = {a: {CaseRef(r): s.cells(r) for r in s.refs()} for a, s in self.systems.items()}
        marks = {a: s.marks() for a, s in self.systems.items()}
        links = {stored.link.id: stored.link for stored in self.state.links.values()}
        return Outcome(self.trace, shown, marks, links, self.habits, left=tuple(self.left))


def play(options: Options) -> tuple[Outcome, World]:
    """Play one run; give how it ended, and the world for who wants to look behind it."""
    world = World(options)
    return world.run(), world
