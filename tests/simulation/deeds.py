"""What people do in the whole world: they open cases and type, in their own systems."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from adapters.memory.record import NATURAL, CaseLocked, NoSuchCase, Refused
from bridge.store import MemoryStore
from bridge.store.records import Share
from contracts.case import Cells, split_path
from contracts.ids import AgencyId, CaseRef
from tests.simulation.people import Edit
from tests.simulation.systems import SimSystem
from tests.simulation.trace import Shared

if TYPE_CHECKING:
    from tests.simulation.world import World

_MOST_CASES = 4


@dataclass(slots=True)
class Deeds:
    """Has people act, one deed at a time."""

    world: World

    async def one(self, random: Random) -> None:
        """Let somebody do something somewhere."""
        agencies = self.world.ruleset.agencies
        agency = agencies[0] if random.random() < 0.4 else random.choice(agencies)
        system = self.world.systems[agency]
        refs = system.refs()
        opened = sum(1 for ref in refs if CaseRef(ref) not in system.marks())
        if not refs or (opened < _MOST_CASES and random.random() < 0.12):
            cells, by = self.world.people.opens(random, agency)
            self.open(system, cells, by)
        elif random.random() < 0.04:
            await self._share(random, agency, CaseRef(random.choice(refs)))
        elif random.random() < 0.3 and self.world.chance.strikes("deleted", agency, random):
            self._delete(system, random.choice(refs))
        else:
            self.type(agency, random.choice(refs), random)

    def type_somewhere(self, agency: AgencyId) -> None:
        """Let somebody change something in any case of an agency."""
        random = self.world.loop.random
        if refs := self.world.systems[agency].refs():
            self.type(agency, random.choice(refs), random)

    def type(self, agency: AgencyId, ref: str, random: Random) -> None:
        """Let somebody change something in a case."""
        system = self.world.systems[agency]
        cells = system.cells(ref)
        for edit in self.world.people.edits(random, agency, cells):
            try:
                self.do(system, ref, edit)
            except (CaseLocked, Refused, NoSuchCase):
                # Somebody else holds it, or the system does not take this: people shrug.
                return

    def open(self, system: SimSystem, cells: Cells, by: str) -> None:
        """Have somebody open a case."""
        registers = {path: value for path, value in cells.items() if not split_path(path)[1]}
        try:
            ref = system.open_case(registers, who=by)
        except Refused:
            return
        for path, value in cells.items():
            if split_path(path)[1]:
                self.do(system, ref, Edit(path, value, by))

    def do(self, system: SimSystem, ref: str, edit: Edit) -> None:
        """Have somebody type one thing, as their system takes it."""
        field, key = split_path(edit.path)
        if field not in self.world.adapter_settings[system.agency].readable:
            return
        there = edit.path in system.cells(ref)
        if not key or (there and edit.value is None):
            system.set(ref, edit.path, edit.value, who=edit.by)
            return
        if not isinstance(edit.value, dict):
            return
        if field == "documents" and edit.content is not None:
            key = key if there else system.new_key(field)
            version = edit.value.get("version")
            writer = system.content_writer(key, version if isinstance(version, int) else 1)
            writer.write(edit.content)
            writer.finish()
        if there:
            system.set(ref, edit.path, edit.value, who=edit.by)
        elif field in NATURAL:
            system.add(ref, field, edit.value, who=edit.by)
        else:
            made = key if field == "documents" else None
            system.add(ref, field, edit.value, who=edit.by, key=made)

    def _delete(self, system: SimSystem, ref: str) -> None:
        with suppress(CaseLocked):  # the bridge writes in it: another time
            system.delete(ref, who="beheer")

    async def _share(self, random: Random, agency: AgencyId, ref: CaseRef) -> None:
        """Link a case by hand, as a person does from their own system."""
        others = [each for each in self.world.ruleset.agencies if each != agency]
        to = random.choice(others)
        store = MemoryStore(self.world.state, environment="simulation")
        now = self.world.now()
        self.world.trace.add(Shared(now, agency, ref, to))
        await store.add_share(Share(agency, ref, to, "een mens", "graag samen", now))
