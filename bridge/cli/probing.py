"""The command by which a container is asked whether it lives: health. It is asked often."""

from __future__ import annotations

import urllib.error
import urllib.request

import typer

from bridge.cli.context import DONE, OUT_OF_REACH, Config, configured


def health(config: Config = None) -> None:
    """Ask the bridge that runs here whether it lives; for containers."""
    edge = configured(config).edge
    url = f"http://{edge.listen_host}:{edge.listen_port}/livez"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # our own address
            alive = answer.status == 200
    except (urllib.error.URLError, OSError):
        alive = False
    raise typer.Exit(DONE if alive else OUT_OF_REACH)
