"""Queues: what waits between the hub and the edges, and the letters that went wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, TypeVar
from urllib.parse import quote

from aiohttp import web

from bridge.broker import BrokerError
from bridge.console.access import OPERATING, OVERSEEING, Route
from bridge.console.page import Reader, page, page_of_table, reader_of
from bridge.console.pages._forms import reason_in
from bridge.console.pages._queue_names import queue_name
from bridge.console.pages._trends import depth_trends
from bridge.console.people import PERSON
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import NotToBeDone
from bridge.desk.queues import Box, Letter, QueueLine, Queues

T = TypeVar("T")
_LONGEST_SHOWN: Final = 256 * 1024
_DAY: Final = timedelta(days=1)

_COLUMNS: Final = (
    Column("queue", "queues.queue"),
    Column("messages", "queues.messages", is_number=True),
    Column("consumers", "queues.consumers", is_number=True),
    Column("oldest", "queues.oldest"),
)
_LETTERS: Final = (
    Column("letter", "queues.letter"),
    Column("about", "queues.about"),
    Column("reason", "queues.went_wrong"),
    Column("queue", "queues.was_in"),
    Column("made", "queues.made"),
    Column("size_bytes", "queues.size", is_number=True),
)


async def queues(request: web.Request) -> web.StreamResponse:
    """Tell how the queues stand, and how full they were in the last day."""
    supply = supply_of(request)
    desk, lines, is_away = supply.queues, tuple[QueueLine, ...](), False
    if desk is not None:
        try:
            lines = await desk.standings()
        except BrokerError:
            is_away = True
    reader = reader_of(request)
    rows = [_row(line, reader) for line in lines]
    table = Table("queues", "queues.caption", _COLUMNS, rows)
    trends = depth_trends(await supply.store.depths(supply.now() - _DAY), reader)
    return await page_of_table(
        request,
        "queues.html",
        table,
        beside=[trend.table for trend in trends],
        watch="all",
        has_broker=desk is not None,
        is_away=is_away,
        trends=trends,
    )


async def box(request: web.Request) -> web.StreamResponse:
    """List the letters in a box, without what they say; looking takes them out for a moment."""
    desk, which = _asked(request)
    letters = await _trying(desk.letters(which))
    may_act = reader_of(request).may(OPERATING)
    rows = [_letter_row(each, may_look=may_act) for each in letters]
    table = Table("letters", "queues.letters", _LETTERS, rows, nothing="queues.no_letters")
    return await page_of_table(
        request,
        "letters.html",
        table,
        box=which,
        called=queue_name(which.value, reader_of(request)),
        letters=letters,
        may_act=may_act,
    )


async def letter(request: web.Request) -> web.StreamResponse:
    """Show what a letter says; the journal tells who looked."""
    desk, which = _asked(request)
    id_ = request.match_info["letter"]
    found = await _trying(desk.letter(id_, which, by=request[PERSON].id))
    text = found.body[:_LONGEST_SHOWN].decode(errors="replace")
    is_cut = len(found.body) > _LONGEST_SHOWN
    return await page(
        request,
        "letter.html",
        box=which,
        called=queue_name(which.value, reader_of(request)),
        letter=found,
        text=_laid_out(text),
        is_cut=is_cut,
    )


async def requeue(request: web.Request) -> web.StreamResponse:
    """Put a letter on its way again."""
    desk, which = _asked(request)
    by, reason = request[PERSON].id, reason_in(await request.post())
    await _trying(desk.requeue(request.match_info["letter"], which, by=by, reason=reason))
    return _back(which)


async def drop(request: web.Request) -> web.StreamResponse:
    """Throw a letter away."""
    desk, which = _asked(request)
    by, reason = request[PERSON].id, reason_in(await request.post())
    await _trying(desk.drop(request.match_info["letter"], which, by=by, reason=reason))
    return _back(which)


def _back(box: Box) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": f"/queues/{box.value}"})


def _laid_out(text: str) -> str:
    """Lay JSON out for people; a letter may be anything."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _asked(request: web.Request) -> tuple[Queues, Box]:
    desk = supply_of(request).queues
    try:
        which = Box(request.match_info["box"])
    except ValueError:
        raise web.HTTPNotFound from None
    if desk is None:
        raise web.HTTPNotFound
    return desk, which


async def _trying(deed: Awaitable[T]) -> T:
    try:
        return await deed
    except NotToBeDone as error:
        raise web.HTTPConflict(text=str(error)) from None
    except BrokerError as error:
        raise web.HTTPServiceUnavailable(text="the broker cannot be reached now") from error


def _row(line: QueueLine, reader: Reader) -> Row:
    is_box = line.name in tuple(Box)
    return {
        "queue": Cell(
            line.name,
            href=f"/queues/{line.name}" if is_box else None,
            shown=queue_name(line.name, reader),
        ),
        "messages": Cell(line.messages),
        "consumers": Cell(line.consumers),
        "oldest": Cell(line.oldest, shown=reader.age(line.oldest) if line.oldest else ""),
    }


def _letter_row(letter: Letter, *, may_look: bool) -> Row:
    address = f"/queues/{letter.box.value}/{quote(letter.id, safe='')}" if may_look else None
    return {
        "letter": Cell(letter.id, href=address),
        "about": Cell(letter.about),
        "reason": Cell(letter.reason),
        "queue": Cell(letter.queue),
        "made": Cell(letter.at, shown=None if letter.at else ""),
        "size_bytes": Cell(letter.size_bytes),
    }


ROUTES: Final = (
    Route("GET", "/queues", queues, OVERSEEING),
    Route("GET", "/queues/{box}", box, OVERSEEING),
    Route("GET", "/queues/{box}/{letter}", letter, OPERATING),
    Route("POST", "/queues/{box}/{letter}/requeue", requeue, OPERATING),
    Route("POST", "/queues/{box}/{letter}/drop", drop, OPERATING, fresh=True),
)
