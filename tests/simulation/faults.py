"""
The faults of the simulation: what each is, and which row of the fault matrix it stands for.

A seed switches on some of them; each time one strikes, the trace says so. A fault that never
struck in a whole run was not tested, and the run says that, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final

from tests.simulation.trace import Struck, Trace


@dataclass(frozen=True, slots=True)
class FaultKind:
    """
    One kind of trouble.

    Attributes:
        rows: Rows of the fault matrix (`docs/explanation/reliability.md`).
        chance: How likely it strikes at each point where it can.
    """

    name: str
    rows: tuple[str, ...]
    chance: float
    what: str


KINDS: Final[Mapping[str, FaultKind]] = {
    kind.name: kind
    for kind in (
        FaultKind("hint-lost", ("F1",), 0.3, "a hint never arrives"),
        FaultKind("hint-doubled", ("F2",), 0.3, "a hint arrives several times"),
        FaultKind("hint-late", ("F3",), 0.4, "a hint arrives late, after newer ones"),
        FaultKind("hint-unknown", ("F4",), 0.1, "a hint names a case that is not there"),
        FaultKind("read-fails", ("F5",), 0.08, "a read gets no answer"),
        FaultKind("read-stale", ("F6",), 0.2, "a read shows what stood before the last change"),
        FaultKind("read-short", ("F7",), 0.05, "a list is shorter than announced, or has no end"),
        FaultKind("read-garbled", ("F8",), 0.03, "the answer to a read makes no sense"),
        FaultKind("write-refused", ("F9",), 0.05, "the system refuses a change"),
        FaultKind("write-unanswered", ("F10",), 0.12, "a change is made, and nobody says so"),
        FaultKind("write-late", ("F11",), 0.08, "a change is made long after it was given up"),
        FaultKind("write-half", ("F12",), 0.08, "the line breaks between two changes"),
        FaultKind("create-unanswered", ("F13",), 0.5, "a case is opened, and nobody says so"),
        FaultKind("create-unfindable", ("F14",), 1.0, "a new case cannot be found at first"),
        FaultKind("renders", ("F15",), 1.0, "the system cuts, re-cases, rounds or reorders"),
        FaultKind("adds", ("F16",), 1.0, "the system sets a field by itself"),
        FaultKind("typed-between", ("F17",), 0.15, "a colleague types while we write"),
        FaultKind("throttled", ("F19",), 0.05, "the system asks to come back later"),
        FaultKind("hangs", ("F21",), 0.02, "the system takes longer than a call may"),
        FaultKind("system-down", ("F20",), 0.08, "a system is away for long"),
        FaultKind("denied", ("F22",), 0.02, "our account is refused for a while"),
        FaultKind("deleted", ("F25",), 0.2, "a person deletes a case"),
        FaultKind("clocks-apart", ("F28", "F62"), 1.0, "clocks are minutes apart, and jump"),
        FaultKind("redelivered", ("F35",), 0.1, "a message comes again"),
        FaultKind("reordered", ("F3", "F35"), 0.3, "messages come in another order"),
        FaultKind("confirm-lost", ("F36",), 0.1, "a message arrives, and is not confirmed"),
        FaultKind("publish-lost", ("F36",), 0.1, "a message never arrives, and is not confirmed"),
        FaultKind("poison", ("F37",), 0.05, "a message that nobody can read"),
        FaultKind("connection-lost", ("F38",), 0.05, "a consumer loses its connection"),
        FaultKind("broker-down", ("F40",), 0.04, "the broker is away for a while"),
        FaultKind("second-edge", ("F45",), 0.04, "a second edge is started by mistake"),
        FaultKind("transaction-aborted", ("F47",), 0.05, "a transaction is undone"),
        FaultKind("commit-unanswered", ("F48",), 0.05, "a transaction is done, and nobody says so"),
        FaultKind("store-down", ("F48",), 0.03, "the store is away for a while"),
        FaultKind("killed", ("F52", "F53", "F57"), 0.12, "a process is killed"),
        FaultKind("frozen", ("F58",), 0.05, "a process is frozen for long, and goes on"),
        FaultKind("rules-changed", ("F63", "F64"), 0.05, "administrators change the rules"),
        FaultKind("resumed", ("F65",), 0.05, "an operator resumes what is parked, twice"),
        FaultKind("copied", ("F66",), 0.05, "a copy of the store is opened elsewhere"),
        FaultKind("restored", ("F55",), 0.06, "the store of a while ago comes back"),
    )
}


@dataclass(slots=True)
class Chance:
    """
    Decides whether a fault strikes, and writes down that it did.

    Attributes:
        active: The faults of this run.
        kinds: All that there are in this world.
        is_open: Whether anything strikes now; it does not while the systems are to agree.
    """

    random: Random
    trace: Trace
    now: Callable[[], datetime]
    active: frozenset[str] = frozenset()
    kinds: Mapping[str, FaultKind] = field(default_factory=lambda: KINDS)
    is_open: bool = True
    struck: dict[str, int] = field(default_factory=dict)

    def strikes(self, name: str, where: str = "", random: Random | None = None) -> bool:
        """Tell whether the fault strikes here and now, by a source of chance of its own or ours."""
        strikes = self.would_strike(name, random)
        if strikes:
            self.note(name, where)
        return strikes

    def would_strike(self, name: str, random: Random | None = None) -> bool:
        """Draw as `strikes` does, and leave it to whoever asks to note that it did."""
        if not self.is_open or name not in self.active:
            return False
        return (random or self.random).random() < self.kinds[name].chance

    def note(self, name: str, where: str = "") -> None:
        """Write down that a fault struck."""
        self.struck[name] = self.struck.get(name, 0) + 1
        self.trace.add(Struck(self.now(), name, where))


SELDOM: Final = {"restored": 0.1}
"""What forgives much: in so many runs only, and drawn apart."""
_OFTEN: Final = tuple(name for name in KINDS if name not in SELDOM)


def some(chance: Random, among: Iterable[str] = _OFTEN) -> frozenset[str]:
    """Choose the faults of one run: sometimes none, sometimes few, sometimes all."""
    share = chance.choice((0.0, 0.15, 0.3, 0.5, 0.8))
    return frozenset(name for name in among if chance.random() < share)


def seldom(seed: int) -> frozenset[str]:
    """Choose of what is seldom, by a source of its own: seeds without it go on as they would."""
    return frozenset(name for name, p in SELDOM.items() if Random(f"{seed}/{name}").random() < p)
