"""The page of a case: does the other side have it, why not, and what a person can do."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import aiohttp
import pytest
from pydantic import JsonValue

from bridge.console.inert import spoken
from bridge.console.people import Role
from bridge.console.supply import SUPPLY
from bridge.engine.decision import Row, What
from bridge.engine.lane import LaneState, Waiting
from bridge.engine.link import Link
from bridge.engine.parked import Parked, Reason, Way
from bridge.store import Store
from contracts.ids import LinkId
from contracts.messages import Lane
from tests.bridge.console.console_site import HOSTILE, NOW, ODRU, RUD, Site, a_link

CONFLICT = Parked(Reason.CONFLICT, "beide kanten wijzigden", NOW, (Way.CHOOSE, Way.SKIP), "Stal")
REFUSED = Parked(Reason.REFUSED, "mag niet", NOW, (Way.RESUME, Way.SKIP))


async def shown(client: aiohttp.ClientSession, path: str = "/cases/link-1") -> str:
    async with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def asked(client: aiohttp.ClientSession, what: str = "operate", **form: str) -> Any:
    """Send a form of the page, as it is now, with what a person fills in."""
    page = await shown(client)
    hidden = dict(re.findall(r'name="(csrf|version|agency|path)" value="([^"]*)"', page))
    return client.post(
        f"/cases/link-1/{what}",
        data={**hidden, "reason": "gebeld", **form},
        headers={"Accept": "text/html"},
        allow_redirects=False,
    )


async def the_link(store: Store) -> Link:
    return (await store.links([LinkId("link-1")]))[LinkId("link-1")].link


async def test_one_sentence_says_how_it_stands(site: Site, client: aiohttp.ClientSession) -> None:
    await site.keep(a_link())
    assert "Alle 2 kanten zijn gelijk" in await shown(client)
    await site.keep(a_link(parked={"title": CONFLICT}))
    assert "Iemand moet iets doen: Titel (RUD Utrecht)" in await shown(client)
    away = a_link()
    away.sides[RUD].lanes[Lane.FACTS] = LaneState(phase=Waiting(NOW, "503"))
    await site.keep(away, is_equal=False)
    assert "Het systeem van RUD Utrecht geeft geen antwoord" in await shown(client)


async def test_each_side_is_shown_in_its_own_words_with_where_a_value_came_from(
    site: Site, client: aiohttp.ClientSession
) -> None:
    link = a_link(result="hersteld")
    link.sides[RUD].base["result"] = "R-OK"
    lost = Row(
        What.SUPERSEDED, NOW, link.id, RUD, path="title", value="Loods", other="Schuur",
        rule="home", by="piet",
    )  # fmt: skip
    await site.keep(link, lost)
    page = await shown(client)
    assert "R-OK" in page
    assert "Verloor het" in page
    assert "Loods" in page
    assert "piet" in page
    assert "els" in page


async def test_what_a_case_says_is_inert(site: Site, client: aiohttp.ClientSession) -> None:
    parked = {"title": Parked(Reason.CONFLICT, HOSTILE, NOW, (Way.CHOOSE,), HOSTILE)}
    link = a_link(title=HOSTILE, parked=parked)
    link.truth["properties/x"] = {"key": HOSTILE, "value": HOSTILE}
    row = Row(What.EDITED, NOW, link.id, ODRU, path=HOSTILE, value=HOSTILE, by=HOSTILE, why=HOSTILE)
    await site.keep(link, row)
    page = await shown(client)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


async def test_a_person_chooses_the_value_that_holds(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(parked={"title": CONFLICT}))
    async with await asked(client, way="choose", choice="1") as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/cases/link-1"
    link = await the_link(site.store)
    assert link.truth["title"] == "Stal"
    assert not link.is_parked
    (row,) = [r for r in await site.store.journal_of(link.id) if r.what is What.EDITED]
    assert (row.by, row.why, row.value) == ("otto", "gebeld", "Stal")


async def test_a_person_gives_another_value(site: Site, client: aiohttp.ClientSession) -> None:
    await site.keep(a_link(parked={"title": CONFLICT}))
    async with await asked(client, way="choose", choice="other", other="Kas") as answer:
        assert answer.status == 303
    assert (await the_link(site.store)).truth["title"] == "Kas"


@pytest.mark.parametrize("way", ["resume", "skip"])
async def test_a_person_tries_again_or_leaves_it(
    site: Site, client: aiohttp.ClientSession, way: str
) -> None:
    await site.keep(a_link(parked={"title": REFUSED}))
    async with await asked(client, way=way) as answer:
        assert answer.status == 303
    assert not (await the_link(site.store)).sides[RUD].parked


async def test_who_saw_an_older_case_is_shown_the_new_one_and_nothing_is_done(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(parked={"title": CONFLICT}))
    request = await asked(client, way="choose", choice="1")
    await site.keep(a_link(parked={"title": CONFLICT}, title="Intussen"))
    async with request as answer:
        assert answer.status == 409
        page = await answer.text()
    assert "intussen veranderd" in page
    assert "Intussen" in page
    assert (await the_link(site.store)).truth["title"] == "Intussen"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"way": "resume"}, 400),
        ({"way": "choose", "choice": "9"}, 400),
        ({"way": "choose", "choice": "0", "reason": " "}, 400),
        ({"way": "choose", "choice": "0", "version": "x"}, 400),
        ({"way": "skip", "path": "status"}, 409),
        ({"way": "skip", "csrf": "forged"}, 403),
    ],
)
async def test_what_the_page_does_not_offer_is_refused(
    site: Site, client: aiohttp.ClientSession, form: dict[str, str], status: int
) -> None:
    await site.keep(a_link(parked={"title": CONFLICT}))
    async with await asked(client, **form) as answer:
        assert answer.status == status
    assert (await the_link(site.store)).is_parked


async def test_cases_are_let_go_with_a_reason(site: Site, client: aiohttp.ClientSession) -> None:
    await site.keep(a_link())
    async with await asked(client, "unlink") as answer:
        assert answer.status == 303
    assert (await the_link(site.store)).released == "gebeld"
    assert "gaan hun eigen weg" in await shown(client)


async def test_a_case_system_leads_here_by_its_own_reference_or_number(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link())
    for path in ("/go/odru/odru-1", "/go/rud-utrecht/R-1", "/go/odru/Z/24/1"):
        async with client.get(path, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/cases/link-1", path
    async with client.get("/go/odru/unknown") as answer:
        assert answer.status == 404


async def test_an_employee_sees_the_cases_of_their_agreements_and_no_others(site: Site) -> None:
    """Not there and not for you are the same answer."""
    await site.keep(a_link())
    other = a_link(2)
    other.agreement = "DVO-ANDERS"
    await site.keep(other)
    async with site.browser(Role.EMPLOYEE, staff=site.seconded("DVO-BODEM-2024")) as client:
        assert "Alle 2 kanten" in await shown(client)
        bodies = []
        for path in ("/cases/link-2", "/cases/link-3", "/go/odru/odru-2", "/go/odru/odru-3"):
            async with client.get(path) as answer:
                assert answer.status == 404
                bodies.append(await answer.text())
        assert len(set(bodies)) == 1
        assert 'name="way"' not in await shown(client)
    async with site.browser(Role.EMPLOYEE) as client, client.get("/cases/link-1") as answer:
        assert answer.status == 404


async def test_codes_are_shown_with_what_people_call_them(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """Of each side by its own catalogue; the code stands beside it, small."""
    link = a_link(
        case_type="toezicht.bodem",
        status="gecontroleerd",
        participant="GM0345",
        handler={"id": "rud-101", "name": "Noor Proefveld"},
    )
    link.sides[ODRU].base |= {"case_type": "CTL-BOD", "status": "3"}
    link.sides[RUD].base |= {"case_type": "RUD-TOE-110", "status": "20"}
    rows = [Row(What.EDITED, NOW, link.id, ODRU, path="title", value="Stal", by="rud-104")]
    await site.keep(link, *rows)
    page = await shown(client)
    for text, code in (
        ("Uitgevoerd", "3"),
        ("Controle uitgevoerd", "20"),
        ("Toezicht bodem", "toezicht.bodem"),
        ("Veenendaal", "GM0345"),
        ("Noor Proefveld", "rud-101"),
        ("Roos Keurmeester", "rud-104"),
    ):
        assert f'<bdi>{text}</bdi> <small class="code"><bdi>{code}</bdi></small>' in page
    cases = await shown(client, "/cases")
    assert "Toezicht bodem" in cases
    assert "Noor Proefveld" in cases
    async with client.get("/cases?as=json") as answer:
        row = (await answer.json())["rows"][0]
    assert (row["case_type"], row["handler"]) == ("toezicht.bodem", "rud-101")


async def test_a_case_whose_side_is_paused_waits_and_says_why(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """It is not on its way: nothing goes there until somebody ends the pause."""
    link = a_link()
    link.truth["title"] = "Schuur met kelder"
    link.sides[ODRU].stands["title"] = "Schuur met kelder"
    await site.keep(link, is_equal=False)
    assert "Wat veranderde is onderweg" in await shown(client)
    await site.app[SUPPLY].desk.sides.pause(RUD, by="otto", reason="onderhoud tot zes uur")
    page = await shown(client)
    assert "Er wordt bij RUD Utrecht op dit moment niets geschreven: onderhoud tot zes uur" in page
    assert "state-waits" in page
    assert "wacht: gepauzeerd" in page
    assert "state-waits" in await shown(client, "/cases")
    async with client.get("/api/v1/cases") as answer:
        assert (await answer.json())["items"][0]["state"] == "wacht"


async def test_who_looks_at_a_case_stands_in_the_journal_once_an_hour(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """Also over the API; a page that shows itself anew is no new look, nor a change of the case."""
    await site.keep(a_link())
    for _ in range(2):
        assert "Bekeken" not in await shown(client)
    async with client.get("/api/v1/cases/link-1/fields") as answer:
        assert answer.status == 200
    async with site.browser(Role.AUDITOR) as auditor:
        await shown(auditor)
    (row,) = await site.store.journal_of(LinkId("link-1"), what=What.SEEN)
    assert (row.by, row.link) == ("otto", "link-1")
    assert "Bekeken" in await shown(client, "/journal?what=seen")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"type": "Point", "coordinates": [5.1, 52.2], "crs": "EPSG:4326"}, "punt 5.1, 52.2"),
        ({"coordinates": [[[5, 52], [6, 52], [5, 52]]], "type": "Polygon"}, "vlak (3 punten)"),
        ({"coordinates": []}, "plek (0 punten)"),
        (
            {
                "identificatie": "1904",
                "gorOpenbareRuimteNaam": "Dorpsstraat",
                "huisnummer": 5,
                "huisletter": "A",
                "postcode": "3452SS",
                "wplWoonplaatsNaam": "Vleuten",
            },
            "Dorpsstraat 5 A, 3452SS Vleuten",
        ),
        ({"gorOpenbareRuimteNaam": "Dorpsstraat"}, "Dorpsstraat"),
    ],
)
def test_a_place_is_said_as_people_say_it(value: JsonValue, said: str) -> None:
    assert spoken({"data": value}) == said


async def test_what_was_sent_is_told_in_the_words_of_where_it_went(
    site: Site, client: aiohttp.ClientSession
) -> None:
    """A status there is a number, and people call it by its name."""
    link = a_link()
    link.sides[ODRU].base["case_type"] = "BOD-GRA"
    sent = Row(What.SENT, NOW, link.id, ODRU, path="status", value="6")
    kind = Row(What.SENT, NOW, link.id, ODRU, path="case_type", value="BOD-GRA")
    await site.keep(link, sent, kind)
    page = unescape(await shown(client))
    assert re.search(r"Gereed</bdi>\s*<small class=\"code\"><bdi>6", page)
    journal = unescape(await shown(client, "/journal"))
    assert "Bodem: graven (Bal)" in journal
    assert "Gereed" in journal


async def test_who_chose_no_value_is_told_so_beside_the_case(
    site: Site, client: aiohttp.ClientSession
) -> None:
    await site.keep(a_link(parked={"title": CONFLICT}))
    for given in ({}, {"choice": "other", "other": " "}):
        async with await asked(client, way="choose", **given) as answer:
            assert answer.status == 400
            page = await answer.text()
        assert "kies eerst een van de waarden" in page
        assert "Iemand moet iets doen: Titel" in page


async def test_of_cases_that_were_let_go_nothing_is_on_its_way(
    site: Site, client: aiohttp.ClientSession
) -> None:
    link = a_link()
    link.sides[RUD].stands["title"] = "Stal"
    link.released = "afgerond"
    await site.keep(link)
    page = await shown(client)
    assert "ieder zijn eigen" in page
    assert "standing-under_way" not in page
