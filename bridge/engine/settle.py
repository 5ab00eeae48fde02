"""
Settle: take what a Receipt tells, as that side's base.

Held, not sent: a crossing counts only when the target was read back. What we wrote and what shows
there now stands for the agreed value, also where the system cut it or wrote it otherwise; what we
did not write and what shows otherwise is somebody's edit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Final, assert_never

from pydantic import JsonValue

from bridge.engine.absorb import absorb, take
from bridge.engine.decision import What
from bridge.engine.draft import Draft
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
from bridge.engine.plan import Steps, send
from bridge.engine.sameness import IDENTIFIED, is_rendering, mark_of, same
from bridge.engine.stays import take_told
from contracts.case import cells_of, split_path
from contracts.ids import CaseRef, Mark
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

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=5)
MOST_UNSETTLED: Final = 200
MOST_TRIES: Final = 5
"""How often a write that never gets a usable answer is tried before a person looks."""

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
_IN_VAIN: Final = (Outcome.UNCERTAIN, Outcome.NO_CONTENT, Outcome.UNSCANNED)


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
            _take_made(draft, side, ref)
            remember(side, flight)
            why = f"zoals de zaak nu is valt zij niet onder {draft.link.agreement}"
            draft.park(side, CASE, Reason.OUT_OF_SCOPE, why)
        case _:
            assert_never(receipt.result)


def _take_refused(
    draft: Draft, side: Side, state: LaneState, flight: InFlight, result: Refused
) -> None:
    state.phase = Idle()
    _take_made(draft, side, result.ref)
    if result.reason != "rejected":
        # It may have been written before that; then it is no edit of theirs.
        remember(side, flight)
    draft.park(side, CASE, _REASONS[result.reason], result.detail)


def _take_made(draft: Draft, side: Side, ref: CaseRef | None) -> None:
    """Know the case again that was made; a second try would make another, if it is not found."""
    if side.ref is None and ref is not None:
        side.ref = ref
        draft.row(What.CREATED, side, value=str(ref))


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


def pause(draft: Draft, side: Side, tries: int) -> timedelta:
    """Give how long to wait before the next try: exponential, capped, spread by the Link's id."""
    wait = min(FIRST_WAIT * (1 << min(tries, 10)), LONGEST_WAIT)
    digest = hashlib.sha256(f"{draft.link.id}|{side.agency}|{tries}".encode()).digest()
    spread = 0.75 + 0.5 * digest[0] / 255
    return wait * spread


def remember(side: Side, flight: InFlight) -> None:
    """Remember the writes of a Command of which nobody knows whether they were done."""
    for change in flight.command.patch.changes:
        write = Unsettled(change.path, change.become, flight.means.get(change.path, {}))
        if not same(change.path, change.expect, change.become) and write not in side.unsettled:
            side.unsettled.append(write)
    del side.unsettled[:-MOST_UNSETTLED]


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
        state.tries = state.tries + 1 if _is_in_vain(flight, result, shown) else 0
    state.sequence = max(state.sequence, result.sequence)
    if is_create:
        _take_created(draft, side, result)
    landed, rendered = _take_outcomes(draft, side, state, flight, result, shown)
    take_told(draft, side, state, flight, result)
    if side.checked_at is None and not is_create and result.snapshot.mark == Mark(draft.link.id):
        # Made by an earlier Command that could not tell what it made.
        rendered |= filled_in(draft, side, result.snapshot)
    lanes = _lanes_to_take(side, receipt.lane, result, is_whole=is_create or only_looked)
    for lane in lanes:
        side.lane(lane).sequence = max(side.lane(lane).sequence, result.sequence)
    for change, path in landed:
        _count_as_held(draft, side, change, path, flight.means.get(change.path, {}), shown)
    _remember_tries(side, flight, result, {change.path for change, _ in landed})
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
        over = [w for w in before if lane_of(w.path) is receipt.lane and _is_over(w, result)]
        _say_that_they_are_over(side, over)
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


def _remember_tries(side: Side, flight: InFlight, result: Settled, landed: Collection[str]) -> None:
    """Remember the tries that got no answer, of what was made since as well."""
    told = result.outcomes
    unsure = {path for path in told if told[path].outcome is Outcome.UNCERTAIN}
    in_doubt = unsure.union(result.in_doubt)
    for change in flight.command.patch.changes:
        if change.path not in in_doubt or same(change.path, change.expect, change.become):
            continue
        write = Unsettled(change.path, change.become, flight.means.get(change.path, {}))
        if change.path in landed and _is_over(write, result):
            write = replace(write, is_over=True)
        if write not in side.unsettled:
            side.unsettled.append(write)


def _say_that_they_are_over(side: Side, over: Collection[Unsettled]) -> None:
    kept: list[Unsettled] = []
    for write in side.unsettled:
        still = replace(write, is_over=True) if any(write is each for each in over) else write
        if still not in kept:
            kept.append(still)
    side.unsettled = kept[-MOST_UNSETTLED:]


def _is_over(write: Unsettled, result: Settled) -> bool:
    """
    Tell whether an unanswered write is hardly to be expected, now that a later one was settled.

    An item that it adds may still come, and once more for each try; so may what a colleague's value
    was found in place of.
    """
    outcome = result.outcomes.get(write.path)
    if outcome is not None and outcome.outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN):
        return False
    return split_path(write.path)[0] not in IDENTIFIED or write.become is None


def _is_in_vain(flight: InFlight, result: Settled, shown: dict[str, JsonValue]) -> bool:
    """Tell whether something is to be tried again of which nothing is known that was not."""
    return any(told.outcome in _IN_VAIN for told in result.outcomes.values()) or any(
        _is_no_news(flight, change, result.outcomes.get(change.path), shown)
        for change in flight.command.patch.changes
    )


def _is_no_news(
    flight: InFlight,
    change: Change,
    outcome: ChangeOutcome | None,
    shown: dict[str, JsonValue],
) -> bool:
    """
    Tell whether the edge found something else than was expected, and what it read then does not.

    The case moved twice, or the edge compares what is not told here: at once again may be for ever.
    """
    return (
        flight.command.ref is not None
        and outcome is not None
        and outcome.outcome is Outcome.CONFLICT
        and same(change.path, change.expect, shown.get(change.path))
    )


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
    rendered = _filled_in(draft, side, flight, snapshot, shown) if is_create else set()
    landed: dict[str, Change] = {}
    for change in flight.command.patch.changes:
        outcome = result.outcomes.get(change.path, ChangeOutcome(outcome=Outcome.DONE))
        means = flight.means.get(change.path, {})
        if not _is_done(draft, side, change, outcome, means, shown):
            if _is_default(draft, flight, change, outcome, snapshot):
                rendered.add(change.path)
                _tell_of_default(draft, side, change.path, shown, other=change.become)
            elif is_create and outcome.outcome is Outcome.CONFLICT:
                _stand_for_what_was_made(draft, side, means)
            elif _is_no_news(flight, change, outcome, shown):
                _look_again(draft, side, state, change, means, outcome.detail or _NO_NEWS)
            _take_refusal(draft, side, state, change, means, outcome)
            continue
        path = _landed(draft, side, change, means, shown, landed)
        if path is None and split_path(change.path)[0] not in snapshot.case.model_fields_set:
            side.unsettled.append(Unsettled(change.path, change.become, means))
            _look_again(draft, side, state, change, means, "het veld is niet teruggelezen")
            continue
        if path is None:
            _did_not_stick(draft, side, change, means)
            continue
        landed[path] = change
        if _has_other_content(change, shown.get(path)):
            _stood_before_that(side, change, path, shown)
        elif not _was_changed_since(draft, side, flight, change, path, result, shown):
            rendered.add(path)
    return [(change, path) for path, change in landed.items()], rendered


def _is_done(
    draft: Draft,
    side: Side,
    change: Change,
    outcome: ChangeOutcome,
    means: Collection[str],
    shown: dict[str, JsonValue],
) -> bool:
    """
    Tell whether a change was made, whatever is said of it: by the create, or by an earlier try.

    What shows then is how the system renders it, and not what stood there before.
    """
    seen = shown.get(change.path)
    if outcome.outcome is Outcome.ALREADY and _is_what_was_tried_before(side, change, seen):
        return False
    if outcome.outcome in (Outcome.DONE, Outcome.ALREADY):
        return True
    if same(change.path, change.expect, seen):
        marks = {mark_of(draft.link.id, shared) for shared in means}
        return any(
            _mark(item) in marks and _is_as_rendered(draft, side, change, item)
            for path, item in shown.items()
            if path not in side.base
        )
    return _is_as_rendered(draft, side, change, seen)


def _is_what_was_tried_before(side: Side, change: Change, seen: JsonValue) -> bool:
    """
    Tell whether a register shows to the letter what another try was to bring, and not this one.

    Where this one begins as that one did, its edge takes it for ours, cut by the system.
    """
    return (
        not split_path(change.path)[1]
        and not same(change.path, seen, change.become)
        and any(w.path == change.path and same(w.path, w.become, seen) for w in side.unsettled)
    )


def _is_as_rendered(draft: Draft, side: Side, change: Change, seen: JsonValue) -> bool:
    if _digest(seen) not in (None, _digest(change.become)):
        # Another content is another version, whatever it is called.
        return False
    return _renders(draft, side, change.path, change.become, seen)


def _is_default(
    draft: Draft,
    flight: InFlight,
    change: Change,
    outcome: ChangeOutcome,
    snapshot: Snapshot,
) -> bool:
    """
    Tell whether a system, on a create, shows something of its own where we asked for another.

    Then that is no edit, and what was asked still lags.
    """
    if flight.command.ref is not None or _is_a_colleagues(draft, flight, change.path, snapshot):
        return False
    # In a case that was found again it may be somebody's, unless the system says whose it is.
    return outcome.outcome is not Outcome.CONFLICT or change.path in snapshot.authors


def _stand_for_what_was_made(draft: Draft, side: Side, means: dict[str, JsonValue]) -> None:
    """
    Note what a colleague found who changed it since: what our create gave.

    Only where something else is agreed by now. Whether the create gave it at all is not known; so
    where it is still agreed, the two are held to differ.
    """
    for shared, value in means.items():
        if not same(shared, value, draft.link.truth.get(shared)):
            draft.stand(side, shared, value)


def _renders(draft: Draft, side: Side, path: str, written: JsonValue, seen: JsonValue) -> bool:
    holds = draft.rules.lens(side.agency).holds(path)
    return is_rendering(path, written, seen, holds=holds)


def _filled_in(
    draft: Draft,
    side: Side,
    flight: InFlight,
    snapshot: Snapshot,
    shown: dict[str, JsonValue],
) -> set[str]:
    """
    Name the registers that a system filled in by itself on a create: its defaults, no edits.

    Items that we did not ask for are somebody's: between the create and this reading there may
    have been a crash and a day's work. So is a register of which the system says so. And what an
    earlier create of ours gave that case, without an answer, is ours, to be changed back.
    """
    asked = {change.path for change in flight.command.patch.changes}
    found = {
        path
        for path in shown
        if not split_path(path)[1]
        and path not in asked
        and not _was_tried(draft, side, path, shown[path])
        and not _is_a_colleagues(draft, flight, path, snapshot)
    }
    for path in sorted(found):
        _tell_of_default(draft, side, path, shown)
    return found


def _was_tried(draft: Draft, side: Side, path: str, value: JsonValue) -> bool:
    """Tell whether a register shows what a try of ours was to bring that got no answer."""
    return any(
        write.path == path and _renders(draft, side, path, write.become, value)
        for write in side.unsettled
    )


def _tell_of_default(
    draft: Draft,
    side: Side,
    path: str,
    shown: dict[str, JsonValue],
    other: JsonValue = None,
) -> None:
    if shown.get(path) is not None:
        why = "stond er bij het openen: door het systeem zelf ingevuld"
        draft.row(What.RENDERED, side, path, value=shown[path], other=other, why=why)


def _take_created(draft: Draft, side: Side, result: Settled) -> None:
    adopted = side.ref is not None
    side.ref = result.ref
    for state in side.lanes.values():
        state.sequence = max(state.sequence, result.sequence)
    draft.row(What.ADOPTED if adopted else What.CREATED, side, value=str(result.ref))


def _landed(
    draft: Draft,
    side: Side,
    change: Change,
    means: dict[str, JsonValue],
    shown: dict[str, JsonValue],
    landed: Collection[str],
) -> str | None:
    """
    Find where a change shows now; ``None`` where it does not, though it was called done.

    An item is where no item was before (or a note of ours was seen meanwhile), and no other change
    landed: the one that bears our mark, is the same, or is how the system renders it; or else the
    only one.
    """
    field, key = split_path(change.path)
    if change.path in shown or not key or change.become is None:
        return change.path
    there = [p for p in shown if split_path(p)[0] == field and p not in landed]
    fresh = [path for path in there if path not in side.base]
    fresh += [path for path in there if path in side.base and path in side.ours]
    if field not in IDENTIFIED:
        # Natural keys may be rendered too: a cut name.
        found = (p for p in fresh if _renders(draft, side, change.path, change.become, shown[p]))
        return next(found, None)
    marks = {mark_of(draft.link.id, shared) for shared in means}
    tests: tuple[Callable[[str], bool], ...] = (
        lambda path: _mark(shown[path]) in marks,
        lambda path: same(path, shown[path], change.become),
        lambda path: _renders(draft, side, path, change.become, shown[path]),
    )
    found = (path for test in tests for path in fresh if test(path))
    return next(found, fresh[0] if len(fresh) == 1 else None)


def _mark(item: JsonValue) -> JsonValue:
    return item.get("mark") if isinstance(item, dict) else None


def _has_other_content(change: Change, now: JsonValue) -> bool:
    """Tell whether somebody put another version over ours; no system makes that of it by itself."""
    written, found = _digest(change.become), _digest(now)
    return written is not None and found is not None and written != found


def _stood_before_that(side: Side, change: Change, path: str, shown: dict[str, JsonValue]) -> None:
    """Note that our version had stood there, as the system shows the rest of it."""
    now = shown[path]
    if isinstance(now, dict):
        side.base[path] = {**now, "digest": _digest(change.become)}


def _was_changed_since(
    draft: Draft,
    side: Side,
    flight: InFlight,
    change: Change,
    path: str,
    result: Settled,
    shown: dict[str, JsonValue],
) -> bool:
    """
    Tell whether somebody changed a value between our write and our reading it back.

    What stood there already was not written: what shows instead was typed meanwhile. What we did
    write was changed only where the system says who did: a colleague that the rules know, and not
    the one on whose behalf we wrote. Without that, what shows is how the system renders it.
    """
    if _renders(draft, side, change.path, change.become, shown.get(path)):
        return False
    told = result.outcomes.get(change.path, ChangeOutcome(outcome=Outcome.DONE)).outcome
    stood = told is Outcome.ALREADY or same(change.path, change.expect, change.become)
    if stood and flight.command.ref is not None:
        return True
    return _is_a_colleagues(draft, flight, path, result.snapshot)


def _is_a_colleagues(draft: Draft, flight: InFlight, path: str, snapshot: Snapshot) -> bool:
    """Tell whether the system says that somebody whom the rules know wrote this, and not we."""
    author = snapshot.authors.get(path)
    is_on_behalf = author is not None and author.by == flight.command.patch.by
    return not is_on_behalf and _names_a_colleague(draft, path, snapshot)


def filled_in(draft: Draft, side: Side, snapshot: Snapshot) -> set[str]:
    """
    Name the registers that a system filled in by itself in a case that was made without an answer.

    Those for which nothing is agreed, and of which the system does not name a colleague.
    """
    shown, lens = cells_of(snapshot.case), draft.rules.lens(side.agency)
    registers = [path for path in shown if not split_path(path)[1]]
    got = lens.get(shown, registers, draft.link.truth, side.items)
    free = {path for path in got.values if draft.link.truth.get(path) is None}
    found = {
        path
        for shared in free
        for path in lens.local_paths(shared)
        if path in registers
        and not _was_tried(draft, side, path, shown[path])
        and not _names_a_colleague(draft, path, snapshot)
    }
    for path in sorted(found):
        _tell_of_default(draft, side, path, shown)
    return found


def _names_a_colleague(draft: Draft, path: str, snapshot: Snapshot) -> bool:
    author = snapshot.authors.get(path)
    return author is not None and draft.rules.employer_of(author.by or "") is not None


def _count_as_held(
    draft: Draft,
    side: Side,
    change: Change,
    path: str,
    means: dict[str, JsonValue],
    shown: dict[str, JsonValue],
) -> None:
    take(draft, side, path, means)
    if same(change.path, change.expect, change.become):
        return
    if path == "case_type" and change.expect is not None:
        _ask_anew_what_hangs_on_the_type(side)
    for shared, value in means.items():
        draft.row(What.WRITTEN, side, shared, value=value)
    now = shown.get(path)
    if not same(change.path, now, change.become) and lane_of(path).value == "facts":
        draft.row(What.RENDERED, side, next(iter(means), path), value=now, other=change.become)


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
            _wait_for_content(draft, side, state, means, outcome)
        case Outcome.UNCERTAIN:
            _look_again(draft, side, state, change, means, outcome.detail)
        case Outcome.CONFLICT:
            # What stands there instead is in the reading, and is merged as the edit that it is.
            pass
        case Outcome.DONE | Outcome.ALREADY:
            pass
        case _:
            assert_never(outcome.outcome)


def _wait_for_content(
    draft: Draft,
    side: Side,
    state: LaneState,
    means: dict[str, JsonValue],
    outcome: ChangeOutcome,
) -> None:
    """Try again after a while: the content is not at hand, or nobody could look into it yet."""
    state.phase = Waiting(draft.at + pause(draft, side, state.tries - 1), outcome.detail)
    if outcome.outcome is Outcome.NO_CONTENT:
        _ask_for_content(draft, side, means)
    elif state.tries == 1:
        draft.row(What.WAITING, side, next(iter(means), ""), why=outcome.detail)


def _look_again(
    draft: Draft,
    side: Side,
    state: LaneState,
    change: Change,
    means: dict[str, JsonValue],
    detail: str,
) -> None:
    """Look again after a while; a person looks where it never comes about."""
    draft.row(What.UNANSWERED, side, next(iter(means), change.path), why=detail)
    if state.tries >= MOST_TRIES:
        for shared, value in means.items():
            draft.park(side, shared, Reason.REFUSED, detail, value=value)
        return
    state.phase = Waiting(draft.at + pause(draft, side, state.tries), detail, look=True)


def _ask_for_content(draft: Draft, side: Side, means: dict[str, JsonValue]) -> None:
    """
    Ask the side that has a document to make its content available again, as soon as it can.

    Where no side shows that content any more (somebody who may not put another version there, or
    the case was deleted), asking again would never end: a person looks.
    """
    for shared, value in means.items():
        has_it = False
        for source in draft.link.others(side.agency):
            native = next((p for p, s in source.items.items() if s == shared), None)
            parked = source.parked.get(CASE)
            if parked and parked.reason is Reason.GONE:
                continue
            if native and source.ref and _digest(source.base.get(native)) == _digest(value):
                state, key = source.lane(lane_of(shared)), split_path(native)[1]
                state.wanted = tuple(sorted({*state.wanted, key}))
                has_it = True
        if not has_it:
            why = "de inhoud die is afgesproken staat nergens meer"
            draft.park(side, shared, Reason.UNREADABLE, why, value=value)


def _digest(document: JsonValue) -> JsonValue:
    return document.get("digest") if isinstance(document, dict) else None
