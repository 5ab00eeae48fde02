"""
Landed: whether a change was made, and where and how its system shows it.

What shows is seldom to the letter what was written: cut, written otherwise, under another key.
And between our write and our reading somebody may have typed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from pydantic import JsonValue

from bridge.engine.answer import Answer
from bridge.engine.authors import is_a_colleagues
from bridge.engine.draft import Draft
from bridge.engine.link import Side
from bridge.engine.sameness import IDENTIFIED, Holds, digest_of, is_rendering, mark_of, same
from contracts.case import split_path
from contracts.messages import Outcome
from contracts.patch import Change

_CODES: Final = ("status", "result", "handler")


def is_done(
    draft: Draft,
    side: Side,
    answer: Answer,
    change: Change,
) -> bool:
    """
    Tell whether a change was made, whatever is said of it: by the create, or by an earlier try.

    What shows then is how the system renders it, and not what stood there before.
    """
    outcome, seen = answer.outcome(change.path).outcome, answer.shown.get(change.path)
    if outcome is Outcome.ALREADY and _is_what_was_tried_before(side, change, seen):
        return False
    if outcome in (Outcome.DONE, Outcome.ALREADY):
        return True
    if same(change.path, change.expect, seen):
        marks = {mark_of(draft.link.id, shared) for shared in answer.means(change.path)}
        return any(
            _mark(item) in marks and _is_as_rendered(draft, side, change, item)
            for path, item in answer.shown.items()
            if path not in side.base
        )
    return _is_as_rendered(draft, side, change, seen)


def place_of(
    draft: Draft,
    side: Side,
    answer: Answer,
    change: Change,
    landed: Collection[str],
) -> str | None:
    """
    Find where a change shows now; ``None`` where it does not, though it was called done.

    An item is where no item was before (or a note of ours was seen meanwhile), and no other change
    landed: the one that bears our mark, is the same, or is how the system renders it; or else the
    only one that is not plainly another change's.
    """
    field, key = split_path(change.path)
    shown = answer.shown
    if change.path in shown or not key or change.become is None:
        return change.path
    there = [p for p in shown if split_path(p)[0] == field and p not in landed]
    fresh = [path for path in there if path not in side.base]
    fresh += [path for path in there if path in side.base and path in side.ours]
    if field not in IDENTIFIED:
        # Natural keys may be rendered too: a cut name.
        found = (p for p in fresh if renders(draft, side, change.path, change.become, shown[p]))
        return next(found, None)
    marks = {mark_of(draft.link.id, shared) for shared in answer.means(change.path)}
    tests: tuple[Callable[[str], bool], ...] = (
        lambda path: _mark(shown[path]) in marks,
        lambda path: same(path, shown[path], change.become),
        lambda path: renders(draft, side, path, change.become, shown[path]),
    )
    found = (path for test in tests for path in fresh if test(path))
    left = [path for path in fresh if not _is_anothers(draft, side, answer, change, path)]
    return next(found, left[0] if len(left) == 1 else None)


def _is_anothers(draft: Draft, side: Side, answer: Answer, change: Change, path: str) -> bool:
    """Tell whether an item is plainly what another change of the same Command made."""
    return any(
        other.path != change.path
        and split_path(other.path)[0] == split_path(path)[0]
        and renders(draft, side, path, other.become, answer.shown[path])
        for other in answer.changes
    )


def was_changed_since(
    draft: Draft,
    side: Side,
    answer: Answer,
    change: Change,
    path: str,
) -> bool:
    """
    Tell whether somebody changed a value between our write and our reading it back, at *path*.

    What stood there already was not written: what shows instead was typed meanwhile. So was another
    word of a list, or another number: no system makes that of ours. A text that we did write was
    changed only where the system says who did: a colleague that the rules know, and not the one on
    whose behalf we wrote. Without that, what shows is how the system renders it.
    """
    seen = answer.shown.get(path)
    if renders(draft, side, change.path, change.become, seen):
        return False
    told = answer.outcome(change.path).outcome
    stood = told is Outcome.ALREADY or same(change.path, change.expect, change.become)
    if stood and not answer.is_create:
        return True
    is_back = same(change.path, change.expect, seen)
    if not is_back and says_another_word(draft, side, answer, change, path):
        return True
    return is_a_colleagues(draft, answer, path)


def shows_what_stood_before(draft: Draft, side: Side, answer: Answer, change: Change) -> bool:
    """
    Tell whether a word or number shows that stood there before it was written, in a known case.

    A colleague put it back between our write and our reading it, or the system shows what it
    showed: which of the two, no system tells. No system makes that of what we wrote.
    """
    path, shown = change.path, answer.shown
    return (
        path in shown
        and same(path, change.expect, shown[path])
        and not same(path, change.expect, change.become)
        and not renders(draft, side, path, change.become, shown[path])
        and says_another_word(draft, side, answer, change, path)
    )


def says_another_word(draft: Draft, side: Side, answer: Answer, change: Change, path: str) -> bool:
    """
    Tell whether a property that holds no free text, or a code, means something else than we wrote.

    Of a case that was just made a system may have chosen the codes by itself.
    """
    means = answer.means(change.path)
    lens = draft.rules.lens(side.agency)
    is_code = path in _CODES and not answer.is_create
    is_property = split_path(path)[0] == "properties" and lens.holds(path) is not Holds.TEXT
    if not (is_code or is_property):
        return False
    got = lens.get(answer.shown, [path], draft.link.truth, side.items).values
    return any(shared in means and not same(shared, got[shared], means[shared]) for shared in got)


def has_other_content(change: Change, now: JsonValue) -> bool:
    """Tell whether somebody put another version over ours; no system makes that of it by itself."""
    written, found = digest_of(change.become), digest_of(now)
    return written is not None and found is not None and written != found


def stood_before_that(side: Side, answer: Answer, change: Change, path: str) -> None:
    """Note that our version had stood there, as the system shows the rest of it."""
    now = answer.shown[path]
    if isinstance(now, dict):
        side.base[path] = {**now, "digest": digest_of(change.become)}


def was_tried(draft: Draft, side: Side, path: str, value: JsonValue) -> bool:
    """Tell whether a register shows what a try of ours was to bring that got no answer."""
    return any(
        write.path == path and renders(draft, side, path, write.become, value)
        for write in side.unsettled
    )


def renders(draft: Draft, side: Side, path: str, written: JsonValue, seen: JsonValue) -> bool:
    """Tell whether what is seen is how a side's system shows what was written."""
    holds = draft.rules.lens(side.agency).holds(path)
    return is_rendering(path, written, seen, holds=holds)


def _is_what_was_tried_before(side: Side, change: Change, seen: JsonValue) -> bool:
    """
    Tell whether a register shows to the letter what another try was to bring, and not this one.

    Where this one begins as that one did, its edge takes it for ours, cut by the system.
    """
    return (
        not split_path(change.path)[1]
        and not same(change.path, seen, change.become)
        and any(w.path == change.path and same(w.path, w.become, seen) for w in side.unsettled)
    )


def _is_as_rendered(draft: Draft, side: Side, change: Change, seen: JsonValue) -> bool:
    if digest_of(seen) not in (None, digest_of(change.become)):
        # Another content is another version, whatever it is called.
        return False
    return renders(draft, side, change.path, change.become, seen)


def _mark(item: JsonValue) -> JsonValue:
    return item.get("mark") if isinstance(item, dict) else None
