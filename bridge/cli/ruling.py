"""Commands about the rules: crosswalks and agreements."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from bridge.cli.context import (
    DONE,
    FOUND_SOMETHING,
    REFUSED,
    WRONG_USE,
    By,
    Config,
    Json,
    Reason,
    give_up,
    out,
    plain,
    print_json,
    settings_of,
    when,
    whoami,
)
from bridge.cli.desk import desk_of
from bridge.cli.running import running
from bridge.clock import clock_set
from bridge.desk import EditPlan, RulesDesk
from bridge.opening import opened_store
from bridge.rules.edit import AddRow, Edit, RemoveRow, SetRule
from contracts.agreement import Agreement
from contracts.crosswalk import Rule
from contracts.ids import AgencyId

crosswalks = typer.Typer(help="The tables of an agency: gaps, edits.", no_args_is_help=True)
agreements = typer.Typer(help="The agreements that are in force.", no_args_is_help=True)

T = TypeVar("T")
Agency = Annotated[str, typer.Argument(help="Whose tables.")]
TableName = Annotated[str, typer.Argument(help="results, statuses.PROCESS, properties.NAME, …")]
Local = Annotated[str, typer.Argument(help="The agency's own word.")]
Shared = Annotated[str, typer.Argument(help="The shared word.")]
Remove = Annotated[bool, typer.Option("--remove", help="Take this row away.")]
RuleOf = Annotated[Rule | None, typer.Option("--rule", help="A rule instead of a row.")]
Value = Annotated[str, typer.Option("--value", help="What the rule writes.")]
BackTo = Annotated[int | None, typer.Option("--back-to", help="The table as it was then: `diff`.")]


@crosswalks.command()
def coverage(agency: Agency, config: Config = None, json_: Json = False) -> None:
    """List words without a counterpart, those first that hold up most cases.

    Exit code 1 when a case waits for one.
    """
    found = _with_rules(config, lambda rules: rules.coverage(AgencyId(agency)))
    if json_:
        print_json(found)
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("table", "word", "whose", "cases that wait", "cases that use it"):
            table.add_column(name, overflow="fold")
        for each in found:
            whose = agency if each.is_local else "shared"
            used = "-" if each.used is None else str(each.used)
            table.add_row(each.table, plain(each.word), plain(whose), str(each.held_up), used)
        out.print(table)
    raise typer.Exit(FOUND_SOMETHING if any(each.held_up for each in found) else DONE)


@crosswalks.command("try")
def try_(
    agency: Agency,
    case: Annotated[str, typer.Argument(help="Number at either side, reference, or link.")],
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say what would stand at an agency for each value of a case; nothing is written."""

    async def job() -> Any:
        settings = settings_of(config)
        async with desk_of(settings) as desk, opened_store(settings) as store:
            rules = RulesDesk(store, settings.rules, now=clock_set(settings.clock_ahead))
            links = await desk.find(case)
            return [each for link in links for each in await rules.try_it(link, AgencyId(agency))]

    found = running(job)
    if json_:
        print_json(found)
        return
    for each in found:
        why = f": {plain(each.why)}" if each.why else ""
        local = plain(each.local)
        out.print(f"{plain(each.path)} {plain(each.shared)} → {local} [dim]({each.how}{why})[/]")


@crosswalks.command()
def diff(
    name: Annotated[str, typer.Argument(help="Only files with this in their name.")] = "",
    config: Config = None,
    json_: Json = False,
) -> None:
    """Show the versions that were in force, the newest first, and what changed with each."""
    found = _with_rules(config, lambda rules: rules.history(name))
    if json_:
        print_json(found)
        return
    for each in found:
        version = each.version
        by = f" by {plain(version.by)}: {plain(version.reason)}" if version.by else ""
        out.print(f"[bold]{version.number}[/] {version.version} {when(version.seen_at)}{by}")
        for line in each.diff.splitlines():
            out.print(f"  {plain(line)}")


@crosswalks.command()
def plan(
    agency: Agency,
    table: TableName,
    local: Local = "",
    shared: Shared = "",
    remove: Remove = False,
    rule: RuleOf = None,
    value: Value = "",
    back_to: BackTo = None,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Check an edit whole, and say which cases would be written otherwise; nothing is changed.

    Exit code 1 when it has faults.
    """

    async def job(rules: RulesDesk) -> EditPlan:
        edits = await _edits(rules, agency, table, local, shared, remove, rule, value, back_to)
        return await rules.plan(AgencyId(agency), edits)

    found = _with_rules(config, job)
    if json_:
        print_json(found)
    else:
        _print_plan(found)
    raise typer.Exit(FOUND_SOMETHING if found.faults else DONE)


@crosswalks.command()
def apply(
    agency: Agency,
    table: TableName,
    local: Local = "",
    shared: Shared = "",
    remove: Remove = False,
    rule: RuleOf = None,
    value: Value = "",
    back_to: BackTo = None,
    base: Annotated[str, typer.Option(help="Only on this version: `plan` names it.")] = "",
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Put an edit in force: what waited for it goes on by itself.

    Where the folder cannot be written to, the changed text is printed instead, and the exit code
    is 4.
    """

    async def job(rules: RulesDesk) -> EditPlan | str:
        edits = await _edits(rules, agency, table, local, shared, remove, rule, value, back_to)
        found = await rules.plan(AgencyId(agency), edits)
        if found.faults or found.not_writable:
            return found
        version = await rules.publish(
            AgencyId(agency), edits, base=base or found.base, by=by or whoami(), reason=reason
        )
        return version.version

    done = _with_rules(config, job)
    if isinstance(done, str):
        out.print(f"{done} is in force within seconds; casebridge parked --groups")
    elif done.faults:
        give_up("\n".join(done.faults), REFUSED)
    else:
        typer.echo(done.text, nl=False)
        give_up(done.not_writable, REFUSED)


@agreements.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List agreements, with their parties and when they hold."""
    found = _with_rules(config, _agreements)
    if json_:
        print_json([each.model_dump(mode="json") for each in found])
        return
    table = Table(box=None, pad_edge=False)
    for name in ("agreement", "parties", "from", "to", "routes"):
        table.add_column(name, overflow="fold")
    for each in found:
        to = str(each.period.to or "-")
        parties, routes = ", ".join(each.parties), ", ".join(route.id for route in each.routing)
        table.add_row(each.id, parties, str(each.period.from_), to, routes)
    out.print(table)


@agreements.command()
def show(
    id_: Annotated[str, typer.Argument(help="The agreement, as `list` names it.")],
    config: Config = None,
) -> None:
    """Show one agreement whole, as JSON."""
    found = _with_rules(config, _agreements)
    wanted = next((each for each in found if each.id == id_), None)
    if wanted is None:
        give_up(f"no agreement {id_!r}; `casebridge agreements list` names them", WRONG_USE)
    print_json(wanted.model_dump(mode="json"))


async def _agreements(rules: RulesDesk) -> tuple[Agreement, ...]:
    return (await rules.in_force()).rules.agreements


async def _edits(
    rules: RulesDesk,
    agency: str,
    table: str,
    local: str,
    shared: str,
    remove: bool,
    rule: Rule | None,
    value: str,
    back_to: int | None,
) -> list[Edit]:
    if back_to is not None:
        return await rules.back_to(AgencyId(agency), table, back_to)
    if rule is not None:
        # The one word that is given is the shared one.
        return [SetRule(table, shared or local, rule, value)]
    if not local or not shared:
        give_up("name the agency's own word and the shared one", WRONG_USE)
    if remove:
        return [RemoveRow(table, local, shared)]
    return [AddRow(table, local, shared)]


def _with_rules(config: Config, job: Callable[[RulesDesk], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        settings = settings_of(config)
        async with opened_store(settings) as store:
            return await job(RulesDesk(store, settings.rules, now=clock_set(settings.clock_ahead)))

    return running(run)


def _print_plan(plan: EditPlan) -> None:
    for line in plan.diff.splitlines():
        out.print(plain(line))
    for fault in plan.faults:
        out.print(f"[bold red]fault[/] {plain(fault)}")
    if plan.faults:
        return
    out.print(f"{plan.changed} of {plan.looked_at} cases with these words would be written to now")
    for each in plan.cases:
        before, after = plain(each.before), plain(each.after)
        place = f"{plain(each.number)} {each.agency} {plain(each.path)}"
        out.print(f"  {place}: {before} → {after}")
    if plan.not_writable:
        out.print(plain(plan.not_writable))
    out.print(f"[dim]made on {plan.base}; casebridge crosswalks apply puts it in force[/]")
