"""
What a create gave: the case that was made or found, and what its system filled in by itself.

Defaults are no edits: where something is agreed, it still lags.
"""

from __future__ import annotations

from pydantic import JsonValue

from bridge.engine.answer import Answer
from bridge.engine.authors import is_a_colleagues, names_a_colleague
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.landed import says_another_word, was_tried
from bridge.engine.link import Side
from bridge.engine.sameness import same
from contracts.case import Cells, cells_of, split_path
from contracts.ids import CaseRef
from contracts.messages import Outcome, Settled
from contracts.patch import Change
from contracts.snapshot import Snapshot


def take_created(draft: Draft, side: Side, result: Settled) -> None:
    """Know the case from now on that a create made, or found."""
    adopted = side.ref is not None
    side.ref = result.ref
    for state in side.lanes.values():
        state.sequence = max(state.sequence, result.sequence)
    draft.row(What.ADOPTED if adopted else What.CREATED, side, value=str(result.ref))


def take_made(draft: Draft, side: Side, ref: CaseRef | None) -> None:
    """Know the case again that was made; a second try would make another, if it is not found."""
    if side.ref is None and ref is not None:
        side.ref = ref
        draft.row(What.CREATED, side, value=str(ref))


def filled_in(draft: Draft, side: Side, answer: Answer) -> set[str]:
    """
    Name the registers that a system filled in by itself on a create: its defaults, no edits.

    Items that we did not ask for are somebody's: between the create and this reading there may
    have been a crash and a day's work. So is a register of which the system says so. And what an
    earlier create of ours gave that case, without an answer, is ours, to be changed back.
    """
    shown, asked = answer.shown, {change.path for change in answer.changes}
    found = {
        path
        for path in shown
        if not split_path(path)[1]
        and path not in asked
        and not _was_given(path, shown[path])
        and not was_tried(draft, side, path, shown[path])
        and not is_a_colleagues(draft, answer, path)
    }
    for path in sorted(found):
        tell_of_default(draft, side, path, shown)
    return found


def filled_in_unanswered(draft: Draft, side: Side, snapshot: Snapshot) -> set[str]:
    """
    Name the registers that a system filled in by itself in a case that was made without an answer.

    Those for which nothing is agreed, and of which the system does not name a colleague. And the
    status with which it opens a case, where the agreed one ends it: no case is opened to go back.
    """
    shown, lens = cells_of(snapshot.case), draft.rules.lens(side.agency)
    registers = [
        path for path in shown if not split_path(path)[1] and not _was_given(path, shown[path])
    ]
    got = lens.get(shown, registers, draft.link.truth, side.items)
    free = {path for path in got.values if draft.link.truth.get(path) is None}
    if draft.rules.is_final(draft.link.truth.get("status")):
        free |= {"status"} & got.values.keys()
    found = {
        path
        for shared in free
        for path in lens.local_paths(shared)
        if path in registers
        and not was_tried(draft, side, path, shown[path])
        and not names_a_colleague(draft, path, snapshot)
    }
    for path in sorted(found):
        tell_of_default(draft, side, path, shown)
    return found


def _was_given(path: str, value: JsonValue) -> bool:
    """Tell whether it is an outcome: no system gives one by itself as a case opens."""
    return path == "result" and value is not None


def is_default(draft: Draft, side: Side, answer: Answer, change: Change) -> bool:
    """
    Tell whether a system, on a create, shows something of its own where we asked for another.

    Then that is no edit, and what was asked still lags.
    """
    path, snapshot = change.path, answer.result.snapshot
    if not answer.is_create or is_a_colleagues(draft, answer, path):
        return False
    if answer.outcome(path).outcome is not Outcome.CONFLICT:
        return True
    # In a case that was found again it may be somebody's, unless the system says whose it is; and
    # whoever we wrote for did not write another word than ours by our hand.
    is_named = names_a_colleague(draft, path, snapshot)
    if is_named and says_another_word(draft, side, answer, change, path):
        return False
    return path in snapshot.authors


def stand_for_what_was_made(draft: Draft, side: Side, answer: Answer, change: Change) -> None:
    """
    Note what a colleague found who changed it since: what our create gave.

    Only where something else is agreed by now: whether the create gave it at all is not known, so
    where it is still agreed, the two are held to differ. Or where nothing shows and the system
    names who emptied it: then it was given.
    """
    path = change.path
    nothing_shows = same(path, change.expect, answer.shown.get(path))
    is_emptied = nothing_shows and is_a_colleagues(draft, answer, path)
    if is_emptied:
        side.base[path] = change.become
    for shared, value in answer.means(path).items():
        if is_emptied or not same(shared, value, draft.link.truth.get(shared)):
            draft.stand(side, shared, value)


def tell_of_default(
    draft: Draft,
    side: Side,
    path: str,
    shown: Cells,
    other: JsonValue = None,
) -> None:
    """Say in the journal where a value came from that nobody typed."""
    if shown.get(path) is not None:
        why = "stond er bij het openen: door het systeem zelf ingevuld"
        draft.row(What.RENDERED, side, path, value=shown[path], other=other, why=why)
