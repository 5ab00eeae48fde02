"""Commands about queues and the letters that went wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from bridge.cli.context import (
    FOUND_SOMETHING,
    By,
    Config,
    Json,
    Reason,
    out,
    plain,
    print_json,
    settings_of,
    when,
    whoami,
)
from bridge.cli.running import running
from bridge.clock import clock_set
from bridge.desk.queues import Box, Letter, Queues
from bridge.opening import open_broker, opened_store, senders_of
from bridge.roles import Roles
from bridge.settings import Settings
from contracts.envelope import source_of

T = TypeVar("T")
Id = Annotated[str, typer.Argument(metavar="LETTER", help="As `list` shows it.")]
In = Annotated[Box, typer.Option("--in", help="Which box: what died, or what no queue takes.")]

group = typer.Typer(no_args_is_help=True, help="Letters that could not be delivered or understood.")


def queues(config: Config = None, json_: Json = False) -> None:
    """Tell how the queues stand.

    Exit code 1 when letters lie in the dead or the unrouted box.
    """
    found = _with_queues(config, lambda desk: desk.standings())
    if json_:
        print_json(found)
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("queue", "waiting", "consumers", "oldest"):
            table.add_column(name, justify="left" if name == "queue" else "right")
        for line in found:
            oldest = when(line.oldest) if line.oldest else "-"
            table.add_row(plain(line.name), str(line.messages), str(line.consumers), oldest)
        out.print(table)
    if any(line.messages for line in found if line.name in tuple(Box)):
        raise typer.Exit(FOUND_SOMETHING)


@group.command("list")
def list_(box: In = Box.DEAD, config: Config = None, json_: Json = False) -> None:
    """List the letters in a box, without what they say.

    Exit code 1 when there are any.
    """
    letters = _with_queues(config, lambda desk: desk.letters(box))
    if json_:
        print_json([_headers(letter) for letter in letters])
    elif not letters:
        out.print(f"[green]Nothing lies in {box.value}.[/]")
    else:
        for letter in letters:
            _print(letter)
        out.print("[dim]casebridge dead-letters show LETTER tells what one says[/]")
    if letters:
        raise typer.Exit(FOUND_SOMETHING)


@group.command()
def show(
    id_: Id, box: In = Box.DEAD, by: By = "", config: Config = None, json_: Json = False
) -> None:
    """Show a letter with what it says: that may be a person's data, and the journal tells who."""
    who = by or whoami()
    letter = _with_queues(config, lambda desk: desk.letter(id_, box, by=who))
    body = letter.body.decode(errors="replace")
    if json_:
        print_json(_headers(letter) | {"body": body})
    else:
        _print(letter)
        out.print(plain(body))


@group.command()
def requeue(
    id_: Id, box: In = Box.DEAD, reason: Reason = "", by: By = "", config: Config = None
) -> None:
    """Put a letter on its way again: what made it go wrong was taken away."""
    who = by or whoami()
    _with_queues(config, lambda desk: desk.requeue(id_, box, by=who, reason=reason))
    out.print(f"{plain(id_)} is on its way again")


@group.command()
def drop(
    id_: Id, box: In = Box.DEAD, reason: Reason = "", by: By = "", config: Config = None
) -> None:
    """Throw a letter away; the journal keeps what it was about, and why."""
    who = by or whoami()
    _with_queues(config, lambda desk: desk.drop(id_, box, by=who, reason=reason))
    out.print(f"{plain(id_)} is gone")


def _print(letter: Letter) -> None:
    at = when(letter.at) if letter.at else "-"
    out.print(
        f"[bold]{plain(letter.id)}[/] {plain(letter.about)}: {plain(letter.reason)}\n"
        f"  [dim]made {at}, was in {plain(letter.queue or 'no queue')}, "
        f"{letter.size_bytes} bytes[/]"
    )


def _headers(letter: Letter) -> dict[str, Any]:
    return {name: value for name, value in asdict(letter).items() if name != "body"}


def _with_queues(config: Path | None, job: Callable[[Queues], Coroutine[Any, Any, T]]) -> T:
    async def run(settings: Settings) -> T:
        async with opened_store(settings) as store:
            # An embedded one belongs to the process that runs the bridge: this waits for its end.
            broker = open_broker(settings, Roles(hub=False, agencies=()))
            try:
                return await job(
                    Queues(
                        store,
                        broker,
                        source=source_of(settings.oin, "casebridge"),
                        now=clock_set(settings.clock_ahead),
                        senders=senders_of(settings),
                    )
                )
            finally:
                await broker.close()

    return running(lambda: run(settings_of(config)))
