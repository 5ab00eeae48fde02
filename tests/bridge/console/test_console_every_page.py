"""Every page, for every role, in every language: it is there, all in words, and fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Final

import pytest
from playwright.async_api import Page

from bridge.broker import Outgoing, Topology
from bridge.broker.memory import MemoryBroker, MemoryQueues
from bridge.broker.topology import UNROUTED_QUEUE
from bridge.console.access import TABLE
from bridge.console.api.operation import BASE
from bridge.console.page import LANGUAGE_COOKIE, THEME_COOKIE
from bridge.console.people import Role
from bridge.console.supply import SUPPLY
from bridge.console.words import FOLDER, Language
from bridge.desk import Chosen, Deed, DeedKind
from bridge.desk.queues import Queues
from tests.bridge.console.api_site import STAFF, keep_some
from tests.bridge.console.console_site import NOW, ODRU, RUD, SOURCE, Site, a_link

NO_PAGES: Final = ("/static/", "/login/", "/events", "/go/", BASE)
WIDTHS: Final = (320, 1280, 2560)
_GROUPS: Final = "|".join(sorted(path.stem for path in FOLDER.glob("*.yaml")))
_WORD: Final = re.compile(rf">\s*(?:{_GROUPS})\.[a-zA-Z_]+\s*<|\{{[a-z_]+\}}")
"""A word that stands there by its name, or with a place in it that nothing was put into."""

_WIDE: Final = """
    () => new Promise((say) => requestAnimationFrame(() => requestAnimationFrame(
        () => say(document.documentElement.scrollWidth))))"""
"""How wide the page is, with what is drawn anew when the screen becomes another."""


@pytest.fixture
async def places(site: Site) -> dict[str, str]:
    """Fill the console, so that every page has something to show; say where that is."""
    supply = site.app[SUPPLY]
    await keep_some(site)
    await site.keep(a_link(4, title="Stal"), is_equal=False)
    gone = a_link(5, title="Schip")
    gone.released = "afgerond"
    await site.keep(gone)
    await supply.desk.sides.pause(RUD, by="els", reason="onderhoud")
    (group,) = await site.store.parked_groups(NOW)
    report = await supply.desk.jobs.plan(Deed(DeedKind.RESUME), Chosen(), by="els", reason="rij")
    topology = Topology.of([ODRU, RUD])
    broker = MemoryBroker(MemoryQueues(), expected=topology)
    await broker.provision(topology)
    await broker.publish([Outgoing("m1", "nobody.knows", b'{"van": "iemand"}')])
    queues = Queues(site.store, broker, source=SOURCE, now=lambda: NOW)
    object.__setattr__(supply, "queues", queues)
    return {
        "link": "link-1",
        "group": group.matter.id,
        "job": report.job.id,
        "agency": ODRU,
        "table": "results",
        "agreement": "DVO-BODEM-2024",
        "box": UNROUTED_QUEUE,
        "letter": "m1",
    }


def pages(site: Site, places: Mapping[str, str]) -> dict[str, frozenset[Role]]:
    """Give the address of every page, and for whom it is."""
    found = {}
    for (method, path), route in site.app[TABLE].items():
        if method == "GET" and route.roles and not path.startswith(NO_PAGES):
            found[path.format(**places)] = route.roles
    return found


@pytest.mark.parametrize("role", Role)
async def test_every_page_is_there_in_every_language_for_whom_it_is(
    site: Site, places: dict[str, str], role: Role
) -> None:
    """And for nobody else; no word of it is missing."""
    staff = STAFF if role is Role.EMPLOYEE else None
    async with site.browser(role, staff=staff) as browser:
        for language in Language:
            browser.cookie_jar.update_cookies({LANGUAGE_COOKIE: language})
            for path, roles in pages(site, places).items():
                async with browser.get(path, headers={"Accept": "text/html"}) as answer:
                    text = await answer.text()
                    assert answer.status == (200 if role in roles else 403), (path, role)
                assert _WORD.findall(unescape(text)) == [], (path, language)
                if "<html" in text:
                    assert f'<html lang="{language}"' in text, path


@pytest.mark.browser
@pytest.mark.parametrize("language", Language)
async def test_every_page_fits_a_phone_and_a_wall_and_breaks_no_rule_of_the_browser(
    page: Page, site: Site, places: dict[str, str], language: Language
) -> None:
    """Nothing sticks out at the side; the tab fails on an error or a breach of the policy."""
    theme = "dark" if language is Language.EN else "light"
    for name, value in ((LANGUAGE_COOKIE, language), (THEME_COOKIE, theme)):
        await page.context.add_cookies([{"name": name, "value": value, "url": site.url}])
    for path, roles in pages(site, places).items():
        if Role.OPERATOR not in roles or path.endswith("/check"):
            continue
        answer = await page.goto(path)
        assert answer is not None, path
        assert answer.status == 200, path
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            wide = await page.evaluate(_WIDE)
            assert wide <= width, f"{path} is {wide} wide on a screen of {width}"
