"""Commands that act: resume, choose, skip, unlink, share, sweep."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from bridge.cli.context import (
    WRONG_USE,
    By,
    Config,
    Reason,
    configured,
    give_up,
    out,
    plain,
    whoami,
    with_desk,
)
from bridge.desk import Desk
from bridge.engine.operate import Choose, Operation, Resume, Skip, Unlink
from contracts.ids import AgencyId, CaseRef

Case = Annotated[str, typer.Argument(help="Number at either side, reference, or link.")]


def resume(
    case: Case,
    path: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only at this agency.")] = None,
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Try again what is parked: the cause was taken away."""
    side = AgencyId(agency) if agency else None
    _operate(config, case, Resume(by or whoami(), reason, side, path))


def choose(
    case: Case,
    path: Annotated[str, typer.Argument(help="The field, as `parked` names it.")],
    value: Annotated[str, typer.Argument(help="The value, in shared terms.")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Let a value hold on every side where both differ."""
    item: Any = value
    if path.startswith("properties/"):
        item = {"key": path.removeprefix("properties/"), "value": value}
    elif value.startswith("{"):
        try:
            item = json.loads(value)
        except ValueError:
            give_up(f"the value of {path} starts as JSON and is none", WRONG_USE)
    _operate(config, case, Choose(by or whoami(), reason, path, item))


def skip(
    case: Case,
    path: Annotated[str, typer.Argument(help="The field, as `parked` names it.")],
    agency: Annotated[str, typer.Argument(help="At which agency it is left as it is.")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Leave both sides as they are, for this value."""
    _operate(config, case, Skip(by or whoami(), reason, AgencyId(agency), path))


def unlink(case: Case, reason: Reason = "", by: By = "", config: Config = None) -> None:
    """Let the cases go their own way; nothing is undone on either side."""
    _operate(config, case, Unlink(by or whoami(), reason))


def share(
    agency: Annotated[str, typer.Argument(help="Where the case is.")],
    ref: Annotated[str, typer.Argument(help="The case's reference in its own system.")],
    with_: Annotated[str, typer.Argument(metavar="WITH", help="With whom it is shared.")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Share a case by hand, where the agreement leaves that to a person."""

    async def job(desk: Desk) -> None:
        await desk.share(
            AgencyId(agency), CaseRef(ref), AgencyId(with_), by=by or whoami(), reason=reason
        )

    with_desk(config, job)
    out.print(
        f"shared with {plain(with_)}; it crosses as soon as the edge of {plain(agency)} has looked"
    )


def pause(
    agency: Annotated[str, typer.Argument(help="In whose system nothing is written for now.")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Have nothing written in an agency's system for now; what is on its way there settles.

    Its edge goes on looking, and the other agencies go on. Holds until `unpause`.
    """
    name = AgencyId(agency)
    with_desk(config, lambda desk: desk.sides.pause(name, by=by or whoami(), reason=reason))
    out.print(
        f"{plain(agency)} is paused; casebridge status says when nothing is on its way there "
        f"any more, and casebridge unpause {plain(agency)} ends it"
    )


def unpause(
    agency: Annotated[str, typer.Argument(help="In whose system is written again.")],
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Have an agency's system written to again: each case that changed, once, with the sum."""
    name = AgencyId(agency)
    count = with_desk(
        config, lambda desk: desk.sides.unpause(name, by=by or whoami(), reason=reason)
    )
    out.print(f"{count} cases that are not equal are decided again for {plain(agency)}")


def sweep(
    agency: Annotated[list[str] | None, typer.Argument(help="Which; all without.")] = None,
    config: Config = None,
) -> None:
    """Have the edges look at every case that they know, whatever was or was not announced."""
    known = configured(config).agencies
    for name in agency or ():
        if name not in known:
            give_up(
                f"agency {name!r} is not in the settings; there are: {', '.join(known)}", WRONG_USE
            )
    chosen = [AgencyId(name) for name in agency or known]
    count = with_desk(config, lambda desk: desk.sweep(chosen))
    out.print(f"{count} cases are looked at; casebridge status says how many are equal")


def _operate(config: Config, case: str, operation: Operation) -> None:
    async def job(desk: Desk) -> list[str]:
        links = await desk.find(case)
        return [(await desk.operate(link.id, operation)).id for link in links]

    for link in with_desk(config, job):
        out.print(f"done for {link}; casebridge explain {plain(case)} shows what follows")
