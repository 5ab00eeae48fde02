"""What waits for a person: by what is the matter, and one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from bridge.console.access import OVERSEEING
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Limit, Number, Word
from bridge.desk import Group, Healer, NotToBeDone
from bridge.engine.parked import Reason, Way
from bridge.store.views import ParkedRow
from contracts.ids import AgencyId, CaseRef, LinkId


class GapTold(Told):
    """A row that a table lacks."""

    where: str
    word: str


class ParkedTold(Told):
    """One thing that waits."""

    link: LinkId
    agency: AgencyId
    ref: CaseRef | None
    number: str | None
    path: str
    reason: Reason
    why: str
    since: datetime
    ways: tuple[Way, ...]
    group: str
    gap: GapTold | None

    @classmethod
    def of(cls, row: ParkedRow) -> ParkedTold:
        """Tell of one row."""
        told = {name: getattr(row, name) for name in cls.model_fields if name != "group"}
        return cls.model_validate(told | {"group": row.matter})


class ParkedListTold(Told):
    """Things that wait, longest first."""

    items: tuple[ParkedTold, ...]


class ParkedAsked(Asked):
    """Which of them."""

    agency: Word | None = None
    reason: Reason | None = None
    group: Annotated[Word | None, Field(description="Only what waits for this matter.")] = None
    limit: Limit = 100
    skip: Annotated[Number, Field(description="Leave out so many.")] = 0


class GroupTold(Told):
    """Things that wait for the same matter, and what can be done about all of them."""

    id: str
    agency: AgencyId
    reason: Reason
    field: str
    gap: GapTold | None
    why: str
    count: int
    cases: int
    recent: int
    oldest: datetime
    first_seen: datetime
    returned_at: datetime | None
    healer: Healer
    ways: tuple[Way, ...]
    examples: tuple[ParkedTold, ...]

    @classmethod
    def of(cls, group: Group) -> GroupTold:
        """Tell of one group."""
        counted, matter = group.counted, group.counted.matter
        return cls(
            id=group.id,
            agency=matter.agency,
            reason=matter.reason,
            field=matter.field,
            gap=GapTold.model_validate(matter.gap) if matter.gap else None,
            why=counted.why,
            count=counted.count,
            cases=counted.cases,
            recent=counted.recent,
            oldest=counted.oldest,
            first_seen=counted.course.first_seen,
            returned_at=counted.course.returned_at,
            healer=group.healer,
            ways=group.ways,
            examples=tuple(map(ParkedTold.of, group.shown)),
        )


class GroupsTold(Told):
    """What is the matter, most frequent first."""

    items: tuple[GroupTold, ...]


async def list_parked(call: Call[ParkedAsked, Nothing]) -> Answer:
    """Give a page of what waits."""
    asked = call.query
    rows = await call.supply.store.parked(
        agency=AgencyId(asked.agency) if asked.agency else None,
        reason=asked.reason,
        matter=asked.group,
        limit=asked.limit,
        skip=asked.skip,
    )
    more = {"skip": str(asked.skip + len(rows))} if len(rows) == asked.limit else None
    return Answer(ParkedListTold(items=tuple(map(ParkedTold.of, rows))), more)


async def list_groups(call: Call[Nothing, Nothing]) -> Answer:
    """Give what is the matter, without examples."""
    groups = await call.supply.desk.parked_by_matter.groups()
    return Answer(GroupsTold(items=tuple(map(GroupTold.of, groups))))


async def show_group(call: Call[Nothing, Nothing]) -> Answer:
    """Give one group, with examples."""
    try:
        return Answer(
            GroupTold.of(await call.supply.desk.parked_by_matter.group(call.place("group")))
        )
    except NotToBeDone:
        raise web.HTTPNotFound from None


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/parked",
        name="listParked",
        told="What waits for a person, longest first",
        tag="parked",
        roles=OVERSEEING,
        run=list_parked,
        query=ParkedAsked,
        gives=ParkedListTold,
    ),
    Operation(
        method="GET",
        path="/parked-groups",
        name="listParkedGroups",
        told="What is the matter, most frequent first",
        tag="parked",
        roles=OVERSEEING,
        run=list_groups,
        gives=GroupsTold,
    ),
    Operation(
        method="GET",
        path="/parked-groups/{group}",
        name="showParkedGroup",
        told="One matter, with examples of what waits for it",
        tag="parked",
        roles=OVERSEEING,
        run=show_group,
        gives=GroupTold,
    ),
)
