"""The command ``casebridge``: its verbs, gathered."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from bridge.cli import accounts, acting, looking, planning, queues, ruling, serving, storing

app = typer.Typer(
    name="casebridge",
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

for verb in (
    serving.demo,
    serving.run,
    serving.console,
    serving.provision,
    serving.check,
    serving.health,
    looking.status,
    looking.cases,
    looking.explain,
    looking.parked,
    acting.resume,
    acting.choose,
    acting.skip,
    acting.unlink,
    acting.share,
    acting.sweep,
    queues.queues,
    acting.pause,
    acting.unpause,
    planning.plan,
):
    app.command()(verb)
app.add_typer(planning.group, name="jobs")
app.add_typer(ruling.crosswalks, name="crosswalks")
app.add_typer(ruling.agreements, name="agreements")
app.add_typer(queues.group, name="dead-letters")
app.add_typer(storing.group, name="store")
app.add_typer(accounts.group, name="account")


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
    app()


if __name__ == "__main__":
    main()
