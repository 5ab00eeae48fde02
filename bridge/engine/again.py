"""
Again: what a Command did not bring about is tried or looked for again, after ever longer waits.

A person looks where it never comes about.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from pydantic import JsonValue

from bridge.engine.answer import Answer
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import Waiting, lane_of
from bridge.engine.link import Side
from bridge.engine.parked import CASE, Reason
from bridge.engine.sameness import digest_of, same
from contracts.case import split_path
from contracts.messages import Outcome
from contracts.patch import Change

FIRST_WAIT: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=5)
MOST_TRIES: Final = 8
"""
How often a write that never gets a usable answer is tried before a person looks.

That is a quarter of an hour: a system that is slow for less than that leaves nobody any work.
"""

_IN_VAIN: Final = (Outcome.UNCERTAIN, Outcome.NO_CONTENT, Outcome.UNSCANNED)


def pause(draft: Draft, side: Side, tries: int) -> timedelta:
    """Give how long to wait before the next try: exponential, capped, spread by the Link's id."""
    wait = min(FIRST_WAIT * (1 << min(tries, 10)), LONGEST_WAIT)
    digest = hashlib.sha256(f"{draft.link.id}|{side.agency}|{tries}".encode()).digest()
    spread = 0.75 + 0.5 * digest[0] / 255
    return wait * spread


def look_again(
    draft: Draft,
    side: Side,
    answer: Answer,
    change: Change,
    detail: str,
) -> None:
    """Look again after a while; a person looks where it never comes about."""
    state, means = side.lane(answer.lane), answer.means(change.path)
    draft.row(What.UNANSWERED, side, next(iter(means), change.path), why=detail)
    if state.tries >= MOST_TRIES:
        for shared, value in means.items():
            draft.park(side, shared, Reason.REFUSED, detail, value=value)
        return
    state.phase = Waiting(draft.at + pause(draft, side, state.tries), detail, look=True)


def wait_for_content(draft: Draft, side: Side, answer: Answer, change: Change) -> None:
    """Try again after a while: the content is not at hand, or nobody could look into it yet."""
    state, means = side.lane(answer.lane), answer.means(change.path)
    outcome = answer.outcome(change.path)
    state.phase = Waiting(draft.at + pause(draft, side, state.tries - 1), outcome.detail)
    if outcome.outcome is Outcome.NO_CONTENT:
        _ask_for_content(draft, side, means)
    elif state.tries == 1:
        draft.row(What.WAITING, side, next(iter(means), ""), why=outcome.detail)


def is_in_vain(answer: Answer) -> bool:
    """Tell whether something is to be tried again of which nothing is known that was not."""
    return any(told.outcome in _IN_VAIN for told in answer.result.outcomes.values()) or any(
        is_no_news(answer, change) for change in answer.changes
    )


def is_no_news(answer: Answer, change: Change) -> bool:
    """
    Tell whether the edge found something else than was expected, and what it read then does not.

    The case moved twice, or the edge compares what is not told here: at once again may be for ever.
    """
    return (
        not answer.is_create
        and answer.outcome(change.path).outcome is Outcome.CONFLICT
        and same(change.path, change.expect, answer.shown.get(change.path))
    )


def _ask_for_content(draft: Draft, side: Side, means: dict[str, JsonValue]) -> None:
    """
    Ask the side that has a document to make its content available again, as soon as it can.

    Where no side shows that content any more (somebody who may not put another version there, or
    the case was deleted), asking again would never end: a person looks.
    """
    for shared, value in means.items():
        if not ask_for_content(draft, side, shared, value):
            why = "de inhoud die is afgesproken staat nergens meer"
            draft.park(side, shared, Reason.UNREADABLE, why, value=value)


def ask_for_content(draft: Draft, side: Side, shared: str, value: JsonValue) -> bool:
    """Ask whoever has this document for its content, for *side*; false where nobody has it."""
    has_it = False
    for source in draft.link.others(side.agency):
        native = next((p for p, s in source.items.items() if s == shared), None)
        parked = source.parked.get(CASE)
        if parked and parked.reason is Reason.GONE:
            continue
        if native and source.ref and digest_of(source.base.get(native)) == digest_of(value):
            state, key = source.lane(lane_of(shared)), split_path(native)[1]
            state.wanted = tuple(sorted({*state.wanted, key}))
            has_it = True
    return has_it
