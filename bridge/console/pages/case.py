"""Case: does the other side have it, and if not, why; and what can be done."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from bridge.console.access import LOOKING, OPERATING, Route
from bridge.console.page import page, reader_of
from bridge.console.pages._case_deeds import NotChosen, ask_unlink, asked
from bridge.console.pages._case_view import CaseView, view_of
from bridge.console.people import PERSON
from bridge.console.seeing import seen_link
from bridge.console.supply import supply_of
from bridge.desk import Overtaken
from bridge.engine.operate import Operation
from bridge.engine.parked import Way
from contracts.ids import AgencyId, CaseRef, LinkId

_JOURNAL: Final = 2000


async def case(request: web.Request) -> web.StreamResponse:
    """Show a case."""
    return await _shown(request)


async def operate(request: web.Request) -> web.StreamResponse:
    """Do what is asked of a case: resume, choose, skip."""
    form = await request.post()
    view = await _viewed(request)
    try:
        operation = asked(form, view, request)
    except NotChosen:
        return await _shown(request, told="case.choose_one", status=400)
    return await _done(request, form.get("version"), operation)


async def unlink(request: web.Request) -> web.StreamResponse:
    """Let the cases go their own way."""
    form = await request.post()
    await _viewed(request)
    return await _done(request, form.get("version"), ask_unlink(form, request))


async def go(request: web.Request) -> web.StreamResponse:
    """Lead to a case from the case system of an agency, which knows its own reference or number."""
    agency, ref = request.match_info["agency"], request.match_info["ref"]
    store = supply_of(request).store
    by_ref = await store.links_of([(AgencyId(agency), CaseRef(ref))])
    ids = [stored.link.id for found in by_ref.values() for stored in found]
    if not ids:
        found = await store.cases(text=ref, agency=AgencyId(agency))
        ids = [
            row.link
            for row in found.rows
            for side in row.sides
            if side.agency == agency
            and (side.number == ref or (side.ref or "").rstrip("/").endswith(f"/{ref}"))
        ]
    for link in ids:
        await seen_link(request, link)
    if not ids:
        raise web.HTTPNotFound
    where = f"/cases/{ids[0]}" if len(ids) == 1 else f"/cases?text={ref}"
    raise web.HTTPSeeOther(where)


async def _done(request: web.Request, version: Any, operation: Operation) -> web.StreamResponse:
    link = LinkId(request.match_info["link"])
    if not isinstance(version, str) or not version.isdecimal():
        raise web.HTTPBadRequest(text="the version of the case that you saw is missing")
    try:
        await supply_of(request).desk.operate(link, operation, version=int(version))
    except Overtaken:
        return await _shown(request, told="case.overtaken", status=409)
    where = f"/cases/{link}"
    raise web.HTTPSeeOther(where)


async def _viewed(request: web.Request) -> CaseView:
    link = LinkId(request.match_info["link"])
    stored = await seen_link(request, link)
    supply = supply_of(request)
    row = await supply.store.case(link)
    if row is None:
        raise web.HTTPNotFound
    await supply.desk.note_seen(stored.link, by=request[PERSON].id)
    journal = await supply.store.journal_of(link, limit=_JOURNAL)
    explained = await supply.desk.explain(stored.link)
    pauses = await supply.desk.sides.pauses()
    return view_of(stored, row, explained, journal, pauses, reader_of(request))


async def _shown(
    request: web.Request, *, told: str | None = None, status: int = 200
) -> web.Response:
    view = await _viewed(request)
    return await page(
        request,
        "case.html",
        status=status,
        watch=view.link.id,
        case=view,
        told=told,
        ways=Way,
        may_operate=reader_of(request).may(OPERATING),
    )


ROUTES: Final = (
    Route("GET", "/cases/{link}", case, LOOKING),
    Route("POST", "/cases/{link}/operate", operate, OPERATING),
    Route("POST", "/cases/{link}/unlink", unlink, OPERATING, fresh=True),
    Route("GET", "/go/{agency}/{ref:.+}", go, LOOKING),
)
