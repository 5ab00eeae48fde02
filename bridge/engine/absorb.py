"""
Absorb: take a reading of one side into the Link.

What the reading shows is compared with the base, path by path. What is equal is nothing new (an
echo of our own write is just that). What is other is somebody's edit, unless it is a write of
ours that got no answer, or the bridge's own annotation. Edits are translated and merged.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bridge.engine.draft import Draft
from bridge.engine.edits import merge_edits
from bridge.engine.lane import lane_of
from bridge.engine.link import Side
from bridge.engine.merge import tells_more
from bridge.engine.neighbours import ALONE, Surroundings
from bridge.engine.ours import take_if_ours
from bridge.engine.parked import CASE, Reason
from bridge.engine.sameness import same
from bridge.engine.shown import Shown
from bridge.engine.stays import take_stays
from contracts.case import COLLECTIONS, Cells, cells_of, split_path
from contracts.messages import Lane
from contracts.snapshot import Snapshot

LIFTED_BY_A_READING = (Reason.GONE, Reason.UNREADABLE, Reason.OUT_OF_SCOPE)
"""A case that waits for one of these waits no longer once it is read."""


def absorb(
    draft: Draft,
    side: Side,
    snapshot: Snapshot,
    *,
    lanes: Collection[Lane] = tuple(Lane),
    around: Surroundings = ALONE,
    rendered: Collection[str] = (),
    seen_at: datetime,
) -> None:
    """
    Take what *snapshot* shows into the Link.

    Args:
        lanes: Only paths of these lanes; the others have a Command in flight.
        around: What other Links of the same case made there, and brought there; not this one.
        rendered: Local paths that we just wrote: what shows there is how it was rendered.
        seen_at: When the case was read.
    """
    cells = cells_of(snapshot.case)
    since = {lane: side.lane(lane).read_at for lane in lanes}
    before = dict(side.base)
    shown = Shown(snapshot, cells, seen_at, before, around.brought, since)
    news = [
        path
        for path in changed(side, cells, snapshot.case.model_fields_set)
        if lane_of(path) in lanes
    ]
    for path in news:
        _show(side, path, cells)
    # A Receipt is dated when it was answered; a later reading may have ended just before that.
    side.checked_at = max(side.checked_at or seen_at, seen_at)
    side.is_closed = snapshot.is_closed
    for lane in lanes:
        side.lane(lane).read_at = seen_at
    if Lane.DOCUMENTS in lanes:
        take_stays(side, snapshot)
    parked = side.parked.get(CASE)
    if parked and parked.reason in LIFTED_BY_A_READING:
        draft.unpark(side, CASE, "de zaak is weer te lezen")
        _go_on_with_contents(draft, side)
    edits = [
        path
        for path in news
        if path not in rendered
        and path not in around.foreign
        and not take_if_ours(draft, side, path, shown)
    ]
    merge_edits(draft, side, edits, shown)
    side.unseen = {
        path: since
        for path, since in side.unseen.items()
        if lane_of(path) not in lanes or since > seen_at
    }


def _go_on_with_contents(draft: Draft, side: Side) -> None:
    """Try the documents once more whose content was nowhere to be had while a case was gone."""
    for other in draft.link.others(side.agency):
        for path, parked in list(other.parked.items()):
            if parked.reason is Reason.UNREADABLE and lane_of(path) is Lane.DOCUMENTS:
                draft.unpark(other, path, f"de zaak bij {side.agency} is weer te lezen")


def changed(side: Side, shown: Cells, read: Collection[str]) -> list[str]:
    """Name the local paths that show otherwise than the base; a field not read is not named."""
    found = [
        path
        for path, value in shown.items()
        if path not in side.base
        or not same(path, value, side.base[path])
        or tells_more(value, side.base[path])
    ]
    found += [
        path
        for path in side.base
        if path not in shown and (field := split_path(path)[0]) in COLLECTIONS and field in read
    ]
    return found


def _show(side: Side, path: str, shown: Cells) -> None:
    if path in shown:
        side.base[path] = shown[path]
    else:
        side.base.pop(path, None)
