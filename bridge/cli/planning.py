"""Commands that act on many cases: plan, and the jobs that come of it."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
from rich.table import Table

from bridge.cli.context import (
    DONE,
    FOUND_SOMETHING,
    WRONG_USE,
    By,
    Config,
    Json,
    Reason,
    give_up,
    out,
    plain,
    print_json,
    when,
    whoami,
)
from bridge.cli.desk import with_desk
from bridge.desk import Chosen, Deed, DeedKind, Desk, Report
from bridge.store import Became, Job, Verdict
from bridge.store.views import CaseState
from contracts.ids import AgencyId

group = typer.Typer(help="What was asked of many cases at once.", no_args_is_help=True)

_IN_WORDS = {
    Verdict.WRITES: "will write",
    Verdict.LOOKS: "will look again",
    Verdict.NOTHING: "nothing to do",
    Verdict.SUPERSEDED: "superseded",
    Verdict.REFUSED: "will be refused",
    Verdict.LETS_GO: "will be let go",
}
_BECAME = {
    Became.DONE: "done",
    Became.CHANGED: "changed meanwhile, left alone",
    Became.REFUSED: "refused",
    Became.CANCELLED: "cancelled",
}
Id = Annotated[str, typer.Argument(help="The job, as `jobs list` names it.")]


def plan(
    kind: Annotated[DeedKind, typer.Argument(help="What is to be done.")],
    case: Annotated[
        str | None, typer.Argument(help="One case; else --group, or what the options list.")
    ] = None,
    matter: Annotated[
        str | None, typer.Option("--group", help="What waits for this: `parked --groups`.")
    ] = None,
    text: Annotated[str, typer.Option(help="Cases with this in number or title.")] = "",
    state: Annotated[CaseState, typer.Option(help="Cases that stand so.")] = CaseState.PARKED,
    agency: Annotated[str | None, typer.Option(help="Only at this agency.")] = None,
    path: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    value: Annotated[str | None, typer.Option(help="For choose: in shared terms.")] = None,
    one: Annotated[bool, typer.Option("--one", help="Only the first, to try it.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Start it at once.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Reason = "",
    by: By = "",
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say what would become of each case; with --apply have it done.

    Exit code 1 when something would be refused.
    """
    who, at = by or whoami(), AgencyId(agency) if agency else None

    async def job(desk: Desk) -> Report:
        deed = Deed(kind, matter, at, path, value)
        links = tuple(link.id for link in await desk.find(case)) if case else ()
        chosen = Chosen(links, text, at, state, 1) if one else Chosen(links, text, at, state)
        return await desk.jobs.plan(deed, chosen, by=who, reason=reason)

    report = with_desk(config, job)
    if json_:
        print_json(report)
    else:
        _print_report(report)
    if apply:
        _ask(report, yes=yes)
        _step(config, lambda desk: desk.jobs.start(report.job.id, by=who), quiet=json_)
    elif not json_:
        out.print(f"[dim]casebridge jobs start {report.job.id} applies it[/]")
    raise typer.Exit(FOUND_SOMETHING if report.counts.foreseen.get(Verdict.REFUSED) else DONE)


@group.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List jobs, the newest first."""
    reports = with_desk(config, lambda desk: desk.jobs.latest())
    if json_:
        print_json(reports)
        return
    table = Table(box=None, pad_edge=False)
    for name in ("job", "what", "state", "cases", "left", "by", "since"):
        table.add_column(name, overflow="fold")
    for report in reports:
        job, counts = report.job, report.counts
        table.add_row(
            job.id,
            report.deed.kind.value,
            job.state.value,
            str(counts.total),
            str(counts.left),
            plain(job.by),
            when(job.made_at),
        )
    out.print(table)


@group.command()
def show(id_: Id, config: Config = None, json_: Json = False) -> None:
    """Show a job: what was foreseen, what became of it, case by case."""
    report = with_desk(config, lambda desk: desk.jobs.show(id_, limit=1000))
    if json_:
        print_json(report)
    else:
        _print_report(report)


@group.command()
def start(id_: Id, by: By = "", config: Config = None) -> None:
    """Apply a plan: the running hub works it off."""
    _step(config, lambda desk: desk.jobs.start(id_, by=by or whoami()))


@group.command()
def pause(id_: Id, by: By = "", config: Config = None) -> None:
    """Let a job rest between two cases."""
    _step(config, lambda desk: desk.jobs.pause(id_, by=by or whoami()))


@group.command("resume")
def resume_(id_: Id, by: By = "", config: Config = None) -> None:
    """Let a paused job go on."""
    _step(config, lambda desk: desk.jobs.resume(id_, by=by or whoami()))


@group.command()
def cancel(id_: Id, reason: Reason = "", by: By = "", config: Config = None) -> None:
    """End a job where it is; what is done stays done."""
    _step(config, lambda desk: desk.jobs.cancel(id_, by=by or whoami(), reason=reason))


def _step(config: Config, step: Any, *, quiet: bool = False) -> None:
    async def job(desk: Desk) -> Job:
        asked: Coroutine[Any, Any, Job] = step(desk)
        return await asked

    moved = with_desk(config, job)
    if not quiet:
        out.print(f"job {moved.id} is {moved.state.value}; casebridge jobs show {moved.id}")


def _ask(report: Report, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        give_up("nobody is there to ask: give --yes to apply it", WRONG_USE)
    typer.confirm(f"Apply this to {report.counts.total} cases?", abort=True)


def _print_report(report: Report) -> None:
    job, counts = report.job, report.counts
    foreseen = ", ".join(f"{n} {_IN_WORDS[v]}" for v, n in counts.foreseen.items())
    out.print(f"[bold]{report.deed.kind.value}[/] for {counts.total} cases: {foreseen}")
    if counts.became:
        became = ", ".join(f"{n} {_BECAME[b]}" for b, n in counts.became.items())
        out.print(f"became: {became}; {counts.left} left")
    for item in report.items:
        end = f" → {_BECAME[item.became]} {plain(item.why)}" if item.became else ""
        out.print(f"{item.link}{end}")
        for line in item.lines:
            place = f"{line.agency or 'all'} {plain(line.path)}"
            why = f": {plain(line.why)}" if line.why else ""
            out.print(f"  [dim]{place}: {_IN_WORDS[line.verdict]}{why}[/]")
    for step in job.history:
        why = f": {plain(step.why)}" if step.why else ""
        out.print(f"[dim]{when(step.at)} {step.what} by {plain(step.by)}{why}[/]")
    out.print(f"job {job.id} is {job.state.value}")
