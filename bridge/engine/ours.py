"""
Ours: what a side shows because the bridge brought it, though no answer said so.

A write that got no answer may land at any time, also once more; a note of ours is nobody's edit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import JsonValue

from bridge.engine.draft import Draft
from bridge.engine.lane import InFlight, lane_of
from bridge.engine.link import Side, Unsettled
from bridge.engine.parked import Reason
from bridge.engine.sameness import IDENTIFIED, is_rendering, mark_of
from bridge.engine.shown import Shown
from contracts.case import Cells, split_path
from contracts.messages import Lane


def take_if_ours(draft: Draft, side: Side, path: str, shown: Shown) -> bool:
    """Tell whether the bridge itself brought what newly shows at *path*; then note that."""
    value, before = shown.cells.get(path), shown.before.get(path)
    if path in side.ours:
        if value is None:
            side.ours.remove(path)
        return True
    if before is None and _is_second_copy(draft, side, path, value):
        side.ours.append(path)
        return True
    holds = draft.rules.lens(side.agency).holds(path)
    for write in (*side.unsettled, *_on_the_way(side, lane_of(path))):
        is_new_item = before is None and split_path(path)[0] == split_path(write.path)[0]
        fits = path == write.path or (is_new_item and split_path(path)[0] in IDENTIFIED)
        if not fits or not is_rendering(path, write.become, value, holds=holds):
            continue
        if write.is_over and not _is_by_nobody_known(draft, path, shown):
            continue
        if is_new_item and _stands_elsewhere(side, path, write.means):
            side.ours.append(path)
            return True
        take(draft, side, path, write.means)
        return True
    return False


def _is_by_nobody_known(draft: Draft, path: str, shown: Shown) -> bool:
    """
    Tell whether the system says who wrote it, and that is none of the people: our account.

    What it says must be of this change. Of a property ZGW tells who made it, and of no edit: where
    somebody types again what we made it with, our account stands beside what is theirs.
    """
    author = shown.snapshot.authors.get(path)
    if author is None or author.by is None or draft.rules.employer_of(author.by) is not None:
        return False
    since = shown.since[lane_of(path)]
    return author.at is None or since is None or author.at >= since


def _stands_elsewhere(side: Side, path: str, means: Collection[str]) -> bool:
    """Tell whether an item is there already: then this is what another try of it brought."""
    return any(
        shared in means and native in side.base and native != path
        for native, shared in side.items.items()
    )


def _is_second_copy(draft: Draft, side: Side, path: str, value: JsonValue) -> bool:
    """Tell whether a document bears the mark that we gave another: a try that landed very late."""
    mark = value.get("mark") if isinstance(value, dict) else None
    return mark is not None and any(
        mark == mark_of(draft.link.id, shared) and native in side.base and native != path
        for native, shared in side.items.items()
    )


def _on_the_way(side: Side, lane: Lane) -> Iterator[Unsettled]:
    """Give what is being written to a lane by a Command of the other: a note about a document."""
    for state in side.lanes.values():
        if isinstance(state.phase, InFlight):
            for change in state.phase.command.patch.changes:
                if lane_of(change.path) is lane and change.become is not None:
                    means = state.phase.meant_by(change.path)
                    yield Unsettled(change.path, change.become, means)


def take(draft: Draft, side: Side, path: str, means: Cells) -> None:
    """Note that what *path* shows is what we wrote: the side stands for what that meant."""
    name = split_path(path)[0]
    # A note of ours says something about other fields; of a note of people it is the copy.
    is_copy = any(split_path(shared)[0] == name for shared in means)
    if not is_copy and name in IDENTIFIED and path not in side.ours:
        side.ours.append(path)
    for shared, value in means.items():
        draft.stand(side, shared, value)
        parked = side.parked.get(shared)
        if parked and parked.reason is Reason.UNTRANSLATABLE:
            draft.unpark(side, shared, "de waarde is gewijzigd")
        if name in IDENTIFIED and split_path(shared)[0] == name and value is not None:
            side.items[path] = shared
