"""
Decide: from a Link and an event to what follows. One pure function for each event.

Every decision ends the same way: what still lags is planned, and whether all sides are equal is
said. A sweep, a retry and an operator's *resume* are therefore the same function without news.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bridge.engine.decision import Decision
from bridge.engine.draft import Draft
from bridge.engine.edits import read_anew
from bridge.engine.lane import Idle, InFlight, LaneState
from bridge.engine.link import Link, Side, copy_link
from bridge.engine.neighbours import ALONE, Surroundings
from bridge.engine.observed import take_observation
from bridge.engine.operate import Operation, operate
from bridge.engine.parked import CASE, Reason
from bridge.engine.plan import plan
from bridge.engine.restored import look_first, take_look
from bridge.engine.route import open_links
from bridge.engine.rules import Rules
from bridge.engine.send import send
from bridge.engine.settle import settle
from bridge.engine.steps import Steps
from bridge.engine.timers import wake, wake_at
from contracts.case import split_path
from contracts.messages import (
    CaseChanged,
    Lane,
    Observation,
    Receipt,
    Seen,
)

AFTER_A_BUG: Final = timedelta(minutes=5)
"""A timer that met a bug rests so long."""

WHILE_PAUSED: Final = timedelta(hours=1)
"""
A Link that lags at a paused agency is decided again so often. Unpausing wakes it at once; this is
for the one that was decided in that very moment.
"""

_PERSONAL: Final = frozenset({"roles", "handler", "notes", "hours", "title", "explanation"})


def decide_new(
    observation: Observation, rules: Rules, at: datetime, around: Surroundings = ALONE
) -> tuple[Decision, ...]:
    """Decide on a case that no Link knows, or that may cross to more agencies than it does."""
    if not isinstance(observation.sight, Seen):
        return ()
    drafts, rows = open_links(observation, observation.sight, rules, at, around)
    decisions = [_finish(draft) for draft in drafts]
    return (*decisions, Decision(journal=tuple(rows))) if rows else tuple(decisions)


def decide_observation(
    link: Link,
    observation: Observation,
    rules: Rules,
    at: datetime,
    around: Surroundings = ALONE,
) -> Decision:
    """Take what an edge saw into a Link."""
    sequence = observation.sequence
    draft = _draft(link, rules, at, f"{sequence.epoch}.{sequence.counter}")
    side = draft.link.sides[observation.agency]
    take_observation(draft, side, observation, around)
    return _finish(draft)


def decide_receipt(
    link: Link, receipt: Receipt, rules: Rules, at: datetime, around: Surroundings = ALONE
) -> Decision:
    """Take what became of a Command into its Link."""
    draft = _draft(link, rules, at, receipt.command)
    if not take_look(draft, receipt, around.foreign):
        settle(draft, receipt, around)
    return _finish(draft)


def decide_wake(link: Link, rules: Rules, at: datetime) -> Decision:
    """Go on with a Link because its time has come: a wait is over, or a Receipt is overdue."""
    draft = _draft(link, rules, at, "timer")
    for side in draft.link.sides.values():
        for lane, state in side.lanes.items():
            wake(draft, side, lane, state)
    return _finish(draft)


def decide_bug(
    link: Link, event: Observation | Receipt | None, rules: Rules, at: datetime
) -> Decision:
    """
    Let a case wait for a person because deciding on it failed: a fault of ours, not of theirs.

    Nothing is planned, for that may be what failed. A reading that was not taken is put aside, so
    that the case is looked at again when a person resumes it; a timer is kept, but not at once.
    """
    draft = Draft(copy_link(link), rules, at, "bug")
    agency = event.agency if event is not None else link.home
    side = draft.link.sides.get(agency)
    if side is None or link.released is not None:
        return Decision()
    draft.park(side, CASE, Reason.BUG, "the bridge failed on this case; the log says where")
    if isinstance(event, Observation) and side.ref == event.ref:
        for state in side.lanes.values():
            state.set_aside = max(state.set_aside, event.sequence)
    due = wake_at(draft.link)
    return Decision(
        link=draft.link,
        journal=tuple(draft.rows),
        wake_at=max(due, at + AFTER_A_BUG) if due else None,
    )


def decide_operation(link: Link, operation: Operation, rules: Rules, at: datetime) -> Decision:
    """Do what a person asked."""
    return decide_operations(link, [operation], rules, at)


def decide_operations(
    link: Link, operations: Sequence[Operation], rules: Rules, at: datetime
) -> Decision:
    """Do all that a person asked of one Link at once."""
    draft = _draft(link, rules, at, f"operator {operations[0].by}")
    for operation in operations:
        operate(draft, operation)
    return _finish(draft)


def _draft(link: Link, rules: Rules, at: datetime, cause: str) -> Draft:
    draft = Draft(copy_link(link), rules, at, cause)
    if link.rules != rules.version:
        # What had no word may have one now.
        for side in draft.link.sides.values():
            for path, parked in list(side.parked.items()):
                if parked.reason in (Reason.NO_COUNTERPART, Reason.UNTRANSLATABLE):
                    draft.unpark(side, path, "de regels zijn gewijzigd")
                if parked.reason is Reason.UNTRANSLATABLE:
                    read_anew(draft, side, path, parked.since)
        draft.link.rules = rules.version
    return draft


def _finish(draft: Draft) -> Decision:
    look_first(draft)
    if draft.link.doubt is None:
        for side in draft.link.sides.values():
            for lane, state in side.lanes.items():
                _look_again(draft, side, lane, state)
        plan(draft)
    for side in draft.link.sides.values():
        for state in side.lanes.values():
            if isinstance(state.phase, Idle):
                state.tries = 0
    equal = _is_equal(draft)
    due = wake_at(draft.link)
    if not equal and draft.link.released is None and draft.link.sides.keys() & draft.rules.paused:
        again = draft.at + WHILE_PAUSED
        due = min(due, again) if due else again
    return Decision(
        link=draft.link,
        commands=tuple(draft.commands),
        changed=_changed(draft),
        journal=tuple(draft.rows),
        wake_at=due,
        is_equal=equal,
    )


def _look_again(draft: Draft, side: Side, lane: Lane, state: LaneState) -> None:
    """Ask for the reading that is owed, or for the content that another side wants."""
    if side.ref is None or draft.link.released is not None:
        return
    if state.wanted and not isinstance(state.phase, InFlight):
        # Also while the lane waits: it may wait for content itself, that of the asking side.
        stage, state.wanted = state.wanted, ()
        send(draft, side, lane, Steps(), stage=stage)
    elif state.set_aside > state.sequence and isinstance(state.phase, Idle):
        # Put aside for another Link's Command, which may have ended by now.
        state.set_aside = state.sequence
        send(draft, side, lane, Steps())


def _is_equal(draft: Draft) -> bool:
    """Tell whether all sides are there and stand for the truth, with nothing under way."""
    return draft.link.doubt is None and all(
        side.ref is not None and side.is_idle and not side.parked and not draft.lag(side)
        for side in draft.link.sides.values()
    )


def _changed(draft: Draft) -> CaseChanged | None:
    if not draft.changed:
        return None
    values: dict[str, str | int | bool | None] = {}
    for path in draft.changed:
        value = draft.link.truth.get(path)
        if split_path(path)[0] == "properties" and isinstance(value, dict):
            value = value.get("value")
        if split_path(path)[0] not in _PERSONAL and isinstance(value, str | int | bool):
            values[path] = value
    return CaseChanged(
        link=draft.link.id,
        agreement=draft.link.agreement,
        changed=tuple(sorted(draft.changed)),
        values=values,
        at=draft.at,
    )


__all__ = [
    "Surroundings",
    "decide_bug",
    "decide_new",
    "decide_observation",
    "decide_operation",
    "decide_operations",
    "decide_receipt",
    "decide_wake",
]
