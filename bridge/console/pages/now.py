"""Now: is everything equal, who must do something, how long does it take, and who is silent?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bridge.console.access import LOOKING, OVERSEEING, Route
from bridge.console.flow_map import Flow, drawn, flows
from bridge.console.inert import NOTHING
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.pages._trends import lag_trend, lags_table
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.console.words import Language
from bridge.desk import Group, Healer
from bridge.engine.decision import What
from bridge.store.views import CaseState, PairFigures

_REPORTS: Final = 5
_PAIRS: Final = (
    Column("between", "now.between"),
    Column("linked", "now.linked", is_number=True),
    Column("equal", "now.equal", is_number=True),
    Column("drifting", "now.drifting", is_number=True),
    Column("parked", "now.parked", is_number=True),
    Column("waiting", "now.waiting", is_number=True),
    Column("in_flight", "now.in_flight", is_number=True),
    Column("oldest_unequal", "now.oldest"),
)
_WHO: Final = (
    Column("who", "now.who"),
    Column("things", "now.things", is_number=True),
    Column("matters", "now.matters", is_number=True),
    Column("oldest", "now.oldest_waiting"),
)
_FLOWS: Final = (
    Column("agency", "cases.agency"),
    Column("heard_today", "now.heard", is_number=True),
    Column("silent", "now.silent"),
    Column("under_way", "now.in_flight", is_number=True),
    Column("waiting", "now.waiting", is_number=True),
    Column("parked", "now.parked", is_number=True),
)


async def now(request: web.Request) -> web.StreamResponse:
    """Say how all stands right now; who works on cases is led to their own."""
    reader = reader_of(request)
    if not reader.may(OVERSEEING):
        raise web.HTTPSeeOther("/mine")
    supply = supply_of(request)
    desk, store = supply.desk, supply.store
    figures = await desk.figures()
    lags = await desk.vitals.lags()
    sides = await desk.sides.standings()
    trends = [lag_trend(lag, reader) for lag in lags]
    found = flows(sides, await desk.vitals.hearings([side.agency for side in sides]))
    return await page_of_table(
        request,
        "now.html",
        Table("pairs", "now.caption", _PAIRS, [_pair(each, reader) for each in figures.pairs]),
        beside=(
            _who(await desk.parked_by_matter.groups(), reader),
            lags_table(lags, reader),
            Table("flows", "now.flows_caption", _FLOWS, [_flow(each, reader) for each in found]),
            *(trend.table for trend in trends),
        ),
        watch="all",
        figures=figures,
        share=share_of(figures.total, reader.language),
        risks=await desk.deadlines.at_risk(),
        reports=await store.journal_of(what=What.REPORTED, limit=_REPORTS),
        refused=supply.refused(),
        silent=[reader.names.agency(each.agency) for each in found if each.is_silent],
        map=drawn(found),
        trends=trends,
    )


def share_of(figures: PairFigures, language: Language) -> str | None:
    """Say which share of the linked cases is equal right now; nothing where none is linked."""
    if not figures.links:
        return None
    # Rounded down: what is not wholly equal is never said to be.
    tenths = 1000 * figures.equal // figures.links
    mark = "," if language is Language.NL else "."
    return f"{tenths // 10}{mark}{tenths % 10}"


def _pair(pair: PairFigures, reader: Reader) -> Row:
    oldest = pair.oldest_unsettled
    return {
        "between": Cell(
            " ↔ ".join(pair.agencies), shown=" ↔ ".join(map(reader.names.agency, pair.agencies))
        ),
        "linked": Cell(pair.links),
        "equal": Cell(pair.equal),
        "drifting": _counted(pair.unequal, CaseState.UNEQUAL),
        "parked": _counted(pair.parked, CaseState.PARKED),
        "waiting": _counted(pair.waiting, CaseState.WAITING),
        "in_flight": _counted(pair.in_flight, CaseState.IN_FLIGHT),
        "oldest_unequal": Cell(oldest, shown=reader.age(oldest) if oldest else NOTHING),
    }


def _counted(count: int, state: CaseState) -> Cell:
    """Lead to those that are counted, where there are any."""
    return Cell(count, href=f"/cases?state={state.value}" if count else None, shown=str(count))


def _who(groups: Sequence[Group], reader: Reader) -> Table:
    """Count what waits by who can take its cause away, longest waiting first."""
    rows = []
    by_healer = {healer: [g for g in groups if g.healer is healer] for healer in Healer}
    waiting = [(healer, found) for healer, found in by_healer.items() if found]
    for healer, found in sorted(waiting, key=lambda each: min(g.counted.oldest for g in each[1])):
        oldest = min(group.counted.oldest for group in found)
        word = reader.say(f"now.healer_{healer.name.lower()}")
        rows.append(
            {
                "who": Cell(healer.value, href=f"/parked?healer={healer.value}", shown=word),
                "things": Cell(sum(group.counted.count for group in found)),
                "matters": Cell(len(found)),
                "oldest": Cell(oldest, shown=reader.age(oldest)),
            }
        )
    return Table("who", "now.who_caption", _WHO, rows)


def _flow(flow: Flow, reader: Reader) -> Row:
    return {
        "agency": Cell(flow.agency, shown=reader.names.agency(flow.agency)),
        "heard_today": Cell(flow.heard_today),
        "silent": Cell(
            flow.is_silent, shown=reader.say("now.is_silent") if flow.is_silent else NOTHING
        ),
        "under_way": Cell(flow.under_way),
        "waiting": Cell(flow.waiting),
        "parked": Cell(flow.parked),
    }


ROUTES: Final = (Route("GET", "/", now, LOOKING),)
