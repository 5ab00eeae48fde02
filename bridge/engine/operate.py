"""What a person can do with a Link that stands still: resume, choose, skip, recreate, unlink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from pydantic import JsonValue

from bridge.engine.absorb import LIFTED_BY_A_READING
from bridge.engine.again import ask_for_content
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.edits import read_anew
from bridge.engine.lane import Idle, LaneState, lane_of
from bridge.engine.link import Origin, Side
from bridge.engine.parked import CASE, Reason
from bridge.engine.sameness import digest_of
from bridge.engine.send import send
from bridge.engine.steps import Steps
from contracts.ids import AgencyId
from contracts.messages import Lane


@dataclass(frozen=True, slots=True)
class Resume:
    """
    Try again what is parked: all of it, or one side's, or one path.

    A case that may have been made without an answer only where it is named: who says so has looked
    whether it is there. Otherwise a second one would be made along with what was meant.
    """

    by: str
    reason: str
    agency: AgencyId | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """Let *value* (in shared terms) hold at *path*, on every side."""

    by: str
    reason: str
    path: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Skip:
    """Leave what stands on a side as it is, for this value of the truth."""

    by: str
    reason: str
    agency: AgencyId
    path: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """Let the cases go their own way; nothing is undone on either side."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recreate:
    """Make the counterpart at *agency* anew: the one that was there is gone for good."""

    by: str
    reason: str
    agency: AgencyId


Operation = Resume | Choose | Skip | Recreate | Unlink


def operate(draft: Draft, operation: Operation) -> None:
    """Do what a person asked; what is planned next follows from it."""
    link = draft.link
    match operation:
        case Resume():
            for side, path in list(_parked(link.sides.values(), operation)):
                _resume(draft, side, path, operation)
        case Choose():
            _choose(draft, operation)
        case Skip():
            _skip(draft, link.sides[operation.agency], operation)
        case Recreate():
            _recreate(draft, link.sides[operation.agency], operation)
        case Unlink():
            link.released = operation.reason
            for side in link.sides.values():
                side.parked.clear()
            draft.row(What.RELEASED, by=operation.by, why=operation.reason)
        case _:
            assert_never(operation)


def _choose(draft: Draft, operation: Choose) -> None:
    link, before = draft.link, draft.link.truth.get(operation.path)
    draft.agree(operation.path, operation.value, Origin(link.home, draft.at, operation.by))
    for side in link.sides.values():
        draft.unpark(side, operation.path, operation.reason, operation.by)
    draft.row(
        What.EDITED,
        None,
        operation.path,
        value=operation.value,
        other=before,
        by=operation.by,
        why=operation.reason,
        rule="chosen by a person",
    )


def _skip(draft: Draft, side: Side, operation: Skip) -> None:
    draft.unpark(side, operation.path, operation.reason, operation.by)
    draft.stand(side, operation.path, draft.link.truth.get(operation.path))
    draft.row(
        What.KEPT,
        side,
        operation.path,
        by=operation.by,
        why=operation.reason,
        rule="skipped by a person",
    )


def _recreate(draft: Draft, side: Side, operation: Recreate) -> None:
    """Forget the case that is gone, but not what was read last: an old reading stays old."""
    draft.unpark(side, CASE, operation.reason, operation.by)
    lanes = {
        lane: LaneState(sequence=state.sequence, set_aside=state.sequence)
        for lane, state in side.lanes.items()
    }
    draft.link.sides[side.agency] = Side(side.agency, lanes=lanes)


def _parked(sides: Iterable[Side], wanted: Resume) -> Iterable[tuple[Side, str]]:
    for side in sides:
        if wanted.agency in (None, side.agency):
            for path in side.parked:
                if wanted.path in (None, path):
                    yield side, path


def _resume(draft: Draft, side: Side, path: str, operation: Resume) -> None:
    parked = side.parked[path]
    if parked.reason is Reason.CONFLICT:
        # Trying again cannot tell who is right; a person must choose a value.
        return
    is_named = (operation.agency, operation.path) == (side.agency, path)
    if parked.reason is Reason.AMBIGUOUS and not is_named:
        return
    if path == CASE and parked.reason in LIFTED_BY_A_READING and side.ref is not None:
        # Whether it is as it should be again, only a look can tell.
        if isinstance(side.lane(Lane.FACTS).phase, Idle):
            send(draft, side, Lane.FACTS, Steps())
        return
    value = draft.link.truth.get(path)
    lacks_content = lane_of(path) is Lane.DOCUMENTS and digest_of(value) is None
    is_unread = parked.reason is Reason.UNREADABLE and lacks_content
    if is_unread and ask_for_content(draft, side, path, value):
        # It waits until its content was read; trying to write it without tells nothing.
        return
    draft.unpark(side, path, operation.reason, operation.by)
    if parked.reason is Reason.UNTRANSLATABLE:
        read_anew(draft, side, path, parked.since)
