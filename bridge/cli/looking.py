"""Commands that look: status, cases, explain, parked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli.context import FOUND_SOMETHING, Config, Json, out, plain, print_json, when
from bridge.cli.desk import with_desk
from bridge.cli.sides import print_sides
from bridge.desk import Desk, Explained, Group, Hearing, LagFigures, SideStanding, State, state_of
from bridge.engine.link import Link
from bridge.store.records import Direction, Transfer
from bridge.store.views import CaseRow, CaseState, Figures, ParkedRow
from contracts.ids import AgencyId

_STYLES = {
    State.EQUAL: "green",
    State.UNDER_WAY: "cyan",
    State.WAITS: "yellow",
    State.NEEDS_ATTENTION: "bold red",
    State.RELEASED: "dim",
}


@dataclass(frozen=True, slots=True)
class _Status:
    figures: Figures
    lags: tuple[LagFigures, ...]
    sides: tuple[SideStanding, ...]
    hearings: tuple[Hearing, ...]
    has_hub: bool


def status(config: Config = None, json_: Json = False) -> None:
    """Say how all stands: the share of linked cases that are equal right now, and what waits.

    Exit code 1 when something waits for a person.
    """

    async def job(desk: Desk) -> _Status:
        sides = await desk.sides.standings()
        hearings = await desk.vitals.hearings(side.agency for side in sides)
        return _Status(
            await desk.figures(),
            await desk.vitals.lags(),
            sides,
            hearings,
            await desk.has_hub(),
        )

    found = with_desk(config, job)
    figures = found.figures
    if json_:
        print_json(_status_as_json(found))
    else:
        _print_figures(figures, found.lags)
        if not found.has_hub:
            out.print("[red]no hub runs[/]: what changed since waits for one")
        print_sides(found.sides, found.hearings)
    if figures.total.parked:
        raise typer.Exit(FOUND_SOMETHING)


def cases(
    text: Annotated[str, typer.Argument(help="Part of a number, reference or title.")] = "",
    state: Annotated[CaseState, typer.Option(help="Only cases that stand so.")] = CaseState.ALL,
    limit: Annotated[int, typer.Option(min=1, max=5000)] = 100,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List linked cases, latest change first."""

    async def job(
        desk: Desk,
    ) -> tuple[Sequence[CaseRow], Sequence[Transfer], Collection[AgencyId]]:
        found = await desk.cases(text, state, limit)
        return found, await desk.transfers(), await desk.sides.pauses()

    rows, transfers, paused = with_desk(config, job)
    if json_:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for name in ("home", "number", "title", "counterpart", "state", "changed"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*_case_cells(row, paused))
    out.print(table)
    for transfer in transfers:
        out.print(transfer_line(transfer))
    if rows:
        out.print("[dim]casebridge explain NUMBER says where each value came from[/]")


def explain(
    case: Annotated[str, typer.Argument(help="Number at either side, reference, or link.")],
    config: Config = None,
    json_: Json = False,
) -> None:
    """Say for every value of a case where it came from, and how each side stands."""

    async def job(desk: Desk) -> list[_Whole]:
        return [await _whole(desk, link) for link in await desk.find(case)]

    found = with_desk(config, job)
    if json_:
        print_json(
            [
                {
                    "link": each.link.id,
                    "fields": each.fields,
                    "stays": each.stays,
                    "transfers": each.transfers,
                }
                for each in found
            ]
        )
        return
    for each in found:
        _print_explained(each.link, each.fields)
        for agency, counted in each.stays.items():
            out.print(f"[yellow]stays behind[/] at {plain(agency)}: {plain(counted)}")
        for transfer in each.transfers:
            out.print(transfer_line(transfer))


@dataclass(frozen=True, slots=True)
class _Whole:
    """All that is told of one Link."""

    link: Link
    fields: list[Explained]
    stays: Mapping[AgencyId, str]
    transfers: Sequence[Transfer]


async def _whole(desk: Desk, link: Link) -> _Whole:
    fields, transfers = await desk.explain(link), await desk.transfers(link.id)
    return _Whole(link, fields, desk.stays(link), transfers)


def parked(
    groups: Annotated[
        bool, typer.Option("--groups", help="One line for each matter, however many cases.")
    ] = False,
    config: Config = None,
    json_: Json = False,
) -> None:
    """List what waits for a person: what is wrong in one sentence, and what can be done.

    Exit code 1 when there is anything.
    """
    if groups:
        _parked_by_matter(config, json_)
        return
    rows = with_desk(config, lambda desk: desk.parked())
    if json_:
        print_json(rows)
    else:
        _print_parked(rows)
    if rows:
        raise typer.Exit(FOUND_SOMETHING)


def _parked_by_matter(config: Config, json_: Json) -> None:
    found = with_desk(config, lambda desk: desk.parked_by_matter.groups())
    if json_:
        print_json(found)
    for group in found if not json_ else ():
        _print_group(group)
    if found:
        if not json_:
            out.print("[dim]casebridge plan resume --group ID says what setting one going does[/]")
        raise typer.Exit(FOUND_SOMETHING)
    if not json_:
        out.print("[green]Nothing waits for a person.[/]")


def _print_group(group: Group) -> None:
    counted, matter = group.counted, group.counted.matter
    about = f"{matter.gap.where}: {matter.gap.word}" if matter.gap else matter.field
    signs = [
        f"{counted.recent} in the last day" if group.is_growing else "",
        "came back after it was solved" if group.has_returned else "",
    ]
    ways = ", ".join(way.value for way in group.ways)
    out.print(
        f"[bold]{group.id}[/]  {counted.cases} cases  [bold]{plain(about)}[/] at {matter.agency}: "
        f"{plain(counted.why)}\n"
        f"  [dim]{'; '.join((matter.reason.value, *filter(None, signs)))}; first seen "
        f"{when(counted.course.first_seen)}; can be cured by: {group.healer.value}; "
        f"ways out: {ways}[/]"
    )


def _case_cells(row: CaseRow, paused: Collection[AgencyId]) -> list[str]:
    others = [side for side in row.sides if side.agency != row.home]
    state = state_of(row, paused)
    counterpart = ", ".join(f"{side.agency} {plain(side.number or side.ref)}" for side in others)
    return [
        row.home,
        plain(row.number),
        plain(row.title),
        counterpart,
        f"[{_STYLES[state]}]{state.value}[/]",
        when(row.updated_at),
    ]


def transfer_line(transfer: Transfer) -> str:
    """Say in one line how far a content is."""
    way = "from" if transfer.direction is Direction.OUT else "to"
    share = transfer.share
    part = f"{share:.0%}, " if share is not None else ""
    of = f" of {megabytes(transfer.size_bytes)}" if transfer.size_bytes else ""
    return (
        f"[cyan]on its way[/] {way} {plain(transfer.agency)} {plain(transfer.ref)}: document "
        f"{plain(transfer.document)}: {part}{megabytes(transfer.done_bytes)}{of} "
        f"since {when(transfer.since)}"
    )


def megabytes(size_bytes: int) -> str:
    """Write a size as people read it."""
    return f"{size_bytes / 1_000_000:.1f} MB"


def _share(equal: int, links: int) -> str:
    return f"{100 * equal / links:.1f} %" if links else "-"


def _print_figures(figures: Figures, lags: Sequence[LagFigures]) -> None:
    total = figures.total
    out.print(
        f"[bold]{_share(total.equal, total.links)}[/] of {total.links} linked cases are equal "
        f"right now; {total.parked} wait for a person, {total.waiting} for a system, "
        f"{total.in_flight} are on their way."
    )
    table = Table(box=None, pad_edge=False)
    for name in ("between", "linked", "equal", "parked", "waiting", "in flight", "oldest unequal"):
        table.add_column(name, justify="left" if name == "between" else "right")
    for pair in figures.pairs:
        oldest = when(pair.oldest_unsettled) if pair.oldest_unsettled else "-"
        table.add_row(
            " ↔ ".join(pair.agencies),
            str(pair.links),
            _share(pair.equal, pair.links),
            str(pair.parked),
            str(pair.waiting),
            str(pair.in_flight),
            oldest,
        )
    out.print(table)
    for lag in lags:
        out.print(
            f"{lag.from_} → {lag.to}: {lag.count} edits arrived in 24 hours, half within "
            f"{_seconds(lag.p50)}, 95 in 100 within {_seconds(lag.p95)}"
        )
    if figures.outbox_size:
        since = when(figures.outbox_oldest) if figures.outbox_oldest else "-"
        out.print(f"{figures.outbox_size} to be sent; the oldest waits since {since}")
    if total.parked:
        out.print("[dim]casebridge parked says what waits, and what can be done[/]")


def _seconds(took: timedelta | None) -> str:
    return "-" if took is None else f"{took.total_seconds():.3g} s"


def _status_as_json(found: _Status) -> dict[str, object]:
    figures, total = found.figures, found.figures.total
    return {
        "share_equal": total.equal / total.links if total.links else None,
        "total": total,
        "pairs": figures.pairs,
        "lags": found.lags,
        "sides": found.sides,
        "hearings": found.hearings,
        "has_hub": found.has_hub,
        "outbox": {"size": figures.outbox_size, "oldest": figures.outbox_oldest},
    }


def _print_explained(link: Link, fields: list[Explained]) -> None:
    out.print(f"[bold]{link.id}[/] under {link.agreement}, route {link.route}, home {link.home}")
    if link.released is not None:
        out.print(f"let go: {plain(link.released)}")
    for field in fields:
        out.print(
            f"\n[bold]{plain(field.path)}[/] = {plain(field.agreed)}  [dim]{plain(field.origin)}[/]"
        )
        for side in field.sides:
            out.print(f"  {side.agency:<14} shows {plain(side.shows)}: {plain(side.how)}")
        for entry in field.history:
            other = f" (other: {plain(entry.other)})" if entry.other is not None else ""
            rest = "; ".join(plain(part) for part in (entry.why, entry.rule) if part)
            by = f" by {plain(entry.by)}" if entry.by else ""
            out.print(
                f"  [dim]{when(entry.at)} {entry.what.value} at {entry.agency or '-'}"
                f"{by}: {plain(entry.value)}{other} {rest}[/]"
            )


def _print_parked(rows: Sequence[ParkedRow]) -> None:
    if not rows:
        out.print("[green]Nothing waits for a person.[/]")
        return
    for row in rows:
        ways = ", ".join(way.value for way in row.ways)
        out.print(
            f"[bold]{plain(row.number or row.ref or row.link)}[/] at {plain(row.agency)}: "
            f"{plain(row.path)}: {plain(row.why)}\n"
            f"  [dim]{row.reason.value}, since {when(row.since)}; "
            f"ways out: {ways}; link {row.link}[/]"
        )
