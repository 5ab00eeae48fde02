"""The command ``casebridge``: its verbs, and where each is written."""

from __future__ import annotations

import gc
from importlib.metadata import version
from typing import Annotated, Final

import typer

from bridge.cli.verbs import group_of

PLACES: Final = {
    "demo": "bridge.cli.showing:demo",
    "run": "bridge.cli.serving:run",
    "console": "bridge.cli.serving:console",
    "provision": "bridge.cli.serving:provision",
    "check": "bridge.cli.checking:check",
    "health": "bridge.cli.probing:health",
    "status": "bridge.cli.looking:status",
    "cases": "bridge.cli.looking:cases",
    "explain": "bridge.cli.looking:explain",
    "parked": "bridge.cli.looking:parked",
    "resume": "bridge.cli.acting:resume",
    "choose": "bridge.cli.acting:choose",
    "skip": "bridge.cli.acting:skip",
    "unlink": "bridge.cli.acting:unlink",
    "share": "bridge.cli.acting:share",
    "sweep": "bridge.cli.acting:sweep",
    "queues": "bridge.cli.queues:queues",
    "pause": "bridge.cli.acting:pause",
    "unpause": "bridge.cli.acting:unpause",
    "plan": "bridge.cli.planning:plan",
    "jobs": "bridge.cli.planning:group",
    "crosswalks": "bridge.cli.ruling:crosswalks",
    "agreements": "bridge.cli.ruling:agreements",
    "dead-letters": "bridge.cli.queues:group",
    "store": "bridge.cli.storing:group",
    "account": "bridge.cli.accounts:group",
}
"""Each verb, and each group of them; in this order they are listed."""

app = typer.Typer(
    name="casebridge",
    cls=group_of(PLACES),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help=(
        "Keeps one case alike in the case systems of two or more agencies.\n\n"
        "[dim]casebridge demo[/]            see it work\n\n"
        "[dim]casebridge check[/]           is everything ready?\n\n"
        "[dim]casebridge run[/]             run it\n\n"
        "[dim]casebridge explain NUMBER[/]  where does each value come from?"
    ),
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"casebridge {version('casebridge')}")
        raise typer.Exit


@app.callback()
def _root(
    show: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say it.")
    ] = False,
) -> None:
    del show


def main() -> None:
    """Run the command."""
    # What is loaded stays. Looking for garbage in it takes a sixth of a start; `running` begins it.
    gc.disable()
    app()


if __name__ == "__main__":
    main()
