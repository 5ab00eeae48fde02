"""
Restored: look first, write later, where the store was brought back from a backup.

An older store has forgotten what was agreed since. What shows otherwise than its bases may be an
edit, or what the bridge wrote for the other side; nobody remembers which. So a Link that is in
doubt plans nothing until each side was read anew by a Command that only asks to look. Then the
sides are merged at once, path by path:

1. What means the same on both sides is agreed.
2. What is just what the other's value becomes here (its word, cut or re-cased) is our writing, and
   stands for that value.
3. What one side alone changed is an edit, and what both changed to something else is for a person.

New items are paired by mark, content and text first. Nothing is taken away because the backup did
not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import JsonValue

from bridge.engine.absorb import absorb, changed
from bridge.engine.decision import What
from bridge.engine.draft import Draft
from bridge.engine.items import is_same_item
from bridge.engine.lane import Idle, InFlight
from bridge.engine.link import Link, Look, Origin, Side, copy_link
from bridge.engine.neighbours import Surroundings
from bridge.engine.parked import Reason
from bridge.engine.sameness import IDENTIFIED, is_rendering, mark_of, same
from bridge.engine.send import send
from bridge.engine.stays import take_kept_out
from bridge.engine.steps import OUR_SUBJECT, Steps
from bridge.engine.unanswered import remember
from contracts.agreement import Policy
from contracts.case import Cells, cells_of, path_of, split_path
from contracts.ids import AgencyId
from contracts.messages import Lane, Receipt, Settled
from contracts.snapshot import Snapshot

RULE: Final = "restored"
_NOT_PROVED: Final = (
    "na het terugzetten van de opslag tonen beide kanten iets anders, en niet te bewijzen is wie "
    "het laatst wijzigde; een mens kiest"
)
_FROM_NOWHERE: Final = "draagt ons kenmerk, en staat elders niet (meer): blijft waar het is"


def suspect(link: Link) -> Link:
    """Give a Link whose store was brought back: what was on its way may have been done."""
    found = copy_link(link)
    if found.released is not None:
        return found
    found.doubt = {}
    for side in found.sides.values():
        for state in side.lanes.values():
            if isinstance(state.phase, InFlight):
                remember(side, state.phase)
            state.phase, state.set_aside, state.tries = Idle(), state.sequence, 0
    return found


def take_look(draft: Draft, receipt: Receipt, foreign: Collection[str]) -> bool:
    """Keep what a side shows, if this is the look that was asked for; tell whether it is."""
    side, doubt = draft.link.sides.get(receipt.agency), draft.link.doubt
    if side is None or doubt is None or not isinstance(receipt.result, Settled):
        return False
    flight = side.lane(receipt.lane).phase
    if not isinstance(flight, InFlight) or flight.command.id != receipt.command:
        return False
    snapshot = draft.confined(side, receipt.result.snapshot)
    if snapshot is None:
        return False
    side.lane(receipt.lane).phase = Idle()
    take_kept_out(side, receipt.result.snapshot, snapshot)
    doubt[side.agency] = Look(
        snapshot.model_dump(mode="json", exclude_unset=True),
        receipt.result.sequence,
        receipt.at,
        tuple(sorted(foreign)),
    )
    return True


def look_first(draft: Draft) -> None:
    """Ask each side that was not read anew; with the last one in, merge them."""
    link, doubt = draft.link, draft.link.doubt
    if doubt is None:
        return
    if link.released is not None:
        link.doubt = None
        return
    unread = [s for s in link.sides.values() if s.ref is not None and s.agency not in doubt]
    for side in unread:
        if side.is_idle and not draft.is_stuck(side):
            send(draft, side, Lane.FACTS, Steps())
    if not unread:
        link.doubt = None
        _merge(draft, doubt)
        draft.row(What.LOOKED, why="alle kanten zijn na het terugzetten opnieuw gelezen")


@dataclass(slots=True)
class _View:
    """
    One side as it was read anew.

    Attributes:
        news: What is other than the Link knew, by shared path.
        backing: For each local path of registers and items with natural keys: what it says.
        known: Local paths that are known for no edits: agreed, ours, or left to a person.
    """

    side: Side
    snapshot: Snapshot
    shown: Cells
    at: datetime
    foreign: tuple[str, ...]
    news: dict[str, JsonValue] = field(default_factory=dict)
    backing: dict[str, set[str]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def item(self, path: str) -> dict[str, JsonValue]:
        value = self.shown[path]
        return value if isinstance(value, dict) else {}

    def minted(self, path: str) -> str:
        """Name a new item after where it was made."""
        name, key = split_path(path)
        return path_of(name, f"{self.side.agency}~{key}")

    def fresh(self) -> list[str]:
        """Name the items that the Link does not know."""
        side = self.side
        return [
            path
            for path in self.shown
            if split_path(path)[0] in IDENTIFIED
            and not {path} & (side.base.keys() | side.items.keys() | set(side.ours) | self.known)
        ]


def _merge(draft: Draft, looks: Mapping[AgencyId, Look]) -> None:
    sides = [side for side in draft.link.sides.values() if side.ref is not None]
    sides.sort(key=lambda side: side.agency != draft.link.home)
    views = [_view(draft, side, looks[side.agency]) for side in sides]
    if len(views) > 1:
        _pair(draft, *views)
        _agree(draft, *views)
    for view in views:
        absorb(
            draft,
            view.side,
            view.snapshot,
            around=Surroundings(foreign=frozenset(view.foreign)),
            rendered=view.known,
            seen_at=view.at,
        )


def _view(draft: Draft, side: Side, look: Look) -> _View:
    snapshot = Snapshot.model_validate(look.seen)
    view = _View(side, snapshot, cells_of(snapshot.case), look.at, look.foreign)
    for state in side.lanes.values():
        state.sequence = max(state.sequence, look.sequence)
    lens = draft.rules.lens(side.agency)
    for path in changed(side, view.shown, snapshot.case.model_fields_set):
        if split_path(path)[0] in IDENTIFIED | {"status_history"}:
            continue
        got = lens.get(view.shown, [path], draft.link.truth, side.items)
        values = {p: v for p, v in got.values.items() if draft.crosses(side, p)}
        view.news |= values
        view.backing[path] = set(values)
    return view


def _pair(draft: Draft, home: _View, other: _View) -> None:
    """Find which new items of both sides are one, and those that the bridge wrote."""
    for is_one in (_bears_mark, _is_same, _is_rendered):
        for source, copy in ((home, other), (other, home)):
            for path in source.fresh():
                shared = source.minted(path)
                own = _first(draft, copy, shared, source.item(path), is_one)
                if own is not None:
                    _agree_item(draft, source, path, copy, own)
        for view in (home, other):
            _pair_with_truth(draft, view, is_one)
    for view in (home, other):
        for path in view.fresh():
            item = view.item(path)
            if item.get("mark") or item.get("subject") == OUR_SUBJECT:
                view.side.ours.append(path)
                draft.row(What.HELD_BACK, view.side, path, rule=RULE, why=_FROM_NOWHERE)


IsOne = Callable[[Draft, str, str, dict[str, JsonValue], dict[str, JsonValue]], bool]


def _bears_mark(
    draft: Draft, own: str, shared: str, theirs: dict[str, JsonValue], mine: dict[str, JsonValue]
) -> bool:
    del own, theirs
    return mine.get("mark") == mark_of(draft.link.id, shared)


def _is_same(
    draft: Draft, own: str, shared: str, theirs: dict[str, JsonValue], mine: dict[str, JsonValue]
) -> bool:
    return is_same_item(draft, split_path(own)[0], shared, mine, theirs)


def _is_rendered(
    draft: Draft, own: str, shared: str, theirs: dict[str, JsonValue], mine: dict[str, JsonValue]
) -> bool:
    del draft, shared
    # A document whose content differs is another one.
    return theirs.get("digest") == mine.get("digest") and is_rendering(own, theirs, mine)


def _first(
    draft: Draft, view: _View, shared: str, theirs: dict[str, JsonValue], is_one: IsOne
) -> str | None:
    name = split_path(shared)[0]
    return next(
        (
            own
            for own in view.fresh()
            if split_path(own)[0] == name and is_one(draft, own, shared, theirs, view.item(own))
        ),
        None,
    )


def _agree_item(draft: Draft, source: _View, path: str, copy: _View, own: str) -> None:
    shared = source.minted(path)
    lens = draft.rules.lens(source.side.agency)
    got = lens.get(source.shown, [path], draft.link.truth, source.side.items | {path: shared})
    if shared not in got.values:
        return
    source.side.items[path] = copy.side.items[own] = shared
    source.known.add(path)
    copy.known.add(own)
    _hold(draft, source, shared, got.values[shared], copy)


def _pair_with_truth(draft: Draft, view: _View, is_one: IsOne) -> None:
    """Find items that were agreed already, and that this side lacked when the backup was made."""
    for shared, theirs in list(draft.link.truth.items()):
        is_item = split_path(shared)[0] in IDENTIFIED and isinstance(theirs, dict)
        if not is_item or shared in view.side.items.values() or not isinstance(theirs, dict):
            continue
        own = _first(draft, view, shared, theirs, is_one)
        if own is not None:
            view.side.items[own] = shared
            view.known.add(own)
            draft.stand(view.side, shared, theirs)


def _agree(draft: Draft, home: _View, other: _View) -> None:
    """Settle what can be proved of registers, and leave to a person what cannot."""
    settled: set[str] = set()
    for path in sorted(home.news.keys() | other.news.keys()):
        if draft.policy(path) is not Policy.STRICTEST and _settle_path(draft, home, other, path):
            settled.add(path)
    for view in (home, other):
        view.known |= {local for local, says in view.backing.items() if says and says <= settled}


def _settle_path(draft: Draft, home: _View, other: _View, path: str) -> bool:
    if path in home.news and path in other.news:
        mine, theirs = home.news[path], other.news[path]
        if same(path, mine, theirs) or _renders(draft, other, path, mine):
            _hold(draft, home, path, mine, other)
        elif _renders(draft, home, path, theirs):
            _hold(draft, other, path, theirs, home)
        else:
            _leave_to_a_person(draft, home, other, path)
        return True
    view = home if path in home.news else other
    truth = draft.link.truth.get(path)
    lagged = not same(path, truth, view.side.stands.get(path))
    if lagged and _renders(draft, view, path, truth):
        draft.stand(view.side, path, truth)
        return True
    return False


def _hold(draft: Draft, source: _View, path: str, value: JsonValue, copy: _View) -> None:
    if not same(path, value, draft.link.truth.get(path)):
        draft.agree(path, value, Origin(source.side.agency, source.at))
    for view in (source, copy):
        draft.stand(view.side, path, value)
    draft.row(What.EDITED, source.side, path, value=value, rule=RULE, why="beide kanten tonen het")


def _renders(draft: Draft, view: _View, path: str, value: JsonValue) -> bool:
    """Tell whether what a side shows is just what *value* becomes there."""
    lens = draft.rules.lens(view.side.agency)
    if value is None:
        return False
    puts = lens.put({**draft.link.truth, path: value}, [path], {}, view.side.items)
    writes = [write for put in puts for write in put.writes]
    return bool(writes) and all(
        is_rendering(local, become, view.shown.get(local), holds=lens.holds(local))
        for local, become in writes
    )


def _leave_to_a_person(draft: Draft, home: _View, other: _View, path: str) -> None:
    value, loser = home.news[path], other.news[path]
    draft.agree(path, value, Origin(home.side.agency, home.at))
    draft.stand(home.side, path, value)
    draft.stand(other.side, path, loser)
    draft.row(What.EDITED, home.side, path, value=value, rule=RULE, why=_NOT_PROVED)
    draft.row(
        What.SUPERSEDED, other.side, path, value=loser, other=value, rule=RULE, why=_NOT_PROVED
    )
    draft.park(other.side, path, Reason.CONFLICT, _NOT_PROVED, value=value)
