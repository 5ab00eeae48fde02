"""Agreements: who shares what with whom, and since when."""

from __future__ import annotations

from datetime import date
from typing import Final

from aiohttp import web

from bridge.console.access import OVERSEEING, Route
from bridge.console.fields import field_name
from bridge.console.page import Reader, page_of_table, reader_of
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from contracts.agreement import Agreement, Policy

_COLUMNS: Final = (
    Column("agreement", "agreements.agreement"),
    Column("parties", "agreements.parties"),
    Column("from", "agreements.from"),
    Column("to", "agreements.to"),
    Column("routes", "agreements.routes"),
)
_FIELDS: Final = (
    Column("field", "case.field"),
    Column("policy", "agreements.policy"),
)
_PEOPLE: Final = (
    Column("person", "agreements.person"),
    Column("home", "agreements.employer"),
    Column("deployed_at", "agreements.deployed_at"),
    Column("role", "agreements.role"),
    Column("from", "agreements.from"),
    Column("to", "agreements.to"),
)


async def agreements(request: web.Request) -> web.StreamResponse:
    """List the agreements, those in force and those that ended."""
    reader = reader_of(request)
    rows = [_row(each, reader) for each in supply_of(request).rules().agreements]
    table = Table("agreements", "agreements.caption", _COLUMNS, rows)
    return await page_of_table(request, "agreements.html", table)


async def agreement(request: web.Request) -> web.StreamResponse:
    """Show one agreement."""
    supply = supply_of(request)
    found = supply.rules().agreement(request.match_info["agreement"])
    if found is None:
        raise web.HTTPNotFound
    reader = reader_of(request)
    return await page_of_table(
        request,
        "agreement.html",
        Table("who_wins", "agreements.who_wins", _FIELDS, _fields(found, reader)),
        beside=[
            Table("secondments", "agreements.secondments", _PEOPLE, _people(found, reader)),
        ],
        agreement=found,
        is_in_force=found.period.covers(supply.now().date()),
        fullnames={each.id: each.name for each in supply.rules().agencies.values()},
    )


def _fields(agreement: Agreement, reader: Reader) -> list[Row]:
    """Say per field who wins where both sides changed it."""
    return [
        {
            "field": Cell(name, shown=field_name(name.replace(".", "/", 1), reader)),
            "policy": Cell(policy.value, shown=reader.say(policy_word(policy))),
        }
        for name, policy in sorted(agreement.field_ownership.items())
    ]


def policy_word(policy: Policy) -> str:
    """Name the word for a policy."""
    return f"agreements.policy_{policy.value.replace('-', '_')}"


def _people(agreement: Agreement, reader: Reader) -> list[Row]:
    """Say who works for whom under it."""
    names = reader.names
    return [
        {
            "person": Cell(each.staff, shown=names.person(each.staff).text),
            "home": Cell(each.home, shown=names.agency(each.home)),
            "deployed_at": Cell(each.deployed_at, shown=names.agency(each.deployed_at)),
            "role": Cell(each.role),
            "from": _day(each.from_, reader),
            "to": _day(each.to, reader),
        }
        for each in agreement.secondments
    ]


def _row(agreement: Agreement, reader: Reader) -> Row:
    return {
        "agreement": Cell(agreement.id, href=f"/agreements/{agreement.id}"),
        "parties": Cell(
            ", ".join(agreement.parties),
            shown=", ".join(map(reader.names.agency, agreement.parties)),
        ),
        "from": _day(agreement.period.from_, reader),
        "to": _day(agreement.period.to, reader),
        "routes": Cell(", ".join(route.id for route in agreement.routing)),
    }


def _day(day: date | None, reader: Reader) -> Cell:
    return Cell(None) if day is None else Cell(str(day), shown=reader.on_day(day))


ROUTES: Final = (
    Route("GET", "/agreements", agreements, OVERSEEING),
    Route("GET", "/agreements/{agreement}", agreement, OVERSEEING),
)
