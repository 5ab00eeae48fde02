"""The console as its tests find it: served, and in a browser that forgives nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from playwright.async_api import Browser, Page, async_playwright

from bridge.console.people import Role
from tests.bridge.console.console_site import Site, served

CHROMIUM: Final = Path("/usr/bin/chromium")
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A console over an empty store."""
    async with served(tmp_path / "data") as site:
        yield site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser without JavaScript, of an operator who signed in."""
    async with site.browser(Role.OPERATOR, Role.ADMINISTRATOR) as client:
        yield client


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of this machine."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed; scripts/install-services does that")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=list(_ARGUMENTS)
        )
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A tab in which any error fails the test: of a script, of the policy for content."""
    context = await browser.new_context(base_url=site.url, locale="nl-NL")
    name, key = await site.sign_in(Role.OPERATOR, Role.ADMINISTRATOR)
    await context.add_cookies([{"name": name, "value": key, "url": site.url}])
    page = await context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert faults == []
