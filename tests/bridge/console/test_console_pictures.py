"""
The pictures of the console in the documentation, taken of the pages as they are.

``CASEBRIDGE_PICTURES=1`` puts them into ``docs/images``; else they are only seen to be takable.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from bridge.console.people import Role
from bridge.engine.decision import Row, What
from bridge.engine.link import Link
from bridge.engine.parked import Gap, Parked, Reason, Way
from tests.bridge.console.console_site import NOW, ODRU, RUD, Site, a_link, edited

pytestmark = pytest.mark.browser

IMAGES: Final = Path(__file__).resolve().parents[3] / "docs" / "images"
GAP: Final = Parked(
    Reason.NO_COUNTERPART,
    "ODRU kent geen woord voor 'hersteld': voeg een rij toe, of kies wat geldt",
    NOW - timedelta(hours=3),
    (Way.CHOOSE, Way.RESUME, Way.SKIP),
    "hersteld",
    Gap("crosswalk-odru.yaml: results", "hersteld"),
)


def inspected() -> Link:
    """A case whose result has no word at the other side; all else is alike."""
    link = a_link(
        4106,
        title="Controle sanering Overzone",
        result="hersteld",
        deadline="2024-06-14",
        handler={"id": "rud-104", "name": "Roos Keurmeester"},
        explanation="Depot zonder afdekking",
    )
    own = {"case_type": "CTL-BOD", "status": "Gecontroleerd", "result": None}
    theirs = {"case_type": "RUD-TOE-110", "status": "Uitgevoerd", "result": "Ongedaan gemaakt"}
    link.sides[ODRU].base |= own
    link.sides[RUD].base |= theirs
    del link.sides[ODRU].stands["result"]
    link.sides[ODRU].parked["result"] = GAP
    return link


async def fill(site: Site) -> None:
    """Some cases, as on a good day with one thing to do."""
    for number, title in enumerate(("Grondstromen Kade", "Melding Akkerpad", "Depot Zuidwal"), 1):
        await site.keep(a_link(number, title=title), edited(number))
    link = inspected()
    rows = (
        Row(What.EDITED, NOW, link.id, RUD, path="status", value="uitgevoerd", by="rud-104"),
        Row(What.EDITED, NOW, link.id, RUD, path="result", value="hersteld", by="rud-104"),
        Row(What.PARKED, NOW, link.id, ODRU, path="result", value="hersteld", why=GAP.why),
    )
    await site.keep(link, *rows)


async def take(page: Page, name: str, folder: Path) -> None:
    where = IMAGES if os.environ.get("CASEBRIDGE_PICTURES") else folder
    path = where / name
    await page.screenshot(path=path)
    assert path.stat().st_size < 150_000


async def test_the_pictures_in_the_documentation_can_be_taken(
    page: Page, site: Site, tmp_path: Path
) -> None:
    await fill(site)
    await page.set_viewport_size({"width": 1100, "height": 760})
    for path, seen, name in (
        ("/", "75,0 %", "console-now.png"),
        ("/cases/link-4106", "Iemand moet iets doen", "console-case.png"),
        ("/mine/link-4106", "Wat er net is gedaan", "console-mine.png"),
    ):
        if path.startswith("/mine"):
            name_, key = await site.sign_in(Role.EMPLOYEE, staff="rud-104")
            await page.context.add_cookies([{"name": name_, "value": key, "url": site.url}])
        await page.goto(path)
        await expect(page.get_by_text(seen).first).to_be_visible()
        await take(page, name, tmp_path)
        assert (IMAGES / name).exists()
