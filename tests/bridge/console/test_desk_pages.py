"""What stands still, jobs, tables and agreements, as pages: readable without JavaScript."""

from __future__ import annotations

import aiohttp
import pytest

from bridge.console.people import Role
from bridge.console.supply import SUPPLY
from bridge.desk import Chosen, Deed, DeedKind
from bridge.engine.draft import WAYS
from bridge.engine.parked import Gap, Parked, Reason
from bridge.store import JobState
from tests.bridge.console.console_site import HOSTILE, NOW, RUD, Site, a_link

WORD = "overtreding-hersteld"
MISSING = Parked(
    Reason.NO_COUNTERPART,
    f"geen rij {HOSTILE}",
    NOW,
    WAYS[Reason.NO_COUNTERPART],
    WORD,
    Gap("crosswalk-rud-utrecht.yaml: results", WORD),
)


async def text(client: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == status, (path, answer.status)
        return await answer.text()


async def csrf(client: aiohttp.ClientSession, path: str) -> str:
    page = await text(client, path)
    return page.partition('name="csrf" value="')[2].partition('"')[0]


@pytest.fixture
async def matter(site: Site) -> str:
    """What three cases wait for."""
    for number in (1, 2, 3):
        await site.keep(a_link(number, parked={"result": MISSING}))
    (group,) = await site.store.parked_groups(NOW)
    return group.matter.id


async def test_one_cause_is_one_line_with_who_can_take_it_away(
    client: aiohttp.ClientSession, matter: str
) -> None:
    async with client.get("/parked?as=json") as answer:
        (row,) = (await answer.json())["rows"]
    assert (row["matter"], row["cases"], row["healer"]) == (matter, 3, "administrator")
    assert f'href="/parked/{matter}"' in await text(client, "/parked")


async def test_a_group_shows_what_is_said_inert_and_every_way_out(
    client: aiohttp.ClientSession, matter: str
) -> None:
    page = await text(client, f"/parked/{matter}")
    assert "<script>alert" not in page
    assert "3 zaken wachten bij RUD Utrecht: daar is geen woord voor." in page
    assert f"/crosswalks/rud-utrecht/results?word={WORD}" in page
    assert page.count('name="kind"') == 3
    assert page.count('aria-disabled="true"') == 2
    assert "niets meer op" in await text(client, "/parked/nooit", 404)


async def test_everything_that_waits_for_one_cause_is_listed_page_by_page(
    site: Site, client: aiohttp.ClientSession, matter: str
) -> None:
    for number in range(4, 56):
        await site.keep(a_link(number, parked={"result": MISSING}))
    first = await text(client, f"/parked/{matter}")
    following = f"/parked/{matter}?after=50"
    assert first.count('href="/cases/') == 50
    assert f'href="{following}"' in first
    last = await text(client, following)
    assert last.count('href="/cases/') == 5
    assert "?after=100" not in last
    await text(client, f"/parked/{matter}?after=-1", 400)


async def test_a_deed_is_planned_from_a_form_and_applied_from_its_page(
    site: Site, client: aiohttp.ClientSession, matter: str
) -> None:
    form = {
        "csrf": await csrf(client, f"/parked/{matter}"),
        "kind": "skip",
        "how": "one",
        "reason": "zo laten",
    }
    async with client.post(f"/parked/{matter}/plan", data=form) as answer:
        assert answer.status == 200
        page = await answer.text()
        address = answer.url.path
    assert "Gepland" in page
    (job,) = await site.store.jobs(9)
    assert (address, job.by, job.reason) == (f"/jobs/{job.id}", "otto", "zo laten")
    async with client.post(f"{address}/start", data=form) as answer:
        assert "Bezig" in await answer.text()
    async with client.post(f"{address}/start", data=form) as answer:
        assert answer.status == 409
    (job,) = await site.store.jobs(9)
    assert job.state is JobState.RUNNING
    assert job.id in await text(client, "/jobs")
    await text(client, "/jobs/nooit", 404)


async def test_a_deed_without_a_reason_is_refused(
    client: aiohttp.ClientSession, matter: str
) -> None:
    form = {"csrf": await csrf(client, f"/parked/{matter}"), "kind": "unlink", "how": "all"}
    async with client.post(f"/parked/{matter}/plan", data=form) as answer:
        assert answer.status == 409


async def test_who_only_reads_sees_no_buttons_and_cannot_act(site: Site, matter: str) -> None:
    name, key = await site.sign_in(Role.AUDITOR)
    async with aiohttp.ClientSession(site.url, cookies={name: key}) as auditor:
        headers = {"Cookie": f"{name}={key}"}
        async with auditor.get(f"/parked/{matter}", headers=headers) as answer:
            assert answer.status == 200
            assert 'name="kind"' not in await answer.text()
    plan = Deed(DeedKind.SKIP, matter)
    assert plan.matter == matter
    assert Chosen().most > 1


async def test_a_gap_leads_to_its_table_and_a_plan_stands_in_the_address(
    client: aiohttp.ClientSession, matter: str
) -> None:
    del matter
    async with client.get("/crosswalks?as=json") as answer:
        first = (await answer.json())["rows"][0]
    assert (first["word"], first["table"], first["held_up"]) == (WORD, "results", 3)
    overview = await text(client, "/crosswalks")
    assert "andere woorden zonder tegenhanger; geen zaak gebruikt ze" in overview
    async with client.get("/crosswalks?as=json&of=unused") as answer:
        assert all(row["used"] in (0, None) for row in (await answer.json())["rows"])
    page = await text(client, f"/crosswalks/{RUD}/results?word={WORD}")
    assert "3 zaken wachten hierop" in page
    plan = await text(client, f"/crosswalks/{RUD}/results?shared={WORD}&local=Nooit&case=Z/24/1")
    assert "is not in" in plan
    assert "In werking stellen" not in plan
    await text(client, f"/crosswalks/{RUD}/nooit", 404)
    await text(client, "/crosswalks/nooit/results", 409)


async def test_a_sound_plan_can_be_published_by_an_administrator_only(
    client: aiohttp.ClientSession, site: Site
) -> None:
    address = "/crosswalks/odru/results?shared=verleend&local=Positief"
    plan = await text(client, address)
    assert "preferred_get: false" in plan
    assert "In werking stellen" in plan
    name, key = await site.sign_in(Role.OPERATOR)
    async with aiohttp.ClientSession(site.url) as operator:
        headers = {"Cookie": f"{name}={key}", "Accept": "text/html"}
        async with operator.get(address, headers=headers) as answer:
            assert "Een beheerder kan dit" in await answer.text()
        async with operator.post("/crosswalks/odru/results", headers=headers) as answer:
            assert answer.status == 403


async def test_agreements_are_listed_and_shown(client: aiohttp.ClientSession) -> None:
    assert "DVO-BODEM-2024" in await text(client, "/agreements")
    page = await text(client, "/agreements/DVO-BODEM-2024")
    assert "Deze afspraak geldt." in page
    await text(client, "/agreements/nooit", 404)


async def test_an_agreement_and_a_table_say_their_dates_and_that_nothing_was_changed(
    client: aiohttp.ClientSession,
) -> None:
    """Dates as people say them; a history without a line says why it has none."""
    since = "1 jan 2024".replace(" ", "\N{NO-BREAK SPACE}")
    assert since in await text(client, "/agreements")
    assert since in await text(client, "/agreements/DVO-BODEM-2024")
    async with client.get("/agreements?as=json") as answer:
        rows = (await answer.json())["rows"]
    assert "2024-01-01" in {row["from"] for row in rows}
    assert "is er niets aan gewijzigd" in await text(client, "/crosswalks/odru/results")


async def test_the_journal_tells_of_a_job_in_words(
    client: aiohttp.ClientSession, site: Site, matter: str
) -> None:
    jobs = site.app[SUPPLY].desk.jobs
    report = await jobs.plan(Deed(DeedKind.SKIP, matter), Chosen(), by="els", reason="zo laten")
    await jobs.start(report.job.id, by="els")
    page = await text(client, "/journal?what=job")
    assert "Gepland" in page
    assert "Bezig" in page
    assert page.count("Zo laten") == 2
