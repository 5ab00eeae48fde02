"""
A scene: systems and bridge as processes, people who go on working, and how it has to end.

Embedded, or on servers; where a test wants to disturb a line, a proxy stands in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from yarl import URL

from bridge.demo.histories import World, read_world
from bridge.demo.pairing import Pairing, Protocol
from bridge.demo.processes import Keeper
from bridge.demo.run import DATA
from bridge.demo.stage import Stage, staged
from bridge.demo.workplace import AS_OF, Workplace
from bridge.store.records import HUB
from tests.services.proxy import Proxy
from tests.services.server import LOOPBACK
from tests.system.checker import Checker, Report
from tests.system.patience import eventually
from tests.system.people import People
from tests.system.telling import Quiet

REST_SECONDS = 120.0
BRIDGE = "casebridge"


@dataclass(slots=True)
class Site(Workplace):
    """A workplace in which single processes of the bridge have settings of their own."""

    instead: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def write_settings(self, world: World) -> None:
        """Write the usual settings, and then over them what is to be otherwise."""
        Workplace.write_settings(self, world)
        for name in self.bridge_processes():
            if name in self.instead:
                self.change(name, self.instead[name])

    def change(self, process: str, otherwise: Mapping[str, Any]) -> None:
        """Change settings of one process; it reads them when it starts."""
        path = self.config(process)
        settings = over(yaml.safe_load(path.read_text("utf-8")), otherwise)
        path.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")


def over(settings: Mapping[str, Any], otherwise: Mapping[str, Any]) -> dict[str, Any]:
    """Lay some settings over others, group by group."""
    merged = dict(settings)
    for name, value in otherwise.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(name), dict)
        merged[name] = over(merged[name], value) if nested else value
    return merged


@dataclass(slots=True)
class Scene:
    """All that a test needs to disturb the work, and to see how it ends."""

    stage: Stage
    site: Site
    people: People
    checker: Checker

    @property
    def keeper(self) -> Keeper:
        """Who starts the processes again."""
        return self.stage.keeper

    async def is_at_rest(self) -> bool:
        """Tell whether all that people did has been seen and dealt with, on both sides."""
        backstage = self.stage.backstage
        return (
            await self._is_all_told()
            and await backstage.all_at_rest()
            and await backstage.is_at_rest(self.people.cases)
        )

    async def _is_all_told(self) -> bool:
        systems = self.stage.systems.values()
        return not sum([await system.waiting_notifications() for system in systems])

    async def all_told(self, within_seconds: float) -> bool:
        """Wait until the bridge has accepted all that the systems announced, for so long."""
        return await eventually(self._is_all_told, within_seconds)

    async def readiness(self, process: str) -> str:
        """Ask a process of the bridge whether it can do its work; give its answer."""
        url = f"{self.site.url(process)}/readyz"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return f"{answer.status} {await answer.text()}"

    async def rests(self, within_seconds: float = REST_SECONDS) -> None:
        """Wait until all is at rest."""
        if not await eventually(self.is_at_rest, within_seconds):
            msg = f"not at rest after {within_seconds:g} s:\n{await self._what_moves()}"
            raise AssertionError(msg)

    async def _what_moves(self) -> str:
        """Say what keeps all from being at rest."""
        backstage = self.stage.backstage
        found = [f"{await backstage.looks_due()} looks due"]
        for sender in (HUB, *self.stage.systems):
            stats = await backstage.store.outbox_stats(sender=sender)
            found.append(f"{stats.size} messages of {sender} not sent")
        for agency, system in self.stage.systems.items():
            found.append(f"{await system.waiting_notifications()} hints of {agency} not taken")
        for link in await backstage.links():
            for side in link.sides.values():
                lanes = {lane: state.phase for lane, state in side.lanes.items()}
                if not side.is_idle or side.parked:
                    found.append(f"{link.id} at {side.agency}: {lanes} {side.parked}")
        for agency, ref in self.people.cases:
            known = (await backstage.store.known_cases(agency, [ref])).get(ref)
            sides = [link.sides[agency] for link in await backstage.links_of((agency, ref))]
            if known is not None and known.seen_at not in [side.checked_at for side in sides]:
                taken = [side.lanes for side in sides]
                found.append(f"{agency} {ref} was read at {known.seen_at}, taken in: {taken}")
                found += await self._what_was_done()
        return "\n".join(found)

    async def _what_was_done(self) -> list[str]:
        """Tell what stands still, and the journal: what fails by chance is seen only once."""
        backstage = self.stage.backstage
        parked = [
            f"parked: {link.id} at {side.agency}: {path}: {why}"
            for link in await backstage.links()
            for side in link.sides.values()
            for path, why in side.parked.items()
        ]
        rows = [
            f"{row.at:%H:%M:%S.%f} {row.link} {row.what} {row.agency} {row.path} "
            f"{row.other} -> {row.value} {row.rule} {row.why} by {row.by} ({row.cause})"
            for row in reversed(await backstage.journal())
        ]
        return [*parked, *rows]

    async def ends_alike(self) -> Report:
        """
        See that it ends as it must: alike, quiet, with nothing lost and nothing twice.

        Two rounds over all cases: the first finds what no system announces, the second nothing.
        """
        await self.rests()
        await self.stage.backstage.sweep()
        await self.rests()
        before = await self.writes()
        await self.stage.backstage.sweep()
        await self.rests()
        report = await self.checker.compare()
        faults = [*report.faults, *self.people.ledger.faults(self.people.dossiers, report)]
        assert not faults, "\n".join([*faults, *await self._what_was_done()])
        assert await self.writes() == before, "the bridge writes where nothing is left to write"
        figures = await self.stage.backstage.figures()
        assert figures.total.parked == 0, figures
        return report

    async def writes(self) -> int:
        """Count what the bridge wrote into cases, on both sides, by the systems' own logs."""
        return sum([len(await self.written(agency)) for agency in self.stage.systems])

    async def written(self, agency: str) -> list[Mapping[str, Any]]:
        """Give what the bridge wrote into the cases of one system."""
        return [
            entry
            for entry in await self.stage.systems[agency].writes()
            if entry["client_id"] == BRIDGE and "/notificaties/" not in entry["path"]
        ]


@asynccontextmanager
async def kept(keeper: Keeper) -> AsyncIterator[None]:
    """Have what ends started again; where that cannot be done, everything ends."""
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(keeper.watch())
        yield
        keeping.cancel()


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    broker: str | None = None,
    store: str | None = None,
    instead: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 1,
    cases: int = 4,
    pace_seconds: float = 0.5,
    pairing: Pairing = Pairing.ZGW_ZGW,
    zgw_options: Sequence[str] = (),
) -> AsyncIterator[Scene]:
    """
    Open a scene with some linked cases.

    Args:
        instead: By process of the bridge: settings that are otherwise.
        zgw_options: Options of the systems that speak ZGW, besides the usual ones.
    """
    world = read_world(DATA).model_copy(update={"histories": ()})
    site = Site.open(folder, DATA, broker, store, pairing)
    site.instead = dict(instead or {})
    site.zgw_options = tuple(zgw_options)
    async with staged(world, site, Quiet()) as stage, kept(stage.keeper):
        people = People(stage.office, site.clock(), seed, pace_seconds)
        checker = Checker(DATA, stage.systems, AS_OF.date())
        for system in stage.systems.values():
            await system.run_clock(site.clock())
        await people.open(cases)
        yield Scene(stage, site, people, checker)


_APIS = {name: f"{name}/api/v1" for name in ("zaken", "catalogi", "documenten", "besluiten")}


def reached_by(site: Site, agency: str, proxy: Proxy) -> dict[str, Any]:
    """Give the settings by which a bridge reaches the system of an agency through a proxy."""
    base, real = f"http://{LOOPBACK}:{proxy.port}", site.url(agency)
    if site.pairing.of(agency) is Protocol.STUF:
        return {"agencies": {agency: {"settings": {"base_url": f"{base}/stuf"}}}}
    settings = {
        "base_url": base,
        "notificaties": f"{base}/notificaties/api/v1",
        # As a gateway: in its answers and in ours it goes by its own name.
        "known_as": {name: f"{real}/{path}" for name, path in _APIS.items()},
    }
    return {"agencies": {agency: {"settings": settings}}}


def by_way_of(url: str, proxy: Proxy) -> str:
    """Give the address of a server as it is reached through a proxy on this machine."""
    return str(URL(url).with_host(LOOPBACK).with_port(proxy.port))


def port_of(url: str) -> int:
    """Give the port of a server."""
    port = URL(url).port
    assert port is not None, url
    return port
