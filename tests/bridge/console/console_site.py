"""A console over a store of its own, served on this machine, and cases to put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from pydantic import JsonValue
from yarl import URL

from bridge.app import provision
from bridge.console.app import GUARD, make_console
from bridge.console.people import Person, Role
from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Origin, Side
from bridge.engine.parked import Parked
from bridge.opening import opened_store
from bridge.settings import AgencySettings, Settings
from bridge.store import Store, Work
from contracts.ids import AgencyId, CaseRef, LinkId
from tests.bridge.engine.demo import DATA, rules

NOW: Final = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
ODRU, RUD = AgencyId("odru"), AgencyId("rud-utrecht")
SOURCE: Final = "urn:nld:oin:00000000000000000000:systeem:casebridge"
HOSTILE: Final = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e{{7*7}}\x1b[2J"


def a_link(
    number: int = 1,
    *,
    title: str = "Schuur aan de Dorpsstraat",
    parked: Mapping[str, Parked] | None = None,
    **truth: JsonValue,
) -> Link:
    """A case of ODRU and its counterpart at RUD Utrecht, alike but for what is parked there."""
    agreed: dict[str, Any] = {
        "title": title,
        "case_type": "bodem.advies",
        "status": "ontvangen",
        **truth,
    }
    sides = {
        agency: Side(
            agency,
            CaseRef(f"{agency}-{number}"),
            base={**agreed, "number": f"{prefix}{number}"},
            stands=dict(agreed),
            checked_at=NOW,
        )
        for agency, prefix in ((ODRU, "Z/24/"), (RUD, "R-"))
    }
    sides[RUD].parked = dict(parked or {})
    origins = {"title": Origin(ODRU, NOW, "els")}
    id_ = LinkId(f"link-{number}")
    return Link(id_, "DVO-BODEM-2024", "R1", ODRU, NOW, truth=agreed, origins=origins, sides=sides)


def edited(number: int) -> Row:
    """A row of the journal about the case of that number."""
    return Row(What.EDITED, NOW, LinkId(f"link-{number}"), ODRU, path="title", value="Schuur")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the console is, and what stands behind it."""

    url: str
    store: Store
    app: web.Application

    async def sign_in(self, *roles: Role, staff: str | None = None) -> tuple[str, str]:
        """Begin a session of somebody; give the name of its cookie, and its value."""
        guard = self.app[GUARD]
        person = Person("otto", "Otto", frozenset(roles), staff)
        return guard.cookie, (await guard.sessions.begin(person, is_local=False)).key

    @asynccontextmanager
    async def browser(
        self, *roles: Role, staff: str | None = None
    ) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser without JavaScript, of somebody who signed in."""
        name, key = await self.sign_in(*roles, staff=staff)
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({name: key}, URL(self.url))
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as browser:
            yield browser

    def seconded(self, agreement: str) -> str:
        """Name somebody who works under an agreement now."""
        found = rules().agreement(agreement)
        assert found is not None
        return next(each.staff for each in found.secondments if each.covers(NOW.date()))

    async def keep(self, link: Link, *rows: Row, is_equal: bool | None = None) -> None:
        """Save a Link as the hub would."""
        equal = not link.is_parked if is_equal is None else is_equal
        found = await self.store.links([link.id])
        version = found[link.id].version if link.id in found else 0
        work = Work(NOW, link, expected_version=version, journal=rows, is_equal=equal)
        assert await self.store.commit([work]) == (True,)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Site]:
    """Serve a console over a new store in *folder*."""
    memory = AgencySettings(adapter="memory")
    settings = Settings(
        environment="test", rules=DATA, data=folder, agencies={ODRU: memory, RUD: memory}
    )
    await provision(settings)
    async with opened_store(settings) as store:
        app = make_console(
            settings=settings, store=store, broker=None, rules=rules, now=lambda: NOW
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield Site(f"http://127.0.0.1:{runner.addresses[0][1]}", store, app)
        finally:
            await runner.cleanup()
