"""Runs: many seeds, judged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bridge.engine.decision import What
from tests.simulation import documents, quick, world, zgw_faults, zgw_world
from tests.simulation.content_faults import CONTENT_KINDS
from tests.simulation.faults import KINDS
from tests.simulation.laws import Broken, judge
from tests.simulation.pool import shared_out
from tests.simulation.quick_faults import Fault
from tests.simulation.trace import Decided, Outcome

MANY: Final = 5000
"""In so many runs every fault must have struck, and the journal had every kind of row."""
_DECIDED: Final = frozenset(What) - {
    What.DROPPED,
    What.JOB,
    What.PAUSED,
    What.PUBLISHED,
    What.REPORTED,
    What.REQUEUED,
    What.SEEN,
    What.UNPAUSED,
}
"""What the engine tells; the rest is written for people, who do not play along."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    How one seed ended.

    Attributes:
        world: ``quick``, ``whole``, ``documents`` or ``zgw``.
        events: How long its trace is.
        digest: Of all that happened; empty where nobody asked.
        seen: How often each step, fault and kind of row was seen.
    """

    world: str
    seed: int
    events: int
    digest: str
    broken: tuple[Broken, ...]
    seen: Counter[str] = field(repr=False)


def quick_run(seed: int, *, digest: bool = True) -> Verdict:
    """Play one seed of the quick world, and judge it: no law broken, and no bug met."""
    outcome = quick.run(quick.Options(seed))
    place = len(outcome.trace.events)
    bugs = [Broken("no_bug", place, "the hub met one")] * bool(outcome.trace.seen["step:bug"])
    return _verdict("quick", seed, outcome, bugs, digest=digest)


def whole_run(seed: int, faults: frozenset[str] | None = None, *, digest: bool = True) -> Verdict:
    """Play one seed of the whole world, and judge it: no law broken, and no bug in the log."""
    outcome, played = world.play(world.Options(seed, faults=faults))
    return _verdict("whole", seed, outcome, _bugs(outcome, played), digest=digest)


def documents_run(
    seed: int, faults: frozenset[str] | None = None, *, digest: bool = True
) -> Verdict:
    """Play one seed of the documents' world, and judge it as one of the whole world."""
    outcome, played = documents.play(world.Options(seed, faults=faults))
    return _verdict("documents", seed, outcome, _bugs(outcome, played), digest=digest)


def _bugs(outcome: Outcome, played: world.World) -> list[Broken]:
    place = len(outcome.trace.events)
    fallen = [f"{each.process} ended: {each.error!r}" for each in played.fallen]
    return [Broken("no_bug", place, why) for why in (*played.bugs, *fallen)]


def zgw_run(seed: int, faults: frozenset[str] | None = None, *, digest: bool = True) -> Verdict:
    """Play one seed of the ZGW world, which judges itself by what its case systems show."""
    played = zgw_world.play(zgw_world.Options(seed, faults=faults))
    trace = played.trace
    # Faults of the same name are others there: each is to be seen in its own world.
    seen = Counter({name.replace("fault:", "zgw:"): n for name, n in trace.seen.items()})
    heard = f"{trace.digest()}-{played.loop.network.heard.hexdigest()[:16]}" if digest else ""
    return Verdict("zgw", seed, len(trace.events), heard, tuple(played.broken), seen)


WORLDS: Final[dict[str, Callable[..., Verdict]]] = {
    "quick": quick_run,
    "whole": whole_run,
    "documents": documents_run,
    "zgw": zgw_run,
}


def _verdict(
    name: str, seed: int, outcome: Outcome, bugs: Sequence[Broken], *, digest: bool = True
) -> Verdict:
    seen = Counter(outcome.trace.seen)
    for event in outcome.trace.of(Decided):
        seen.update(f"row:{row.what.value}" for row in event.rows)
    broken = (*judge(outcome), *bugs)
    trace = outcome.trace
    told = trace.digest() if digest else ""
    return Verdict(name, seed, len(trace.events), told, broken, seen)


def many(
    name: str,
    seeds: Sequence[int],
    *,
    faults: frozenset[str] | None = None,
    processes: int | None = None,
) -> Iterator[Verdict]:
    """
    Play seeds side by side; give their verdicts in the order of the seeds.

    Args:
        faults: The only ones of each run, in any world but the quick one; ``None``: each seed's.
        processes: So many; as many as there are cores where nobody says.
    """
    told = {} if faults is None else {"faults": faults}
    return shared_out(partial(WORLDS[name], digest=False, **told), seeds, processes)


@dataclass(slots=True)
class Tally:
    """What many runs came to."""

    runs: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[Verdict] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, verdict: Verdict) -> None:
        """Count one run."""
        self.runs[verdict.world] += 1
        self.events[verdict.world] += verdict.events
        self.seen.update(verdict.seen)
        if verdict.broken:
            self.broken.append(verdict)

    @property
    def seconds(self) -> float:
        """Give how long it took so far."""
        return time.monotonic() - self.began


def unseen(tally: Tally) -> list[str]:
    """Name the faults and kinds of rows that never came about: the runs have not tested them."""
    expected: set[str] = set()
    if tally.runs["whole"]:
        expected |= {f"fault:{name}" for name in KINDS}
    if tally.runs["documents"]:
        expected |= {f"fault:{name}" for name in CONTENT_KINDS}
    if tally.runs["quick"]:
        expected |= {f"fault:{fault.value}" for fault in Fault}
    if sum(tally.runs.values()) >= MANY:
        expected |= {f"row:{what.value}" for what in _DECIDED}
    missing = expected - tally.seen.keys()
    if runs := tally.runs["zgw"]:
        seen = [name.removeprefix("zgw:") for name in tally.seen if name.startswith("zgw:")]
        missing |= {f"zgw:{name}" for name in zgw_faults.untested(seen, runs)}
    return sorted(missing)
