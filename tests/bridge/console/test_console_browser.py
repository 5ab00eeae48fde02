"""The console in a real browser: accessible, inert, alive."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bridge.engine.decision import Row, What
from bridge.engine.parked import Parked, Reason, Way
from tests.bridge.console.console_site import HOSTILE, NOW, ODRU, RUD, Site, a_link, edited

pytestmark = pytest.mark.browser

PARKED = {"title": Parked(Reason.CONFLICT, HOSTILE, NOW, (Way.CHOOSE,))}
REFUSED = {"title": Parked(Reason.REFUSED, "mag niet", NOW, (Way.RESUME, Way.SKIP))}
PAGES = (
    "/",
    "/cases",
    "/cases?text=niets",
    "/cases/link-1",
    "/mine",
    "/mine/link-1",
    "/journal",
    "/parked",
    "/jobs",
    "/crosswalks",
    "/crosswalks/odru/results?shared=verleend&local=Positief&case=Z/24/1",
    "/agreements",
    "/agreements/DVO-BODEM-2024",
    "/systems",
    "/systems/odru",
    "/queues",
)


async def accessible(page: Page) -> None:
    """See that axe finds no violation in the page as it is."""
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_page_is_accessible(page: Page, site: Site, theme: str) -> None:
    await site.keep(a_link(1, title=HOSTILE, parked=PARKED), edited(1))
    await site.keep(a_link(2))
    await page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
    for path in PAGES:
        await page.goto(path)
        await accessible(page)


async def test_no_page_is_wider_than_a_small_screen(page: Page, site: Site) -> None:
    await site.keep(a_link(1, title="woord" * 60))
    await page.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_every_target_is_large_enough(page: Page, site: Site) -> None:
    await site.keep(a_link(1))
    for path in PAGES:
        await page.goto(path)
        for target in await page.locator("a:visible, button:visible, input:visible").all():
            box = await target.bounding_box()
            assert box is not None
            assert min(box["height"], box["width"]) >= 24, await target.inner_text()


async def test_a_change_shows_without_a_click(page: Page, site: Site) -> None:
    await site.keep(a_link(1), edited(1))
    await page.goto("/cases")
    await expect(page.get_by_role("cell", name="Schuur aan de Dorpsstraat")).to_be_visible()
    await site.keep(a_link(1, title="Schuur met kelder"), edited(1))
    await expect(page.get_by_role("cell", name="Schuur met kelder")).to_be_visible()


async def test_an_operator_finds_what_stands_still_and_sets_it_going_by_keyboard(
    page: Page, site: Site
) -> None:
    """From the first page: three steps to the case, and the way out is there."""
    await site.keep(a_link(1, parked=REFUSED))
    await page.goto("/cases?state=parked")
    await page.get_by_role("link", name="Z/24/1").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Iemand moet iets doen: Titel")).to_be_visible()
    await page.get_by_label("Waarom").first.focus()
    await page.keyboard.type("gebeld")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Probeer opnieuw")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Alle 2 kanten zijn gelijk")).to_be_visible()


async def test_provenance_opens_and_stays_open_when_there_is_news(page: Page, site: Site) -> None:
    await site.keep(a_link(1), edited(1))
    await page.goto("/cases/link-1")
    await page.get_by_text("Titel", exact=True).first.click()
    await expect(page.get_by_text("Komt van")).to_be_visible()
    await site.keep(a_link(1, title="Schuur met kelder"), edited(1))
    await expect(page.get_by_role("cell", name="Schuur met kelder").first).to_be_visible()
    await expect(page.get_by_text("Komt van")).to_be_visible()


async def test_who_is_on_a_link_stays_there_when_there_is_news(page: Page, site: Site) -> None:
    """A link has no id, and its table is made anew around it."""
    await site.keep(a_link(1), edited(1))
    await site.keep(a_link(2, title="Loods"), edited(2))
    await page.goto("/cases")
    await page.get_by_role("link", name="Z/24/1").focus()
    await site.keep(a_link(2, title="Loods met kelder"), edited(2))
    await expect(page.get_by_role("cell", name="Loods met kelder")).to_be_visible()
    await expect(page.get_by_role("link", name="Z/24/1")).to_be_focused()


async def test_a_reason_that_was_typed_outlives_news_and_the_page_catches_up(
    page: Page, site: Site
) -> None:
    """Also where the writer went on to the button already."""
    await site.keep(a_link(1, parked=REFUSED), edited(1))
    await page.goto("/cases/link-1")
    await page.evaluate(
        "document.body.addEventListener('news', () => { document.body.dataset.told = 'yes' })"
    )
    reason = page.get_by_label("Waarom").first
    await reason.fill("gebeld met de beheerder")
    await page.get_by_role("button", name="Probeer opnieuw").focus()
    await site.keep(a_link(1, title="Stal", parked=REFUSED), edited(1))
    await expect(page.locator("body")).to_have_attribute("data-told", "yes")
    await expect(reason).to_have_value("gebeld met de beheerder")
    await expect(page.get_by_role("cell", name="Stal").first).to_be_hidden()
    await reason.fill("")
    await page.locator("main").focus()
    await expect(page.get_by_role("cell", name="Stal").first).to_be_visible()


async def test_what_somebody_searches_stands_in_the_address(page: Page, site: Site) -> None:
    await site.keep(a_link(1))
    await page.goto("/cases")
    await page.get_by_label("Nummer of titel").fill("Z/24/1")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(
        f"{site.url}/cases?text=Z%2F24%2F1&state=all&agency=&agreement=&case_type=&participant=&handler="
    )
    await expect(page.get_by_role("link", name="Z/24/1")).to_be_visible()


async def test_the_skip_link_comes_first_and_leads_to_the_content(page: Page, site: Site) -> None:
    await page.goto("/")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_language_and_theme_are_chosen_and_stay(page: Page, site: Site) -> None:
    await page.goto("/cases")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Cases")).to_be_visible()
    await page.get_by_role("button", name="Dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_table_on_a_phone_breaks_no_word_into_letters(page: Page, site: Site) -> None:
    """It scrolls in its own frame; the page does not."""
    await site.keep(a_link(1))
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto("/cases")
    cell = await page.get_by_role("cell", name="Schuur aan de Dorpsstraat").bounding_box()
    assert cell is not None
    assert cell["width"] >= 100
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_on_a_phone_no_line_of_a_card_lies_over_another(page: Page, site: Site) -> None:
    """Each row is a card there; a heading of two lines makes room for itself."""
    await site.keep(a_link(1), edited(1))
    await page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/cases"):
        await page.goto(path)
        cells = page.locator("tbody td[data-heading]:visible")
        await expect(cells.first).to_be_visible()
        spilled = await cells.evaluate_all(
            "all => all.filter((each) => each.scrollHeight > each.clientHeight + 1).length"
        )
        assert spilled == 0, path


async def test_what_is_put_in_force_is_the_edit_that_is_shown(page: Page, site: Site) -> None:
    """Also where somebody went on typing after they had looked at another."""
    await page.goto("/crosswalks/odru/results?edit=add&shared=verleend&local=Positief")
    put_in_force = page.locator("#plan form")
    await expect(put_in_force.locator("[name=local]")).to_have_value("Positief")
    await page.get_by_label("Woord van de dienst", exact=True).fill("Negatief")
    await expect(page.locator("#plan pre")).to_contain_text("local: Negatief")
    await expect(put_in_force.locator("[name=local]")).to_have_value("Negatief")
    await page.get_by_label("Woord van de dienst", exact=True).fill("Bestaat niet")
    await expect(put_in_force).to_have_count(0)


@pytest.mark.parametrize("width", [768, 1024, 1280])
async def test_a_table_of_many_columns_shows_them_all_without_scrolling(
    page: Page, site: Site, width: int
) -> None:
    """Also beside a title and a counterpart with a long number."""
    link = a_link(1, title="Verkennend bodemonderzoek herontwikkeling bedrijfsterrein")
    link.sides[RUD].base["number"] = "CBba662d4c459562247ac82c166d"
    why = "dit systeem heeft er geen plaats voor, of kan het later niet wijzigen"
    row = Row(
        What.EDITED, NOW, link.id, ODRU, path="objects/kadastrale_onroerende_zaak",
        value="999903090020000, TST03 Z 9002", other="In behandeling", by="odru-207", why=why,
    )  # fmt: skip
    await site.keep(link, row)
    await page.set_viewport_size({"width": width, "height": 800})
    for path in ("/cases", "/journal", "/"):
        await page.goto(path)
        for table in await page.locator(".utrecht-table-container:visible").all():
            over = await table.evaluate("each => each.scrollWidth - each.clientWidth")
            assert over <= 0, (path, over)
