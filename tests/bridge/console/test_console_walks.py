"""Walks by keyboard alone, from signing in to the answer, in at most three steps for a question."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from bridge.console.people import Role
from bridge.engine.parked import Gap, Parked, Reason, Way
from tests.bridge.console.console_site import NOW, Site, a_link, edited

pytestmark = pytest.mark.browser

CONFLICT = {
    "title": Parked(Reason.CONFLICT, "beide kanten wijzigden dit", NOW, (Way.CHOOSE,), "Stal")
}
GAP = {
    "result": Parked(
        Reason.NO_COUNTERPART, "geen rij", NOW, (Way.RESUME,),
        gap=Gap("crosswalk-rud-utrecht.yaml: results", "hersteld"),
    )
}  # fmt: skip
MOST_TABS = 60


async def step(page: Page, target: Locator) -> None:
    """Go to a target with Tab alone, see that the focus shows, and press Enter."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if await target.evaluate("each => each === document.activeElement"):
            assert await target.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
            await page.keyboard.press("Enter")
            return
    pytest.fail(f"{MOST_TABS} times Tab do not lead to {target}")


async def as_(page: Page, site: Site, *roles: Role, staff: str | None = None) -> None:
    name, key = await site.sign_in(*roles, staff=staff)
    await page.context.add_cookies([{"name": name, "value": key, "url": site.url}])
    await page.goto("/")


async def test_a_seconded_employee_learns_whether_the_other_side_has_it(
    page: Page, site: Site
) -> None:
    """One step: the case."""
    await site.keep(a_link(1, handler={"id": "rud-101"}), edited(1))
    await as_(page, site, Role.EMPLOYEE, staff="rud-101")
    await step(page, page.get_by_role("link", name="Z/24/1"))
    await expect(page.get_by_text("Alle 2 kanten zijn gelijk")).to_be_visible()


async def test_an_operator_learns_what_stands_still_since_when_and_sets_it_going(
    page: Page, site: Site
) -> None:
    """Two steps: what needs attention, and the case; the way out is on it."""
    await site.keep(a_link(1, parked=CONFLICT))
    await as_(page, site, Role.OPERATOR)
    await step(page, page.locator("#table-pairs").get_by_role("link", name="1").nth(1))
    await step(page, page.get_by_role("link", name="Z/24/1"))
    await expect(page.get_by_text("beide kanten wijzigden dit")).to_be_visible()
    await page.get_by_role("radio", name="Stal").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("Waarom").first.focus()
    await page.keyboard.type("gebeld")
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_text("is onderweg naar").or_(page.get_by_text("zijn gelijk"))
    ).to_be_visible()


async def test_an_administrator_learns_which_word_has_no_counterpart_and_what_that_holds_up(
    page: Page, site: Site
) -> None:
    """Two steps: who must do something, and the matter."""
    await site.keep(a_link(1, parked=GAP))
    await site.keep(a_link(2, parked=GAP))
    await as_(page, site, Role.ADMINISTRATOR)
    await step(page, page.get_by_role("link", name="Functioneel beheerder"))
    await step(page, page.get_by_role("link", name="hersteld"))
    await expect(page.get_by_role("link", name="R-1")).to_be_visible()
    await expect(page.get_by_role("link", name="R-2")).to_be_visible()


async def test_an_operator_ticks_cases_and_sees_what_a_deed_would_do(
    page: Page, site: Site
) -> None:
    await site.keep(a_link(1, parked=GAP))
    await site.keep(a_link(2, parked=GAP))
    await as_(page, site, Role.OPERATOR)
    await page.goto("/cases")
    await page.get_by_role("checkbox", name="Z/24/1").focus()
    await page.keyboard.press("Space")
    await step(page, page.get_by_role("button", name="Laat zien wat dat zou doen"))
    await expect(
        page.get_by_role("link", name="link-1").or_(page.get_by_text("Z/24/1"))
    ).to_be_visible()
    (job,) = await site.store.jobs(10)
    assert [item.link for item in await site.store.job_items(job.id)] == ["link-1"]
