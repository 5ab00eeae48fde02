"""Now: is everything equal, who must do something, how long does it take, and who is silent?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bridge.broker import BrokerError
from bridge.console.access import LOOKING, OVERSEEING, Route
from bridge.console.flow_map import Flow, drawn, flows
from bridge.console.inert import NOTHING
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.pages._trends import lag_trend, lags_table
from bridge.console.supply import Supply, supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.console.words import Language
from bridge.desk import Group, Healer
from bridge.desk.queues import QueueLine
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
    Column("to_read", "now.to_read", is_number=True),
    Column("to_write", "now.to_write", is_number=True),
    Column("oldest", "now.oldest_message"),
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
    heard = await desk.vitals.hearings([side.agency for side in sides])
    found = flows(sides, heard, await _lines(supply))
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
        rules=await _rules_now(supply),
        trends=trends,
    )


async def _rules_now(supply: Supply) -> tuple[str, str | None]:
    """Give the version of the rules that run here, and the published one where that is another."""
    running, latest = supply.rules().version, await supply.desk.published()
    return running, latest if latest != running else None


async def _lines(supply: Supply) -> tuple[QueueLine, ...]:
    """Tell how the queues stand, where they can be seen from here, and answer."""
    if supply.queues is None:
        return ()
    try:
        return await supply.queues.lately()
    except BrokerError:
        return ()


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
        "to_read": _depth(flow.to_read),
        "to_write": _depth(flow.to_write),
        "oldest": Cell(flow.oldest, shown=reader.age(flow.oldest) if flow.oldest else NOTHING),
    }


def _depth(count: int | None) -> Cell:
    return Cell(
        count, href="/queues" if count else None, shown=NOTHING if count is None else str(count)
    )


ROUTES: Final = (Route("GET", "/", now, LOOKING),)
