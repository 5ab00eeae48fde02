"""Faults of the quick world: which there are, how often each strikes, and which a seed has on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Final

from tests.simulation.trace import Struck, Trace


class Fault(StrEnum):
    """A kind of fault, by its number in the fault matrix."""

    HINT_LOST = "F1 hint lost"
    HINT_DOUBLED = "F2 hint doubled"
    HINT_LATE = "F3 hint late"
    READ_FAILED = "F5 read failed"
    FIELD_LEFT_OUT = "F7 field left out of a reading"
    WRITE_REFUSED = "F9 write refused"
    ANSWER_LOST = "F10 applied, answer lost"
    LANDED_LATE = "F11 landed late"
    HALF_APPLIED = "F12 half applied"
    CREATE_UNANSWERED = "F13 create unanswered"
    NOT_FINDABLE = "F14 not yet findable"
    ADDED_BY_SYSTEM = "F16 added by the system"
    TYPED_BETWEEN = "F17 typed between"
    DOWN = "F20 system down"
    DELETED = "F25 case deleted"
    CONTENT_GONE = "F31 content gone"
    REDELIVERED = "F35 message redelivered"
    REORDERED = "F38 messages reordered"
    STALE = "F47 version moved"
    RESTARTED = "F57 edge restarted"
    RULES_CHANGED = "F64 rules changed"
    OPERATED = "F65 person at the parked cases"


_OFTEN: Final[Mapping[Fault, float]] = {
    Fault.HINT_LOST: 0.3,
    Fault.HINT_DOUBLED: 0.2,
    Fault.HINT_LATE: 0.3,
    Fault.READ_FAILED: 0.1,
    Fault.FIELD_LEFT_OUT: 0.1,
    Fault.WRITE_REFUSED: 0.1,
    Fault.ANSWER_LOST: 0.25,
    Fault.LANDED_LATE: 0.2,
    Fault.HALF_APPLIED: 0.2,
    Fault.CREATE_UNANSWERED: 0.5,
    Fault.NOT_FINDABLE: 0.5,
    Fault.ADDED_BY_SYSTEM: 0.3,
    Fault.REDELIVERED: 0.2,
    Fault.REORDERED: 0.4,
    Fault.STALE: 0.3,
    Fault.CONTENT_GONE: 0.3,
}
"""How often it strikes where it can. Those that are not here are steps of their own."""


class Faults:
    """The faults that are switched on in one run; none once it is over with them."""

    def __init__(self, kinds: frozenset[Fault], trace: Trace, now: Callable[[], datetime]) -> None:
        self.kinds, self._trace, self._now = kinds, trace, now
        self.random = Random(0)
        self.is_over = False

    def on(self, kind: Fault) -> bool:
        """Tell whether a fault is switched on now."""
        return not self.is_over and kind in self.kinds

    def strikes(self, kind: Fault, where: str = "") -> bool:
        """Draw whether it strikes here, and note it where it does."""
        if not self.on(kind) or self.random.random() >= _OFTEN[kind]:
            return False
        self.struck(kind, where)
        return True

    def struck(self, kind: Fault, where: str = "") -> None:
        """Note that it struck."""
        self._trace.add(Struck(self._now(), kind.value, where))


def draw_faults(random: Random) -> frozenset[Fault]:
    """Draw which are on: none, one, some, or all."""
    kinds = list(Fault)
    chance = random.random()
    if chance < 0.05:
        return frozenset()
    if chance < 0.15:
        return frozenset({random.choice(kinds)})
    if chance > 0.95:
        return frozenset(kinds)
    share = random.uniform(0.1, 0.6)
    return frozenset(kind for kind in kinds if random.random() < share)
