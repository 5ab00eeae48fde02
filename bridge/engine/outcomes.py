"""
Outcomes: what became of each change of a Command, one by one.

Whatever is said of a change, only what shows was made. What was not parks, waits or is looked for
again alone; the rest of the Command counts.
"""

from __future__ import annotations

from typing import Final, assert_never

from pydantic import JsonValue

from bridge.engine.again import is_no_news, look_again, wait_for_content
from bridge.engine.answer import Answer
from bridge.engine.created import filled_in, is_default, stand_for_what_was_made, tell_of_default
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
from bridge.engine.link import Side, Unsettled
from bridge.engine.parked import Reason
from contracts.case import split_path
from contracts.messages import Outcome
from contracts.patch import Change

_NO_NEWS: Final = "er stond iets anders dan verwacht, en dat is niet te zien"

_PARKS: Final = {Outcome.REFUSED: Reason.REFUSED, Outcome.UNSAFE: Reason.UNSAFE}


def take_outcomes(draft: Draft, side: Side, answer: Answer) -> tuple[dict[str, Change], set[str]]:
    """
    Take what became of each change.

    Returns:
        The changes that were made, by where each shows; and the paths at which the system shows
        its own rendering, or a default: no edits.
    """
    rendered = filled_in(draft, side, answer) if answer.is_create else set()
    landed: dict[str, Change] = {}
    for change in answer.changes:
        if not is_done(draft, side, answer, change):
            if _take_undone(draft, side, answer, change):
                rendered.add(change.path)
            continue
        path = place_of(draft, side, answer, change, landed)
        if detail := _is_not_seen_yet(draft, side, answer, change, path):
            means = answer.means(change.path)
            side.unsettled.append(Unsettled(change.path, change.become, means))
            look_again(draft, side, answer, change, detail)
            continue
        if path is None:
            _did_not_stick(draft, side, change, answer.means(change.path))
            continue
        landed[path] = change
        if has_other_content(change, answer.shown.get(path)):
            stood_before_that(side, answer, change, path)
        elif not was_changed_since(draft, side, answer, change, path):
            rendered.add(path)
    return landed, rendered


def _take_undone(draft: Draft, side: Side, answer: Answer, change: Change) -> bool:
    """Take a change that was not made; tell whether what shows instead is a default."""
    outcome = answer.outcome(change.path).outcome
    has_default = is_default(draft, side, answer, change)
    if has_default:
        tell_of_default(draft, side, change.path, answer.shown, other=change.become)
    elif answer.is_create and outcome is Outcome.CONFLICT:
        stand_for_what_was_made(draft, side, answer, change)
    elif is_no_news(answer, change):
        detail = answer.outcome(change.path).detail or _NO_NEWS
        look_again(draft, side, answer, change, detail)
    _take_refusal(draft, side, answer, change)
    return has_default


def _is_not_seen_yet(
    draft: Draft, side: Side, answer: Answer, change: Change, path: str | None
) -> str | None:
    """Say why it cannot be told yet whether a change stands that was made; ``None``: it can."""
    read = answer.result.snapshot.case.model_fields_set
    if path is None and split_path(change.path)[0] not in read:
        return "het veld is niet teruggelezen"
    if shows_what_stood_before(draft, side, answer, change):
        return "het systeem toont nog wat er stond"
    return None


def _did_not_stick(draft: Draft, side: Side, change: Change, means: dict[str, JsonValue]) -> None:
    why = "het systeem meldde dat het gedaan was, maar toont het niet"
    for shared, value in (means or {change.path: change.become}).items():
        draft.park(side, shared, Reason.REFUSED, why, value=value)


def _take_refusal(draft: Draft, side: Side, answer: Answer, change: Change) -> None:
    means, outcome = answer.means(change.path), answer.outcome(change.path)
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
            wait_for_content(draft, side, answer, change)
        case Outcome.UNCERTAIN:
            look_again(draft, side, answer, change, outcome.detail)
        case Outcome.CONFLICT:
            # What stands there instead is in the reading, and is merged as the edit that it is.
            pass
        case Outcome.DONE | Outcome.ALREADY:
            pass
        case _:
            assert_never(outcome.outcome)
