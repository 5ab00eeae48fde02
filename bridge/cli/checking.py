"""The command that looks whether everything is ready: check."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Final

import typer
from rich.padding import Padding

from bridge.broker import BrokerError
from bridge.cli.context import OUT_OF_REACH, Config, Json, out, plain, print_json, settings_of, when
from bridge.cli.running import running
from bridge.clock import clock_set
from bridge.engine.rules import Rules
from bridge.faulty import Faulty
from bridge.opening import open_broker, opened_adapter, opened_store
from bridge.registry import UnknownAdapter
from bridge.roles import all_roles
from bridge.rules import RulesInvalid, load
from bridge.scan import ScannerAway, open_scanner
from bridge.settings import Settings
from bridge.shortfall import Shortfall, shortfalls
from bridge.store import StoreError
from contracts.adapter import Capabilities
from contracts.errors import AdapterError
from contracts.ids import AgencyId

CHECK_WITHIN: Final = timedelta(seconds=20)


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
                out.print(_beneath(line))
            for left_out in found.left_out.get(name, ()):
                for line in left_out:
                    out.print(_beneath(f"{left_out.agreement}: {line}"))
        for agency, said in found.paused.items():
            out.print(
                f"{plain(agency)} is {plain(said)}; casebridge unpause {plain(agency)} ends it"
            )
    if any(found.checks.values()):
        raise typer.Exit(OUT_OF_REACH)


def _beneath(line: str) -> Padding:
    return Padding(plain(line), (0, 0, 0, 6), expand=False)


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
