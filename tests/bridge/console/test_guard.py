"""The guard: who is let in where, and what no other site can have done."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bridge.console.access import ANYBODY, LOOKING, OPERATING, Route, declare
from bridge.console.accounts import Account, Accounts, sealed, write_account
from bridge.console.guard import HEADERS, SESSION, Guard, safe_next
from bridge.console.people import PERSON, Role
from bridge.console.sessions import FRESH_FOR, Sessions
from bridge.console.signing import Signing
from bridge.store import MemoryState, open_memory_store
from tests.bridge.console.test_accounts import PASSWORD, Hands, empty

Client = TestClient[web.Request, web.Application]
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=10)


async def said(request: web.Request) -> web.Response:
    person = request.get(PERSON)
    return web.Response(text=person.id if person else "-")


async def csrf(request: web.Request) -> web.Response:
    return web.Response(text=request[SESSION].csrf)


async def broken(_: web.Request) -> web.Response:
    raise web.HTTPConflict(text="changed meanwhile")


async def login_page(
    request: web.Request, template: str, *, status: int, fault: str | None, **_: object
) -> web.Response:
    assert (request.path.startswith("/login"), template) == (True, "login.html")
    return web.Response(text=f"fault: {fault}", status=status)


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "accounts.yaml"
    for id_, role in (("noor", Role.EMPLOYEE), ("otto", Role.OPERATOR)):
        account = Account(id=id_, name=id_, roles=frozenset({role}), password=sealed(PASSWORD))
        write_account(file, account)
    return file


@pytest.fixture
async def client(clock: Hands, file: Path) -> AsyncIterator[Client]:
    app = web.Application()
    store = await open_memory_store(MemoryState(), environment="test")
    sessions = Sessions(store, idle=IDLE, absolute=ABSOLUTE, now=clock)
    guard = Guard(sessions, accounts=Accounts(file, clock))
    guard.stand_before(app)
    declare(app, Signing(guard, login_page).routes())
    declare(
        app,
        [
            Route("GET", "/", said, LOOKING),
            Route("GET", "/public", said, ANYBODY),
            Route("GET", "/csrf", csrf, LOOKING),
            Route("GET", "/broken", broken, LOOKING),
            Route("POST", "/operate/{what}", said, OPERATING),
            Route("POST", "/unlink", said, OPERATING, fresh=True),
            Route("GET", "/api/v1/cases", said, LOOKING),
        ],
    )
    app.router.add_get("/forgotten", said)
    async with TestClient(TestServer(app)) as client:
        yield client


async def enter(client: Client, name: str) -> str:
    """Sign in; give the token that forms must bear."""
    form = {"name": name, "password": PASSWORD, "next": "/public"}
    async with client.post("/login", data=form, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/public")
    return await (await client.get("/csrf")).text()


async def test_who_has_not_signed_in_is_asked_to_and_comes_back(client: Client) -> None:
    async with client.get("/?a=1", allow_redirects=False) as answer:
        assert answer.status == 303
        assert URL(answer.headers["Location"]).query == {"next": "/?a=1"}
    assert await (await client.get("/public")).text() == "-"
    async with client.get("/api/v1/cases", allow_redirects=False) as answer:
        assert answer.status == 401


async def test_a_role_is_needed_for_each_route(client: Client) -> None:
    token = await enter(client, "noor")
    assert await (await client.get("/")).text() == "noor"
    async with client.post("/operate/x", data={"csrf": token}) as answer:
        assert answer.status == 403
    token = await enter(client, "otto")
    async with client.post("/operate/x", data={"csrf": token}) as answer:
        assert (answer.status, await answer.text()) == (200, "otto")


async def test_what_is_not_declared_is_not_there(client: Client) -> None:
    await enter(client, "otto")
    for path in ("/forgotten", "/nowhere"):
        assert (await client.get(path)).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-CSRF-Token": "guessed"}, 403),
        ({"Origin": "https://elsewhere.example", "X-CSRF-Token": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": ""}, 403),
        ({"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": ""}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null", "X-CSRF-Token": ""}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null", "X-CSRF-Token": ""}, 403),
        ({"Origin": "null", "X-CSRF-Token": ""}, 403),
    ],
)
async def test_another_site_changes_nothing(
    client: Client, headers: dict[str, str], status: int
) -> None:
    token = await enter(client, "otto")
    given = {name: value or token for name, value in headers.items()}
    assert (await client.post("/operate/x", headers=given)).status == status


async def test_another_site_signs_nobody_in(client: Client) -> None:
    form = {"name": "noor", "password": PASSWORD}
    headers = {"Origin": "https://elsewhere.example"}
    assert (await client.post("/login", data=form, headers=headers)).status == 403


async def test_a_session_gets_a_new_name_at_each_sign_in(client: Client) -> None:
    await enter(client, "noor")
    before = cookie(client)
    await enter(client, "noor")
    assert cookie(client) != before
    client.session.cookie_jar.clear()
    answer = await client.get("/", cookies={"casebridge": before}, allow_redirects=False)
    assert answer.status == 303, "the old name is worth nothing"


def cookie(client: Client) -> str:
    return next(each.value for each in client.session.cookie_jar if each.key == "casebridge")


@pytest.mark.parametrize("step", [IDLE / 2, IDLE + timedelta(seconds=1)])
async def test_a_session_ends_when_it_is_not_used_and_in_the_end_anyway(
    client: Client, clock: Hands, step: timedelta
) -> None:
    await enter(client, "noor")
    began = clock.at
    while (answer := await client.get("/", allow_redirects=False)).status == 200:
        clock.at += step
    assert answer.status == 303
    assert clock.at - began == (step if step > IDLE else ABSOLUTE + step)


async def test_who_signs_out_is_out(client: Client) -> None:
    token = await enter(client, "noor")
    before = cookie(client)
    await client.post("/logout", data={"csrf": token}, allow_redirects=False)
    answer = await client.get("/", cookies={"casebridge": before}, allow_redirects=False)
    assert answer.status == 303


async def test_an_account_that_is_taken_away_ends_its_sessions(client: Client, file: Path) -> None:
    await enter(client, "noor")
    empty(file)
    assert (await client.get("/", allow_redirects=False)).status == 303


async def test_what_cannot_be_taken_back_asks_for_a_fresh_sign_in(
    client: Client, clock: Hands
) -> None:
    token = await enter(client, "otto")
    form = {"csrf": token}
    assert (await client.post("/unlink", data=form)).status == 200
    clock.at += FRESH_FOR + timedelta(seconds=1)
    answer = await client.post("/unlink", data=form, allow_redirects=False)
    assert URL(answer.headers["Location"]).query == {"next": "/", "again": "1"}
    assert (await client.get("/")).status == 200, "all else goes on"


async def test_every_answer_tells_the_browser_what_not_to_do(client: Client) -> None:
    await enter(client, "noor")
    for path in ("/", "/broken", "/nowhere", "/login", "/operate/x"):
        async with client.get(path, allow_redirects=False) as answer:
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


async def test_a_program_shows_a_token_and_is_no_browser(client: Client, file: Path) -> None:
    digest = hashlib.sha256(b"t").hexdigest()
    roles = frozenset({Role.OPERATOR})
    write_account(file, Account(id="script", name="script", roles=roles, token=digest))
    bearer = {"Authorization": "Bearer t"}
    async with client.post("/operate/x", headers=bearer) as answer:
        assert (answer.status, await answer.text()) == (200, "script")
    for wrong in ("Bearer x", "Basic dDp0", "Bearer"):
        answer = await client.get("/public", headers={"Authorization": wrong})
        assert answer.status == 401, "who sends a token means it"


@pytest.mark.parametrize(
    "asked",
    ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "/a\nb", "", "/login"],
)
def test_nobody_is_sent_to_another_site(asked: str) -> None:
    assert safe_next(asked) == "/"
    assert safe_next("/cases?text=a") == "/cases?text=a"
