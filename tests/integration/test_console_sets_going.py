"""What stands still is set going from the console, by keyboard, with a whole bridge behind it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, async_playwright, expect

from bridge.app import provision
from bridge.clock import clock_set
from bridge.console.app import GUARD, make_console
from bridge.console.people import Person, Role
from bridge.desk import Desk
from bridge.opening import opened_store
from bridge.rules import RulesFolder
from bridge.settings import Settings
from tests.bridge.console.conftest import CHROMIUM
from tests.integration.test_embedded_bridge import RULES, Two, running, settings_for, until

pytestmark = pytest.mark.browser

ROW = "  - {local: Negatief, shared: niet-akkoord}"
OTHER = "  - {local: Negatief, shared: geweigerd}"
ADDED = "  - {local: Negatief, shared: niet-akkoord, preferred_get: false}"
FILE = "crosswalk-odru.yaml"


expect.set_options(timeout=30_000)


@dataclass
class Scene:
    """A bridge between two systems, and the console beside it."""

    settings: Settings
    two: Two
    desk: Desk
    page: Page

    async def stuck(self) -> None:
        """RUD decides; ODRU has no word for that, and the case waits."""
        self.two.open_case()
        await until(lambda: self.two.at_rud("status") == "10", "a counterpart at RUD")
        self.two.rud.set(self.two.at_work(), "result", "Niet akkoord")
        async with asyncio.timeout(20):
            while not await self.desk.parked():
                await asyncio.sleep(0.05)

    async def press(self, target: Locator, key: str = "Enter") -> None:
        """Reach something by Tab alone, and press a key on it."""
        await expect(target).to_be_visible()
        for _ in range(120):
            if await target.evaluate("each => each === document.activeElement"):
                await self.page.keyboard.press(key)
                return
            await self.page.keyboard.press("Tab")
        msg = f"the keyboard does not come to {target}"
        raise AssertionError(msg)

    async def type(self, label: str, text: str) -> None:
        """Reach a field by Tab alone, and type in it."""
        field = self.page.get_by_label(label, exact=True).first
        await self.press(field, "End")
        await self.page.keyboard.type(text)

    async def accessible(self) -> None:
        results = await Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()


@asynccontextmanager
async def console(settings: Settings) -> AsyncIterator[tuple[str, tuple[str, str]]]:
    """The console as a process of its own serves it; its address, and a session's cookie."""
    now = clock_set(settings.clock_ahead)
    rules = RulesFolder(settings.rules)
    watching = asyncio.create_task(rules.watch())
    async with opened_store(settings) as store:
        app = make_console(
            settings=settings, store=store, broker=None, rules=rules.current, now=now
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        guard = app[GUARD]
        person = Person("otto", "Otto", frozenset({Role.OPERATOR, Role.ADMINISTRATOR}), None)
        session = await guard.sessions.begin(person, is_local=False)
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}", (guard.cookie, session.key)
        finally:
            watching.cancel()
            await runner.cleanup()


@pytest.fixture(params=["nl-NL", "en-GB"])
async def scene(
    tmp_path: Path, request: pytest.FixtureRequest, unused_tcp_port: int
) -> AsyncIterator[Scene]:
    """Everything, with rules of its own in which one row is missing."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed; scripts/install-services does that")
    rules = tmp_path / "rules"
    rules.mkdir()
    for file in RULES.glob("*.yaml"):
        shutil.copy(file, rules)
    text = (rules / FILE).read_text()
    assert ROW in text
    (rules / FILE).write_text(text.replace(ROW, OTHER))
    made = settings_for(tmp_path / "data", request.node.name, unused_tcp_port)
    settings = made.model_copy(update={"rules": rules})
    two = Two(request.node.name)
    await provision(settings)
    async with (
        running(settings) as desk,
        console(settings) as (url, (cookie, key)),
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(base_url=url, locale=request.param)
        await context.add_cookies([{"name": cookie, "value": key, "url": url}])
        page = await context.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield Scene(settings, two, desk, page)
        await browser.close()
        assert faults == []


def said(scene: Scene, nl: str, en: str) -> str:
    """Give a word in the language of the scene."""
    return nl if "nl-NL" in scene.two.odru.name else en


async def test_a_missing_row_is_added_and_the_case_goes_on_by_itself(scene: Scene) -> None:
    """From the list of what waits to the table, the plan, and in force; by keyboard alone."""
    await scene.stuck()
    page = scene.page
    await page.goto("/parked")
    await scene.accessible()
    await scene.press(page.get_by_role("link", name="niet-akkoord"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("niet-akkoord")
    await scene.accessible()
    await scene.press(
        page.get_by_role("link", name=said(scene, "Naar deze tabel", "To this table"))
    )
    await scene.type(said(scene, "Woord van de dienst", "The agency's word"), "Negatief")
    # The laws are checked while somebody types.
    await expect(page.locator("#plan")).to_contain_text("local: Negatief")
    await scene.press(
        page.get_by_role(
            "button", name=said(scene, "Laat zien wat dit doet", "Show what this does")
        )
    )
    written = said(scene, "Resultaat: – → Negatief", "Result: – → Negatief")
    await expect(page.locator("#plan")).to_contain_text(written)
    await scene.accessible()
    before = (scene.settings.rules / FILE).read_text()
    await scene.type(said(scene, "Waarom", "Why"), "stond er niet")
    await scene.press(
        page.get_by_role("button", name=said(scene, "In werking stellen", "Put in force"))
    )
    await expect(page.locator(".said").first).to_be_visible()
    await scene.accessible()
    after = (scene.settings.rules / FILE).read_text()
    assert set(after.splitlines()) - set(before.splitlines()) == {ADDED}
    await until(lambda: scene.two.at_odru("result") == "Negatief", "the result at ODRU")
    await page.goto("/parked")
    await expect(page.get_by_role("link", name="niet-akkoord")).to_have_count(0)
    assert await scene.desk.parked() == ()


async def test_a_group_is_set_going_and_its_cases_converge(scene: Scene) -> None:
    """Planned, looked at, applied, watched till it is done; by keyboard alone."""
    await scene.stuck()
    page = scene.page
    await page.goto("/parked")
    await scene.press(page.get_by_role("link", name="niet-akkoord"))
    name = said(scene, "Een waarde kiezen", "Choose a value")
    form = page.get_by_role("form", name=name)
    await scene.press(form.get_by_label(said(scene, "Waarde, in", "Value, in")), "End")
    await page.keyboard.type("akkoord")
    await scene.press(form.get_by_label(said(scene, "Waarom", "Why")), "End")
    await page.keyboard.type("na overleg")
    planned = said(scene, "Plan voor deze zaak", "Plan for this case")
    await scene.press(form.get_by_role("button", name=planned))
    await expect(page.locator("#job")).to_contain_text(said(scene, "Gepland", "Planned"))
    assert scene.two.at_odru("result") is None
    await scene.accessible()
    await scene.press(page.locator("#step-start"))
    await expect(page.locator("#job")).to_contain_text(said(scene, "Klaar", "Done"))
    await until(lambda: scene.two.at_odru("result") == "Positief", "the result at ODRU")
    await until(lambda: scene.two.at_rud("result") == "Akkoord", "the result at RUD")
    await scene.accessible()
    await page.goto("/jobs")
    await scene.accessible()
    (link,) = await scene.desk.find("Z/24/1")
    rows = [row for f in await scene.desk.explain(link) for row in f.history if row.by == "otto"]
    assert any(row.why == "na overleg" for row in rows)


async def test_a_way_that_does_not_help_says_why(scene: Scene) -> None:
    await scene.stuck()
    await scene.page.goto("/parked")
    await scene.press(scene.page.get_by_role("link", name="niet-akkoord"))
    button = scene.page.get_by_role("button", name=said(scene, "Ontkoppelen", "Let go"))
    await expect(button).to_be_disabled()
    described = await button.get_attribute("aria-describedby")
    told = scene.page.locator(f"#{described}")
    await expect(told).to_contain_text(said(scene, "Dat helpt hier niet", "That does not help"))
