"""What every command needs: settings, options, output, exit codes."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from bridge.faulty import Faulty
from bridge.logs import set_up_logs
from bridge.settings import Settings, load_settings

DONE, FOUND_SOMETHING, WRONG_USE, OUT_OF_REACH, REFUSED = range(5)
"""Exit codes: 0 done; 1 ran and found something; 2 wrong use; 3 out of reach; 4 refused."""

_STAND_INS: Final = {"[": "\ue000", "\\": "\ue001"}
"""Characters that would be markup in text that is not ours, and what stands for them till then."""


class _Inert(Console):
    """A terminal in which foreign text is only text: markup is what this program wrote."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Render our own markup, and then put back what foreign text had in its place."""
        rendered = super().render_str(text, **options)
        plain_text = rendered.plain
        for character, stand_in in _STAND_INS.items():
            plain_text = plain_text.replace(stand_in, character)
        rendered.plain = plain_text
        return rendered


_UNFOLDED: Final = 10_000
"""Columns where no terminal says how many it has: more than any line of ours takes."""


def _printer(*, stderr: bool) -> _Inert:
    # Folded for a terminal only: `grep` and a log want a line, and a number within it, whole.
    folds = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return _Inert(stderr=stderr, width=None if folds else _UNFOLDED, highlight=False, emoji=False)


out: Final = _printer(stderr=False)
err: Final = _printer(stderr=True)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="CASEBRIDGE_CONFIG",
        help="Settings file (YAML).",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
By = Annotated[
    str, typer.Option("--by", help="Who asks for it; kept in the journal.", show_default="the user")
]


def _asked(reason: str) -> str:
    """Ask for the reason where somebody can answer; in a script it has to be given."""
    if reason:
        return reason
    if not sys.stdin.isatty():
        msg = "say why, for the journal: --reason TEXT"
        raise typer.BadParameter(msg)
    return str(typer.prompt("Reason"))


Reason = Annotated[
    str,
    typer.Option("--reason", help="Why; kept in the journal.", callback=_asked, show_default=False),
]


def whoami() -> str:
    """Name the person at the terminal."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or "operator"


def settings_of(config: Path | None) -> Settings:
    """Load the settings and set up logging."""
    settings = load_settings(config)
    set_up_logs(settings.log_level, settings.log_format)
    return settings


def configured(config: Path | None) -> Settings:
    """Load the settings for a command that needs nothing else, or end with what is wrong."""
    try:
        return settings_of(config)
    except Faulty as error:
        give_up(str(error), WRONG_USE)


def give_up(why: str, code: int) -> NoReturn:
    """Say why on stderr, and end with a code."""
    err.print(f"[bold red]casebridge:[/] {inert(why)}")
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print a value as JSON: records as objects, moments as ISO 8601."""
    text = json.dumps(value, default=_plain_json, ensure_ascii=False, indent=2)
    typer.echo("".join(c if c.isprintable() or c == "\n" else _escaped(c) for c in text))


def _escaped(character: str) -> str:
    # Nothing that a terminal obeys, nor what turns the direction of reading.
    return json.dumps(character)[1:-1]


def _plain_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def inert(text: str) -> str:
    """Make text that is not ours safe to print: no markup, nothing that a terminal obeys."""
    kept = (" " if c.isspace() and c != "\n" else c for c in text)
    return "".join(_STAND_INS.get(c, c) for c in kept if c.isprintable() or c == "\n")


def when(at: datetime) -> str:
    """Show a moment in the time zone of who looks."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def plain(value: Any) -> str:
    """Make any value safe to print for people, on one line."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        value = value.get("value", value.get("id", value.get("title", value.get("text", value))))
    return inert(str(value).replace("\n", " ↵ "))
