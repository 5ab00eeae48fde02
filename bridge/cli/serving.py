"""Commands that serve, and what they need to stand first: run, console, provision."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bridge import app
from bridge.cli.context import Config, out, settings_of
from bridge.cli.running import running
from bridge.faulty import Faulty
from bridge.roles import Roles, all_roles
from bridge.settings import Settings
from contracts.ids import AgencyId


class Role(StrEnum):
    """What of the bridge runs in this process."""

    ALL = "all"
    HUB = "hub"
    EDGE = "edge"


def run(
    role: Annotated[Role, typer.Option(help="What runs in this process.")] = Role.ALL,
    agency: Annotated[
        list[str] | None, typer.Option(help="With --role edge: for which agency.")
    ] = None,
    config: Config = None,
) -> None:
    """Run the bridge, or one role of it, until stopped."""
    running(lambda: _run(settings_of(config), role, agency or []))


async def _run(settings: Settings, role: Role, agencies: list[str]) -> None:
    unknown = [name for name in agencies if name not in settings.agencies]
    if unknown or (role is Role.EDGE and not agencies):
        known = ", ".join(settings.agencies) or "none"
        wrong = (
            f"agency {unknown[0]!r} is not in the settings" if unknown else "--agency is missing"
        )
        msg = f"{wrong}; there are: {known}"
        raise Faulty(msg)
    if role is not Role.ALL and settings.broker is None:
        msg = "broker: roles in processes of their own need RabbitMQ; give broker: amqp://…"
        raise Faulty(msg)
    if role is Role.ALL:
        await app.run(settings, all_roles(settings))
        return
    chosen = tuple(AgencyId(name) for name in agencies) if role is Role.EDGE else ()
    await app.run(settings, Roles(hub=role is Role.HUB, agencies=chosen))


def console(config: Config = None) -> None:
    """Run the console alone, over the store that the settings name, until stopped."""
    running(lambda: app.run_console(settings_of(config)))


def provision(config: Config = None) -> None:
    """Make the store's tables and the broker's queues; may be repeated."""
    running(lambda: app.provision(settings_of(config)))
    out.print("the store and the broker are ready; casebridge check looks at the rest")
