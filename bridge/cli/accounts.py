"""Commands about the console's own accounts: who may sign in without a provider."""

from __future__ import annotations

import hashlib
import secrets
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from bridge.cli.context import (
    REFUSED,
    WRONG_USE,
    Config,
    Json,
    configured,
    err,
    give_up,
    out,
    plain,
    print_json,
)
from bridge.console.accounts import Account, read_accounts, sealed, write_account
from bridge.console.people import Role
from bridge.faulty import Faulty

group = typer.Typer(
    no_args_is_help=True, help="Say who may sign in to the console with an account of its own."
)

_SHORTEST: Final = 12


@group.command()
def add(
    id_: Annotated[str, typer.Argument(metavar="NAME", help="To sign in with: small letters.")],
    role: Annotated[list[Role], typer.Option(help="What they are here for; may be repeated.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As pages show it.")] = "",
    staff: Annotated[
        str | None, typer.Option(help="Who they are in parties.yaml, for their own cases.")
    ] = None,
    token: Annotated[
        bool, typer.Option("--token", help="For a program: print a token, ask no password.")
    ] = False,
    config: Config = None,
) -> None:
    """Add somebody who may sign in, or put them in the place of who had that name.

    The password is asked for, or read from standard input where nobody can be asked.
    """
    made = secrets.token_urlsafe(32) if token else None
    password = None if token else _password()
    try:
        account = Account(
            id=id_,
            name=full_name or id_,
            roles=frozenset(role),
            password=None if password is None else sealed(password),
            token=None if made is None else hashlib.sha256(made.encode()).hexdigest(),
            staff=staff,
        )
        write_account(_file(config), account)
    except ValidationError:
        give_up(f"{id_!r} is no name: small letters, digits, dots and dashes", WRONG_USE)
    except Faulty as error:
        give_up(str(error), REFUSED)
    if made is not None:
        err.print("the token, shown this once:")
        typer.echo(made)


@group.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List who may sign in."""
    try:
        found = read_accounts(_file(config))
    except Faulty as error:
        give_up(str(error), REFUSED)
    if json_:
        print_json([{"id": each.id, "name": each.name, "roles": each.roles} for each in found])
        return
    for each in found:
        roles = ", ".join(sorted(each.roles))
        out.print(f"[bold]{plain(each.id)}[/]  {plain(each.name)}  [dim]{roles}[/]")


def _file(config: Path | None) -> Path:
    settings = configured(config)
    return settings.console.accounts or settings.data / "accounts.yaml"


def _password() -> str:
    if sys.stdin.isatty():
        given = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        given = sys.stdin.readline().rstrip("\n")
    if len(given) < _SHORTEST:
        give_up(f"a password has at least {_SHORTEST} characters", WRONG_USE)
    return given
