"""
Plan: what is still missing on a side, as one Command in that side's own terms.

What ends a case goes last, after its documents; what may not cross under the Link's own agreement
is left out once more, field by field; and what cannot be held there is told in a note.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import Idle, Told, lane_of
from bridge.engine.link import Mode, Side
from bridge.engine.parked import CASE, Reason
from bridge.engine.sameness import mark_of, same
from bridge.engine.scope import scope_under
from bridge.engine.send import send
from bridge.engine.stays import count_as_told, untold, words
from bridge.engine.steps import Steps, note_of_ours, take_verdict
from bridge.engine.translate import How, Put
from contracts.agreement import Policy
from contracts.case import path_of, split_path
from contracts.messages import Lane
from contracts.patch import Change


def plan(draft: Draft) -> None:
    """Send every side that lags and is idle what it still misses."""
    link, agreement = draft.link, draft.agreement
    if link.released is not None or draft.is_out_of_scope:
        return
    if agreement is None or not agreement.period.covers(draft.at.date()):
        _say_once_that_it_ended(draft)
        return
    for side in link.sides.values():
        # What changes while it is paused merges; unpaused, it gets one Command with the sum.
        if side.agency not in draft.rules.paused:
            _plan_side(draft, side)


def _plan_side(draft: Draft, side: Side) -> None:
    link = draft.link
    if draft.is_stuck(side) or (link.mode is Mode.FOLD and side.agency == link.home):
        return
    if side.ref is None:
        _plan_create(draft, side)
        return
    if side.checked_at is None:
        # Nothing can be said in the words of a case that was never read.
        if side.is_idle:
            send(draft, side, Lane.FACTS, Steps())
        return
    for lane in (Lane.DOCUMENTS, Lane.FACTS):
        if isinstance(side.lane(lane).phase, Idle):
            _plan_lane(draft, side, lane)


def _say_once_that_it_ended(draft: Draft) -> None:
    link = draft.link
    lagging = [side for side in link.sides.values() if side.ref and draft.lag(side)]
    agreement = draft.agreement
    ended = agreement.period.to if agreement else None
    why = f"{link.agreement} is afgelopen{f' op {ended}' if ended else ''}: er gaat niets meer over"
    for side in lagging:
        draft.park(side, CASE, Reason.OUT_OF_SCOPE, why)


def _plan_lane(draft: Draft, side: Side, lane: Lane) -> None:
    lag = [path for path in draft.lag(side) if lane_of(path) is lane and path not in side.parked]
    if lane is Lane.FACTS and _closes(draft, lag) and _documents_lag(draft, side):
        # A closed case takes no documents; what ends it goes last.
        lag.remove("status")
    tells = untold(draft, side) if lane is Lane.FACTS else []
    if not lag and not tells:
        return
    steps = Steps()
    outward = {shared: path for path, shared in side.items.items()}
    truth = draft.link.truth
    told = [put for path in lag if (put := _told_in_a_note(draft, path)) is not None]
    plain = [path for path in lag if not any(path in put.shared for put in told)]
    for put in (*told, *draft.rules.lens(side.agency).put(truth, plain, side.base, outward)):
        take_verdict(draft, side, put, steps)
    for untold_yet in tells:
        _tell(draft, side, untold_yet, steps)
    _drop_what_may_not_arrive(draft, side, steps)
    if steps.changes:
        send(draft, side, lane, steps)


def _tell(draft: Draft, side: Side, told: Told, steps: Steps) -> None:
    """Add the note in which a side is told what stays behind, and remember which one it is."""
    counts = "|".join(f"{kind}={count}" for kind, count in sorted(told.counts.items()))
    before = len(side.ours)
    key = mark_of(draft.link.id, f"stays|{told.about}|{counts}|{before}")
    steps.add(note_of_ours(key, words(draft, side, told)), {})
    steps.tells[path_of("notes", key)] = told


def _drop_what_may_not_arrive(draft: Draft, side: Side, steps: Steps) -> None:
    """Check once more, field by field, against the agreement of this very Link."""
    scope = scope_under(side.agency, draft.rules, draft.at.date(), draft.link.agreement)
    for change in list(steps.changes.values()):
        if same(change.path, change.expect, change.become):
            continue
        for violation in scope.violations({change.path: change.become}):
            del steps.changes[change.path]
            if (told := steps.tells.pop(change.path, None)) is not None:
                count_as_told(draft, side, told, f"; {violation.why}")
            for path, value in steps.notes.pop(change.path, {}).items():
                draft.stand_by_rule(side, path, value)
                draft.row(What.NOT_CROSSING, side, path, why=violation.why)
            for path, value in steps.means.pop(change.path, {}).items():
                draft.stand_by_rule(side, path, value)
                draft.row(What.NOT_CROSSING, side, path, why=violation.why)


def _told_in_a_note(draft: Draft, path: str) -> Put | None:
    """
    Give the verdict on what a side is told of and does not hold itself.

    A decision is recorded where the competent authority takes it. Of a case that is folded into
    another, that other is told the outcome; its documents cross, and nothing else.
    """
    value = draft.link.truth.get(path)
    name = split_path(path)[0]
    if draft.link.mode is Mode.FOLD and name != "documents":
        note = f"Uitkomst van {draft.link.truth.get('title') or 'de gevouwen zaak'}: {value}"
        is_outcome = name == "result" and value is not None
        return Put(
            shared={path: value},
            writes=(),
            how=How.ANNOTATE if is_outcome else How.NOT_CROSSING,
            why="hoort bij een andere zaak",
            note=note if is_outcome else None,
        )
    if draft.policy(path) is Policy.COMPETENT_AUTHORITY and isinstance(value, dict):
        note = f"Besluit bij {draft.link.home}: {value.get('type')}, {value.get('date')}"
        return Put(
            shared={path: value},
            writes=(),
            how=How.ANNOTATE,
            why="het bevoegd gezag legt het besluit zelf vast",
            note=note,
        )
    return None


def _closes(draft: Draft, lag: Iterable[str]) -> bool:
    return "status" in lag and draft.rules.is_final(draft.link.truth.get("status"))


def _documents_lag(draft: Draft, side: Side) -> bool:
    waiting = any(
        lane_of(path) is Lane.DOCUMENTS and path not in side.parked for path in draft.lag(side)
    )
    return waiting or not isinstance(side.lane(Lane.DOCUMENTS).phase, Idle)


def _plan_create(draft: Draft, side: Side) -> None:
    """Ask for a counterpart, with all that can be said of the case at once."""
    link = draft.link
    lens = draft.rules.lens(side.agency)
    if "case_type" not in link.truth or not isinstance(side.lane(Lane.FACTS).phase, Idle):
        return
    steps = Steps()
    (first,) = lens.put(link.truth, ["case_type"], {}, {})
    if parked := side.parked.get("case_type"):
        if parked.reason is not Reason.NO_COUNTERPART or first.how in (How.PARK, How.FOLD):
            return
        # The word may hang on a property, which was not there yet when the case was first read.
        draft.unpark(side, "case_type", "de zaak is gewijzigd, en het zaaktype gaat nu over")
    if first.how is How.FOLD:
        draft.park(side, CASE, Reason.NO_COUNTERPART, first.why, value=link.truth["case_type"])
        return
    side.detached = sorted({*side.detached, *first.detaches})
    if not take_verdict(draft, side, first, steps):
        return
    local = dict(first.writes)
    facts = [
        path
        for path in draft.lag(side)
        if lane_of(path) is Lane.FACTS and path != "case_type" and path not in side.parked
    ]
    if _closes(draft, facts) and _documents_lag(draft, side):
        # It is made open: what ends it follows its documents.
        facts.remove("status")
    for put in lens.put(link.truth, facts, local, {}):
        take_verdict(draft, side, put, steps)
    _add_defaults_of_route(draft, side, steps)
    _drop_what_may_not_arrive(draft, side, steps)
    send(draft, side, Lane.FACTS, steps)


def _add_defaults_of_route(draft: Draft, side: Side, steps: Steps) -> None:
    """Name unit and handler where the case itself names none; they stand for nothing agreed."""
    agreement = draft.agreement
    route = (
        next((r for r in agreement.routing if r.id == draft.link.route), None)
        if (agreement)
        else None
    )
    if route is None or route.to != side.agency:
        return
    if route.unit:
        steps.add(Change(path="unit", become=route.unit), {})
    if route.default_handler and not draft.link.truth.get("handler"):
        name = draft.rules.name_of(route.default_handler)
        handler: JsonValue = {"id": route.default_handler, "name": name, "role": None}
        steps.add(Change(path="handler", become=handler), {})
