"""Pages as anybody gets them: readable without JavaScript, with twins for programs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from pydantic import JsonValue

from bridge.console.inert import for_spreadsheet
from bridge.console.moments import when
from bridge.console.supply import SUPPLY
from bridge.console.words import Language, load_words
from bridge.desk import Hearing, LagFigures, Vitals
from bridge.engine.decision import Row, What
from bridge.engine.parked import Parked, Reason, Way
from tests.bridge.console.console_site import HOSTILE, NOW, ODRU, RUD, Site, a_link

PARKED = {"title": Parked(Reason.CONFLICT, f"kies {HOSTILE}", NOW, (Way.CHOOSE,))}


async def text(client: aiohttp.ClientSession, path: str, **headers: str) -> str:
    async with client.get(path, headers={"Accept": "text/html", **headers}) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_now_says_which_share_is_equal(site: Site, client: aiohttp.ClientSession) -> None:
    assert "nog geen zaken gekoppeld" in await text(client, "/")
    await site.keep(a_link(1))
    await site.keep(a_link(2))
    await site.keep(a_link(3, parked=PARKED))
    assert "66,6 %" in await text(client, "/")


async def test_now_says_who_must_do_something_and_which_deadline_is_near(
    site: Site, client: aiohttp.ClientSession
) -> None:
    gap = Parked(Reason.NO_COUNTERPART, "geen rij", NOW - timedelta(days=3), (Way.RESUME,))
    await site.keep(a_link(1, parked={"result": gap}, deadline="2024-06-10"))
    await site.keep(a_link(2, parked=PARKED, deadline="2024-12-31"))
    page = await text(client, "/")
    assert page.index("Functioneel beheerder") < page.index("Behandelaar")
    assert "3 dagen" in page
    assert "nog 7 dagen" in page
    assert "2024-12-31" not in page
    async with client.get("/?as=json&of=who") as answer:
        rows = (await answer.json())["rows"]
    assert [(row["who"], row["things"]) for row in rows] == [
        ("administrator", 1),
        ("case-worker", 1),
    ]
    async with client.get("/?as=json&of=nothing") as answer:
        assert answer.status == 404


async def test_now_says_how_long_it_takes_and_who_is_silent(
    site: Site, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag = LagFigures(ODRU, RUD, 2, timedelta(seconds=2), timedelta(minutes=3), None, ())
    silent = Hearing(ODRU, NOW - timedelta(days=2), 0, is_silent=True)

    async def lags(_: Vitals) -> tuple[LagFigures, ...]:
        return (lag,)

    async def hearings(_: Vitals, agencies: object) -> tuple[Hearing, ...]:
        return (silent,)

    monkeypatch.setattr(Vitals, "lags", lags)
    monkeypatch.setattr(Vitals, "hearings", hearings)
    page = await text(client, "/")
    assert "2 seconden" in page
    assert "3 minuten" in page
    assert "ODRU meldt niets meer" in page
    assert "flow-late" in page


async def test_now_says_that_the_files_of_the_rules_are_not_in_force(
    site: Site, client: aiohttp.ClientSession
) -> None:
    assert "gelden niet" not in await text(client, "/")
    object.__setattr__(site.app[SUPPLY], "refused", lambda: "vocabulary.yaml: <slip>")
    page = await text(client, "/")
    assert "zijn niet in orde en gelden niet" in page
    assert "vocabulary.yaml: &lt;slip&gt;" in page


async def test_cases_are_found_by_number_state_and_agency(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(1))
    await site.keep(a_link(2, parked=PARKED))
    assert "Z/24/1" in await text(client, "/cases?text=r-1")
    assert "Z/24/2" not in await text(client, "/cases?text=r-1")
    assert "Z/24/1" not in await text(client, "/cases?state=parked")
    assert "Z/24/2" in await text(client, "/cases?state=parked&agency=odru")
    assert "niets gevonden" in await text(client, "/cases?agency=vru")


async def test_every_case_is_on_some_page_of_the_list(
    site: Site, client: aiohttp.ClientSession
) -> None:
    for number in range(60):
        await site.keep(a_link(number))
    path, found = "/cases?as=json&text=Z/24/", []
    while path:
        async with client.get(path) as answer:
            told = await answer.json()
        found += [row["number"] for row in told["rows"]]
        path = told["next"]
    assert sorted(found) == sorted(f"Z/24/{number}" for number in range(60))


async def test_text_of_a_case_is_inert_in_the_page_and_in_a_spreadsheet(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(1, title=HOSTILE))
    await site.keep(a_link(2, title="=HYPERLINK(1)"))
    page = await text(client, "/cases")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    rows = list(csv.DictReader(io.StringIO(await text(client, "/cases?as=csv"))))
    assert {row["title"] for row in rows} >= {"'=HYPERLINK(1)"}
    assert all("\x1b" not in row["title"] for row in rows)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|calc"])
def test_no_text_is_a_formula(text: str) -> None:
    assert for_spreadsheet(text)[0] in {"'", "\ufffd"}


async def test_a_page_is_in_the_language_of_its_reader(
    site: Site, client: aiohttp.ClientSession
) -> None:
    page = await text(client, "/cases", **{"Accept-Language": "en"})
    assert '<html lang="en"' in page
    assert "Nothing was found" in page
    form = {"language": "nl", "back": "/cases?state=parked"}
    async with client.post("/preferences", data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/cases?state=parked"
        assert answer.cookies["language"]["samesite"] == "Lax"


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\x"])
async def test_a_choice_never_leads_away_from_here(
    site: Site, client: aiohttp.ClientSession, back: str
) -> None:
    form = {"theme": "dark", "back": back}
    async with client.post("/preferences", data=form, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/"


async def test_a_problem_is_told_to_people_and_to_programs(
    site: Site, client: aiohttp.ClientSession
) -> None:
    async with client.get("/nowhere", headers={"Accept": "text/html"}) as answer:
        assert answer.status == 404
        assert "Niet gevonden" in await answer.text()
    async with client.get("/cases?state=sideways") as answer:
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"
        assert "sideways" in (await answer.json())["detail"]


@pytest.mark.parametrize(("language", "said"), [("nl", "1 mrt 2024"), ("en", "1 Mar 2024")])
def test_moments_are_those_of_the_readers(language: str, said: str) -> None:
    """Their clock, their language; the parts of a date stay on one line."""
    moment = when(datetime(2024, 2, 29, 23, 30, tzinfo=UTC), Language(language), load_words())
    assert moment == f"{said} 00:30:00".replace(" ", "\N{NO-BREAK SPACE}", 2)


async def test_a_record_is_told_in_the_journal_whatever_its_members_are_called(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """A person has a name, as a state has one in the code: that makes them no state."""
    value: JsonValue = {"name": "Test Sanering", "isoformat": "x", "href": "y"}
    await site.keep(a_link(1), Row(What.EDITED, NOW, a_link(1).id, ODRU, path="x", value=value))
    page = await text(client, "/journal")
    assert "Test Sanering" in page
    rows = list(csv.DictReader(io.StringIO(await text(client, "/journal?as=csv"))))
    assert "Test Sanering" in rows[0]["value"]
