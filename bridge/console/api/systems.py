"""Systems: how each agency's side stands, and having nothing written there for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from bridge.console.access import OPERATING, OVERSEEING
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Why
from bridge.desk import Hearing, SideStanding
from bridge.store import Condition
from contracts.ids import AgencyId


class PauseTold(Told):
    """Nothing is written there: who said so, why, and since when."""

    by: str
    reason: str
    since: datetime


class ConditionTold(Told):
    """How its edge finds the system, why, and since when."""

    condition: Condition
    why: str
    since: datetime


class EdgeTold(Told):
    """
    Who speaks for the agency, as far as this store knows.

    `hasHolder` is false where no process does.
    """

    has_holder: bool
    epoch: int
    until: datetime | None


class SystemTold(Told):
    """How the side of an agency stands."""

    agency: AgencyId
    pause: PauseTold | None
    is_drained: bool
    standing: ConditionTold | None
    edge: EdgeTold | None
    linked: int
    in_flight: int
    waiting: int
    parked: int
    last_heard_at: datetime | None
    heard_today: int
    is_silent: bool

    @classmethod
    def of(cls, side: SideStanding, heard: Hearing) -> SystemTold:
        """Tell of one side."""
        edge, figures = side.edge, side.figures
        standing = edge.standing if edge else None
        return cls(
            agency=side.agency,
            pause=PauseTold.model_validate(side.pause) if side.pause else None,
            is_drained=side.is_drained,
            standing=ConditionTold.model_validate(standing) if standing else None,
            edge=EdgeTold(has_holder=bool(side.has_holder), epoch=edge.epoch, until=edge.until)
            if edge
            else None,
            linked=figures.linked,
            in_flight=figures.in_flight,
            waiting=figures.waiting,
            parked=figures.parked,
            last_heard_at=heard.last_at,
            heard_today=heard.today,
            is_silent=heard.is_silent,
        )


class SystemsTold(Told):
    """All of them, in the order of their names."""

    items: tuple[SystemTold, ...]


class WritesAsked(Asked):
    """Whether anything is written there."""

    state: Literal["paused", "open"]
    reason: Annotated[Why, Field(min_length=1)]


async def list_systems(call: Call[Asked, Asked]) -> Answer:
    """Give how the sides stand."""
    return Answer(SystemsTold(items=await _systems(call)))


async def show_system(call: Call[Asked, Asked]) -> Answer:
    """Give how one side stands."""
    for system in await _systems(call):
        if system.agency == call.place("agency"):
            return Answer(system)
    raise web.HTTPNotFound


async def set_writes(call: Call[Nothing, WritesAsked]) -> Answer:
    """Have nothing written there any more, or again."""
    await show_system(call)
    agency, by, reason = AgencyId(call.place("agency")), call.person.id, call.body.reason
    match call.body.state:
        case "paused":
            await call.supply.desk.sides.pause(agency, by=by, reason=reason)
        case "open":
            await call.supply.desk.sides.unpause(agency, by=by, reason=reason)
    return await show_system(call)


async def _systems(call: Call[Asked, Asked]) -> tuple[SystemTold, ...]:
    sides = await call.supply.desk.sides.standings()
    heard = await call.supply.desk.vitals.hearings(side.agency for side in sides)
    return tuple(map(SystemTold.of, sides, heard))


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/systems",
        name="listSystems",
        told="How the side of every agency stands",
        tag="systems",
        roles=OVERSEEING,
        run=list_systems,
        gives=SystemsTold,
    ),
    Operation(
        method="GET",
        path="/systems/{agency}",
        name="showSystem",
        told="How the side of one agency stands",
        tag="systems",
        roles=OVERSEEING,
        run=show_system,
        gives=SystemTold,
    ),
    Operation(
        method="PUT",
        path="/systems/{agency}/writes",
        name="setWrites",
        told="Have nothing written in an agency's system for a while, or again",
        tag="systems",
        roles=OPERATING,
        run=set_writes,
        body=WritesAsked,
        gives=SystemTold,
        may_clash=True,
    ),
)
