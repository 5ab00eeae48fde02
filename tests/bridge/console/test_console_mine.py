"""Mine: for who works on cases in one system, and must know what the other one has."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bridge.console.people import Role
from bridge.engine.decision import Row, What
from bridge.engine.link import Link
from bridge.engine.parked import Parked, Reason, Way
from bridge.store.records import HUB
from tests.bridge.console.console_site import NOW, ODRU, RUD, Site, a_link

AGREEMENT = "DVO-BODEM-2024"


@pytest.fixture
async def noor(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody of RUD Utrecht who is deployed at ODRU."""
    async with site.browser(Role.EMPLOYEE, staff="rud-101") as client:
        yield client


def handled_by(staff: str, number: int = 1) -> Link:
    return a_link(number, handler={"id": staff, "name": "Noor"})


async def shown(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_who_signs_in_to_work_finds_their_own_cases(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    """And not those of colleagues; these are one step away."""
    await site.keep(handled_by("rud-101"))
    await site.keep(handled_by("rud-102", 2))
    page = await shown(noor, "/")
    assert "Mijn zaken" in page
    assert "Z/24/1" in page
    assert "Z/24/2" not in page
    assert "Z/24/2" in await shown(noor, "/cases")


async def test_what_was_just_done_says_whether_the_other_side_has_it(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    link = handled_by("rud-101")
    link.sides[RUD].base["result"] = "Hersteld"
    link.truth["result"] = link.sides[RUD].stands["result"] = "hersteld"
    edits = [
        Row(What.EDITED, NOW, link.id, RUD, path=path, value=value)
        for path, value in (("title", "Schuur"), ("result", "hersteld"))
    ]
    await site.keep(link, *edits, is_equal=False)
    page = await shown(noor, "/mine/link-1")
    done = page[page.index('class="done"') : page.index("<table")]
    assert re.search(r"✓.*de ander heeft het.*Titel", done, re.DOTALL)
    assert re.search(r"→.*is onderweg.*Resultaat", done, re.DOTALL)
    assert "Hersteld" in page


async def test_why_the_other_side_has_it_not_is_said_in_words(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    link = handled_by("rud-101")
    link.sides[RUD].parked["title"] = Parked(Reason.CONFLICT, "beide", NOW, (Way.CHOOSE,))
    await site.keep(link)
    page = await shown(noor, "/mine/link-1")
    assert "Iemand moet iets doen" in page
    assert "beide" in page
    assert 'name="way"' not in page


async def test_what_is_lacking_on_the_own_side_is_not_called_held(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    link = handled_by("rud-101")
    link.truth["result"] = link.sides[ODRU].stands["result"] = "hersteld"
    why = Parked(Reason.NO_COUNTERPART, "geen woord", NOW, (Way.CHOOSE,))
    link.sides[RUD].parked["result"] = why
    await site.keep(link)
    page = await shown(noor, "/mine/link-1")
    row = page[page.index("Resultaat</bdi></th>") :]
    assert "nog niet: iemand moet iets doen" in row[: row.index("</tr>")]


async def posted(client: aiohttp.ClientSession, what: str, **form: str) -> str:
    page = await shown(client, "/mine/link-1")
    (csrf,) = set(re.findall(r'name="csrf" value="([^"]*)"', page))
    async with client.post(
        f"/mine/link-1/{what}", data={"csrf": csrf, **form}, headers={"Accept": "text/html"}
    ) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_check_again_has_both_systems_looked_at(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    await site.keep(handled_by("rud-101"))
    assert "opnieuw bekeken" in await posted(noor, "check")
    sent = await site.store.unsent(10, sender=HUB)
    assert sorted(row.routing_key for row in sent) == ["hint.odru", "hint.rud-utrecht"]


async def test_this_is_not_right_reaches_the_journal(
    site: Site, noor: aiohttp.ClientSession, client: aiohttp.ClientSession
) -> None:
    await site.keep(handled_by("rud-101"))
    assert "Het is gemeld" in await posted(noor, "report", why="het rapport ontbreekt")
    (row,) = await site.store.journal_of(what=What.REPORTED)
    assert (row.by, row.why, row.link) == ("otto", "het rapport ontbreekt", "link-1")
    assert "het rapport ontbreekt" in await shown(client, "/journal?what=reported")


async def test_a_case_of_others_is_not_there_whatever_is_asked_of_it(
    site: Site, noor: aiohttp.ClientSession
) -> None:
    await site.keep(handled_by("rud-101"))
    other = a_link(2)
    other.agreement = "DVO-ANDERS"
    await site.keep(other)
    page = await shown(noor, "/mine/link-1")
    (csrf,) = set(re.findall(r'name="csrf" value="([^"]*)"', page))
    for path in (
        "/mine/link-2",
        "/mine/link-2/check",
        "/mine/link-2/report",
        "/events?watch=link-2",
    ):
        method = noor.post if path.endswith(("check", "report")) else noor.get
        async with method(path, data={"csrf": csrf, "why": "x"}) as answer:
            assert answer.status == 404
    assert "Z/24/2" not in await shown(noor, "/cases")
    assert "Z/24/2" not in await shown(noor, "/cases?agreement=DVO-ANDERS")


async def test_who_is_nobody_in_the_agreements_sees_no_case(site: Site) -> None:
    await site.keep(handled_by("rud-101"))
    async with site.browser(Role.EMPLOYEE) as client:
        assert "niet wie u in de afspraken bent" in await shown(client, "/mine")
        assert "Z/24/1" not in await shown(client, "/cases")
