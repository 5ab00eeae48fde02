"""
Unanswered writes: remembered until a later one settles, for nobody knows whether they were done.

What a case shows of them later is ours, and no edit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from bridge.engine.answer import Answer
from bridge.engine.lane import InFlight
from bridge.engine.link import Side, Unsettled
from bridge.engine.sameness import IDENTIFIED, same
from contracts.case import split_path
from contracts.messages import Outcome

MOST_UNSETTLED: Final = 200


def remember(side: Side, flight: InFlight) -> None:
    """Remember the writes of a Command of which nobody knows whether they were done."""
    for change in flight.command.patch.changes:
        write = Unsettled(change.path, change.become, flight.meant_by(change.path))
        if not same(change.path, change.expect, change.become) and write not in side.unsettled:
            side.unsettled.append(write)
    del side.unsettled[:-MOST_UNSETTLED]


def remember_tries(side: Side, answer: Answer, landed: Collection[str]) -> None:
    """Remember the tries that got no answer, of what was made since as well."""
    told = answer.result.outcomes
    unsure = {path for path in told if told[path].outcome is Outcome.UNCERTAIN}
    in_doubt = unsure.union(answer.result.in_doubt)
    for change in answer.changes:
        if change.path not in in_doubt or same(change.path, change.expect, change.become):
            continue
        write = Unsettled(change.path, change.become, answer.flight.meant_by(change.path))
        if change.path in landed and is_over(write, answer):
            write = replace(write, is_over=True)
        if write not in side.unsettled:
            side.unsettled.append(write)


def is_over(write: Unsettled, answer: Answer) -> bool:
    """
    Tell whether an unanswered write is hardly to be expected, now that a later one was settled.

    An item that it adds may still come, and once more for each try; so may what a colleague's value
    was found in place of.
    """
    if answer.outcome(write.path).outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN):
        return False
    return split_path(write.path)[0] not in IDENTIFIED or write.become is None


def say_that_they_are_over(side: Side, over: Collection[Unsettled]) -> None:
    """Note of some that they are hardly to be expected any more."""
    kept: list[Unsettled] = []
    for write in side.unsettled:
        still = replace(write, is_over=True) if any(write is each for each in over) else write
        if still not in kept:
            kept.append(still)
    side.unsettled = kept[-MOST_UNSETTLED:]
