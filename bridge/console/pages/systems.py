"""Systems: how each agency's side stands, and having nothing written there for a while."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from aiohttp import web

from bridge.console.access import OPERATING, OVERSEEING, Route
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.pages._forms import reason_in
from bridge.console.pages._trends import heard_trend, lag_trend, lags_table
from bridge.console.people import PERSON
from bridge.console.supply import Supply, supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import Hearing, NotToBeDone, SideStanding
from contracts.ids import AgencyId

_COLUMNS: Final = (
    Column("agency", "systems.agency"),
    Column("standing", "systems.standing"),
    Column("linked", "systems.linked", is_number=True),
    Column("in_flight", "systems.in_flight", is_number=True),
    Column("waiting", "systems.waiting", is_number=True),
    Column("parked", "systems.parked", is_number=True),
    Column("last_heard", "systems.last_heard"),
)

_Pair = tuple[SideStanding, Hearing]


async def systems(request: web.Request) -> web.StreamResponse:
    """Tell how all sides stand."""
    reader = reader_of(request)
    pairs = await _pairs(supply_of(request))
    table = Table("systems", "systems.caption", _COLUMNS, [_row(pair, reader) for pair in pairs])
    return await page_of_table(request, "systems.html", table, watch="all")


async def system(request: web.Request) -> web.StreamResponse:
    """Tell how one side stands, and offer to pause it."""
    side, heard = await _pair(request)
    lags = [
        lag
        for lag in await supply_of(request).desk.vitals.lags()
        if side.agency in (lag.from_, lag.to)
    ]
    reader = reader_of(request)
    trends = [heard_trend(heard, reader), *(lag_trend(lag, reader) for lag in lags)]
    return await page_of_table(
        request,
        "system.html",
        lags_table(lags, reader),
        beside=[trend.table for trend in trends],
        watch="all",
        side=side,
        heard=heard,
        said=said_of(side, heard),
        trends=trends,
        may_act=reader.may(OPERATING),
    )


async def pause(request: web.Request) -> web.StreamResponse:
    """Have nothing written there any more."""
    return await _set_writes(request, is_paused=True)


async def unpause(request: web.Request) -> web.StreamResponse:
    """Have it written to again."""
    return await _set_writes(request, is_paused=False)


class Said(StrEnum):
    """How a side stands, in words for people."""

    UP = "up"
    AWAY = "away"
    STOPPED = "stopped"
    PAUSED = "paused"
    DRAINED = "drained"
    NO_EDGE = "no_edge"
    SILENT = "silent"
    UNKNOWN = "unknown"


def said_of(side: SideStanding, heard: Hearing) -> tuple[Said, ...]:
    """Say how a side stands, what people did themselves first."""
    said: list[Said] = []
    if side.pause is not None:
        said.append(Said.DRAINED if side.is_drained else Said.PAUSED)
    if side.has_holder is False:
        said.append(Said.NO_EDGE)
    elif side.condition is not None:
        said.append(Said(side.condition.value))
    if heard.is_silent:
        said.append(Said.SILENT)
    return tuple(said) or (Said.UNKNOWN,)


async def _set_writes(request: web.Request, *, is_paused: bool) -> web.StreamResponse:
    side, _ = await _pair(request)
    by, reason = request[PERSON].id, reason_in(await request.post())
    desk = supply_of(request).desk.sides
    try:
        if is_paused:
            await desk.pause(side.agency, by=by, reason=reason)
        else:
            await desk.unpause(side.agency, by=by, reason=reason)
    except NotToBeDone as error:
        raise web.HTTPConflict(text=str(error)) from None
    return web.Response(status=303, headers={"Location": f"/systems/{side.agency}"})


async def _pair(request: web.Request) -> _Pair:
    agency = AgencyId(request.match_info["agency"])
    for side, heard in await _pairs(supply_of(request)):
        if side.agency == agency:
            return side, heard
    raise web.HTTPNotFound


async def _pairs(supply: Supply) -> list[_Pair]:
    sides = await supply.desk.sides.standings()
    heard = await supply.desk.vitals.hearings(side.agency for side in sides)
    return list(zip(sides, heard, strict=True))


def _row(pair: _Pair, reader: Reader) -> Row:
    side, heard = pair
    said = said_of(side, heard)
    return {
        "agency": Cell(
            side.agency,
            href=f"/systems/{side.agency}",
            shown=reader.names.agency(side.agency),
        ),
        "standing": Cell(
            " ".join(said),
            shown="; ".join(reader.say(f"systems.is_{each}") for each in said),
        ),
        "linked": Cell(side.figures.linked),
        "in_flight": Cell(side.figures.in_flight),
        "waiting": Cell(side.figures.waiting),
        "parked": Cell(side.figures.parked),
        "last_heard": Cell(heard.last_at, shown=reader.age(heard.last_at) if heard.last_at else ""),
    }


ROUTES: Final = (
    Route("GET", "/systems", systems, OVERSEEING),
    Route("GET", "/systems/{agency}", system, OVERSEEING),
    Route("POST", "/systems/{agency}/pause", pause, OPERATING),
    Route("POST", "/systems/{agency}/unpause", unpause, OPERATING),
)
