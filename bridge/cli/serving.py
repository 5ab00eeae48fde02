"""Commands that serve: run, provision, check, health, demo."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding

from bridge import app
from bridge.broker import BrokerError
from bridge.cli.context import (
    DONE,
    OUT_OF_REACH,
    Config,
    Json,
    configured,
    out,
    plain,
    print_json,
    running,
    settings_of,
    when,
)
from bridge.clock import clock_set
from bridge.demo.pairing import Pairing
from bridge.demo.run import DemoOptions, run_demo
from bridge.engine.rules import Rules
from bridge.faulty import Faulty
from bridge.opening import open_broker, opened_adapter, opened_store
from bridge.registry import UnknownAdapter
from bridge.roles import Roles, all_roles
from bridge.rules import RulesInvalid, load
from bridge.scan import ScannerAway, open_scanner
from bridge.settings import Settings
from bridge.shortfall import Shortfall, shortfalls
from bridge.store import StoreError
from contracts.adapter import Capabilities
from contracts.errors import AdapterError
from contracts.ids import AgencyId

CHECK_WITHIN = timedelta(seconds=20)


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


def check(config: Config = None, json_: Json = False) -> None:
    """
    Look at everything the bridge needs: settings, rules, store, broker, each case system.

    Of each case system also: what it leaves out of each agreement in force. That is no fault.
    """
    found = running(lambda: _check(settings_of(config)))
    if json_:
        print_json(asdict(found))
    else:
        for name, fault in found.checks.items():
            mark = "[green]ok[/]" if fault is None else "[bold red]not ok[/]"
            out.print(f"{mark:<20} {plain(name)}")
            for line in (fault or "").splitlines():
                out.print(Padding(plain(line), (0, 0, 0, 6)))
            for left_out in found.left_out.get(name, ()):
                for line in left_out:
                    out.print(Padding(plain(f"{left_out.agreement}: {line}"), (0, 0, 0, 6)))
        for agency, said in found.paused.items():
            out.print(
                f"{plain(agency)} is {plain(said)}; casebridge unpause {plain(agency)} ends it"
            )
    if any(found.checks.values()):
        raise typer.Exit(OUT_OF_REACH)


@dataclass(slots=True)
class Found:
    """
    What a check found.

    Attributes:
        checks: By what was looked at: what is not in order, or nothing.
        left_out: By the check of a case system: its shortfall in each agreement.
        paused: By the agency: who has nothing written there for now, and why.
    """

    checks: dict[str, str | None] = field(default_factory=dict)
    left_out: dict[str, tuple[Shortfall, ...]] = field(default_factory=dict)
    paused: dict[str, str] = field(default_factory=dict)


async def _check(settings: Settings) -> Found:
    found = Found({"settings": None})
    rules: Rules | None = None
    try:
        rules = load(settings.rules)
        found.checks[f"rules {settings.rules}"] = None
    except RulesInvalid as error:
        found.checks[f"rules {settings.rules}"] = str(error)
    found.checks["store"] = await _fault(_check_store(settings, found))
    found.checks["broker"] = await _fault(_check_broker(settings))
    for agency, wanted in settings.agencies.items():
        name = f"{agency} ({wanted.adapter})"
        found.checks[name] = await _fault(_look(settings, AgencyId(agency), rules, found, name))
        scanner = open_scanner(wanted)
        if scanner is not None and wanted.scan is not None:
            found.checks[f"{agency} scan {wanted.scan.clamd}"] = await _fault(scanner.check())
    return found


async def _look(
    settings: Settings, agency: AgencyId, rules: Rules | None, found: Found, name: str
) -> None:
    """Check a case system, and what it leaves out where the rules could be read."""
    can = await _check_adapter(settings, agency)
    if rules is not None:
        today = clock_set(settings.clock_ahead)().date()
        found.left_out[name] = shortfalls(rules, agency, can, today)


async def _fault(job: Awaitable[None]) -> str | None:
    try:
        async with asyncio.timeout(CHECK_WITHIN.total_seconds()):
            await job
    except TimeoutError:
        return f"no answer within {CHECK_WITHIN.seconds} seconds"
    except (StoreError, BrokerError, AdapterError, Faulty, UnknownAdapter, ScannerAway) as error:
        return str(error)
    return None


async def _check_store(settings: Settings, found: Found) -> None:
    async with opened_store(settings) as store:
        for pause in await store.pauses():
            said = f"paused since {when(pause.since)} by {pause.by}: {pause.reason}"
            found.paused[pause.agency] = said


async def _check_broker(settings: Settings) -> None:
    if settings.broker is None:
        # The embedded broker is its file; the process that runs the bridge holds it.
        return
    broker = open_broker(settings, all_roles(settings))
    try:
        await broker.check()
    finally:
        await broker.close()


async def _check_adapter(settings: Settings, agency: str) -> Capabilities:
    async with opened_adapter(settings, agency) as adapter:
        return await adapter.check()


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
