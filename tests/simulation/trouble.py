"""The larger faults: processes, systems, the store, clocks and rules."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from bridge.broker.base import Outgoing
from bridge.broker.topology import command_key, hint_key, observation_key
from bridge.store import MemoryStore, StoreForeign, open_memory_store
from tests.simulation.faults import KINDS
from tests.simulation.meddling import Meddler
from tests.simulation.operators import Operators
from tests.simulation.processes import EdgeProcess
from tests.simulation.trace import Restored

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(slots=True)
class Trouble(Meddler):
    """Makes trouble, and ends it."""

    world: World

    async def one(self, random: Random) -> None:
        """Let something go wrong, or not."""
        self._with_processes(random)
        self._with_systems(random)
        await self._with_the_middle(random)
        if "clocks-apart" in self.world.chance.active and random.random() < 0.04:
            self._jump(random.choice((timedelta(minutes=5), timedelta(hours=2))))
        if "restored" in self.world.chance.active and random.random() < KINDS["restored"].chance:
            self.later(self._restored(random.uniform(2, 60), random.choice((0, 4, 40))))

    def _with_processes(self, random: Random) -> None:
        chance, agency = self.world.chance, random.choice(self.world.ruleset.agencies)
        for process in [each for each in self.world.processes.values() if each.is_alive]:
            if chance.strikes("killed", process.name, random):
                self.later(self.killed(process, random.choice((0, 0.2, 3, 25))))
            elif chance.strikes("frozen", process.name, random):
                self.later(self.frozen(process, random.choice((1, 20, 60))))
        if chance.strikes("second-edge", agency, random):
            self._second_edge(EdgeProcess(self.world, f"{agency}-2", agency=agency))

    def _with_systems(self, random: Random) -> None:
        chance, agency = self.world.chance, random.choice(self.world.ruleset.agencies)
        system = self.world.systems[agency]
        if chance.strikes("system-down", agency, random):
            self.later(self._down(system, random.uniform(5, 90)))
        if chance.strikes("denied", agency, random):
            self.later(self._denied(system, random.uniform(5, 60)))

    async def _with_the_middle(self, random: Random) -> None:
        chance, world = self.world.chance, self.world
        if chance.strikes("store-down", random=random):
            self.later(self._store_down(random.uniform(1, 30)))
        if chance.strikes("rules-changed", random=random):
            world.change_rules(random)
        if chance.strikes("poison", random=random):
            await self._poison(random)
        if chance.strikes("resumed", random=random):
            await Operators(world).resume_twice()
        if chance.strikes("copied", random=random):
            await self._copied()

    async def end(self) -> None:
        """Let all trouble pass, and everything run."""
        await self.stop()
        world = self.world
        world.store_is_away = False
        for system in world.systems.values():
            system.is_down, system.secret = False, None
        for process in world.processes.values():
            self.revive(process)

    async def _down(self, system: Any, seconds: float) -> None:
        system.is_down = True
        try:
            await asyncio.sleep(seconds)
        finally:
            system.is_down = False

    async def _denied(self, system: Any, seconds: float) -> None:
        system.secret = "een ander"
        try:
            await asyncio.sleep(seconds)
        finally:
            system.secret = None

    async def _store_down(self, seconds: float) -> None:
        self.world.store_is_away = True
        try:
            await asyncio.sleep(seconds)
        finally:
            self.world.store_is_away = False

    async def _restored(self, after: float, stopped: float) -> None:
        """Make a backup, and bring it back a while later, as operators are told to."""
        world = self.world
        backup, place = world.state.copy(), len(world.trace.events)
        await asyncio.sleep(after)
        processes = [each for each in world.processes.values() if each.is_alive]
        for process in processes:
            process.kill()
        world.connections.queues.purge()
        world.state.put_back(backup)
        await MemoryStore(world.state, environment="simulation").restored(world.now())
        world.trace.add(Restored(world.now(), place))
        world.chance.note("restored", f"to {place}")
        await asyncio.sleep(stopped)
        for process in processes:
            self.revive(process)

    def _second_edge(self, process: EdgeProcess) -> None:
        if process.name not in self.world.processes:
            self.world.processes[process.name] = process
            process.start()

    async def _copied(self) -> None:
        """Open a copy of the store elsewhere: that must be refused."""
        try:
            await open_memory_store(self.world.state.copy(), environment="proef")
        except StoreForeign:
            self.world.trace.passed("store.copy-refused")
        else:
            self.world.bugs.append("a copy of the store was opened in another environment")

    async def _poison(self, random: Random) -> None:
        """Put something into a queue that nobody can read."""
        agency = self.world.ruleset.agencies[0]
        body = random.choice((b"", b"<html>", b"{}", b'{"specversion":"1.0"}', b"\xff\xfe"))
        key = random.choice((observation_key(agency), command_key(agency), hint_key(agency)))
        name = f"poison-{self.world.people.number()}"
        connection = self.world.connections.connect("world")
        await connection.publish([Outgoing(name, key, body)])

    def _jump(self, ahead: timedelta) -> None:
        self.world.ahead += ahead
        self.world.chance.note("clocks-apart", f"{ahead} ahead")
