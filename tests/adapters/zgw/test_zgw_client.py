"""The client: what servers, proxies and strangers answer, and what becomes of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web

from adapters.kit.http import NotSent
from adapters.zgw.client import Actor, Client
from adapters.zgw.problems import Refused
from contracts.errors import (
    AdapterError,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)
from tests.adapters.certificates import Authority
from tests.adapters.zgw.people import People, settings_for

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
WE = Actor("rud-101", "opdracht\n7 € café")


@asynccontextmanager
async def answering(
    handle: Handle, *, tls: ssl.SSLContext | None = None, **changes: Any
) -> AsyncIterator[Client]:
    """Run a server that answers everything with *handle*, and give a client for it."""
    app = web.Application(client_max_size=1024**3)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    scheme = "https" if tls else "http"
    client = Client(settings_for(f"{scheme}://{host}:{port}", **changes))
    await client.open()
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def problem(status: int, code: str, **more: Any) -> Handle:
    async def handle(request: web.Request) -> web.Response:
        body = {"type": "", "code": code, "title": "Fout", "status": status, "detail": "Helaas"}
        return web.json_response({**body, "instance": "", **more}, status=status)

    return handle


def html(status: int, **headers: str) -> Handle:
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>", content_type="text/html", headers=headers)

    return handle


@pytest.mark.parametrize(
    ("handle", "on_read", "on_write"),
    [
        (problem(400, "invalid"), Refused, Refused),
        (problem(403, "permission_denied"), Refused, Refused),
        (problem(403, "invalid-jwt-signature"), Denied, Denied),
        (problem(403, "jwt-expired"), Denied, Denied),
        (problem(401, "not_authenticated"), Denied, Denied),
        (problem(404, "not_found"), NotFound, NotFound),
        (problem(429, "throttled"), Throttled, Throttled),
        (problem(500, "error"), Unreachable, Uncertain),
        (html(200), Garbled, Uncertain),
        (html(301, Location="http://127.0.0.1:9/"), Unreachable, Unreachable),
        (html(404), Unreachable, Unreachable),
        (html(413), Rejected, Rejected),
        (html(407), Denied, Denied),
        (html(502), Unreachable, Uncertain),
        (html(503), Throttled, Throttled),
        (html(504), Unreachable, Uncertain),
    ],
)
async def test_answer_becomes_the_error_that_says_what_to_do(
    handle: Handle, on_read: type[AdapterError], on_write: type[AdapterError]
) -> None:
    """A read that fails did nothing; a write is only known undone where the server says so."""
    async with answering(handle) as client:
        with pytest.raises(on_read):
            await client.get("zaken", "zaken/x")
        with pytest.raises(on_write):
            await client.send("POST", "zaken", "zaken", {}, actor=WE)


async def test_refusal_bears_the_servers_own_words() -> None:
    """The field, the reason and the code, as the server put them."""
    params = [{"name": "einddatum", "code": "date-in-future", "reason": "Mag niet"}]
    async with answering(problem(400, "invalid", invalidParams=params)) as client:
        with pytest.raises(Refused, match="einddatum: Mag niet") as caught:
            await client.send("POST", "zaken", "zaken", {}, actor=WE)
    assert caught.value.codes == {"invalid", "date-in-future"}


async def test_server_that_asks_to_wait_is_waited_for() -> None:
    """Its own number of seconds counts."""
    async with answering(html(503, **{"Retry-After": "7"})) as client:
        with pytest.raises(Throttled) as caught:
            await client.get("zaken", "zaken")
    assert caught.value.retry_after == timedelta(seconds=7)


async def test_write_is_sent_once_and_a_read_again() -> None:
    """Only what is safe to repeat is repeated, within seconds."""
    calls: list[str] = []

    async def broken(request: web.Request) -> web.StreamResponse:
        calls.append(request.method)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with answering(broken) as client:
        with pytest.raises(Uncertain):
            await client.send("POST", "zaken", "zaken", {}, actor=WE)
        with pytest.raises(Unreachable):
            await client.get("zaken", "zaken")
    assert calls.count("POST") == 1
    assert calls.count("GET") >= 3


async def test_nobody_at_the_address_means_nothing_was_sent() -> None:
    """Even a write may then be tried again."""
    client = Client(settings_for("http://127.0.0.1:9"))
    await client.open()
    with pytest.raises(NotSent):
        await client.send("POST", "zaken", "zaken", {}, actor=WE)
    await client.close()


@pytest.mark.covers("F23")
async def test_nothing_is_said_to_a_server_whose_certificate_nobody_vouches_for(
    tmp_path: Path,
) -> None:
    heard: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.json_response({})

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*Authority(tmp_path).issue("127.0.0.1"))
    async with answering(handle, tls=tls) as client:
        with pytest.raises(NotSent, match="certificate is refused: unable to get local issuer"):
            await client.get("zaken", "zaken/1")
    assert heard == []


@pytest.mark.covers("F24")
async def test_a_redirect_is_not_followed_and_nobody_else_hears_of_us() -> None:
    elsewhere: list[str] = []

    async def hears(request: web.Request) -> web.Response:
        elsewhere.append(request.headers.get("Authorization", ""))
        return web.json_response({})

    async with answering(hears) as other:
        to = other._settings.base_url or ""

        async def leads_on(request: web.Request) -> web.Response:
            raise web.HTTPTemporaryRedirect(to + request.path)

        async with answering(leads_on) as client:
            with pytest.raises(Unreachable, match="redirect"):
                await client.get("zaken", "zaken/1")
    assert elsewhere == []


async def test_server_that_never_answers_is_given_up() -> None:
    """A read was not done, a write may have been."""
    given_up = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await given_up.wait()
        return web.Response()

    async with answering(slow, request_timeout=timedelta(seconds=0.2)) as client:
        with pytest.raises(Unreachable):
            await client.get("zaken", "zaken")
        with pytest.raises(Uncertain):
            await client.send("PATCH", "zaken", "zaken/x", {}, actor=WE)
        given_up.set()


async def test_answer_without_end_is_not_read() -> None:
    """No more than was allowed is ever taken in."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    async with answering(endless, max_answer_bytes=1024 * 1024) as client:
        with pytest.raises(Garbled, match="max_answer_bytes"):
            await client.get("zaken", "zaken")


async def test_request_bears_who_and_why() -> None:
    """A fresh token, the colleague, one plain line of reason, and the system of coordinates."""
    seen: list[web.Request] = []

    async def keeping(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response({})

    async with answering(keeping) as client:
        await client.send("POST", "zaken", "zaken", {}, actor=WE)
    headers = seen[0].headers
    claims = jwt.decode(
        headers["Authorization"].removeprefix("Bearer "),
        People.BRIDGE_SECRET,
        algorithms=["HS256"],
    )
    assert claims["client_id"] == "casebridge"
    assert claims["user_id"] == "rud-101"
    assert headers["X-Audit-Toelichting"] == "opdracht 7 ? caf?"
    assert headers["Accept-Crs"] == headers["Content-Crs"] == "EPSG:4326"


@pytest.mark.covers("F24")
async def test_next_page_is_asked_at_our_own_address() -> None:
    """A host in an answer is never spoken to, so a token never leaves the house."""
    asked: list[str] = []

    async def pages(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        last = request.query.get("page") == "2"
        following = None if last else "http://boef.example/zaken/api/v1/zaken?page=2&a=b"
        return web.json_response({"next": following, "results": [{"url": "x"}]})

    async with answering(pages) as client:
        found = [item async for item in client.items("zaken", "zaken", {"a": "b"})]
    assert len(found) == 2
    assert asked == ["/zaken/api/v1/zaken?a=b", "/zaken/api/v1/zaken?page=2&a=b"]


async def test_pages_that_go_round_are_left() -> None:
    """A next page that is the page itself ends in an error, not in a loop."""

    async def looping(request: web.Request) -> web.Response:
        url = f"http://{request.host}/zaken/api/v1/zaken?page=2"
        return web.json_response({"next": url, "results": []})

    async with answering(looping) as client:
        with pytest.raises(Garbled, match="circles"):
            async for _ in client.items("zaken", "zaken"):
                pass


async def test_list_that_shrank_ends_where_it_ends() -> None:
    """A page beyond the end is 404: the cases were removed while we went through."""

    async def shrinking(request: web.Request) -> web.StreamResponse:
        if "page" in request.query:
            return await problem(404, "not_found")(request)
        url = f"http://{request.host}/zaken/api/v1/zaken?page=2"
        return web.json_response({"next": url, "results": [{"url": "x"}]})

    async with answering(shrinking) as client:
        assert len([item async for item in client.items("zaken", "zaken")]) == 1


async def test_gateway_that_loses_a_page_does_not_shorten_the_list() -> None:
    """A 404 that is not the API's own says nothing of the list: what we have is not all."""

    async def losing(request: web.Request) -> web.StreamResponse:
        if "page" in request.query:
            return await html(404)(request)
        url = f"http://{request.host}/zaken/api/v1/zaken?page=2"
        return web.json_response({"next": url, "results": [{"url": "x"}]})

    async with answering(losing) as client:
        with pytest.raises(Unreachable):
            async for _ in client.items("zaken", "zaken"):
                pass


async def test_download_that_breaks_off_is_told() -> None:
    """Fewer bytes than announced are never taken for the whole."""

    async def breaking(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 10)
        assert request.transport is not None
        request.transport.abort()
        return response

    async with answering(breaking) as client:
        with pytest.raises(Unreachable):
            await _downloaded(client)


async def _downloaded(client: Client) -> bytes:
    async with client.stream_down("documenten", "x") as pieces:
        return b"".join([piece async for piece in pieces])


async def test_what_fails_at_the_taker_of_a_download_is_not_ours() -> None:
    """The other side's trouble is not blamed on this system."""

    async def fine(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 10)

    async with answering(fine) as client:
        with pytest.raises(TimeoutError):
            async with client.stream_down("documenten", "x"):
                raise TimeoutError


async def test_list_that_ends_early_is_not_taken_for_deletion() -> None:
    """Fewer than the system itself counts: not all that there is."""

    async def short(request: web.Request) -> web.Response:
        return web.json_response({"count": 3, "next": None, "results": [{"url": "x"}]})

    async with answering(short) as client:
        with pytest.raises(Unreachable, match="1 of 3"):
            async for _ in client.items("zaken", "zaken"):
                pass


@pytest.mark.parametrize("body", ["[1, 2]", '{"results": 3}', '"x"', "null", "[" * 100_000])
async def test_list_that_is_none_is_garbled(body: str) -> None:
    """Whatever JSON comes, it is an error of ours by name, never a bug."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    async with answering(handle) as client:
        with pytest.raises(Garbled):
            async for _ in client.items("zaken", "zaken"):
                pass


async def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody left in the environment does not get our tokens."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def fine(request: web.Request) -> web.Response:
        return web.json_response({})

    async with answering(fine) as client:
        assert (await client.get("zaken", "zaken/x")).status == 200


def test_secret_never_shows() -> None:
    """Not in the settings, not in their errors."""
    settings = settings_for("http://127.0.0.1:9")
    assert People.BRIDGE_SECRET not in repr(settings)
    with pytest.raises(ValueError, match="16 characters") as caught:
        settings_for("http://127.0.0.1:9", secret="kortgeheim")
    assert "kortgeheim" not in str(caught.value)
