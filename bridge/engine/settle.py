"""
Settle: take what a Receipt tells, as that side's base.

Held, not sent: a crossing counts only when the target was read back. What we wrote and what shows
there now stands for the agreed value, also where the system cut it or wrote it otherwise; what we
did not write and what shows otherwise is somebody's edit.
"""

from __future__ import annotations

from typing import Final, assert_never

from pydantic import JsonValue

from bridge.engine.absorb import absorb, take
from bridge.engine.again import is_in_vain, is_no_news, look_again, pause, wait_for_content
from bridge.engine.created import (
    filled_in,
    filled_in_unanswered,
    is_default,
    stand_for_what_was_made,
    take_created,
    take_made,
    tell_of_default,
)
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.landed import (
    has_other_content,
    is_done,
    place_of,
    shows_what_stood_before,
    stood_before_that,
    was_changed_since,
)
from bridge.engine.link import (
    CASE,
    Idle,
    InFlight,
    LaneState,
    Reason,
    Side,
    Unsettled,
    Waiting,
    lane_of,
)
from bridge.engine.noted import take_noted
from bridge.engine.plan import Steps, send
from bridge.engine.sameness import same
from bridge.engine.stays import take_told
from bridge.engine.unanswered import is_over, remember, remember_tries, say_that_they_are_over
from contracts.case import cells_of, split_path
from contracts.ids import Mark
from contracts.messages import (
    ChangeOutcome,
    Lane,
    Outcome,
    Receipt,
    Refused,
    Settled,
    Unanswered,
)
from contracts.messages import (
    Waiting as WaitingResult,
)
from contracts.patch import Change
from contracts.snapshot import Snapshot

_NO_NEWS: Final = "er stond iets anders dan verwacht, en dat is niet te zien"

_REASONS: Final = {
    "rejected": Reason.REFUSED,
    "gone": Reason.GONE,
    "garbled": Reason.UNREADABLE,
    "ambiguous": Reason.AMBIGUOUS,
    "out-of-scope": Reason.OUT_OF_SCOPE,
    "bug": Reason.BUG,
}

_PARKS: Final = {Outcome.REFUSED: Reason.REFUSED, Outcome.UNSAFE: Reason.UNSAFE}


def settle(draft: Draft, receipt: Receipt, foreign: frozenset[str]) -> None:
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
            result = receipt.result.model_copy(update={"snapshot": snapshot})
            _take_settled(draft, side, state, flight, receipt, result, foreign)
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
    draft: Draft,
    side: Side,
    state: LaneState,
    flight: InFlight,
    receipt: Receipt,
    result: Settled,
    foreign: frozenset[str],
) -> None:
    is_create = flight.command.ref is None
    shown, before = cells_of(result.snapshot.case), list(side.unsettled)
    state.phase = Idle()
    only_looked = not flight.command.patch.changes
    if not only_looked:
        in_vain = is_in_vain(flight, result, shown) or any(
            shows_what_stood_before(draft, side, flight, change, shown)
            for change in flight.command.patch.changes
        )
        state.tries = state.tries + 1 if in_vain else 0
    state.sequence = max(state.sequence, result.sequence)
    if is_create:
        take_created(draft, side, result)
    landed, rendered = _take_outcomes(draft, side, state, flight, result, shown)
    take_told(draft, side, state, flight, result)
    if side.checked_at is None and not is_create and result.snapshot.mark == Mark(draft.link.id):
        # Made by an earlier Command that could not tell what it made.
        rendered |= filled_in_unanswered(draft, side, result.snapshot)
    lanes = _lanes_to_take(side, receipt.lane, result, is_whole=is_create or only_looked)
    for lane in lanes:
        side.lane(lane).sequence = max(side.lane(lane).sequence, result.sequence)
    for change, path in landed:
        means = flight.means.get(change.path, {})
        now = shown.get(path) if path in rendered else change.become
        _count_as_held(draft, side, change, path, means, now)
    take_noted(draft, side, state, flight, result, {change.path for change, _ in landed})
    remember_tries(side, flight, result, {change.path for change, _ in landed})
    absorb(
        draft,
        side,
        result.snapshot,
        lanes=lanes,
        foreign=foreign,
        rendered=rendered,
        seen_at=receipt.at,
    )
    if landed:
        # Not what this very Receipt leaves in doubt.
        over = [w for w in before if lane_of(w.path) is receipt.lane and is_over(w, result)]
        say_that_they_are_over(side, over)
    for change, path in landed:
        if split_path(path)[0] not in result.snapshot.case.model_fields_set:
            # Its field was not read, or may not leave any more: known again when it is.
            means = flight.means.get(change.path, {})
            side.unsettled.append(Unsettled(path, change.become, means))
    if state.set_aside > state.sequence:
        # Something was read after this Receipt's reading, and put aside: look again.
        state.set_aside = state.sequence
        send(draft, side, receipt.lane, Steps())


def _lanes_to_take(side: Side, own: Lane, result: Settled, *, is_whole: bool) -> list[Lane]:
    """Choose the lanes that a Receipt tells of: its own, and those for which it is news."""
    return [
        lane
        for lane, state in side.lanes.items()
        if isinstance(state.phase, (Idle, Waiting))
        and (lane is own or (is_whole and result.sequence >= state.sequence))
    ]


def _take_outcomes(
    draft: Draft,
    side: Side,
    state: LaneState,
    flight: InFlight,
    result: Settled,
    shown: dict[str, JsonValue],
) -> tuple[list[tuple[Change, str]], set[str]]:
    """
    Take what became of each change.

    Returns:
        The changes that were made, with where each shows; and the paths at which the system shows
        its own rendering, or a default: no edits.
    """
    is_create, snapshot = flight.command.ref is None, result.snapshot
    rendered = filled_in(draft, side, flight, snapshot, shown) if is_create else set()
    landed: dict[str, Change] = {}
    for change in flight.command.patch.changes:
        outcome = result.outcomes.get(change.path, ChangeOutcome(outcome=Outcome.DONE))
        means = flight.means.get(change.path, {})
        if not is_done(draft, side, change, outcome, means, shown):
            if is_default(draft, flight, change, outcome, snapshot):
                rendered.add(change.path)
                tell_of_default(draft, side, change.path, shown, other=change.become)
            elif is_create and outcome.outcome is Outcome.CONFLICT:
                stand_for_what_was_made(draft, side, means)
            elif is_no_news(flight, change, outcome, shown):
                look_again(draft, side, state, change, means, outcome.detail or _NO_NEWS)
            _take_refusal(draft, side, state, change, means, outcome)
            continue
        path = place_of(draft, side, change, means, shown, landed)
        if detail := _is_not_seen_yet(draft, side, flight, change, path, snapshot):
            side.unsettled.append(Unsettled(change.path, change.become, means))
            look_again(draft, side, state, change, means, detail)
            continue
        if path is None:
            _did_not_stick(draft, side, change, means)
            continue
        landed[path] = change
        if has_other_content(change, shown.get(path)):
            stood_before_that(side, change, path, shown)
        elif not was_changed_since(draft, side, flight, change, path, result, shown):
            rendered.add(path)
    return [(change, path) for path, change in landed.items()], rendered


def _is_not_seen_yet(
    draft: Draft,
    side: Side,
    flight: InFlight,
    change: Change,
    path: str | None,
    snapshot: Snapshot,
) -> str | None:
    """Say why it cannot be told yet whether a change stands that was made; ``None``: it can."""
    if path is None and split_path(change.path)[0] not in snapshot.case.model_fields_set:
        return "het veld is niet teruggelezen"
    if shows_what_stood_before(draft, side, flight, change, cells_of(snapshot.case)):
        return "het systeem toont nog wat er stond"
    return None


def _count_as_held(
    draft: Draft,
    side: Side,
    change: Change,
    path: str,
    means: dict[str, JsonValue],
    rendered: JsonValue,
) -> None:
    take(draft, side, path, means)
    if same(change.path, change.expect, change.become):
        return
    if path == "case_type" and change.expect is not None:
        _ask_anew_what_hangs_on_the_type(side)
    for shared, value in means.items():
        draft.row(What.WRITTEN, side, shared, value=value)
    if not same(change.path, rendered, change.become) and lane_of(path) is Lane.FACTS:
        draft.row(What.RENDERED, side, next(iter(means), path), value=rendered, other=change.become)


def _ask_anew_what_hangs_on_the_type(side: Side) -> None:
    """What the old case type had no place for may have one under the new: let it lag again."""
    for shared in list(side.stands):
        if split_path(shared)[0] in ("properties", "documents", "result", "status"):
            del side.stands[shared]


def _did_not_stick(draft: Draft, side: Side, change: Change, means: dict[str, JsonValue]) -> None:
    why = "het systeem meldde dat het gedaan was, maar toont het niet"
    for shared, value in (means or {change.path: change.become}).items():
        draft.park(side, shared, Reason.REFUSED, why, value=value)


def _take_refusal(
    draft: Draft,
    side: Side,
    state: LaneState,
    change: Change,
    means: dict[str, JsonValue],
    outcome: ChangeOutcome,
) -> None:
    match outcome.outcome:
        case Outcome.UNSUPPORTED if "case_type" in means:
            why = outcome.detail or (
                "het systeem kan het zaaktype van een bestaande zaak niet wijzigen; "
                "maak daar zelf een nieuwe zaak, of laat het oude zaaktype staan"
            )
            draft.park(side, "case_type", Reason.IMMUTABLE, why, value=means["case_type"])
        case Outcome.UNSUPPORTED:
            for shared, value in means.items():
                draft.stand(side, shared, value)
                draft.row(What.UNSUPPORTED, side, shared, value=value, why=outcome.detail)
        case Outcome.REFUSED | Outcome.UNSAFE:
            reason = _PARKS[outcome.outcome]
            for shared, value in means.items():
                draft.park(side, shared, reason, outcome.detail, value=value)
        case Outcome.NO_CONTENT | Outcome.UNSCANNED:
            wait_for_content(draft, side, state, means, outcome)
        case Outcome.UNCERTAIN:
            look_again(draft, side, state, change, means, outcome.detail)
        case Outcome.CONFLICT:
            # What stands there instead is in the reading, and is merged as the edit that it is.
            pass
        case Outcome.DONE | Outcome.ALREADY:
            pass
        case _:
            assert_never(outcome.outcome)
