"""Starting and stopping a simulator: everything is made and joined here."""

from __future__ import annotations

import asyncio
import random
import socket
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from adapters.kit.simulator import (
    AccessLog,
    Admin,
    Clock,
    Faults,
    Files,
    Party,
    Served,
    Store,
    read_party,
    serve,
)
from adapters.stuf_zds.envelope import Systeem
from adapters.stuf_zds.names import Port, Profile

from .asynchroon import Asynchroon
from .beeld import Beeld
from .besluiten import Besluiten
from .catalogus import Catalogue, read_catalogue
from .daden import Daden
from .documenten import Documenten
from .front import Front
from .kennisgevingen import Kennisgevingen
from .mensen import Mensen
from .nummers import Numbers
from .overdracht import Overdracht
from .pages import Bladen
from .post import Post
from .settings import SimulatorSettings
from .stem import Stem
from .system import INDEXES, System
from .vragen import Vragen
from .vrij import Vrij
from .zaken import Zaken

PREFIX: Final = "/stuf"
_NAME: Final = "ZAAKSYSTEEM"


@dataclass
class Simulator(Served):
    """A running case system that speaks StUF; messages go below its address, at `stuf`."""

    system: System
    daden: Daden
    post: Post

    @property
    def stuf(self) -> str:
        """The address under which each port type has its own; it takes every message itself."""
        return f"{self.url}{PREFIX}"


async def start(settings: SimulatorSettings) -> Simulator:
    """
    Start a simulator that answers when this returns.

    Raises:
        OSError: The port is taken.
        ValueError: The catalogue cannot be read, or has codes that StUF has no room for.
    """
    party = read_party(settings.agency, settings.parties, settings.catalogue)
    catalogue = read_catalogue(settings.catalogue, party)
    if not settings.quirks.deviations.long_codes:
        catalogue.check_codes()
    listener = socket.create_server((settings.host, settings.port), reuse_port=False)
    host, port = listener.getsockname()[:2]
    url = f"http://{host}:{port}"
    system = _system(settings, party, catalogue)
    post = Post(
        system.store,
        settings,
        system.chance,
        lambda: system.quirks.notifications,
        lambda: system.quirks.deviations,
    )
    system.deliveries = post.deliveries
    for subscriber in settings.subscribers:
        post.subscribe(subscriber)
    access_log = AccessLog(system.store, system.clock)
    app, faults, daden = _application(system, post, access_log, url, party)
    line = await serve(app, listener, post.run(), shutdown_seconds=settings.shutdown_seconds)
    return Simulator(url, faults, access_log, line, system.store, system.files, system, daden, post)


def _system(settings: SimulatorSettings, party: Party, catalogue: Catalogue) -> System:
    folder = settings.data_dir
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "zaaksysteem.sqlite" if folder else None, INDEXES)
    clock = Clock()
    return System(
        settings=settings,
        systeem=settings.systeem or Systeem(_NAME, str(party.get("short", settings.agency))),
        store=store,
        clock=clock,
        files=Files(folder / "bestanden" if folder else None),
        numbers=Numbers(store, clock, settings.number_prefix, party),
        catalogue=catalogue,
        quirks=settings.quirks,
        chance=random.Random(settings.seed),  # noqa: S311 (chance, not secrecy)
        tick=asyncio.get_running_loop().time,
    )


def _application(
    system: System, post: Post, access_log: AccessLog, url: str, party: Party
) -> tuple[web.Application, Faults, Daden]:
    now = system.clock.now
    stem = Stem(system.systeem, system.numbers, now, lambda: system.quirks.deviations)
    tells = Kennisgevingen(system, post, stem)
    zaken = Zaken(system, tells)
    documenten = Documenten(system, zaken, tells)
    besluiten = Besluiten(system, zaken, tells)
    overdracht = Overdracht(system, zaken, tells)
    beeld = Beeld(system, url)
    front = Front(
        system,
        stem,
        post,
        Asynchroon(system, zaken, documenten, besluiten, overdracht),
        Vrij(system, documenten, beeld, stem),
        Vragen(system, beeld),
        access_log,
    )
    chance = random.Random(system.settings.seed + 1)  # noqa: S311 (chance, not secrecy)
    faults = Faults(chance, front.false_answer)
    daden = Daden(system, zaken, documenten, besluiten, overdracht, party)
    app = web.Application(client_max_size=512 * 1024**2)
    Admin(system, faults, access_log).add_to(app)
    Mensen(system, daden, post, access_log).add_to(app)
    Bladen(system, daden, party, access_log).add_to(app)
    handle = front.routed(faults)
    for path in ("", *{f"/{port.path(profile)}" for port in Port for profile in Profile}):
        app.router.add_post(f"{PREFIX}{path}", handle)
    return app, faults, daden
