"""Mine: for somebody who works on cases. Does the other side have what I did?"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from bridge.console.access import WORKING, Route
from bridge.console.page import page, page_of_table, reader_of
from bridge.console.pages._case_view import ParkedView, view_of
from bridge.console.pages._mine_view import mine_of
from bridge.console.pages.cases import table_of
from bridge.console.pages.parked import healer_word, reason_word
from bridge.console.people import PERSON
from bridge.console.seeing import agreements_of, seen_link
from bridge.console.supply import supply_of
from bridge.desk import healer_of
from bridge.store.views import Narrowing
from contracts.ids import LinkId

_PAGE: Final = 50
_JOURNAL: Final = 500
_LONGEST_REPORT: Final = 1000


async def mine(request: web.Request) -> web.StreamResponse:
    """List the cases that somebody works on; without any of their own, those of colleagues."""
    person, store = request[PERSON], supply_of(request).store
    if person.staff is None and not person.sees_all:
        return await page(request, "mine_nobody.html")
    handled = Narrowing(agreements=agreements_of(request), handler=person.staff)
    found = await store.cases(within=handled, limit=_PAGE, after=request.query.get("after"))
    pauses = await supply_of(request).desk.sides.pauses()
    table = table_of(found, pauses, reader_of(request), "/mine")
    return await page_of_table(request, "mine.html", table, watch="all")


async def one(request: web.Request) -> web.StreamResponse:
    """Show one case in somebody's own words."""
    return await _shown(request)


async def check(request: web.Request) -> web.StreamResponse:
    """Look at both sides again, now."""
    stored = await seen_link(request, _asked(request))
    await supply_of(request).desk.look(stored.link)
    return await _shown(request, told="mine.looked")


async def report(request: web.Request) -> web.StreamResponse:
    """Take it from somebody that a case is not right."""
    form = await request.post()
    stored = await seen_link(request, _asked(request))
    why = str(form.get("why", "")).strip()
    if not why or len(why) > _LONGEST_REPORT:
        raise web.HTTPBadRequest(text="say what is not right, in at most 1000 characters")
    await supply_of(request).desk.report(stored.link, by=request[PERSON].id, why=why)
    return await _shown(request, told="mine.reported")


def _asked(request: web.Request) -> LinkId:
    return LinkId(request.match_info["link"])


async def _shown(request: web.Request, **context: Any) -> web.Response:
    link, supply, reader = _asked(request), supply_of(request), reader_of(request)
    stored = await seen_link(request, link)
    row = await supply.store.case(link)
    if row is None:
        raise web.HTTPNotFound
    await supply.desk.note_seen(stored.link, by=request[PERSON].id)
    journal = await supply.store.journal_of(link, limit=_JOURNAL)
    explained, pauses = await supply.desk.explain(stored.link), await supply.desk.sides.pauses()
    view = view_of(stored, row, explained, journal, pauses, reader)
    own = mine_of(view, supply.rules(), request[PERSON].staff)
    return await page(
        request,
        "mine_case.html",
        watch=link,
        case=view,
        mine=own,
        reason_word=reason_word,
        healer_word=_healer_word,
        **context,
    )


def _healer_word(each: ParkedView) -> str:
    return healer_word(healer_of(each.parked.reason, each.parked.gap))


ROUTES: Final = (
    Route("GET", "/mine", mine, WORKING),
    Route("GET", "/mine/{link}", one, WORKING),
    Route("POST", "/mine/{link}/check", check, WORKING),
    Route("POST", "/mine/{link}/report", report, WORKING),
)
