"""
What is the matter with things that wait for a person: the same at many cases is one matter.

As error trackers do: what a case itself says (its numbers, its words) does not tell matters apart.
Where a row of a table is missing, that row is the matter, whichever fields it holds up; elsewhere
it is the field, and the outline of what was said.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bridge.engine.link import Link
from bridge.engine.parked import Gap, Parked, Reason
from bridge.store.columns import storable
from contracts.case import split_path
from contracts.ids import AgencyId, LinkId

_OF_THE_CASE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\S*\d\S*")
"""What a sentence says of one case: quoted words, and all that holds a number."""

Place = tuple[LinkId, AgencyId, str]
"""Where something waits: a path on one side of a Link."""


@dataclass(frozen=True, slots=True)
class Matter:
    """
    What is the matter, wherever it is.

    Attributes:
        id: The same for the same matter, in every store.
        agency: On whose side something waits.
        gap: The row that would help, where one would.
        field: Of the case; a property by its name.
    """

    id: str
    agency: AgencyId
    reason: Reason
    gap: Gap | None
    field: str


@dataclass(frozen=True, slots=True)
class Course:
    """
    How a matter went.

    Attributes:
        last_seen: When something began to wait for it last.
        solved_at: Since when nothing waits for it; ``None`` while anything does.
        returned_at: When it came back after it was solved, the last time.
    """

    first_seen: datetime
    last_seen: datetime
    solved_at: datetime | None = None
    returned_at: datetime | None = None


def matter_of(agency: AgencyId, path: str, parked: Parked) -> Matter:
    """Say what is the matter with one thing that waits."""
    name, _ = split_path(path)
    field = storable(path if name == "properties" else name)
    gap = parked.gap and Gap(storable(parked.gap.where), storable(parked.gap.word))
    told = (gap.where, gap.word) if gap else (field, _outline(storable(parked.why)))
    text = "|".join((agency, parked.reason.value, *told))
    return Matter(_digest(text), agency, parked.reason, gap, field)


def waiting(link: Link) -> dict[Place, tuple[Matter, datetime]]:
    """Say for everything of a Link that waits for a person what is the matter, and since when."""
    if not link.is_parked:
        return {}
    return {
        (link.id, side.agency, storable(path)): (matter_of(side.agency, path, parked), parked.since)
        for side in link.sides.values()
        for path, parked in side.parked.items()
    }


@dataclass(slots=True)
class Stirred:
    """
    What a save changes about one matter.

    Attributes:
        matter: ``None`` where nothing waits for it any more that was saved here.
        begun: Since when those wait that came with it.
        ended: How many wait for it no more.
    """

    matter: Matter | None = None
    begun: list[datetime] = field(default_factory=list)
    ended: int = 0


def stirred(
    before: Mapping[Place, str], now: Mapping[Place, tuple[Matter, datetime]]
) -> dict[str, Stirred]:
    """Compare what waited at some Links with what waits *now*; by the ids of matters, sorted."""
    found: dict[str, Stirred] = {}
    for place, (matter, since) in now.items():
        if before.get(place) != matter.id:
            about = found.setdefault(matter.id, Stirred())
            about.matter = matter
            about.begun.append(since)
    for place, id_ in before.items():
        if place not in now or now[place][0].id != id_:
            found.setdefault(id_, Stirred()).ended += 1
    return dict(sorted(found.items()))


def went_on(course: Course | None, begun: Sequence[datetime], left: int, at: datetime) -> Course:
    """
    Say how a matter goes on.

    Args:
        course: How it went so far; ``None``: it is new.
        begun: Since when those wait that came with this.
        left: How many wait for it now.
        at: When this is.
    """
    if course is None:
        course = Course(min(begun, default=at), max(begun, default=at))
    elif begun:
        returned = at if course.solved_at is not None else course.returned_at
        last = max(course.last_seen, *begun)
        course = replace(course, last_seen=last, solved_at=None, returned_at=returned)
    if left:
        return replace(course, solved_at=None)
    return replace(course, solved_at=course.solved_at or at)


def _outline(why: str) -> str:
    return _OF_THE_CASE.sub("…", why)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
