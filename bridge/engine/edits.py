"""
Edits: what people changed on one side, translated to shared terms and merged into the truth.

What has no meaning in shared terms, and what its author may not let cross, stays where it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.accept import Edit
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.items import identify
from bridge.engine.link import Mode, Origin, Side
from bridge.engine.merge import merge
from bridge.engine.neighbours import Brought
from bridge.engine.origins import Origins
from bridge.engine.ours import take
from bridge.engine.parked import Reason
from bridge.engine.sameness import IDENTIFIED, is_rendering, same
from bridge.engine.shown import Shown
from bridge.engine.translate import Unread
from bridge.engine.twins import unite
from contracts.case import FIELDS, Cells, Kind, split_path


def merge_edits(draft: Draft, side: Side, edits: list[str], shown: Shown) -> None:
    """Bring the edits that were made on a side, at these local paths, into the truth."""
    if draft.link.mode is Mode.FOLD and side.agency != draft.link.home:
        # The other case is only where this one is folded into; what people do there is theirs.
        return
    local = side.base
    for path in edits:
        unite(draft, side, path, shown.before, shown.at)
    items = {
        path: identify(draft, side, path) for path in edits if split_path(path)[0] in IDENTIFIED
    }
    side.items.update({path: shared for path, shared in items.items() if path in local})
    plain = [path for path in edits if split_path(path)[0] != "status_history"]
    held_back = [path for path in plain if _is_held_back(draft, path, shown)]
    allowed = [path for path in plain if path not in held_back]
    _forget_what_was_unread(draft, side, held_back)
    for path in held_back:
        _tell_of_held_back(draft, side, path, items, shown)
    got = draft.rules.lens(side.agency).get(
        local, _in_order(allowed), draft.link.truth, side.items | items
    )
    origins = Origins(draft, side, shown)
    for path, value in got.values.items():
        if value is None and FIELDS[split_path(path)[0]] is Kind.LOG:
            # A log only grows: an entry taken away here is no reason to take it away there.
            continue
        if draft.crosses(side, path):
            whole = _with_what_was_left(draft, side, path, value, shown.before)
            origin = origins(path, whole)
            _note_what_never_showed(draft, side, path, origins.brought(path, whole), shown)
            merge(draft, Edit(side, path, whole, origin))
            _take_as_chosen_anew(draft, side, path, whole, origin, allowed)
    for unread in got.unread:
        _leave_unread(draft, side, unread)
    for path in edits:
        if path not in local:
            side.items.pop(path, None)


def _note_what_never_showed(
    draft: Draft, side: Side, path: str, brought: Brought | None, shown: Shown
) -> None:
    """
    Let a value meet as unseen what is agreed here, typed later, and never showed on this side.

    The side stands for that by a rule alone. What another Link brings there is no answer to it.
    """
    theirs, lens = draft.link.origins.get(path), draft.rules.lens(side.agency)
    if brought is None or theirs is None or theirs.at <= brought.at:
        return
    showed = lens.get(shown.before, lens.local_paths(path), {}, side.items).values.get(path)
    if not same(path, showed, draft.link.truth.get(path)):
        side.unseen[path] = shown.at


def _take_as_chosen_anew(
    draft: Draft, side: Side, path: str, value: JsonValue, origin: Origin, edits: Collection[str]
) -> None:
    """
    Let a value count from when it was chosen last: another word of the side's own that means it.

    Otherwise what was typed elsewhere in between would be taken for the later choice. Not what is
    only read along with another cell: nobody chose that.
    """
    known = draft.link.origins.get(path)
    if known is None or known.agency != side.agency or origin.at <= known.at:
        return
    agreed = draft.link.truth.get(path)
    if not (same(path, value, agreed) and same(path, side.stands.get(path), agreed)):
        return
    lens, field = draft.rules.lens(side.agency), split_path(path)[0]
    for edit in edits:
        if split_path(edit)[0] == field:
            got = lens.get(side.base, [edit], draft.link.truth, side.items)
            if set(got.values) == {path}:
                draft.link.origins[path] = origin


def _with_what_was_left(
    draft: Draft, side: Side, path: str, value: JsonValue, before: Cells
) -> JsonValue:
    """
    Give an edited value with those parts as agreed that only the system had changed.

    Who puts another version there has not edited the title that this system had cut before.
    """
    stood = side.stands.get(path)
    if not isinstance(value, dict) or not isinstance(stood, dict):
        return value
    native = [each for each, shared in side.items.items() if shared == path]
    paths = native or draft.rules.lens(side.agency).local_paths(path)
    for local in paths:
        was, now = before.get(local), side.base.get(local)
        if isinstance(was, dict) and isinstance(now, dict):
            return {
                name: stood[name]
                if name in stood
                and now.get(name) == was.get(name)
                and is_rendering(path, {name: stood[name]}, {name: part})
                else part
                for name, part in value.items()
            }
    return value


def _forget_what_was_unread(draft: Draft, side: Side, held_back: list[str]) -> None:
    """Let nothing wait for a meaning that stands there no longer; what does, stays where it is."""
    if not any(parked.reason is Reason.UNTRANSLATABLE for parked in side.parked.values()):
        return
    got = draft.rules.lens(side.agency).get(side.base, held_back, draft.link.truth, side.items)
    for path in (*got.values, *(unread.path for unread in got.unread)):
        parked = side.parked.get(path)
        if parked and parked.reason is Reason.UNTRANSLATABLE:
            draft.unpark(side, path, "de waarde is gewijzigd")


def _leave_unread(draft: Draft, side: Side, unread: Unread) -> None:
    # A case keeps the type that was agreed, until what tells its type says something again.
    if unread.parks and not (unread.path == "case_type" and "case_type" in draft.link.truth):
        draft.park(side, unread.path, Reason.UNTRANSLATABLE, unread.why, gap=unread.gap)
        return
    draft.row(What.UNREAD, side, unread.path, why=unread.why)
    for write in side.unsettled:
        if unread.path in write.means and not write.is_over:
            # It may stand where that write had been, typed by who saw it: it is left there.
            take(draft, side, write.path, write.means)


def read_anew(draft: Draft, side: Side, path: str, since: datetime) -> None:
    """
    Read once more what a side shows at a shared path: what meant nothing may mean something now.

    It equals the base, so no later reading would find it changed. *since* is when it was seen.
    """
    field, _ = split_path(path)
    local = [each for each in side.base if split_path(each)[0] == field]
    got = draft.rules.lens(side.agency).get(side.base, local, draft.link.truth, side.items)
    if path in got.values and draft.crosses(side, path):
        merge(draft, Edit(side, path, got.values[path], Origin(side.agency, since)))
    for unread in got.unread:
        if unread.path == path:
            _leave_unread(draft, side, unread)


def _in_order(paths: Iterable[str]) -> list[str]:
    # The case type and the handler first: later conflicts are decided by who handles the case.
    first = ("case_type", "handler")
    return sorted(paths, key=lambda path: (path not in first, path))


def _is_held_back(draft: Draft, path: str, shown: Shown) -> bool:
    """
    Tell whether an edit must stay where it was made, because its author is deployed no longer.

    What an agency lets its people do in its own house is its own affair: nothing is undone there.
    """
    author = shown.snapshot.authors.get(path)
    agreement = draft.agreement
    if agreement is None or author is None or author.by is None or author.at is None:
        return False
    terms = [term for term in agreement.secondments if term.staff == author.by]
    return bool(terms) and not any(term.covers(author.at.date()) for term in terms)


def _tell_of_held_back(
    draft: Draft, side: Side, path: str, items: dict[str, str], shown: Shown
) -> None:
    """Say what stays, in shared terms: what takes its place by another Link is told in those."""
    author = shown.snapshot.authors[path]
    day = author.at.date() if author.at else None
    lens = draft.rules.lens(side.agency)
    got = lens.get(side.base, [path], draft.link.truth, side.items | items)
    told = {
        shared: value
        for shared, value in got.values.items()
        if not same(shared, value, side.stands.get(shared))
    }
    for shared, value in (told or {path: side.base.get(path)}).items():
        draft.row(
            What.HELD_BACK,
            side,
            shared,
            value=value,
            by=author.by,
            rule=f"{draft.link.agreement}: secondments",
            why=f"{author.by} is op {day} niet ingezet onder {draft.link.agreement}",
        )
