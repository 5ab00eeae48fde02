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
)
from bridge.cli.desk import with_desk
from bridge.cli.planning import plan
from bridge.desk import DeedKind, Desk
from bridge.engine.operate import Choose, Operation, Resume, Skip, Unlink
from contracts.ids import AgencyId, CaseRef

Case = Annotated[str, typer.Argument(help="Number at either side, reference, or link.")]
OneCase = Annotated[
    str | None, typer.Argument(help="Number at either side, reference, or link; else --group.")
]
InGroup = Annotated[
    str | None, typer.Option("--group", help="All that wait for this: `parked --groups`.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before a group is done.")]


def resume(
    case: OneCase = None,
    path: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    agency: Annotated[str | None, typer.Option(help="Only at this agency.")] = None,
    group: InGroup = None,
    yes: Yes = False,
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Try again what is parked: the cause was taken away."""
    if group is not None:
        _see_only_the_group(case, path, agency)
        plan(
            DeedKind.RESUME, matter=group, apply=True, yes=yes, reason=reason, by=by, config=config
        )
    case = _given(case, "the case")
    side = AgencyId(agency) if agency else None
    _operate(config, case, Resume(by or whoami(), reason, side, path))


def choose(
    case: OneCase = None,
    path: Annotated[str | None, typer.Argument(help="The field, as `parked` names it.")] = None,
    value: Annotated[str | None, typer.Argument(help="The value, in shared terms.")] = None,
    group: InGroup = None,
    of_group: Annotated[
        str | None, typer.Option("--value", help="With --group: the value for all of them.")
    ] = None,
    yes: Yes = False,
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Let a value hold on every side where both differ."""
    if group is not None:
        _see_only_the_group(case, path, value)
        chosen = _given(of_group, "--value")
        plan(
            DeedKind.CHOOSE,
            matter=group,
            value=chosen,
            apply=True,
            yes=yes,
            reason=reason,
            by=by,
            config=config,
        )
    case, path = _given(case, "the case"), _given(path, "the field")
    value = _given(value, "the value")
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
    case: OneCase = None,
    path: Annotated[str | None, typer.Argument(help="The field, as `parked` names it.")] = None,
    agency: Annotated[
        str | None, typer.Argument(help="At which agency it is left as it is.")
    ] = None,
    group: InGroup = None,
    yes: Yes = False,
    reason: Reason = "",
    by: By = "",
    config: Config = None,
) -> None:
    """Leave both sides as they are, for this value."""
    if group is not None:
        _see_only_the_group(case, path, agency)
        plan(DeedKind.SKIP, matter=group, apply=True, yes=yes, reason=reason, by=by, config=config)
    case, path = _given(case, "the case"), _given(path, "the field")
    agency = _given(agency, "the agency")
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


def _given(value: str | None, what: str) -> str:
    if value is None:
        give_up(f"{what} is missing; or give --group to do all that wait for one cause", WRONG_USE)
    return value


def _see_only_the_group(*others: str | None) -> None:
    if any(other is not None for other in others):
        give_up("give a case or --group, not both", WRONG_USE)
