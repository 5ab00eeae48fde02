"""
Settle: take what a Receipt tells, as that side's base.

Held, not sent: a crossing counts only when the target was read back. What we wrote and what shows
there now stands for the agreed value, also where the system cut it or wrote it otherwise; what we
did not write and what shows otherwise is somebody's edit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, assert_never

from bridge.engine.absorb import absorb
from bridge.engine.again import is_in_vain, pause
from bridge.engine.answer import Answer
from bridge.engine.created import filled_in_unanswered, take_created, take_made
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.landed import shows_what_stood_before
from bridge.engine.lane import Idle, InFlight, LaneState, Waiting, lane_of
from bridge.engine.link import Side, Unsettled
from bridge.engine.neighbours import Surroundings
from bridge.engine.noted import take_noted
from bridge.engine.ours import take
from bridge.engine.outcomes import take_outcomes
from bridge.engine.parked import CASE, Reason
from bridge.engine.sameness import same
from bridge.engine.send import send
from bridge.engine.stays import take_kept_out, take_told
from bridge.engine.steps import Steps
from bridge.engine.unanswered import is_over, remember, remember_tries, say_that_they_are_over
from contracts.case import cells_of, split_path
from contracts.ids import Mark
from contracts.messages import Lane, Receipt, Refused, Settled, Unanswered
from contracts.messages import Waiting as WaitingResult
from contracts.patch import Change

_REASONS: Final = {
    "rejected": Reason.REFUSED,
    "gone": Reason.GONE,
    "garbled": Reason.UNREADABLE,
    "ambiguous": Reason.AMBIGUOUS,
    "out-of-scope": Reason.OUT_OF_SCOPE,
    "bug": Reason.BUG,
}


def settle(draft: Draft, receipt: Receipt, around: Surroundings) -> None:
    """Take a Receipt into the Link; one that nobody waits for changes nothing."""
    side = draft.link.sides.get(receipt.agency)
    if side is None:
        return
    state = side.lane(receipt.lane)
    flight = state.phase
    if not isinstance(flight, InFlight) or flight.command.id != receipt.command:
        draft.row(What.STALE, side, why=f"er is geen opdracht {receipt.command} onderweg")
        return
    match receipt.result:
        case Settled(snapshot=told) if (snapshot := draft.confined(side, told)) is not None:
            take_kept_out(side, told, snapshot)
            result = receipt.result.model_copy(update={"snapshot": snapshot})
            answer = Answer(flight, result, cells_of(snapshot.case))
            _take_settled(draft, side, answer, receipt.at, around)
        case WaitingResult():
            _wait(draft, side, state, flight, receipt.result)
        case Unanswered():
            remember(side, flight)
            wait = pause(draft, side, state.tries)
            state.phase = Waiting(draft.at + wait, receipt.result.detail, look=True)
            state.tries += 1
            draft.row(What.UNANSWERED, side, why=receipt.result.detail)
        case Refused():
            _take_refused(draft, side, state, flight, receipt.result)
        case Settled(ref=ref):
            state.phase = Idle()
            take_made(draft, side, ref)
            remember(side, flight)
            why = f"zoals de zaak nu is valt zij niet onder {draft.link.agreement}"
            draft.park(side, CASE, Reason.OUT_OF_SCOPE, why)
        case _:
            assert_never(receipt.result)


def _take_refused(
    draft: Draft, side: Side, state: LaneState, flight: InFlight, result: Refused
) -> None:
    state.phase = Idle()
    take_made(draft, side, result.ref)
    if result.reason != "rejected":
        # It may have been written before that; then it is no edit of theirs.
        remember(side, flight)
    draft.park(side, CASE, _REASONS[result.reason], result.detail)


def _wait(
    draft: Draft, side: Side, state: LaneState, flight: InFlight, result: WaitingResult
) -> None:
    if flight.command.ref is None:
        # An edge that was frozen may make the case yet, and nobody else tells of it.
        remember(side, flight)
    wait = result.retry_after or pause(draft, side, state.tries)
    state.phase = Waiting(draft.at + wait, result.detail)
    state.tries += 1
    if state.tries == 1:
        draft.row(What.WAITING, side, why=result.detail)


def _take_settled(
    draft: Draft, side: Side, answer: Answer, seen_at: datetime, around: Surroundings
) -> None:
    state, snapshot, before = side.lane(answer.lane), answer.result.snapshot, list(side.unsettled)
    state.phase = Idle()
    if answer.changes:
        state.tries = state.tries + 1 if _came_to_nothing(draft, side, answer) else 0
    state.sequence = max(state.sequence, answer.result.sequence)
    if answer.is_create:
        take_created(draft, side, answer.result)
    landed, rendered = take_outcomes(draft, side, answer)
    take_told(draft, side, answer)
    if not side.is_read and not answer.is_create and snapshot.mark == Mark(draft.link.id):
        # Made by an earlier Command that could not tell what it made.
        rendered |= filled_in_unanswered(draft, side, snapshot)
    lanes = _lanes_to_take(side, answer)
    for lane in lanes:
        side.lane(lane).sequence = max(side.lane(lane).sequence, answer.result.sequence)
    _count_as_held(draft, side, answer, landed, rendered)
    made = {change.path for change in landed.values()}
    take_noted(draft, side, answer, made)
    remember_tries(side, answer, made)
    absorb(draft, side, snapshot, lanes=lanes, around=around, rendered=rendered, seen_at=seen_at)
    if landed:
        # Not what this very Receipt leaves in doubt.
        over = [w for w in before if lane_of(w.path) is answer.lane and is_over(w, answer)]
        say_that_they_are_over(side, over)
    _remember_what_was_not_read(side, answer, landed)
    if state.set_aside > state.sequence:
        # Something was read after this Receipt's reading, and put aside: look again.
        state.set_aside = state.sequence
        send(draft, side, answer.lane, Steps())


def _came_to_nothing(draft: Draft, side: Side, answer: Answer) -> bool:
    return is_in_vain(answer) or any(
        shows_what_stood_before(draft, side, answer, change) for change in answer.changes
    )


def _lanes_to_take(side: Side, answer: Answer) -> list[Lane]:
    """Choose the lanes that a Receipt tells of: its own, and those for which it is news."""
    is_whole = answer.is_create or not answer.changes
    return [
        lane
        for lane, state in side.lanes.items()
        if isinstance(state.phase, (Idle, Waiting))
        and (lane is answer.lane or (is_whole and answer.result.sequence >= state.sequence))
    ]


def _count_as_held(
    draft: Draft,
    side: Side,
    answer: Answer,
    landed: Mapping[str, Change],
    rendered: Collection[str],
) -> None:
    """Let the side stand for what was made, and say in the journal what is held, and how."""
    for path, change in landed.items():
        means = answer.means(change.path)
        take(draft, side, path, means)
        if same(change.path, change.expect, change.become):
            continue
        if path == "case_type" and change.expect is not None:
            _ask_anew_what_hangs_on_the_type(side)
        for shared, value in means.items():
            draft.row(What.WRITTEN, side, shared, value=value)
        shows = answer.shown.get(path) if path in rendered else change.become
        if not same(change.path, shows, change.become) and lane_of(path) is Lane.FACTS:
            shared = next(iter(means), path)
            draft.row(What.RENDERED, side, shared, value=shows, other=change.become)


def _ask_anew_what_hangs_on_the_type(side: Side) -> None:
    """What the old case type had no place for may have one under the new: let it lag again."""
    for shared in list(side.stands):
        if split_path(shared)[0] in ("properties", "documents", "result", "status"):
            del side.stands[shared]


def _remember_what_was_not_read(side: Side, answer: Answer, landed: Mapping[str, Change]) -> None:
    """Know a change again whose field was not read, or may not leave any more, when it is read."""
    read = answer.result.snapshot.case.model_fields_set
    for path, change in landed.items():
        if split_path(path)[0] not in read:
            side.unsettled.append(Unsettled(path, change.become, answer.means(change.path)))
