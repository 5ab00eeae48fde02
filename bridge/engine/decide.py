"""
Decide: from a Link and an event to what follows. One pure function for each event.

Every decision ends the same way: what still lags is planned, and whether all sides are equal is
said. A sweep, a retry and an operator's *resume* are therefore the same function without news.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bridge.engine.absorb import LIFTED_BY_A_READING, absorb, read_anew
from bridge.engine.created import filled_in_unanswered
from bridge.engine.decision import Decision, Row, What
from bridge.engine.draft import Draft
from bridge.engine.link import (
    CASE,
    Idle,
    InFlight,
    LaneState,
    Link,
    Reason,
    Side,
    Waiting,
    copy_link,
)
from bridge.engine.operate import Operation, operate
from bridge.engine.plan import Steps, plan, send
from bridge.engine.restored import look_first, take_look
from bridge.engine.route import open_links
from bridge.engine.rules import Rules
from bridge.engine.settle import settle
from contracts.case import split_path
from contracts.ids import AgencyId, Mark
from contracts.messages import (
    CaseChanged,
    Lane,
    Missing,
    Observation,
    OutOfScope,
    Receipt,
    Seen,
    Unreadable,
)

RESEND_AFTER: Final = timedelta(minutes=15)
"""A Command without a Receipt is sent again, as it was; its edge knows it by its id."""

AFTER_A_BUG: Final = timedelta(minutes=5)
"""A timer that met a bug rests so long."""

WHILE_PAUSED: Final = timedelta(hours=1)
"""
A Link that lags at a paused agency is decided again so often. Unpausing wakes it at once; this is
for the one that was decided in that very moment.
"""

_PERSONAL: Final = frozenset({"roles", "handler", "notes", "hours", "title", "explanation"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What else is known of the case that an event is about.

    Attributes:
        foreign: Local item paths on the observed side that other Links of the same case made.
        busy: Lanes in which another Link of the same case has a Command in flight there.
        linked_to: Agencies to which the case is linked already.
        shared_with: Agencies with which a person shared it.
        related: Links of the cases that it names as related, by their reference.
    """

    foreign: frozenset[str] = frozenset()
    busy: frozenset[Lane] = frozenset()
    linked_to: frozenset[AgencyId] = frozenset()
    shared_with: frozenset[AgencyId] = frozenset()
    related: Mapping[str, Sequence[Link]] = field(default_factory=dict)


ALONE: Final = Surroundings()


def decide_new(
    observation: Observation, rules: Rules, at: datetime, around: Surroundings = ALONE
) -> tuple[Decision, ...]:
    """Decide on a case that no Link knows, or that may cross to more agencies than it does."""
    if not isinstance(observation.sight, Seen):
        return ()
    drafts, rows = open_links(
        observation,
        observation.sight,
        rules,
        at,
        linked_to=around.linked_to,
        shared_with=around.shared_with,
        related=around.related,
    )
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
    rendered = _adopt(draft, side, observation) if side.ref is None else set()
    if draft.link.doubt is not None:
        _put_aside(draft, side, observation)
        return _finish(draft)
    lanes = _lanes_to_take(draft, side, observation, around.busy)
    if not lanes:
        return _finish(draft)
    for lane in lanes:
        state = side.lane(lane)
        state.sequence = sequence
        if isinstance(state.phase, Waiting):
            # It can be read, so it is back; and this reading is the look that was owed. Whether
            # writes come about is another matter.
            if not state.phase.look:
                state.tries = 0
            state.phase = Idle()
    match observation.sight:
        case Seen(snapshot=told) if (snapshot := draft.confined(side, told)) is not None:
            absorb(
                draft,
                side,
                snapshot,
                lanes=lanes,
                foreign=around.foreign,
                rendered=rendered,
                seen_at=observation.at,
            )
        case Missing(gone=gone, detail=detail):
            said = "is verwijderd" if gone else "is niet te vinden"
            draft.park(
                side,
                CASE,
                Reason.GONE,
                f"de zaak {said} bij {side.agency}; elders blijft alles staan. {detail}".strip(),
            )
        case Unreadable(detail=detail):
            draft.park(side, CASE, Reason.UNREADABLE, detail)
        case OutOfScope() | Seen():
            why = f"zoals de zaak nu is mag zij volgens geen afspraak bij {side.agency} weg"
            draft.park(side, CASE, Reason.OUT_OF_SCOPE, why)
        case _:
            assert_never(observation.sight)
    return _finish(draft)


def decide_receipt(
    link: Link, receipt: Receipt, rules: Rules, at: datetime, around: Surroundings = ALONE
) -> Decision:
    """Take what became of a Command into its Link."""
    draft = _draft(link, rules, at, receipt.command)
    if not take_look(draft, receipt, around.foreign):
        settle(draft, receipt, around.foreign)
    return _finish(draft)


def decide_wake(link: Link, rules: Rules, at: datetime) -> Decision:
    """Go on with a Link because its time has come: a wait is over, or a Receipt is overdue."""
    draft = _draft(link, rules, at, "timer")
    for side in draft.link.sides.values():
        for lane, state in side.lanes.items():
            _wake(draft, side, lane, state)
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
    wake_at = _wake_at(draft.link)
    return Decision(
        link=draft.link,
        journal=tuple(draft.rows),
        wake_at=max(wake_at, at + AFTER_A_BUG) if wake_at else None,
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


def _adopt(draft: Draft, side: Side, observation: Observation) -> set[str]:
    """
    A case that bears this Link's mark is the one we asked for, whatever became of the answer.

    Returns:
        The local paths that show what its system filled in.
    """
    if not isinstance(observation.sight, Seen):
        return set()
    snapshot = observation.sight.snapshot
    if snapshot.mark != Mark(draft.link.id):
        return set()
    if isinstance(side.lane(Lane.FACTS).phase, InFlight):
        # Its Receipt is still to come, and may be of an older look: then look again.
        for state in side.lanes.values():
            state.set_aside = max(state.set_aside, observation.sequence)
    if not isinstance(side.lane(Lane.FACTS).phase, Waiting):
        return set()
    side.lane(Lane.FACTS).phase = Idle()
    side.ref = observation.ref
    draft.row(What.ADOPTED, side, value=str(observation.ref))
    confined = draft.confined(side, snapshot)
    return filled_in_unanswered(draft, side, confined) if confined is not None else set()


def _put_aside(draft: Draft, side: Side, observation: Observation) -> None:
    """Look again once all sides were read anew: it may be from before the restore."""
    for state in side.lanes.values():
        state.set_aside = max(state.set_aside, observation.sequence)
    parked = side.parked.get(CASE)
    if isinstance(observation.sight, Seen) and parked and parked.reason in LIFTED_BY_A_READING:
        draft.unpark(side, CASE, "de zaak is weer te lezen")


def _lanes_to_take(
    draft: Draft, side: Side, observation: Observation, busy: frozenset[Lane]
) -> list[Lane]:
    """Choose the lanes for which this reading is news, and which have nothing in flight."""
    taken: list[Lane] = []
    if side.ref is None or draft.link.released is not None:
        return taken
    for lane, state in side.lanes.items():
        if observation.sequence <= state.sequence:
            draft.row(What.STALE, side, why=f"{lane.value}: niet nieuwer dan {state.sequence}")
        elif isinstance(state.phase, InFlight) or lane in busy:
            state.set_aside = max(state.set_aside, observation.sequence)
        else:
            taken.append(lane)
    return taken


def _wake(draft: Draft, side: Side, lane: Lane, state: LaneState) -> None:
    match state.phase:
        case Waiting(until=until, look=look) if until <= draft.at:
            state.phase = Idle()
            if look and side.ref is not None:
                send(draft, side, lane, Steps())
        case InFlight(sent_at=sent_at) as flight if sent_at + RESEND_AFTER <= draft.at:
            state.phase = replace(flight, sent_at=draft.at)
            draft.commands.append(flight.command)
        case _:
            pass


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
    equal = is_equal(draft)
    wake_at = _wake_at(draft.link)
    if not equal and draft.link.released is None and draft.link.sides.keys() & draft.rules.paused:
        again = draft.at + WHILE_PAUSED
        wake_at = min(wake_at, again) if wake_at else again
    return Decision(
        link=draft.link,
        commands=tuple(draft.commands),
        changed=_changed(draft),
        journal=tuple(draft.rows),
        wake_at=wake_at,
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


def is_equal(draft: Draft) -> bool:
    """Tell whether all sides are there and stand for the truth, with nothing under way."""
    return draft.link.doubt is None and all(
        side.ref is not None and side.is_idle and not side.parked and not draft.lag(side)
        for side in draft.link.sides.values()
    )


def _wake_at(link: Link) -> datetime | None:
    times: list[datetime] = []
    for side in link.sides.values():
        for state in side.lanes.values():
            match state.phase:
                case Waiting(until=until):
                    times.append(until)
                case InFlight(sent_at=sent_at):
                    times.append(sent_at + RESEND_AFTER)
                case Idle():
                    pass
                case _:
                    assert_never(state.phase)
    return min(times, default=None)


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
    "ALONE",
    "Row",
    "Surroundings",
    "decide_bug",
    "decide_new",
    "decide_observation",
    "decide_operation",
    "decide_operations",
    "decide_receipt",
    "decide_wake",
    "is_equal",
]
