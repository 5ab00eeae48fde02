"""
The Link: the record that cases are counterparts, and all that is known of how they stand.

For every side it keeps what that side shows (`Side.base`, in that agency's own terms) and what
each field stands for (`Side.stands`, in shared terms). Two invariants carry the engine:

1. A side lags where what it *stands for* differs from the truth; never merely where it *shows*
   something else. What a system made of our value is rendering, not an edit.
2. What a side shows changes only by a reading of that side, in the order of its sequences. An
   edit is a difference between such a reading and the base.

Link and Side are plain records that `decide` copies before it works on them; nobody else changes
one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue, TypeAdapter

from bridge.engine.lane import Idle, LaneState
from bridge.engine.parked import Parked
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Lane, Sequence


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a value of the truth came from.

    Attributes:
        at: The moment of the edit, as its system tells it.
        seen_at: When we saw it; ``None`` where that is the same moment.
    """

    agency: AgencyId
    at: datetime
    by: str | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """
    A write that got no answer: if this shows up later, it is ours and no edit.

    ``is_over`` says that a later write was settled since. It may land all the same; by then it is
    known for ours only where the system says that nobody else wrote what shows.
    """

    path: str
    become: JsonValue
    means: dict[str, JsonValue]
    is_over: bool = False


@dataclass(slots=True)
class Side:
    """
    One agency's side of a Link.

    Attributes:
        ref: The case there; ``None`` until it was made.
        base: What the side shows, by local path.
        stands: What each field stands for, by shared path.
        unseen: Paths for which it stands by a rule, since when: it was not read after that.
        items: For items without a natural key: local path → shared path.
        ours: Local paths of items that the bridge wrote for that side alone (annotations).
        unsettled: Writes that may still come about.
        parked: By shared path, or `CASE`.
        detached: Fields that do not cross between this side and the truth (a part of a whole).
        stays: How many of its documents, by local type, may not cross.
        kept_out: Local paths of items that another agreement lets leave, and that of the Link not.
        told: What it was told of that, by the agency at which it stays: its own, too.
        checked_at: When the case was last seen there.
    """

    agency: AgencyId
    ref: CaseRef | None = None
    base: dict[str, JsonValue] = field(default_factory=dict)
    stands: dict[str, JsonValue] = field(default_factory=dict)
    unseen: dict[str, datetime] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    ours: list[str] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)
    parked: dict[str, Parked] = field(default_factory=dict)
    detached: list[str] = field(default_factory=list)
    stays: dict[str, int] = field(default_factory=dict)
    kept_out: list[str] = field(default_factory=list)
    told: dict[AgencyId, dict[str, int]] = field(default_factory=dict)
    lanes: dict[Lane, LaneState] = field(
        default_factory=lambda: {lane: LaneState() for lane in Lane}
    )
    checked_at: datetime | None = None
    is_closed: bool = False

    def lane(self, lane: Lane) -> LaneState:
        """Give the state of one lane."""
        return self.lanes[lane]

    @property
    def is_read(self) -> bool:
        """Tell whether its facts were taken in ever; its documents may have been alone."""
        return self.lane(Lane.FACTS).read_at is not None

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is on its way to this side."""
        return all(isinstance(state.phase, Idle) for state in self.lanes.values())


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a side showed when it was read anew after a restore.

    Attributes:
        seen: The Snapshot, without what was not read.
        foreign: Local item paths that other Links of the same case brought there.
    """

    seen: dict[str, JsonValue]
    sequence: Sequence
    at: datetime
    foreign: tuple[str, ...] = ()


class Mode(StrEnum):
    """How the cases of a Link belong together."""

    COUNTERPART = "counterpart"
    """They are one case, kept alike."""
    FOLD = "fold"
    """The home's case is part of the other: its documents and its outcome go there."""


@dataclass(slots=True)
class Link:
    """
    Cases that are counterparts under one agreement.

    Attributes:
        agreement: Its id; the route within it is ``route``.
        home: The agency where the case began.
        truth: What is agreed, by shared path.
        origins: Where each value of the truth came from.
        rules: The version of the rules under which it was last decided.
        doubt: The looks so far, where the store was restored: until all sides were read anew,
            nothing is planned. ``None``: it is certain.
        released: Set when a person let the cases go their own way: why.
    """

    id: LinkId
    agreement: str
    route: str
    home: AgencyId
    created_at: datetime
    mode: Mode = Mode.COUNTERPART
    truth: dict[str, JsonValue] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    sides: dict[AgencyId, Side] = field(default_factory=dict)
    rules: str = ""
    doubt: dict[AgencyId, Look] | None = None
    released: str | None = None

    def others(self, agency: AgencyId) -> list[Side]:
        """Give the sides but this one."""
        return [side for name, side in self.sides.items() if name != agency]

    @property
    def is_parked(self) -> bool:
        """Tell whether anything of it waits for a person."""
        return self.released is None and any(side.parked for side in self.sides.values())


_JSON: Final = TypeAdapter(Link)


def dump_link(link: Link) -> bytes:
    """Write a Link as the store keeps it."""
    return _JSON.dump_json(link)


def load_link(data: bytes | str) -> Link:
    """Read a Link as `dump_link` wrote it."""
    return _JSON.validate_json(data)


def copy_link(link: Link) -> Link:
    """Give a copy that can be worked on without the other noticing."""
    sides = {name: _copy_side(side) for name, side in link.sides.items()}
    return Link(
        id=link.id,
        agreement=link.agreement,
        route=link.route,
        home=link.home,
        created_at=link.created_at,
        mode=link.mode,
        truth=dict(link.truth),
        origins=dict(link.origins),
        sides=sides,
        rules=link.rules,
        doubt=None if link.doubt is None else dict(link.doubt),
        released=link.released,
    )


def _copy_side(side: Side) -> Side:
    return Side(
        agency=side.agency,
        ref=side.ref,
        base=dict(side.base),
        stands=dict(side.stands),
        unseen=dict(side.unseen),
        items=dict(side.items),
        ours=list(side.ours),
        unsettled=list(side.unsettled),
        parked=dict(side.parked),
        detached=list(side.detached),
        stays=dict(side.stays),
        kept_out=list(side.kept_out),
        told=dict(side.told),
        lanes={lane: replace(state) for lane, state in side.lanes.items()},
        checked_at=side.checked_at,
        is_closed=side.is_closed,
    )
