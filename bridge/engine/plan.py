"""
Plan: what is still missing on a side, as one Command in that side's own terms.

A value that has no word there follows its declared rule. Where nothing needs to be written (the
side already shows a word that means it, or its rule says to leave what stands), the Command still
*asserts* what the side shows: an edit that was made there meanwhile is then found, not taken for
agreed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import CASE, Idle, InFlight, Mode, Reason, Side, Told, lane_of
from bridge.engine.sameness import IDENTIFIED, mark_of, same
from bridge.engine.scope import scope_under
from bridge.engine.stays import count_as_told, untold, words
from bridge.engine.translate import How, Put
from bridge.engine.twins import may_be_there
from contracts.agreement import Policy
from contracts.case import Content, path_of, split_path
from contracts.ids import CommandId, Mark
from contracts.messages import Command, Lane
from contracts.patch import Change, Patch

OUR_SUBJECT: Final = "Casebridge"
"""Of the notes in which a side is told what it cannot hold."""


@dataclass(slots=True)
class Steps:
    """The changes of a Command while it is put together, and what each will stand for."""

    changes: dict[str, Change] = field(default_factory=dict)
    means: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    tells: dict[str, Told] = field(default_factory=dict)
    notes: dict[str, dict[str, JsonValue]] = field(default_factory=dict)

    def add(self, change: Change, means: dict[str, JsonValue]) -> None:
        """Add one change; a second one for a path takes the place of the first."""
        self.changes[change.path] = change
        self.means.setdefault(change.path, {}).update(means)


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
        _take_verdict(draft, side, put, steps)
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
    steps.add(_note(key, words(draft, side, told)), {})
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
    if side.parked.get("case_type") or not isinstance(side.lane(Lane.FACTS).phase, Idle):
        return
    if "case_type" not in link.truth:
        return
    steps = Steps()
    (first,) = lens.put(link.truth, ["case_type"], {}, {})
    if first.how is How.FOLD:
        draft.park(side, CASE, Reason.NO_COUNTERPART, first.why, value=link.truth["case_type"])
        return
    side.detached = sorted({*side.detached, *first.detaches})
    if not _take_verdict(draft, side, first, steps):
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
        _take_verdict(draft, side, put, steps)
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


def _take_verdict(draft: Draft, side: Side, put: Put, steps: Steps) -> bool:
    """Do with one verdict of the lens what it says; false where it parks."""
    match put.how:
        case How.PARK | How.FOLD:
            for path, value in put.shared.items():
                draft.park(side, path, Reason.NO_COUNTERPART, put.why, value=value, gap=put.gap)
            return False
        case How.NOT_CROSSING:
            for path, value in put.shared.items():
                draft.stand_by_rule(side, path, value)
                draft.row(What.NOT_CROSSING, side, path, value=value, why=put.why)
            return True
        case _:
            _add_steps(draft, side, put, steps)
            if put.how in (How.KEEP, How.ANNOTATE, How.DEFAULT):
                what = {
                    How.KEEP: What.KEPT,
                    How.ANNOTATE: What.ANNOTATED,
                    How.DEFAULT: What.DEFAULTED,
                }[put.how]
                for path, value in put.shared.items():
                    draft.row(what, side, path, value=value, why=put.why)
            return True


def _add_steps(draft: Draft, side: Side, put: Put, steps: Steps) -> None:
    means = dict(put.shared)
    lacking = [value for path, value in put.shared.items() if _lacks_content(path, value)]
    if any(_comes_later(value) for value in lacking):
        # Too large to be read at once: it is told again when its content is there.
        return
    if any(may_be_there(side, path, value) for path, value in put.shared.items()):
        return
    if lacking:
        for path, value in put.shared.items():
            why = "de inhoud van het document is aan de andere kant niet te lezen"
            draft.park(side, path, Reason.UNREADABLE, why, value=value)
        return
    if put.note is not None:
        _add_note(draft, put, steps)
    if put.writes:
        for path, value in put.writes:
            steps.add(_change(draft, side, put, path, value), means)
            means = {}
        return
    asserted = _shown_path(side, put)
    if asserted is None:
        _let_it_be(draft, side, put)
        return
    stands_there = side.base.get(asserted)
    steps.add(Change(path=asserted, expect=stands_there, become=stands_there), means)


def _let_it_be(draft: Draft, side: Side, put: Put) -> None:
    """Count as agreed what leaves nothing to see there; what a note says counts once that is."""
    if put.note is None:
        for path, value in put.shared.items():
            draft.stand_by_rule(side, path, value)


def _lacks_content(path: str, value: JsonValue) -> bool:
    return (
        lane_of(path) is Lane.DOCUMENTS and isinstance(value, dict) and value.get("digest") is None
    )


def _comes_later(document: JsonValue) -> bool:
    return isinstance(document, dict) and document.get("content") is not None


def _shown_path(side: Side, put: Put) -> str | None:
    """Give the local path whose value the verdict was made on, if the side shows one."""
    if put.local is not None:
        return put.local if put.local in side.base else None
    native = {shared: path for path, shared in side.items.items()}
    for path in put.shared:
        local = native.get(path, path)
        if local in side.base:
            return local
    return None


def _change(draft: Draft, side: Side, put: Put, path: str, value: JsonValue) -> Change:
    expect = side.base.get(path)
    if lane_of(path) is not Lane.DOCUMENTS or not isinstance(value, dict):
        return Change(path=path, expect=expect, become=value)
    (shared,) = put.shared
    truth = put.shared[shared]
    source = truth.get("content") if isinstance(truth, dict) else None
    value = dict(value)
    value["content"] = None
    if path not in side.base:
        value["mark"] = mark_of(draft.link.id, shared)
    moved = not isinstance(expect, dict) or expect.get("digest") != value.get("digest")
    content = Content.model_validate(source) if source and moved else None
    return Change(path=path, expect=expect, become=value, content=content)


def _add_note(draft: Draft, put: Put, steps: Steps) -> None:
    paths = "|".join(sorted(put.shared))
    key = mark_of(draft.link.id, f"note|{paths}|{put.note}")
    steps.add(_note(key, str(put.note)), {})
    steps.notes[path_of("notes", key)] = dict(put.shared)


def _note(key: str, text: str) -> Change:
    """Give the change that adds a note of our own."""
    note: JsonValue = {
        "key": key,
        "text": text,
        "at": None,
        "by": None,
        "subject": OUR_SUBJECT,
        "internal": False,
    }
    return Change(path=path_of("notes", key), become=note)


def send(
    draft: Draft, side: Side, lane: Lane, steps: Steps, *, stage: tuple[str, ...] = ()
) -> None:
    """Put a Command in flight; with no steps it only asks to look (and to *stage* content)."""
    link, state = draft.link, side.lane(lane)
    at = draft.at
    origin = link.origins.get("status")
    if "status" in steps.changes and origin:
        at = min(origin.at, draft.at)
    command = Command(
        id=_command_id(draft, side, lane),
        link=link.id,
        agency=side.agency,
        lane=lane,
        ref=side.ref,
        mark=Mark(link.id),
        patch=Patch(
            changes=tuple(steps.changes.values()),
            at=at,
            by=_actor(draft, side, steps),
            reason=f"casebridge {link.id}",
            known=_known(side, steps),
        ),
        stage=stage,
    )
    state.phase = InFlight(command, draft.at, steps.means, steps.tells, steps.notes)
    draft.commands.append(command)
    for change in command.patch.changes:
        shared = steps.means.get(change.path) or {change.path: change.become}
        if not same(change.path, change.expect, change.become):
            draft.row(
                What.SENT,
                side,
                next(iter(shared)),
                value=change.become,
                other=change.expect,
            )


def _known(side: Side, steps: Steps) -> tuple[str, ...]:
    """Name the items that are there already, in each field to which items are added."""
    fields = {
        split_path(change.path)[0]
        for change in steps.changes.values()
        if change.expect is None and change.become is not None
    }
    return tuple(sorted(p for p in side.base if split_path(p)[0] in fields & IDENTIFIED))


def _actor(draft: Draft, side: Side, steps: Steps) -> str | None:
    """Name the colleague on whose behalf we write: who made the newest of these edits."""
    found = [
        draft.link.origins[path]
        for means in steps.means.values()
        for path in means
        if path in draft.link.origins and draft.link.origins[path].agency != side.agency
    ]
    return max(found, key=lambda origin: origin.at).by if found else None


def _command_id(draft: Draft, side: Side, lane: Lane) -> CommandId:
    """Derive an id from what is decided, so that deciding again gives the same one."""
    state = side.lane(lane)
    text = "|".join(
        (
            draft.link.id,
            side.agency,
            lane.value,
            str(state.sequence),
            draft.at.isoformat(),
            draft.cause,
        )
    )
    return CommandId(base64.b32encode(hashlib.sha256(text.encode()).digest()[:15]).decode())
