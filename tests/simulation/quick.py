"""
The quick world: the engine among small models of all that is around it.

Many thousand runs a minute. Systems, edges and queues are models; Links are decided and saved by
the hub's own group. One seed gives one run: each step draws from a source of its own, so that a
run from which steps were taken out goes on much as before.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final, TypeVar

from bridge.engine.again import LONGEST_WAIT
from bridge.engine.decision import Decision
from bridge.engine.link import Link, Side
from bridge.engine.operate import Choose, Operation, Resume, Skip, Unlink
from bridge.engine.parked import CASE, Reason
from bridge.engine.rules import Rules
from bridge.hub.group import Event, Operate, Wake
from bridge.metrics.meters import Meters
from bridge.store.records import OutboxRow, Share, Work
from contracts.ids import AgencyId, CaseRef, Mark
from contracts.messages import Cause, Command, Observation, Receipt
from tests.simulation.people import People
from tests.simulation.quick_edge import Edge
from tests.simulation.quick_faults import Fault, Faults, draw_faults
from tests.simulation.quick_store import QuickStore
from tests.simulation.quick_system import SYSTEM, System
from tests.simulation.rendering import draw_habits
from tests.simulation.rulesets import MIDNIGHT, START, Ruleset, changed, ruleset
from tests.simulation.stuf_rendering import as_stuf
from tests.simulation.telling import Kept, Telling
from tests.simulation.trace import (
    Decided,
    Made,
    Operated,
    Outcome,
    Phase,
    Ruled,
    Shared,
    Trace,
    Wrote,
)

SWEEP: Final = timedelta(hours=1)
SETTLING: Final = SWEEP + 2 * LONGEST_WAIT * 1.25
"""Within which all sides must agree once the faults are over: a sweep and two longest waits."""

_RULESETS: Final = 150
_CHANGES: Final = 3
_METERS: Final = Meters()
"""Nobody reads them; to make them takes longer than many steps."""
_A_MOMENT: Final = timedelta(milliseconds=200)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """
    All that makes one run what it is.

    Attributes:
        faults: Which are on; ``None``: the seed draws them.
        agencies: How many; ``None``: as the ruleset has it.
        steps: How many steps the unsafe phase takes.
        skipped: Steps that are not taken.
        stuf: Every system shows what one that speaks StUF can tell.
    """

    seed: int
    faults: frozenset[Fault] | None = None
    agencies: int | None = None
    steps: int = 80
    skipped: frozenset[int] = frozenset()
    stuf: bool = False


@lru_cache(maxsize=512)
def _changed(before: int, change: int, agencies: int | None) -> Ruleset:
    return changed(ruleset(before, agencies=agencies), Random(change))


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as over:
        found: T = over.value
        return found
    raise AssertionError("it waits")


class Deciding(Telling):
    """The hub's group without the bytes of messages."""

    def __init__(self, world: World) -> None:
        super().__init__(
            kept=world.decided,
            store=world.store,
            rules=lambda: world.rules,
            source="quick",
            now=lambda: world.at,
            meters=_METERS,
        )

    def _outgoing(self, decision: Decision, version: int, at: datetime) -> Iterable[OutboxRow]:
        # Messages go as they are: what their bytes would be is the whole world's affair.
        return ()


class World:
    """One run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.random = random = Random(options.seed)
        self._number = random.randrange(_RULESETS)
        self.ruleset = ruleset(self._number, agencies=options.agencies)
        self.trace = Trace()
        self.at = random.choice((START, MIDNIGHT - timedelta(seconds=random.randrange(10, 900))))
        drawn = draw_faults(random)
        kinds = drawn if options.faults is None else options.faults
        self.faults = Faults(kinds, self.trace, lambda: self.at)
        self.people = People(self.ruleset, focus=random)
        self._most_cases = random.choice((1, 1, 2, 3))
        self.decided: Kept = {}
        self.store = QuickStore(self._saved)
        self.hubs = (Deciding(self), Deciding(self))
        self.to_hub: list[Observation | Receipt] = []
        self.to_edges: list[Command] = []
        self.late: list[tuple[datetime, AgencyId, CaseRef]] = []
        self._rule_changes = 0
        self._opened = 0
        contents: set[str] = set()
        self.systems: dict[AgencyId, System] = {}
        self.edges: dict[AgencyId, Edge] = {}
        for agency in self.ruleset.agencies:
            catalogue = self.ruleset.catalogues[agency]
            habits = draw_habits(random, catalogue)
            if options.stuf:
                habits = as_stuf(habits, catalogue)
            system = System(agency, habits, catalogue, self.trace)
            self.systems[agency] = system
            self.edges[agency] = Edge(
                agency,
                system,
                faults=self.faults,
                rules=lambda: self.rules,
                now=lambda: self.at,
                contents=contents,
                send=self.to_hub.append,
            )

    @property
    def rules(self) -> Rules:
        """The rules that hold now."""
        return self.ruleset.rules

    def run(self) -> Outcome:
        """Run it to its end."""
        self.trace.add(Ruled(self.at, self.ruleset.version, self.ruleset))
        self.trace.add(Phase(self.at, "safety"))
        self._draw_anew(-1)
        if self.random.random() < 0.6:
            # Most of what is interesting happens to cases that are alike by then.
            self._let_one_cross()
        for step in range(self.options.steps):
            if step not in self.options.skipped:
                self._draw_anew(step)
                self._step()
        self._draw_anew(-2)
        self._settle_down()
        return self._outcome()

    def _draw_anew(self, step: int) -> None:
        self.random = self.faults.random = Random(self.options.seed * 1_000_003 + step)

    def _let_one_cross(self) -> None:
        self.faults.is_over = True
        self._open()
        self._work_off()
        self.faults.is_over = False

    # Steps

    def _step(self) -> None:
        self.at += timedelta(milliseconds=self.random.randrange(1, 3000))
        self._let_time_pass()
        acts = [(weight, act) for weight, act, can in self._acts() if can]
        act = self.random.choices([a for _, a in acts], [w for w, _ in acts])[0]
        self.trace.passed(act.__name__.strip("_"))
        act()

    def _acts(self) -> list[tuple[int, Callable[[], None], Any]]:
        cases = any(system.cases for system in self.systems.values())
        on = self.faults.on
        edges = self.edges.values()
        return [
            (3 if self._opened else 99, self._open, self._opened < self._most_cases),
            (9, self._type, cases),
            (8, self._look, any(edge.hints for edge in edges)),
            (14, self._start, any(edge.startable() for edge in edges)),
            (40, self._go_on, any(edge.running for edge in edges)),
            (16, self._decide, self.to_hub),
            (14, self._deliver, self.to_edges),
            (3, self._wait, not any(edge.is_creating for edge in edges)),
            (1, self._share, cases),
            (1, self._sweep, True),
            (1, self._system_goes_or_comes, on(Fault.DOWN)),
            (1, self._restart, on(Fault.RESTARTED)),
            (2, self._operate, on(Fault.OPERATED) and self._parked()),
            (1, self._change_rules, on(Fault.RULES_CHANGED) and self._rule_changes < 2),
            (1, self._delete, on(Fault.DELETED) and cases and self.random.random() < 0.2),
            (2, self._land, any(system.later for system in self.systems.values())),
        ]

    def _let_time_pass(self) -> None:
        due = [entry for entry in self.late if entry[0] <= self.at]
        self.late = [entry for entry in self.late if entry[0] > self.at]
        for _, agency, ref in due:
            self.edges[agency].hint(ref, Cause.PUSH)
        for timer in now(self.store.due_timers(self.at, 50)):
            self._settle([Wake(timer.link)])

    def _open(self) -> None:
        agencies = self.ruleset.agencies
        agency = agencies[0] if self.random.random() < 0.7 else self.random.choice(agencies)
        cells, by = self.people.opens(self.random, agency)
        self._opened += 1
        ref = self.systems[agency].open(cells, by, self.at)
        self._announce(agency, ref)

    def _type(self) -> None:
        agency, ref = self._any_case()
        system = self.systems[agency]
        for edit in self.people.edits(self.random, agency, system.cases[ref].cells):
            system.type(ref, edit.path, edit.value, edit.by, self.at)
        edge = self.edges[agency]
        if any(command.ref == ref for command, _ in edge.running.values()):
            self.faults.struck(Fault.TYPED_BETWEEN, str(ref))
        self._announce(agency, ref)

    def _announce(self, agency: AgencyId, ref: CaseRef) -> None:
        strikes = self.faults.strikes
        if strikes(Fault.HINT_LOST, str(ref)):
            return
        if strikes(Fault.HINT_DOUBLED, str(ref)):
            self._hint_late(agency, ref)
        if strikes(Fault.HINT_LATE, str(ref)):
            self._hint_late(agency, ref)
            return
        self.edges[agency].hint(ref, Cause.PUSH)

    def _hint_late(self, agency: AgencyId, ref: CaseRef) -> None:
        due = self.at + timedelta(seconds=self.random.randrange(60))
        self.late.append((due, agency, ref))

    def _look(self) -> None:
        edge = self.random.choice([edge for edge in self.edges.values() if edge.hints])
        edge.look(self.random.choice(list(edge.hints)))

    def _start(self) -> None:
        edge = self.random.choice([edge for edge in self.edges.values() if edge.startable()])
        edge.start(*self.random.choice(edge.startable()))

    def _go_on(self) -> None:
        edge = self.random.choice([edge for edge in self.edges.values() if edge.running])
        self._go_on_at(edge, self.random.choice(list(edge.running)))

    def _go_on_at(self, edge: Edge, place: str) -> None:
        before = len(self.trace.events)
        self.trace.passed(edge.go_on(place))
        for event in self.trace.events[before:]:
            if isinstance(event, Made | Wrote):
                # The system announces our own change, as it does everybody's.
                self._announce(event.agency, event.ref)
                if event == self.trace.events[-1]:
                    self._add_by_itself(event.agency, event.ref)

    def _add_by_itself(self, agency: AgencyId, ref: CaseRef) -> None:
        """Let the system set a date, as some do with a status or a new case."""
        if self.faults.strikes(Fault.ADDED_BY_SYSTEM, str(ref)):
            day = (START.date() + timedelta(days=self.random.randrange(400))).isoformat()
            self.systems[agency].type(ref, "deadline", day, SYSTEM, self.at)

    def _decide(self) -> None:
        count = self.random.choice((1, 1, 1, 2, 5))
        events = [self._next(self.to_hub) for _ in range(min(count, len(self.to_hub)))]
        if self.to_hub and self.faults.strikes(Fault.STALE):
            other = [self._next(self.to_hub)]
            self.store.before_commit = lambda: self._settle(other, hub=1)
        self._settle(events)

    def _next(self, queue: list[Any]) -> Any:
        place = 0
        if len(queue) > 1 and self.faults.strikes(Fault.REORDERED):
            place = self.random.randrange(len(queue))
        message = queue.pop(place)
        if self.faults.strikes(Fault.REDELIVERED):
            queue.append(message)
        return message

    def _deliver(self) -> None:
        command: Command = self._next(self.to_edges)
        self.edges[command.agency].take(command)

    def _wait(self) -> None:
        self.at += timedelta(seconds=self.random.choice((10, 60, 300, 1200)))

    def _share(self) -> None:
        agency, ref = self._any_case()
        other = self.random.choice([a for a in self.ruleset.agencies if a != agency])
        share = Share(agency, ref, other, "iemand", "gedeeld", self.at)
        now(self.store.add_share(share))
        self.trace.add(Shared(self.at, agency, ref, other))
        self.edges[agency].hint(ref, Cause.REQUEST)

    def _sweep(self) -> None:
        for agency, edge in self.edges.items():
            for ref in sorted(self.systems[agency].cases.keys() | edge.known):
                edge.hint(ref, Cause.SWEEP)

    def _system_goes_or_comes(self) -> None:
        system = self.random.choice(list(self.systems.values()))
        system.is_down = not system.is_down
        if system.is_down:
            self.faults.struck(Fault.DOWN, system.agency)

    def _restart(self) -> None:
        edge = self.random.choice(list(self.edges.values()))
        self.faults.struck(Fault.RESTARTED, edge.agency)
        edge.restart()

    def _delete(self) -> None:
        agency, ref = self._any_case()
        self.faults.struck(Fault.DELETED, str(ref))
        self.systems[agency].delete(ref, "iemand", self.at)
        self._announce(agency, ref)

    def _land(self) -> None:
        system = self.random.choice([s for s in self.systems.values() if s.later])
        system.later.pop(0)(self.at)

    def _change_rules(self) -> None:
        self._rule_changes += 1
        change = self.random.randrange(_CHANGES)
        self.faults.struck(Fault.RULES_CHANGED)
        self.ruleset = _changed(self._number, change, self.options.agencies)
        self.people.ruleset = self.ruleset
        self.trace.add(Ruled(self.at, self.ruleset.version, self.ruleset))

    def _operate(self) -> None:
        link = self.random.choice(self._parked())
        operation = self._operation(link)
        self.faults.struck(Fault.OPERATED, type(operation).__name__)
        self._do(link, operation)

    def _operation(self, link: Link) -> Operation:
        side, path, parked = self.random.choice(
            [(s, p, parked) for s in link.sides.values() for p, parked in s.parked.items()]
        )
        chance = self.random.random()
        if chance < 0.05:
            return Unlink("coordinator", "vergissing")
        if parked.reason is Reason.CONFLICT and chance < 0.6:
            value = self.random.choice((link.truth.get(path), side.stands.get(path)))
            return Choose("coordinator", "nagevraagd", path, value)
        if parked.reason is Reason.AMBIGUOUS:
            if self._was_made_unseen(link, side):
                return Unlink("coordinator", "er is al een zaak; die wordt met de hand bijgehouden")
            return Resume("coordinator", "er is geen zaak", side.agency, path)
        if chance < 0.3 and "skip" in parked.ways:
            return Skip("coordinator", "afgesproken", side.agency, path)
        return Resume("coordinator", "opgelost")

    def _was_made_unseen(self, link: Link, side: Side) -> bool:
        """Tell whether a person who looks finds a case that the bridge made and lost sight of."""
        cases = self.systems[side.agency].cases.values()
        return side.ref is None and any(file.mark == Mark(link.id) for file in cases)

    def _do(self, link: Link, operation: Operation) -> None:
        self.trace.add(Operated(self.at, link.id, operation))
        self._settle([Operate(link.id, operation)])

    # The hub

    def _settle(self, events: Sequence[Event], *, hub: int = 0) -> None:
        """Decide as the hub does: where one event meets a bug, the others are decided without."""
        try:
            now(self.hubs[hub].settle(events))
        except Exception:  # noqa: BLE001  # a bug of ours, which parks the case; a law tells
            self.trace.passed("bug")
            if len(events) == 1:
                now(self.hubs[hub].park_for_bug(events[0]))
            else:
                for event in events:
                    self._settle([event], hub=hub)
        if hub == 0:
            self.decided.clear()

    def _saved(self, work: Work) -> None:
        if work.heard is not None:
            # It tells only that a system was heard; nothing was decided.
            return
        event, decision, _ = self.decided[id(work)]
        cause = event if isinstance(event, Observation | Receipt) else None
        self.trace.add(
            Decided(
                self.at,
                cause,
                decision.link,
                decision.journal,
                decision.commands,
                decision.is_equal,
            )
        )
        self.to_edges += decision.commands

    # The end

    def _settle_down(self) -> None:
        """Let the faults be over, and look whether all comes to rest; then that it stays so."""
        self._end_the_day()
        self.faults.is_over = True
        self.trace.add(Phase(self.at, "liveness"))
        for system in self.systems.values():
            system.is_down = False
        until, sweep_at = self.at + SETTLING, self.at + SWEEP
        for _ in range(2):
            self._work_off()
            self._resume_all()
        while self.at < until:
            self._work_off()
            due = min((sweep_at, until, *self.store.timers.values()))
            self.at = max(due, self.at + _A_MOMENT)
            if self.at >= sweep_at:
                sweep_at += SWEEP
                self._sweep()
        self._work_off()
        self.trace.add(Phase(self.at, "quiet"))
        for _ in range(2):
            self.at += SWEEP
            self._sweep()
            self._work_off()
        self.trace.add(Phase(self.at, "over"))

    def _end_the_day(self) -> None:
        """Finish what is being done; what begins or ends with the day comes before the rest."""
        for edge in self.edges.values():
            for place in list(edge.running):
                while place in edge.running:
                    self._go_on_at(edge, place)
        if self.at > MIDNIGHT - timedelta(hours=1):
            self.at = max(self.at, MIDNIGHT)

    def _resume_all(self) -> None:
        for link in self._parked():
            self._do(link, Resume("coordinator", "opgelost"))
            for side in link.sides.values():
                case = side.parked.get(CASE)
                is_ambiguous = case is not None and case.reason is Reason.AMBIGUOUS
                if is_ambiguous and not self._was_made_unseen(link, side):
                    self._do(link, Resume("coordinator", "er is geen zaak", side.agency, CASE))

    def _work_off(self) -> None:
        """Do all that can be done now, in some order."""
        for _ in range(3000):
            self.at += _A_MOMENT
            self._let_time_pass()
            acts = [
                act
                for act, can in (
                    (self._land, any(system.later for system in self.systems.values())),
                    (self._look, any(edge.hints for edge in self.edges.values())),
                    (self._start, any(edge.startable() for edge in self.edges.values())),
                    (self._go_on, any(edge.running for edge in self.edges.values())),
                    (self._decide, self.to_hub),
                    (self._deliver, self.to_edges),
                )
                if can
            ]
            if not acts:
                return
            self.random.choice(acts)()
        self.trace.passed("never at rest")

    def _outcome(self) -> Outcome:
        return Outcome(
            trace=self.trace,
            systems={
                agency: {ref: dict(file.cells) for ref, file in system.cases.items()}
                for agency, system in self.systems.items()
            },
            marks={
                agency: {ref: file.mark for ref, file in system.cases.items() if file.mark}
                for agency, system in self.systems.items()
            },
            links={id_: stored.link for id_, stored in self.store.by_id.items()},
            habits={agency: system.habits for agency, system in self.systems.items()},
        )

    # Small things

    def _any_case(self) -> tuple[AgencyId, CaseRef]:
        cases = [(a, ref) for a, system in self.systems.items() for ref in system.cases]
        return self.random.choice(cases)

    def _parked(self) -> list[Link]:
        return [stored.link for stored in self.store.by_id.values() if stored.link.is_parked]


def run(options: Options) -> Outcome:
    """Run the quick world once."""
    return World(options).run()
