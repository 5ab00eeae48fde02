"""
Steps: the changes of a Command while it is put together, out of what the lens says of each value.

Where nothing needs to be written (the side already shows a word that means it, or its rule says to
leave what stands), a step still *asserts* what the side shows: an edit that was made there
meanwhile is then found, not taken for agreed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.lane import Told, lane_of
from bridge.engine.link import Side
from bridge.engine.parked import Reason
from bridge.engine.sameness import comes_later, mark_of
from bridge.engine.translate import How, Put
from bridge.engine.twins import may_be_there
from contracts.case import Content, path_of
from contracts.messages import Lane
from contracts.patch import Change

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


def take_verdict(draft: Draft, side: Side, put: Put, steps: Steps) -> bool:
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
    if any(comes_later(value) for value in lacking):
        # Too large to be read at once: it is told again when its content is there.
        return
    if any(may_be_there(side, path, value) for path, value in put.shared.items()):
        return
    if any(_is_read_later(side, path) for path, _ in put.writes):
        # Somebody put a version there that nobody knows yet; what we write would take its place.
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


def _is_read_later(side: Side, path: str) -> bool:
    """Tell whether a side shows content that is not read yet, and is no half of a write of ours."""
    stood = side.stands.get(side.items.get(path, path))
    return (
        lane_of(path) is Lane.DOCUMENTS
        and comes_later(side.base.get(path))
        and isinstance(stood, dict)
        and all(write.path != path for write in side.unsettled)
    )


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
    steps.add(note_of_ours(key, str(put.note)), {})
    steps.notes[path_of("notes", key)] = dict(put.shared)


def note_of_ours(key: str, text: str) -> Change:
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
