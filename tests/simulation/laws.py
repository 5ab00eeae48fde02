"""
The laws: what must hold of every run, judged from outside.

Each reads the trace and the end of a run, and trusts nothing that the engine computed: what
systems show, what people typed, and what the journal says must fit together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.simulation.account import Account, Findings
from tests.simulation.law_cases import closes_last, isolation, one_counterpart
from tests.simulation.law_converge import converge
from tests.simulation.law_crossing import never_lowered, nothing_without_agreement
from tests.simulation.law_documents import documents_whole, nothing_left
from tests.simulation.law_edits import no_damage_at_author, no_edit_lost, no_unseen_overwrite
from tests.simulation.law_items import items_once, taken_in_order
from tests.simulation.law_journal import explainable, policy_decides
from tests.simulation.law_restored import looks_first
from tests.simulation.trace import Made, Outcome, Wrote


@dataclass(frozen=True, slots=True)
class Broken:
    """
    A law that does not hold.

    Attributes:
        place: Where in the trace it shows.
    """

    law: str
    place: int
    why: str

    def __str__(self) -> str:
        return f"{self.law} (at {self.place}): {self.why}"


def quiesce(account: Account) -> Findings:
    """
    Once they agree nothing is written anywhere.

    Bound: none at all in the quiet phase, which begins when a sweep and two longest waits have
    passed since the last fault and the last edit, and lasts for two sweeps.
    """
    if account.outcome.trace.seen["step:never at rest"]:
        yield account.phases["liveness"], "it did not come to rest"
    for place in range(account.phases["quiet"], len(account.events)):
        event = account.events[place]
        if isinstance(event, Wrote | Made):
            yield place, f"{event} was written though all had settled"


Law = Callable[[Account], Findings]

LAWS: Final[Sequence[Law]] = (
    converge,
    quiesce,
    no_edit_lost,
    no_unseen_overwrite,
    one_counterpart,
    nothing_without_agreement,
    isolation,
    no_damage_at_author,
    explainable,
    taken_in_order,
    items_once,
    policy_decides,
    never_lowered,
    closes_last,
    looks_first,
    documents_whole,
    nothing_left,
)


def judge(outcome: Outcome) -> list[Broken]:
    """Hold a run against every law; give what is broken, in the order in which it shows."""
    account = Account(outcome)
    found = [Broken(law.__name__, place, why) for law in LAWS for place, why in law(account)]
    return sorted(found, key=lambda broken: broken.place)
