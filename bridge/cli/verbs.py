"""The verbs of a command, each loaded when it is called."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group


class LoadedWhenCalled(UserDict[str, Any]):
    """
    Commands by name, of which only the place is known: ``package.module:attribute``.

    Who asks for one has its module loaded; a list of their names loads none.
    """

    def __getitem__(self, name: str) -> Any:
        found = resolve_name(super().__getitem__(name))
        holder = typer.Typer(add_completion=False, rich_markup_mode="rich")
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=name)
        else:
            holder.command(name)(found)
        return get_group(holder).commands[name]


def group_of(places: Mapping[str, str]) -> type[TyperGroup]:
    """Make a group of the commands at these places, to be the ``cls`` of a `typer.Typer`."""

    class Verbs(TyperGroup):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.commands = LoadedWhenCalled(places)

    return Verbs
