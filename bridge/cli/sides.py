"""How the sides stand, in words: a line for each that is not just in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.cli.context import out, plain, when
from bridge.desk import Hearing, SideStanding
from bridge.store import Condition


def print_sides(sides: Iterable[SideStanding], hearings: Iterable[Hearing]) -> None:
    """Print what somebody should know of each side; nothing of one that is in order."""
    heard = {each.agency: each for each in hearings}
    for side in sides:
        for line in _lines(side, heard.get(side.agency)):
            out.print(f"[bold]{plain(side.agency)}[/] {line}")


def said_of(side: SideStanding) -> str | None:
    """Say how the edge of a side finds its system, where that is known and not in order."""
    standing = side.edge.standing if side.edge else None
    if standing is None or standing.condition is Condition.UP:
        return None
    what = "cannot be reached" if standing.condition is Condition.AWAY else "is stopped"
    return f"{what} since {when(standing.since)}: {plain(standing.why)}"


def _lines(side: SideStanding, heard: Hearing | None) -> Iterator[str]:
    if side.pause is not None:
        left = f"; {side.figures.in_flight} cases are on their way there still"
        yield (
            f"[yellow]is paused[/] since {when(side.pause.since)} by {plain(side.pause.by)}: "
            f"{plain(side.pause.reason)}{'' if side.is_drained else left}"
        )
    if said := said_of(side):
        yield f"[red]{said}[/]"
    if side.has_holder is False:
        yield "[red]has no edge that runs[/]"
    if heard is not None and heard.is_silent and heard.last_at is not None:
        yield f"[yellow]has fallen silent[/]: last heard {when(heard.last_at)}, and it used to"
