"""The case systems of the simulation: memory systems that write down who changed what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from pydantic import JsonValue

from adapters.memory import MemorySettings, MemorySystem
from adapters.memory.faults import Fault, Faults, Method, Misbehaviour, Rendering
from adapters.memory.store import ContentWriter
from adapters.memory.wire import APPLICATION
from contracts.adapter import CreateGuard, DocumentLimits, Intake, Limit, UpdateGuard
from contracts.case import Cells
from contracts.ids import AgencyId, CaseRef
from tests.simulation.faults import Chance
from tests.simulation.loop import PROCESS
from tests.simulation.quick_system import READABLE
from tests.simulation.rendering import FAITHFUL, Habits
from tests.simulation.trace import Deleted, Edited, Made, Opened, Wrote

if TYPE_CHECKING:
    from tests.simulation.world import World

BRIDGE: Final = "casebridge"
"""The account by which the bridge is known to every system."""

_READS: Final = frozenset({"read", "items", "find", "changes", "check", "download"})
_NEVER: Final = timedelta(days=1)
_WRITES: Final = frozenset({"change", "upload", "lock", "unlock"})


class SimSystem(MemorySystem):
    """One agency's case system: a memory system that writes down who changed what."""

    def __init__(self, world: World, agency: AgencyId) -> None:
        self._world = world
        super().__init__(agency, now=world.now, sleep=asyncio.sleep)
        self.agency = agency
        self.is_down = False
        self._drawn = DrawnFaults(self, world.chance)
        self.faults = self._drawn
        self.travel = self._travel
        self._writing: list[tuple[str, ContentWriter]] = []

    @property
    def is_guarded(self) -> bool:
        """Whether a write is compared, by the system itself, with what the bridge had read."""
        guard = self._world.adapter_settings[self.agency].update_guard
        return guard is not UpdateGuard.NONE

    def is_locked(self, ref: str) -> bool:
        """Tell whether the bridge holds a case."""
        return ref in self._cases and self._cases[ref].lock == BRIDGE

    def marks(self) -> dict[CaseRef, str]:
        """Give the marks of all cases that bear one; deleted ones, too."""
        return {
            CaseRef(case.ref): case.references[APPLICATION]
            for case in self._cases.values()
            if APPLICATION in case.references
        }

    async def _travel(self) -> None:
        if self._world.chance.strikes("typed-between", self.agency):
            self._world.deeds.type_somewhere(self.agency)
        draw = self._world.loop.random.random()
        if draw > 0.4:
            await asyncio.sleep(0 if draw < 0.7 else draw / 4)

    def later(self, delay: timedelta, act: Callable[[], object]) -> None:
        """Let something happen later; it is compared with what was read before it was asked for."""
        reads = self._drawn.reads_of(asyncio.current_task())
        super().later(delay, lambda: self._drawn.land(reads, act))

    def content_writer(self, path_key: str, version: int) -> ContentWriter:
        """Begin a content whose digest is the content itself, so that it tells who typed it."""
        content = f"{path_key}@{version}"
        writer = _Telling(self._store._connection, content, self._world.words)
        self._writing.append((PROCESS.get(), writer))
        return writer

    def hung_up(self, process: str) -> None:
        """Take note that the line to a process broke: what it had not sent whole is dropped."""
        for who, writer in self._writing:
            if who == process:
                writer.give_up()
        self._writing = [each for each in self._writing if each[0] != process]

    def set(
        self,
        ref: str,
        path: str,
        value: JsonValue,
        *,
        who: str = "medewerker",
        at: datetime | None = None,
    ) -> None:
        before = self.cells(ref).get(path)
        super().set(ref, path, value, who=who, at=at)
        self._note(ref, path, before, value, who)

    def add(
        self,
        ref: str,
        field: str,
        item: Cells,
        *,
        who: str = "medewerker",
        origin: str | None = None,
        key: str | None = None,
    ) -> str:
        path = super().add(ref, field, item, who=who, origin=origin, key=key)
        self._note(ref, path, None, dict(item), who)
        return path

    def open_case(
        self,
        cells: Cells | None = None,
        *,
        who: str = "medewerker",
        references: Mapping[str, str] | None = None,
        **registers: JsonValue,
    ) -> str:
        ref = CaseRef(super().open_case(cells, who=who, references=references, **registers))
        shown = self.cells(ref)
        if who == BRIDGE:
            mark = (references or {}).get(APPLICATION, "")
            asked = {**shown, **(cells or {})}
            self._world.trace.add(Made(self.now(), self.agency, ref, mark, asked))
        else:
            self._world.trace.add(Opened(self.now(), self.agency, ref, shown, who))
        return ref

    def delete(self, ref: str, *, who: str = "medewerker") -> None:
        super().delete(ref, who=who)
        self._world.trace.add(Deleted(self.now(), self.agency, CaseRef(ref), who))

    def _note(self, ref: str, path: str, before: JsonValue, asked: JsonValue, who: str) -> None:
        now, value = self.now(), self.cells(ref).get(path)
        if who != BRIDGE:
            edited = Edited(now, self.agency, CaseRef(ref), path, value, before, who)
            self._world.trace.add(edited)
            return
        began = self._drawn.read_at(ref, now)
        # What lands late does so after the lock was let go.
        late = self._drawn.lands_late(ref)
        guarded = self.is_guarded and not late
        self._world.trace.add(
            Wrote(now, self.agency, CaseRef(ref), path, value, before, asked, guarded, began, late)
        )


class _Telling(ContentWriter):
    """Keeps a content, and gives it as its own digest."""

    def __init__(self, connection: object, content: str, words: dict[str, str]) -> None:
        super().__init__(connection, content)  # type: ignore[arg-type]  # the store's own
        self._text, self._words = b"", words

    def write(self, piece: bytes) -> None:
        super().write(piece)
        self._text += piece

    def finish(self) -> str:
        digest, word = super().finish(), self._text.decode(errors="replace")
        self._words[digest] = word
        return word


class DrawnFaults(Faults):
    """What goes wrong with the calls to a system, as the seed draws it."""

    def __init__(self, system: SimSystem, chance: Chance) -> None:
        super().__init__()
        self._system, self._chance = system, chance
        self._read_at: dict[tuple[object, str], datetime] = {}
        self._landing: Mapping[str, datetime] = {}

    def reads_of(self, task: object) -> Mapping[str, datetime]:
        """Tell when a task read each case last."""
        return {ref: at for (reader, ref), at in self._read_at.items() if reader is task}

    def land(self, reads: Mapping[str, datetime], act: Callable[[], object]) -> None:
        """Do what was asked for a while ago, after those reads."""
        self._landing = reads
        try:
            act()
        finally:
            self._landing = {}

    def lands_late(self, ref: str) -> bool:
        """Tell whether what happens to a case was asked for a while ago."""
        return ref in self._landing

    def read_at(self, ref: str, otherwise: datetime) -> datetime:
        """Tell when whoever writes now began to read the case."""
        if self.lands_late(ref):
            return self._landing[ref]
        return self._read_at.get((asyncio.current_task(), ref), otherwise)

    @property
    def keeps_history(self) -> bool:
        """Whether the state before a change will be asked for."""
        return "read-stale" in self._chance.active

    def take(self, method: Method, ref: str = "", path: str = "") -> Fault | None:
        """Draw the fault that strikes this call."""
        if method == "read":
            self._read_at[asyncio.current_task(), ref] = self._system.now()
        if self._system.is_down:
            return Fault(Misbehaviour.UNREACHABLE)
        return self._drawn(method, f"{self._system.agency} {method}", ref)

    def _drawn(self, method: Method, where: str, ref: str) -> Fault | None:
        strikes, random = self._chance.strikes, self._chance.random
        if method in ("upload", "unlock") and strikes("upload-killed", where):
            self._system._world.strike_down(PROCESS.get())
            return Fault(Misbehaviour.SLOW, delay=_NEVER)
        if strikes("throttled", where):
            return Fault(Misbehaviour.THROTTLED, delay=timedelta(seconds=random.uniform(0.5, 5)))
        if strikes("hangs", where):
            return Fault(Misbehaviour.SLOW, delay=timedelta(seconds=random.uniform(8, 40)))
        if method in _READS:
            return self._drawn_read(method, where, ref)
        if method == "create" and strikes("create-unanswered", where):
            kinds = (Misbehaviour.LOST_AFTER, Misbehaviour.SERVER_ERROR, Misbehaviour.LOST_BEFORE)
            return Fault(random.choice(kinds))
        return self._drawn_write(where) if method in _WRITES else None

    def _drawn_read(self, method: Method, where: str, ref: str) -> Fault | None:
        strikes, random = self._chance.strikes, self._chance.random
        lag = self._system._world.adapter_settings[self._system.agency].read_lag
        # Who has locked a case reads what stands there, or the lock would guard nothing.
        may_lag = lag and not self._system.is_locked(ref)
        if may_lag and method in ("read", "items") and strikes("read-stale", where):
            return Fault(Misbehaviour.STALE, delay=lag)
        if method == "items" and strikes("read-short", where):
            return Fault(random.choice((Misbehaviour.SHORT, Misbehaviour.LOOPS)))
        if method in ("read", "changes") and strikes("read-garbled", where):
            return Fault(Misbehaviour.GARBLED)
        if strikes("read-fails", where):
            kinds = (Misbehaviour.UNREACHABLE, Misbehaviour.LOST_BEFORE, Misbehaviour.SERVER_ERROR)
            return Fault(random.choice(kinds))
        if method == "download" and strikes("read-fails", where):
            return Fault(Misbehaviour.BREAKS)
        return None

    def _drawn_write(self, where: str) -> Fault | None:
        strikes, random = self._chance.strikes, self._chance.random
        if strikes("write-refused", where):
            return Fault(Misbehaviour.REFUSED, words="dit mag nu niet")
        if strikes("write-unanswered", where):
            return Fault(random.choice((Misbehaviour.LOST_AFTER, Misbehaviour.SERVER_ERROR)))
        if strikes("write-late", where):
            return Fault(Misbehaviour.LATE, delay=timedelta(seconds=random.uniform(0.5, 30)))
        if strikes("write-half", where):
            return Fault(Misbehaviour.UNREACHABLE)
        return None


class AsDrawn(Rendering):
    """What a system makes of what it stores, as its habits were drawn."""

    def __init__(self, habits: Habits, adds: Mapping[str, JsonValue], *, reverses: bool) -> None:
        super().__init__(adds=adds, reverses=reverses)
        self._habits = habits

    def of(self, path: str, value: JsonValue) -> JsonValue:
        """Give what shows where *value* was written."""
        return self._habits.rendering.of(path, value)


def draw_settings(random: Random, agency: AgencyId, habits: Habits, active: frozenset[str]) -> Any:
    """Draw what the system of an agency can do, each ability switched on or off."""
    guards = random.choice((("key",), ("mark",), ("key", "mark"))) if habits.finds else ("key",)
    unfindable = "create-unfindable" in active and random.random() < 0.5
    stale = "read-stale" in active and random.random() < 0.7
    holds = frozenset(READABLE) - habits.unsupported
    lock = habits.guard is UpdateGuard.TOKEN and random.random() < 0.5
    return MemorySettings(
        system=agency,
        intake=frozenset(random.choice(_INTAKES)),
        create_guard=frozenset(CreateGuard(guard) for guard in guards),
        update_guard=UpdateGuard.LOCK if lock else habits.guard,
        settles_within=timedelta(seconds=8 if unfindable else 0),
        sees_deletion=habits.sees_deletion,
        read_lag=timedelta(seconds=4 if stale else 0),
        documents=DocumentLimits(),
        readable=holds,
        writable=holds - habits.immutable - {"number"},
        creatable=frozenset({"number"}) | (habits.immutable & holds),
        limits=_limits(habits) if random.random() < 0.5 else {},
        item_references=random.random() < 0.7,
        tells_authors=habits.tells_authors,
        page_size=random.choice((1, 3, 50)),
    )


def _limits(habits: Habits) -> dict[str, Limit]:
    """Declare what the system cuts, so that it need not cut."""
    return {place: Limit(max_length=most) for place, most in habits.rendering.cut.items()}


_INTAKES: Final = (
    (Intake.PUSH,), (Intake.PUSH,), (Intake.POLL,), (Intake.PUSH, Intake.POLL), (),
)  # fmt: skip


def draw_system(world: World, agency: AgencyId) -> SimSystem:
    """Draw what the system of an agency makes of what it stores."""
    system = SimSystem(world, agency)
    random, active = world.loop.random, world.chance.active
    settings, habits = world.adapter_settings[agency], world.habits[agency]
    system.findable_after = settings.settles_within
    if settings.settles_within:
        world.chance.note("create-unfindable", agency)
    if habits.rendering != FAITHFUL:
        world.chance.note("renders", agency)
    adds: dict[str, JsonValue] = {}
    if "adds" in active and random.random() < 0.5:
        adds = {"unit": "u1"} if random.random() < 0.5 else {"start": "2024-06-01"}
        adds = {path: value for path, value in adds.items() if path in settings.readable}
    if adds:
        world.chance.note("adds", agency)
    system.rendering = AsDrawn(habits, adds, reverses=random.random() < 0.2)
    system.share()
    return system
