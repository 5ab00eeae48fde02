"""Now: is everything equal, and who must do something?"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import LOOKING, OVERSEEING, Route
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.store.views import PairFigures

_COLUMNS: Final = (
    Column("between", "now.between"),
    Column("linked", "now.linked", is_number=True),
    Column("equal", "now.equal", is_number=True),
    Column("parked", "now.parked", is_number=True),
    Column("waiting", "now.waiting", is_number=True),
    Column("in_flight", "now.in_flight", is_number=True),
    Column("oldest_unequal", "now.oldest"),
)


async def now(request: web.Request) -> web.StreamResponse:
    """Say how all stands right now."""
    if not reader_of(request).may(OVERSEEING):
        raise web.HTTPSeeOther("/mine")
    figures = await supply_of(request).store.figures()
    reader = reader_of(request)
    table = Table(
        "now",
        "now.caption",
        _COLUMNS,
        [_row(pair, reader) for pair in figures.pairs],
    )
    return await page_of_table(
        request, "now.html", table, watch="all", figures=figures, share=share_of(figures.total)
    )


def share_of(figures: PairFigures) -> str | None:
    """Say which share of the linked cases is equal right now; nothing where none is linked."""
    if not figures.links:
        return None
    # Rounded down: what is not wholly equal is never said to be.
    tenths = 1000 * figures.equal // figures.links
    return f"{tenths // 10},{tenths % 10}"


def _row(pair: PairFigures, reader: Reader) -> Row:
    oldest = pair.oldest_unsettled
    return {
        "between": Cell(" ↔ ".join(pair.agencies)),
        "linked": Cell(pair.links),
        "equal": Cell(pair.equal),
        "parked": Cell(pair.parked),
        "waiting": Cell(pair.waiting),
        "in_flight": Cell(pair.in_flight),
        "oldest_unequal": Cell(oldest, shown=reader.age(oldest) if oldest else ""),
    }


ROUTES: Final = (Route("GET", "/", now, LOOKING),)
