"""The command that shows it all at work: demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.running import running
from bridge.demo.pairing import Pairing
from bridge.demo.run import DemoOptions, run_demo


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Go on afterwards, to try by hand.")] = False,
    broker: Annotated[
        str | None, typer.Option(help="amqp://… instead of the embedded one.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="postgresql://… instead of SQLite.")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only these histories (C01 …).")] = None,
    data: Annotated[Path | None, typer.Option(help="Where to keep everything.")] = None,
    kill: Annotated[int, typer.Option(help="Kill so many processes at random moments.")] = 0,
    seed: Annotated[int, typer.Option(help="For the random moments.")] = 0,
    full_size: Annotated[bool, typer.Option(help="Documents at their full size.")] = False,
    pairing: Annotated[
        Pairing, typer.Option(help="What ODRU's system speaks, and what RUD Utrecht's does.")
    ] = Pairing.ZGW_STUF,
) -> None:
    """Show two case systems kept alike: thirty case histories, played by both sides."""
    options = DemoOptions(
        keep=keep,
        broker=broker,
        store=store,
        cases=tuple(case or ()),
        data=data,
        kill=kill,
        seed=seed,
        full_size=full_size,
        pairing=pairing,
    )
    code = running(lambda: run_demo(options))
    raise typer.Exit(code)
