"""
Observed: a reading of a case, or that it cannot be read, taken into its Link.

What is not newer than the last reading is dropped. In a lane with a Command in flight it is put
aside: which came first, the write or the reading, nobody knows; the case is read anew afterwards.
"""

from __future__ import annotations

from typing import assert_never

from bridge.engine.absorb import LIFTED_BY_A_READING, absorb
from bridge.engine.created import filled_in_unanswered
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import Idle, InFlight, LaneState, Waiting
from bridge.engine.link import Side
from bridge.engine.neighbours import Surroundings
from bridge.engine.parked import CASE, Reason
from bridge.engine.stays import take_kept_out
from contracts.ids import Mark
from contracts.messages import (
    Lane,
    Missing,
    Observation,
    OutOfScope,
    Seen,
    Sequence,
    Unreadable,
)


def take_observation(
    draft: Draft, side: Side, observation: Observation, around: Surroundings
) -> None:
    """Take what was seen into the Link, in the lanes for which it is news."""
    take = _adopt if side.ref is None else _first_seen
    rendered = take(draft, side, observation)
    if draft.link.doubt is not None:
        _put_aside(draft, side, observation)
        return
    lanes = _lanes_to_take(draft, side, observation, around.busy)
    if not lanes:
        return
    for lane in lanes:
        _end_waiting(side.lane(lane), observation.sequence)
    match observation.sight:
        case Seen(snapshot=told) if (snapshot := draft.confined(side, told)) is not None:
            take_kept_out(side, told, snapshot)
            absorb(
                draft,
                side,
                snapshot,
                lanes=lanes,
                around=around,
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


def _first_seen(draft: Draft, side: Side, observation: Observation) -> set[str]:
    """Name what its system filled in, in a case that we made and that could not be told of."""
    if side.is_read or not isinstance(observation.sight, Seen):
        return set()
    snapshot = observation.sight.snapshot
    confined = draft.confined(side, snapshot) if snapshot.mark == Mark(draft.link.id) else None
    return filled_in_unanswered(draft, side, confined) if confined is not None else set()


def _end_waiting(state: LaneState, sequence: Sequence) -> None:
    """Note which reading is taken: its system is back, and this is the look that was owed."""
    state.sequence = sequence
    if isinstance(state.phase, Waiting):
        # Whether writes come about is another matter.
        if not state.phase.look:
            state.tries = 0
        state.phase = Idle()


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
