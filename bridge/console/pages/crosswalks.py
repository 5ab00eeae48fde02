"""
Crosswalks: the tables of an agency, their gaps, and edits that are planned before they hold.

An edit stands in the address until it is published, so a plan can be shown to somebody else, and
works without JavaScript.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web
from multidict import MultiMapping
from yarl import URL

from bridge.console.access import ADMINISTERING, OVERSEEING, Route
from bridge.console.fields import field_name, table_name
from bridge.console.page import Reader, page, page_of_table, reader_of
from bridge.console.people import PERSON
from bridge.console.supply import supply_of
from bridge.console.table import Cell, Column, Row, Table
from bridge.desk import EditPlan, NotToBeDone, RulesDesk
from bridge.desk.coverage import Uncovered
from bridge.desk.differences import Tried
from bridge.rules.edit import AddRow, Edit, RemoveRow, SetRule
from bridge.rules.tables import TableOf, TableRow, tables_of
from contracts.crosswalk import Rule
from contracts.crosswalk import Uncovered as UncoveredRule
from contracts.ids import AgencyId

_GAPS: Final = (
    Column("word", "crosswalks.word"),
    Column("table", "crosswalks.table"),
    Column("agency", "crosswalks.agency"),
    Column("whose", "crosswalks.whose"),
    Column("held_up", "crosswalks.held_up", is_number=True),
    Column("used", "crosswalks.used", is_number=True),
)
_ROWS: Final = (
    Column("local", "crosswalks.local"),
    Column("shared", "crosswalks.shared"),
    Column("rule", "crosswalks.rule"),
)
RULES_TO_CHOOSE: Final = (Rule.KEEP, Rule.DEFAULT, Rule.ANNOTATE, Rule.PARK, Rule.NOT_CROSSING)


async def crosswalks(request: web.Request) -> web.StreamResponse:
    """List the gaps of every agency, those first that hold up most cases."""
    supply, reader = supply_of(request), reader_of(request)
    agencies = sorted(supply.rules().lenses)
    found = [
        (agency, gap)
        for agency, gaps in (await supply.tables.coverages(agencies)).items()
        for gap in gaps
    ]
    found.sort(key=lambda pair: (-pair[1].held_up, -(pair[1].used or 0)))
    # A vocabulary has words for every agency: those that no case uses here are not in the way.
    matters = [pair for pair in found if pair[1].held_up or pair[1].used]
    rest = [pair for pair in found if not (pair[1].held_up or pair[1].used)]
    return await page_of_table(
        request,
        "crosswalks.html",
        Table("gaps", "crosswalks.gaps", _GAPS, [_gap(*pair, reader) for pair in matters]),
        beside=[
            Table("unused", "crosswalks.unused", _GAPS, [_gap(*pair, reader) for pair in rest])
        ],
        watch="all",
        tables={
            agency: {each: table_name(each, reader) for each in tables_of(supply.rules(), agency)}
            for agency in agencies
        },
    )


async def crosswalk(request: web.Request) -> web.StreamResponse:
    """Show one table, what an edit in the address would come to, and its history."""
    supply, reader = supply_of(request), reader_of(request)
    rules, agency, table = supply.tables, *_named(request)
    shown = (await rules.tables(agency)).get(table)
    if shown is None:
        raise web.HTTPNotFound
    edits = await edits_of(rules, agency, table, request.query)
    gaps = [each for each in await rules.coverage(agency) if each.table == table]
    return await page_of_table(
        request,
        "crosswalk.html",
        Table("rows", "crosswalks.rows", _ROWS, _rows(shown, reader)),
        agency=agency,
        shown=shown,
        called=table_name(shown.name, reader),
        gaps=gaps,
        rules=RULES_TO_CHOOSE,
        history=[c for c in await rules.history(f"crosswalk-{agency}.yaml", 20) if c.diff],
        **await _foreseen(request, edits),
    )


async def check(request: web.Request) -> web.StreamResponse:
    """Say what an edit would come to, while somebody types."""
    rules, agency, table = supply_of(request).tables, *_named(request)
    edits: list[Edit] = []
    not_there = ""
    try:
        edits = await edits_of(rules, agency, table, request.query)
    except NotToBeDone as error:
        not_there = str(error)
    told = await _foreseen(request, edits)
    told["refused"] = not_there or told["refused"]
    return await page(request, "plan.html", agency=agency, **told)


async def publish(request: web.Request) -> web.StreamResponse:
    """Put an edit in force, on the version that its plan was made on."""
    form = await request.post()
    rules, agency, table = supply_of(request).tables, *_named(request)
    words = {name: str(value) for name, value in form.items()}
    edits = await edits_of(rules, agency, table, words)
    base, by = words.get("base", ""), request[PERSON].id
    await rules.publish(agency, edits, base=base, by=by, reason=words.get("reason", ""))
    location = f"/crosswalks/{agency}/{table}?published=1"
    raise web.HTTPSeeOther(location)


async def edits_of(
    rules: RulesDesk, agency: AgencyId, table: str, asked: MultiMapping[str] | dict[str, str]
) -> list[Edit]:
    """
    Read the edit that an address or a form asks for; none where it asks for none.

    Raises:
        NotToBeDone: There is no such former version.
    """
    local, shared = asked.get("local", "").strip(), asked.get("shared", "").strip()
    if asked.get("back_to", "").isdecimal():
        return await rules.back_to(agency, table, int(asked["back_to"]))
    if asked.get("edit") == "rule" and shared:
        rule = asked.get("rule", "")
        if rule not in set(Rule):
            raise web.HTTPBadRequest(text=f"there is no rule {rule!r}")
        value, why = asked.get("value", "").strip(), asked.get("why", "").strip()
        return [SetRule(table, shared, Rule(rule), value, why)]
    if not local or not shared:
        return []
    if asked.get("edit") == "remove":
        return [RemoveRow(table, local, shared)]
    return [AddRow(table, local, shared)]


def _named(request: web.Request) -> tuple[AgencyId, str]:
    return AgencyId(request.match_info["agency"]), request.match_info["table"]


async def _foreseen(request: web.Request, edits: list[Edit]) -> dict[str, Any]:
    """Say what an edit would come to, and give what it takes to put just that in force."""
    reader, (agency, table) = reader_of(request), _named(request)
    plan, refused = await _planned(supply_of(request).tables, agency, edits)
    is_sound = plan is not None and not plan.faults
    tried, not_tried = await _tried(request, agency, edits if is_sound else [])
    return {
        "named": table,
        "wanted": request.query,
        "field_called": lambda path: field_name(path, reader),
        "plan": plan,
        "refused": refused,
        "tried": tried,
        "not_tried": not_tried,
        "may_publish": reader.may(ADMINISTERING),
    }


async def _planned(
    rules: RulesDesk, agency: AgencyId, edits: list[Edit]
) -> tuple[EditPlan | None, str]:
    if not edits:
        return None, ""
    try:
        return await rules.plan(agency, edits), ""
    except NotToBeDone as error:
        return None, str(error)


async def _tried(
    request: web.Request, agency: AgencyId, edits: list[Edit]
) -> tuple[list[Tried], str]:
    """Say what a case that somebody names would show, with the edit done."""
    case, supply = request.query.get("case", "").strip(), supply_of(request)
    if not case:
        return [], ""
    try:
        links = await supply.desk.find(case)
        rules = supply.tables
        return [each for link in links for each in await rules.try_it(link, agency, edits)], ""
    except NotToBeDone as error:
        return [], str(error)


def _gap(agency: AgencyId, gap: Uncovered, reader: Reader) -> Row:
    href = str(URL(f"/crosswalks/{agency}/{gap.table}").with_query(word=gap.word))
    whose = reader.say("crosswalks.theirs" if gap.is_local else "crosswalks.ours")
    return {
        "word": Cell(gap.word, href=href),
        "table": Cell(gap.table, shown=table_name(gap.table, reader)),
        "agency": Cell(agency, shown=reader.names.agency(agency)),
        "whose": Cell(gap.is_local, shown=whose),
        "held_up": Cell(gap.held_up),
        "used": Cell(gap.used),
    }


def _rows(table: TableOf, reader: Reader) -> list[Row]:
    rows = [_row(each) for each in table.rows]
    rules = table.rules.items()
    return rows + [
        {
            "local": Cell(rule.value),
            "shared": Cell(shared),
            "rule": Cell(rule.rule.value, shown=_rule_told(rule, reader)),
        }
        for shared, rule in rules
    ]


def _rule_told(rule: UncoveredRule, reader: Reader) -> str:
    word = f"crosswalks.how_{rule.rule.value.replace('-', '_')}"
    return ": ".join(filter(None, (reader.say(word), rule.why or rule.loss)))


def _row(row: TableRow) -> Row:
    return {
        "local": Cell(row.local),
        "shared": Cell(row.shared),
        "rule": Cell(row.rule or None, shown=row.rule),
    }


ROUTES: Final = (
    Route("GET", "/crosswalks", crosswalks, OVERSEEING),
    Route("GET", "/crosswalks/{agency}/{table}", crosswalk, OVERSEEING),
    Route("GET", "/crosswalks/{agency}/{table}/check", check, OVERSEEING),
    Route("POST", "/crosswalks/{agency}/{table}", publish, ADMINISTERING),
)
