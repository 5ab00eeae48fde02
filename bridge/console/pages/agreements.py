"""Agreements: who shares what with whom, and since when."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import OVERSEEING, Route
from bridge.console.page import page, page_of_table
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from contracts.agreement import Agreement

_COLUMNS: Final = (
    Column("agreement", "agreements.agreement"),
    Column("parties", "agreements.parties"),
    Column("from", "agreements.from"),
    Column("to", "agreements.to"),
    Column("routes", "agreements.routes"),
)


async def agreements(request: web.Request) -> web.StreamResponse:
    """List the agreements, those in force and those that ended."""
    rows = [_row(each) for each in supply_of(request).rules().agreements]
    table = Table("agreements", "agreements.caption", _COLUMNS, rows)
    return await page_of_table(request, "agreements.html", table)


async def agreement(request: web.Request) -> web.StreamResponse:
    """Show one agreement."""
    supply = supply_of(request)
    found = supply.rules().agreement(request.match_info["agreement"])
    if found is None:
        raise web.HTTPNotFound
    return await page(
        request,
        "agreement.html",
        agreement=found,
        is_in_force=found.period.covers(supply.now().date()),
        crosses=_crosses(found),
        names={each.id: each.name for each in supply.rules().agencies.values()},
    )


def _crosses(agreement: Agreement) -> dict[str, str]:
    """Say per field who wins where both sides changed it."""
    return {name: policy.value for name, policy in sorted(agreement.field_ownership.items())}


def _row(agreement: Agreement) -> Row:
    return {
        "agreement": Cell(agreement.id, href=f"/agreements/{agreement.id}"),
        "parties": Cell(", ".join(agreement.parties)),
        "from": Cell(str(agreement.period.from_)),
        "to": Cell(str(agreement.period.to) if agreement.period.to else None),
        "routes": Cell(", ".join(route.id for route in agreement.routing)),
    }


ROUTES: Final = (
    Route("GET", "/agreements", agreements, OVERSEEING),
    Route("GET", "/agreements/{agreement}", agreement, OVERSEEING),
)
