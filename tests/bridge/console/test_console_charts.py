"""Charts in a real browser: drawn of the table beneath them, which says the same in numbers."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Page, expect

from bridge.store import Work
from bridge.store.records import Crossing
from tests.bridge.console.console_site import NOW, ODRU, RUD, Site, a_link, edited
from tests.bridge.console.test_console_browser import accessible

pytestmark = pytest.mark.browser


async def a_day(site: Site) -> None:
    """A day on which edits took ever longer, and a system that told of them."""
    await site.keep(a_link(1), edited(1))
    for back in range(1, 8):
        at = NOW - timedelta(hours=back)
        took = [Crossing(ODRU, RUD, timedelta(seconds=back * n)) for n in (1, 2, 3)]
        await site.store.commit([Work(at, crossings=tuple(took), heard=ODRU)])


@pytest.mark.parametrize("path", ["/", "/systems/odru"])
async def test_the_last_day_is_drawn_and_its_numbers_can_be_opened(
    page: Page, site: Site, path: str
) -> None:
    """Nothing of it breaks the policy for content: the page would tell of that as an error."""
    await a_day(site)
    await page.goto(path)
    figure = page.locator("figure.chart").last
    await expect(figure.locator("canvas")).to_be_visible()
    assert await inked(page) == [True] * await page.locator("figure.chart").count()
    await figure.get_by_text("De getallen").click()
    await expect(figure.get_by_role("row")).to_have_count(25)
    await expect(figure.get_by_role("cell", name="2 seconden").first).to_be_visible()
    await accessible(page)


async def test_a_chart_is_drawn_anew_where_there_is_news_and_stays_open(
    page: Page, site: Site
) -> None:
    await a_day(site)
    await page.goto("/systems/odru")
    figure = page.locator("figure.chart").first
    await figure.get_by_text("De getallen").click()
    await expect(figure.get_by_role("cell", name="4", exact=True)).to_have_count(0)
    now = [Work(NOW, heard=ODRU)] * 4
    await site.store.commit(now)
    await site.keep(a_link(1, title="Schuur met kelder"), edited(1))
    await expect(figure.get_by_role("cell", name="4", exact=True)).to_be_visible()
    await expect(figure.locator("canvas")).to_have_count(1)


async def test_a_chart_is_as_wide_as_a_small_screen_has_room_for(page: Page, site: Site) -> None:
    await a_day(site)
    await page.goto("/")
    await page.set_viewport_size({"width": 320, "height": 640})
    await expect(page.locator("figure.chart canvas").first).to_be_visible()
    await page.wait_for_function("document.documentElement.scrollWidth <= 320")


async def test_the_numbers_of_a_chart_have_twins(site: Site, client: aiohttp.ClientSession) -> None:
    await a_day(site)
    async with client.get("/?as=json&of=lag-odru-rud-utrecht") as answer:
        rows = (await answer.json())["rows"]
    assert len(rows) == 24
    assert rows[-1] == {"hour": NOW.isoformat(), "p50_seconds": None, "p95_seconds": None}
    assert rows[-2]["p50_seconds"] > 0


async def inked(page: Page) -> list[bool]:
    """Tell of each drawing whether anything is drawn in it."""
    found: list[bool] = await page.locator("figure.chart canvas").evaluate_all(
        """all => all.map(each =>
            each.getContext("2d").getImageData(0, 0, each.width, each.height)
                .data.some(value => value > 0))"""
    )
    return found
