"""
Absorb: take a reading of one side into the Link.

What the reading shows is compared with the base, path by path. What is equal is nothing new (an
echo of our own write is just that). What is other is somebody's edit, unless it is a write of
ours that got no answer, or the bridge's own annotation. Edits are translated and merged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from pydantic import JsonValue

from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.link import CASE, InFlight, Mode, Origin, Reason, Side, Unsettled, lane_of
from bridge.engine.merge import author_time, merge, tells_more
from bridge.engine.sameness import IDENTIFIED, is_rendering, mark_of, same
from bridge.engine.stays import take_stays
from bridge.engine.translate import Lens, Unread
from bridge.engine.twins import unite
from contracts.case import (
    COLLECTIONS,
    FIELDS,
    Cells,
    Kind,
    cells_of,
    moment,
    path_of,
    split_path,
)
from contracts.messages import Lane
from contracts.snapshot import Author, Snapshot

LIFTED_BY_A_READING = (Reason.GONE, Reason.UNREADABLE, Reason.OUT_OF_SCOPE)
"""A case that waits for one of these waits no longer once it is read."""


def absorb(
    draft: Draft,
    side: Side,
    snapshot: Snapshot,
    *,
    lanes: Collection[Lane] = tuple(Lane),
    foreign: Collection[str] = (),
    rendered: Collection[str] = (),
    seen_at: datetime,
) -> None:
    """
    Take what *snapshot* shows into the Link.

    Args:
        lanes: Only paths of these lanes; the others have a Command in flight.
        foreign: Local item paths that another Link of the same case made; not this one's.
        rendered: Local paths that we just wrote: what shows there is how it was rendered.
        seen_at: When the case was read.
    """
    shown = cells_of(snapshot.case)
    before, since = dict(side.base), side.checked_at
    news = [
        path
        for path in changed(side, shown, snapshot.case.model_fields_set)
        if lane_of(path) in lanes
    ]
    for path in news:
        _show(side, path, shown)
    side.checked_at, side.is_closed = seen_at, snapshot.is_closed
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
        and path not in foreign
        and not _is_ours(draft, side, path, shown.get(path), before.get(path), snapshot, since)
    ]
    _merge_edits(draft, side, edits, snapshot, before, seen_at)
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


def _is_ours(
    draft: Draft,
    side: Side,
    path: str,
    value: JsonValue,
    before: JsonValue,
    snapshot: Snapshot,
    since: datetime | None,
) -> bool:
    """Recognise what the bridge itself wrote without having got an answer."""
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
        if write.is_over and not _is_by_nobody_known(draft, path, snapshot, since):
            continue
        if is_new_item and _stands_elsewhere(side, path, write.means):
            side.ours.append(path)
            return True
        take(draft, side, path, write.means)
        return True
    return False


def _is_by_nobody_known(
    draft: Draft, path: str, snapshot: Snapshot, since: datetime | None
) -> bool:
    """
    Tell whether the system says who wrote it, and that is none of the people: our account.

    What it says must be of this change. Of a property ZGW tells who made it, and of no edit: where
    somebody types again what we made it with, our account stands beside what is theirs.
    """
    author = snapshot.authors.get(path)
    if author is None or author.by is None or draft.rules.employer_of(author.by) is not None:
        return False
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


def _merge_edits(
    draft: Draft,
    side: Side,
    edits: list[str],
    snapshot: Snapshot,
    before: Cells,
    seen_at: datetime,
) -> None:
    if draft.link.mode is Mode.FOLD and side.agency != draft.link.home:
        # The other case is only where this one is folded into; what people do there is theirs.
        return
    local = side.base
    for path in edits:
        unite(draft, side, path, before, seen_at)
    items = {path: identify(draft, side, path) for path in edits if _is_identified(path)}
    side.items.update({path: shared for path, shared in items.items() if path in local})
    plain = [path for path in edits if split_path(path)[0] != "status_history"]
    allowed = [path for path in plain if not _is_held_back(draft, side, path, snapshot)]
    _forget_what_was_unread(draft, side, [path for path in plain if path not in allowed])
    got = draft.rules.lens(side.agency).get(
        local, _in_order(allowed), draft.link.truth, side.items | items
    )
    origins = _Origins(draft.rules.lens(side.agency), side, snapshot, seen_at)
    for path, value in got.values.items():
        if value is None and FIELDS[split_path(path)[0]] is Kind.LOG:
            # A log only grows: an entry taken away here is no reason to take it away there.
            continue
        if draft.crosses(side, path):
            whole = _with_what_was_left(draft, side, path, value, before)
            origin = origins(path)
            merge(draft, side, path, whole, origin)
            _take_as_chosen_anew(draft, side, path, whole, origin, allowed)
    for unread in got.unread:
        _leave_unread(draft, side, unread)
    for path in edits:
        if path not in local:
            side.items.pop(path, None)


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
        merge(draft, side, path, got.values[path], Origin(side.agency, since))
    for unread in got.unread:
        if unread.path == path:
            _leave_unread(draft, side, unread)


def _is_identified(path: str) -> bool:
    return split_path(path)[0] in IDENTIFIED


def _in_order(paths: Iterable[str]) -> list[str]:
    # The case type and the handler first: later conflicts are decided by who handles the case.
    first = ("case_type", "handler")
    return sorted(paths, key=lambda path: (path not in first, path))


def identify(draft: Draft, side: Side, path: str) -> str:
    """
    Say which shared item the local item at *path* is.

    One that we know; one of the truth that this side lacks and that is plainly the same (it bears
    the mark we gave it, or has the same content); else a new one, named after where it was made.
    """
    if path in side.items:
        return side.items[path]
    value = side.base.get(path)
    field, key = split_path(path)
    taken = set(side.items.values())
    for shared, theirs in draft.link.truth.items():
        if split_path(shared)[0] != field or shared in taken:
            continue
        if (
            isinstance(value, dict)
            and isinstance(theirs, dict)
            and (is_same_item(draft, field, shared, value, theirs))
        ):
            return shared
    return path_of(field, f"{side.agency}~{key}")


def is_same_item(
    draft: Draft,
    field: str,
    shared: str,
    value: dict[str, JsonValue],
    theirs: dict[str, JsonValue],
) -> bool:
    """Tell whether an item is plainly the shared one: by our mark, its content, or what it says."""
    if field == "documents":
        if value.get("mark") == mark_of(draft.link.id, shared):
            return True
        digest = value.get("digest")
        return digest is not None and digest == theirs.get("digest")
    return same(shared, value, theirs)


def _is_held_back(draft: Draft, side: Side, path: str, snapshot: Snapshot) -> bool:
    """
    Tell whether an edit must stay where it was made, because its author is deployed no longer.

    What an agency lets its people do in its own house is its own affair: nothing is undone there.
    """
    author = snapshot.authors.get(path)
    agreement = draft.agreement
    if agreement is None or author is None or author.by is None or author.at is None:
        return False
    terms = [term for term in agreement.secondments if term.staff == author.by]
    if not terms or any(term.covers(author.at.date()) for term in terms):
        return False
    draft.row(
        What.HELD_BACK,
        side,
        path,
        value=side.base.get(path),
        by=author.by,
        rule=f"{agreement.id}: secondments",
        why=f"{author.by} is op {author.at.date()} niet ingezet onder {agreement.id}",
    )
    return True


class _Origins:
    """Who made the edits of one reading, and when, as far as the system tells."""

    def __init__(self, lens: Lens, side: Side, snapshot: Snapshot, seen_at: datetime) -> None:
        self._lens, self._side = lens, side
        self._snapshot, self._seen_at = snapshot, seen_at

    def __call__(self, shared: str) -> Origin:
        author = self._author(shared)
        at = author_time(author.at, self._seen_at)
        if shared == "status":
            at = author_time(self._status_time(), at)
        seen_at = self._seen_at if at != self._seen_at else None
        return Origin(self._side.agency, at, author.by, seen_at)

    def _author(self, shared: str) -> Author:
        """Find the author by the local path; where several show it, the newest."""
        authors = self._snapshot.authors
        native = [path for path, theirs in self._side.items.items() if theirs == shared]
        paths = native or self._lens.local_paths(shared)
        found = [authors[path] for path in paths if path in authors]
        dated = [author for author in found if author.at is not None]
        return max(dated, key=lambda author: author.at or self._seen_at, default=Author())

    def _status_time(self) -> datetime | None:
        """The moment that the status was set, by its own history."""
        steps = [
            moment(value["at"])
            for path, value in self._side.base.items()
            if split_path(path)[0] == "status_history"
            and isinstance(value, dict)
            and value.get("status") == self._side.base.get("status")
        ]
        known = [step for step in steps if step is not None]
        return max(known, default=None)
