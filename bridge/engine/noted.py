"""
Noted: what has no word at a side and is said there in a note counts as told when that landed.

Until then it lags, whatever became of the rest of the Command, and is said again; a note that the
system refuses waits for a person, as any field does.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bridge.engine.answer import Answer
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import Side
from bridge.engine.parked import Reason
from contracts.messages import Outcome

_MOST_TRIES: Final = 5
_NO_NOTES: Final = "het systeem neemt geen notitie aan"
_AGAIN: Final = (Outcome.CONFLICT, Outcome.UNCERTAIN)


def take_noted(draft: Draft, side: Side, answer: Answer, landed: Collection[str]) -> None:
    """Take what became of the notes of a Command as what became of that which they say."""
    flight, tries = answer.flight, side.lane(answer.lane).tries
    otherwise = {shared for means in flight.means.values() for shared in means}
    for note, says in flight.notes.items():
        if note in landed:
            for shared in says.keys() - otherwise:
                draft.stand(side, shared, says[shared])
            continue
        outcome = answer.outcome(note)
        for shared, value in says.items():
            if outcome.outcome is Outcome.REFUSED:
                side.stands.pop(shared, None)
                draft.park(side, shared, Reason.REFUSED, outcome.detail, value=value)
            elif outcome.outcome in _AGAIN and tries < _MOST_TRIES:
                side.stands.pop(shared, None)
            else:
                draft.stand(side, shared, value)
                draft.row(What.UNSUPPORTED, side, shared, value=value, why=_NO_NOTES)
