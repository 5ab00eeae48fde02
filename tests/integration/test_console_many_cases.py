"""One missing row holds up many cases: it is one line with one cure, and all of them go on."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from bridge.desk import Report
from bridge.store import Became, JobState, Verdict
from tests.integration.test_console_sets_going import FILE, Scene, scene
from tests.integration.test_embedded_bridge import until

__all__ = ["scene"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("scene", ["nl-NL"], indirect=True),
]

CASES = 47
PATIENCE = 120


async def hold_up(scene: Scene) -> None:
    """RUD decides on each case; ODRU has no word for that."""
    two = scene.two
    for number in range(1, CASES + 1):
        two.open_case(number=f"Z/24/{number}", title=f"Onderzoek {number}")

    def at_work() -> bool:
        refs = list(two.rud.refs())
        return len(refs) == CASES and all(two.rud.cells(ref).get("status") == "10" for ref in refs)

    await until(at_work, "a counterpart of each at RUD", PATIENCE)
    for ref in two.rud.refs():
        two.rud.set(ref, "result", "Niet akkoord")
    async with asyncio.timeout(PATIENCE):
        while len(await scene.desk.parked()) < CASES:
            await asyncio.sleep(0.1)


def results(scene: Scene) -> list[object]:
    """What stands as the result of each case at ODRU."""
    return [scene.two.odru.cells(ref).get("result") for ref in scene.two.odru.refs()]


async def plan(scene: Scene, button: str | re.Pattern[str]) -> str:
    """Plan from the page of the group that a value is chosen; give the job."""
    page = scene.page
    await page.goto("/parked")
    await page.get_by_role("link", name="niet-akkoord").click()
    form = page.get_by_role("form", name="Een waarde kiezen")
    await form.get_by_label("Waarde, in").fill("akkoord")
    await form.get_by_label("Waarom").fill("na overleg")
    await form.get_by_role("button", name=button).click()
    await expect(page.locator("#job")).to_contain_text("Gepland")
    return page.url.rpartition("/")[2]


async def watched(scene: Scene, job: str) -> Report:
    """Apply a plan, and watch it on its page to the end."""
    total = (await scene.desk.jobs.show(job)).counts.total
    await scene.page.locator("#step-start").click()
    shown = expect(scene.page.locator("#job"))
    await shown.to_contain_text(f"Klaar. {total} van {total} zaken gedaan", timeout=PATIENCE * 1000)
    return await scene.desk.jobs.show(job, limit=CASES)


async def test_a_row_that_is_published_releases_every_case_that_waited_for_it(scene: Scene) -> None:
    """What it would change is shown before it holds, and that is what comes about."""
    await hold_up(scene)
    page = scene.page
    await page.goto("/parked")
    line = page.locator("#table-parked tbody tr, #table-groups tbody tr")
    await expect(line).to_have_count(1)
    await expect(line.get_by_role("cell", name=str(CASES), exact=True).first).to_be_visible()
    await page.get_by_role("link", name="niet-akkoord").click()
    await expect(page.locator(".headline")).to_contain_text(f"{CASES} zaken wachten bij ODRU")
    await page.get_by_role("link", name="Naar deze tabel").click()
    await expect(page.get_by_text(f"{CASES} zaken wachten hierop")).to_be_visible()
    await page.get_by_label("Woord van de dienst", exact=True).fill("Negatief")
    await page.get_by_role("button", name="Laat zien wat dit doet").click()
    foreseen = page.locator("#plan")
    await expect(foreseen).to_contain_text(
        f"{CASES} zaken worden dan geschreven, van {CASES} met deze woorden"
    )
    await expect(foreseen.get_by_text("Resultaat: – → Negatief")).to_have_count(CASES)
    assert "local: Negatief, shared: niet" not in (scene.settings.rules / FILE).read_text()
    assert results(scene) == [None] * CASES
    await page.get_by_label("Waarom", exact=True).fill("stond er niet")
    await page.get_by_role("button", name="In werking stellen").click()
    await until(lambda: results(scene) == ["Negatief"] * CASES, "every result at ODRU", PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while (await scene.desk.figures()).total.equal < CASES:
            await asyncio.sleep(0.1)
    assert await scene.desk.parked() == ()
    await page.goto("/")
    await expect(page.locator(".headline")).to_contain_text("100,0 %")
    await page.goto("/parked")
    await expect(page.get_by_text("Hier hoeft nu niemand iets te doen")).to_be_visible()


async def test_one_is_tried_first_and_then_all_and_the_report_adds_up_to_the_plan(
    scene: Scene,
) -> None:
    await hold_up(scene)
    tried = await watched(scene, await plan(scene, "Eerst één proberen"))
    assert tried.counts.became == {Became.DONE: 1}
    await until(lambda: results(scene).count("Positief") == 1, "the first result", PATIENCE)
    rest = await plan(scene, re.compile(f"alle {CASES - 1}"))
    planned = await scene.desk.jobs.show(rest)
    assert planned.counts.foreseen == {Verdict.WRITES: CASES - 1}
    assert results(scene).count("Positief") == 1
    done = await watched(scene, rest)
    assert done.job.state is JobState.DONE
    assert done.counts.became == {Became.DONE: CASES - 1}
    assert len({item.link for item in done.items}) == CASES - 1
    await until(lambda: results(scene) == ["Positief"] * CASES, "every result at ODRU", PATIENCE)
    assert await scene.desk.parked() == ()
