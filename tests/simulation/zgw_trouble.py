"""Trouble in the ZGW world: what strikes for a while, and how it ends."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from bridge.store.sqlite import SqliteDatabase
from tests.simulation.content_trouble import ContentTrouble
from tests.simulation.meddling import Meddler
from tests.simulation.processes import Process
from tests.simulation.zgw_faults import FAILURES, draw_fault
from tests.simulation.zgw_processes import BridgeProcess, SystemProcess

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld

_BRIDGE: Final = "casebridge"
_ROOMY: Final = 2**30


@dataclass(slots=True)
class Doom:
    """A process that is killed after so many more steps, and away for so many seconds."""

    process: Process
    steps: int
    seconds: float


@dataclass(slots=True)
class ZgwTrouble(Meddler):
    """Makes trouble for case systems and bridge, and ends it."""

    world: ZgwWorld
    content: ContentTrouble = field(init=False)
    _doomed: dict[str, Doom] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.content = ContentTrouble(self.world, self)
        self.world.loop.on_step = self._step

    def one(self, random: Random) -> None:
        """Let something go wrong, or not."""
        for system in self.world.systems.values():
            self._with_a_system(system, random)
        for process in self.world.bridge.values():
            if process.is_alive:
                self._with_a_process(process, random)
        self._with_files(random)
        self.content.one(random)

    def _with_a_system(self, system: SystemProcess, random: Random) -> None:
        chance = self.world.chance
        for name in FAILURES:
            if chance.strikes(name, system.agency, random) and system.made is not None:
                system.made.faults.add(draw_fault(name, random, _BRIDGE))
        if system.is_alive and chance.strikes("system-killed", system.agency, random):
            self._doom(system, random, random.choice((0.5, 5, 25)))

    def _with_a_process(self, process: BridgeProcess, random: Random) -> None:
        chance = self.world.chance
        if chance.strikes("killed", process.name, random):
            self._doom(process, random, random.choice((0, 0.2, 3, 20)))
        elif chance.strikes("frozen", process.name, random):
            self.later(self.frozen(process, random.choice((1, 5, 20))))
        elif chance.strikes("stopped", process.name, random):
            self.later(self._stopped(process))

    def _doom(self, process: Process, random: Random, seconds: float) -> None:
        """Kill a process after some more steps of it: wherever it then stands."""
        steps = int(random.expovariate(1 / random.choice((20, 200, 1000)))) + 1
        self._doomed[process.id] = Doom(process, steps, seconds)

    def _step(self, name: str) -> None:
        doom = self._doomed.get(name)
        if doom is None:
            return
        doom.steps -= 1
        if doom.steps <= 0:
            del self._doomed[name]
            self.world.trace.passed(f"killed.{doom.process.name}")
            doom.process.kill()
            self.later(self.started(doom.process, doom.seconds))

    async def _stopped(self, process: BridgeProcess) -> None:
        """Ask a process to stop, and start it when it has; one that does not in time is killed."""
        life, task = process.life, process.task
        process.stopping.set()
        if task is not None:
            await asyncio.wait([task], timeout=30)
        if process.life == life:
            if process.is_alive:
                process.kill()
            process.start()

    def _with_files(self, random: Random) -> None:
        chance, seconds = self.world.chance, random.choice((0.5, 4, 15))
        if chance.strikes("store-busy", random=random):
            self.later(self._busy(seconds))
        if chance.strikes("store-full", random=random):
            self.later(self._full_store(seconds))
        if chance.strikes("broker-full", random=random):
            self.later(self._full_broker(seconds))

    async def _busy(self, seconds: float) -> None:
        """Hold the store's file, as a backup or an administrator's shell does."""
        path = self.world.folder / "bridge" / "casebridge.db"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                await asyncio.sleep(seconds)
            finally:
                other.execute("ROLLBACK")

    async def _full_store(self, seconds: float) -> None:
        """Leave no room for the store's file to grow."""
        try:
            self._room_for_stores(None)
            await asyncio.sleep(seconds)
        finally:
            self._room_for_stores(_ROOMY)

    def _room_for_stores(self, pages: int | None) -> None:
        for process in self.world.bridge.values():
            database = process.store._database if process.store is not None else None
            if process.is_alive and isinstance(database, SqliteDatabase):
                connection = database._write_engine.raw_connection()
                try:
                    _let_grow(connection, pages)
                finally:
                    connection.close()

    async def _full_broker(self, seconds: float) -> None:
        """Leave no room for the broker's file to grow."""
        try:
            self._room_for_brokers(None)
            await asyncio.sleep(seconds)
        finally:
            self._room_for_brokers(_ROOMY)

    def _room_for_brokers(self, pages: int | None) -> None:
        for broker in self.world.brokers():
            if broker._writer._file is not None:
                _let_grow(broker._writer._file._db, pages)

    async def end(self) -> None:
        """Let all trouble pass, and everything run."""
        self._doomed.clear()
        await self.stop()
        self.content.end()
        for system in self.world.systems.values():
            self.world.calm(system.agency)
        for process in self.world.bridge.values():
            if process.stopping.is_set() and process.is_alive:
                process.kill()
        every: list[Process] = [*self.world.systems.values(), *self.world.bridge.values()]
        for each in every:
            self.revive(each)


def _let_grow(connection: object, pages: int | None) -> None:
    """Set how many pages a file may have; ``None``: no more than it has."""
    execute = connection.execute  # type: ignore[attr-defined]  # sqlite3's, or the pool's around it
    most = execute("PRAGMA page_count").fetchone()[0] if pages is None else pages
    execute(f"PRAGMA max_page_count = {most}")
