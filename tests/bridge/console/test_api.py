"""The HTTP API: what the pages do, for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.console.people import Role
from bridge.store import NoSuchPlace
from contracts.ids import LinkId
from tests.bridge.console.api_site import Programs, keep_some, programs
from tests.bridge.console.console_site import HOSTILE, a_link

BASE = "/api/v1"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Programs]:
    async with programs(tmp_path / "data") as found:
        await keep_some(found.site)
        yield found


async def test_a_list_is_followed_page_by_page_until_its_end(api: Programs) -> None:
    """By the link to the next page; each case comes once."""
    seen, address = [], f"{BASE}/cases?limit=2&agency=odru"
    for _ in range(3):
        status, told, headers = await api.ask("GET", address)
        assert (status, headers["API-Version"]) == (200, "1.0.0")
        seen += [case["link"] for case in told["items"]]
        if "Link" not in headers:
            break
        address = headers["Link"].partition(">")[0].removeprefix("<")
        assert "agency=odru" in address
    assert sorted(seen) == ["link-1", "link-2", "link-3"]


async def test_a_case_is_told_with_how_it_stands_in_one_word(api: Programs) -> None:
    status, told, headers = await api.ask("GET", f"{BASE}/cases/link-1")
    assert (status, headers["ETag"]) == (200, '"1"')
    assert (told["state"], told["isEqual"], told["parked"]) == ("vraagt aandacht", False, 1)
    assert [side["agency"] for side in told["sides"]] == ["odru", "rud-utrecht"]


async def test_every_field_is_told_with_where_it_came_from(api: Programs) -> None:
    _, told, _ = await api.ask("GET", f"{BASE}/cases/link-1/fields")
    fields = {each["path"]: each for each in told["items"]}
    assert fields["title"]["agreed"] == "Schuur aan de Dorpsstraat"
    assert fields["title"]["origin"].startswith("odru by els")
    assert fields["result"]["sides"][1]["how"].startswith("no-counterpart")


async def test_what_a_person_does_is_done_once_and_stands_in_the_journal(api: Programs) -> None:
    """Under the name of who did it; what does not fit is refused, and says why."""
    action = {"kind": "skip", "agency": "rud-utrecht", "path": "result", "reason": "laat maar"}
    address = f"{BASE}/cases/link-1/actions"
    status, told, _ = await api.ask("POST", address, json=action)
    assert (status, told["parked"]) == (200, 0)
    _, journal, _ = await api.ask("GET", f"{BASE}/cases/link-1/journal")
    assert [(row["by"], row["why"]) for row in journal["items"] if row["what"] == "kept"] == [
        ("operator", "laat maar")
    ]
    status, told, _ = await api.ask("POST", address, json=action)
    assert status == 409
    assert told["type"] == f"{BASE}/problems/conflict"
    assert told["detail"]


async def test_who_saw_an_older_version_does_nothing(api: Programs) -> None:
    """And is told so; who saw this one does."""
    address = f"{BASE}/cases/link-1/actions"
    action = {"kind": "skip", "agency": "rud-utrecht", "path": "result", "reason": "laat maar"}
    for version in ('"7"', "nonsense", '"\u0663"'):
        status, told, _ = await api.ask("POST", address, json=action, headers={"If-Match": version})
        assert (status, told["type"]) == (412, f"{BASE}/problems/precondition-failed")
    status, told, _ = await api.ask("POST", address, json=action, headers={"If-Match": '"1"'})
    assert (status, told["parked"]) == (200, 0)


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ({"kind": "choose", "path": "result"}, "path and value"),
        ({"kind": "skip", "path": "result"}, "agency and path"),
        ({"kind": "recreate"}, "agency"),
        ({"kind": "skip", "path": "result", "agency": "rud-utrecht"}, "say why"),
        ({"kind": "unlink"}, "kind"),
        ({"kind": "resume", "who": "me"}, "who"),
        ({"kind": "resume", "path": "a\x00b"}, "path"),
    ],
)
async def test_an_action_that_lacks_something_says_what(
    api: Programs, action: dict[str, str], missing: str
) -> None:
    status, told, _ = await api.ask("POST", f"{BASE}/cases/link-1/actions", json=action)
    assert status == 400
    assert missing in told["detail"]


async def test_cases_go_their_own_way_with_a_reason(api: Programs) -> None:
    address = f"{BASE}/cases/link-2/release"
    assert (await api.ask("POST", address, json={}))[0] == 400
    status, told, _ = await api.ask("POST", address, json={"reason": "afgerond"})
    assert (status, told["isReleased"], told["state"]) == (200, True, "los")


async def test_what_is_the_matter_is_told_with_who_can_cure_it(api: Programs) -> None:
    _, told, _ = await api.ask("GET", f"{BASE}/parked-groups")
    (group,) = told["items"]
    assert (group["count"], group["healer"]) == (1, "administrator")
    assert group["gap"] == {"where": "crosswalk-rud-utrecht.yaml: results", "word": "ingetrokken"}
    _, told, _ = await api.ask("GET", f"{BASE}/parked-groups/{group['id']}")
    assert [each["link"] for each in told["examples"]] == ["link-1"]
    _, told, _ = await api.ask("GET", f"{BASE}/parked?group={group['id']}")
    assert [each["path"] for each in told["items"]] == ["result"]
    assert (await api.ask("GET", f"{BASE}/parked-groups/none"))[0] == 404


async def test_a_deed_for_many_cases_is_planned_then_applied(api: Programs) -> None:
    """And goes no way that a job does not have."""
    status, job, _ = await api.ask("POST", f"{BASE}/jobs", json={"kind": "resume"})
    assert (status, job["state"], job["total"]) == (201, "planned", 1)
    address = f"{BASE}/jobs/{job['id']}"
    assert (await api.ask("GET", address))[1]["items"][0]["link"] == "link-1"
    status, told, _ = await api.ask("PUT", f"{address}/state", json={"state": "paused"})
    assert (status, told["type"]) == (409, f"{BASE}/problems/conflict")
    status, told, _ = await api.ask("POST", f"{address}/start")
    assert (status, told["state"]) == (200, "running")
    _, told, _ = await api.ask("PUT", f"{address}/state", json={"state": "cancelled"})
    assert told["state"] == "cancelled"
    assert (await api.ask("GET", f"{BASE}/jobs"))[1]["items"][0]["id"] == job["id"]


async def test_an_agency_is_paused_and_opened_with_a_reason(api: Programs) -> None:
    """Each once: what is so already does not fit."""
    address = f"{BASE}/systems/rud-utrecht"
    for state, paused_by in (("paused", "operator"), ("open", None)):
        asked = {"state": state, "reason": "onderhoud"}
        status, told, _ = await api.ask("PUT", f"{address}/writes", json=asked)
        assert (status, told["agency"]) == (200, "rud-utrecht")
        assert (told["pause"] and told["pause"]["by"]) == paused_by
        assert (await api.ask("PUT", f"{address}/writes", json=asked))[0] == 409
    systems = (await api.ask("GET", f"{BASE}/systems"))[1]["items"]
    assert {each["agency"]: each["parked"] for each in systems}["rud-utrecht"] == 1
    assert (await api.ask("GET", f"{BASE}/systems/none"))[0] == 404


async def test_how_all_stands_is_told_in_figures(api: Programs) -> None:
    _, told, _ = await api.ask("GET", f"{BASE}/figures")
    assert (told["total"]["links"], told["total"]["equal"], told["total"]["parked"]) == (3, 2, 1)
    assert {each["agency"] for each in told["hearings"]} >= {"odru", "rud-utrecht"}
    _, told, _ = await api.ask("GET", f"{BASE}/rules")
    assert {each["id"] for each in told["agreements"] if each["isInForce"]} >= {"DVO-BODEM-2024"}
    _, told, _ = await api.ask("GET", f"{BASE}/journal?limit=2")
    assert len(told["items"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=many",
        "after=x",
        "after=2024-06-03_link-1",
        "state=blue",
        "colour=blue",
        "limit=1&limit=2",
        "text=%00",
    ],
)
async def test_what_cannot_be_asked_is_a_bad_request(api: Programs, query: str) -> None:
    """Never a mistake of ours."""
    status, told, headers = await api.ask("GET", f"{BASE}/cases?{query}")
    assert (status, told["type"]) == (400, f"{BASE}/problems/bad-request")
    assert headers["Content-Type"] == "application/problem+json"


async def test_a_problem_is_explained_where_its_type_says(api: Programs) -> None:
    _, told, _ = await api.ask("GET", f"{BASE}/cases/none")
    status, explained, _ = await api.ask("GET", told["type"], None)
    assert (status, explained["title"]) == (200, "Not Found")
    assert (await api.ask("GET", f"{BASE}/problems/none", None))[0] == 404


async def test_a_body_that_is_no_json_or_too_large_is_refused(api: Programs) -> None:
    address = f"{BASE}/cases/link-1/actions"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await api.ask("POST", address, data=b"kind=resume", headers=form))[0] == 415
    large = {"kind": "resume", "reason": "x" * 100_000}
    assert (await api.ask("POST", address, json=large))[0] == 413
    broken = {"Content-Type": "application/json"}
    for body in (b"{", b"[]", b'{"kind": "resume", "path": "\\ud800"}', b"\xff"):
        assert (await api.ask("POST", address, data=body, headers=broken))[0] == 400


async def test_there_is_nothing_behind_a_trailing_slash(api: Programs) -> None:
    assert (await api.ask("GET", f"{BASE}/cases/"))[0] == 404


async def test_hostile_text_is_given_as_it_is_and_as_nothing_but_json(api: Programs) -> None:
    await api.site.keep(replace(a_link(9, title=HOSTILE), id=LinkId("link-9")))
    _, told, headers = await api.ask("GET", f"{BASE}/cases/link-9")
    assert told["title"] == HOSTILE
    assert headers["Content-Type"].startswith("application/json")
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_place_that_no_page_ended_with_is_said_to_be_none(api: Programs) -> None:
    with pytest.raises(NoSuchPlace, match="take `after`"):
        await api.site.store.cases(after="x_y")


async def test_a_session_needs_its_token_to_change_anything(api: Programs) -> None:
    """A page of another site cannot have a browser do what its person may do."""
    name, key = await api.site.sign_in(Role.OPERATOR)
    address, action = f"{BASE}/cases/link-1/actions", {"kind": "resume"}
    cookie = {"Cookie": f"{name}={key}"}
    assert (await api.ask("GET", f"{BASE}/cases", None, headers=cookie))[0] == 200
    assert (await api.ask("POST", address, None, json=action, headers=cookie))[0] == 403
