"""Hints: what is pushed to us, asking for it, and going through all there is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from adapters.zgw import ZgwAdapter
from contracts.adapter import Push
from contracts.errors import Denied, Garbled
from contracts.ids import CaseRef
from tests.adapters.zgw.people import HERE, TOKEN, People, TheseBytes, a_document, change, writes

CASE = "d44562d4-2eb9-4c19-b71b-76491c84a4ea"


def a_push(body: Any, *, token: str | None = TOKEN, method: str = "POST") -> Push:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if token is None else {"authorization": token}
    return Push(method=method, path="", headers=headers, body=raw)


def a_message(kanaal: str, resource: str) -> dict[str, Any]:
    return {
        "kanaal": kanaal,
        "hoofdObject": f"http://binnen.example/api/v1/{resource}/{CASE}",
        "resource": "iets",
        "resourceUrl": "http://binnen.example/api/v1/iets/1",
        "actie": "update",
        "aanmaakdatum": "2026-03-02T10:00:00Z",
        "kenmerken": {"bronorganisatie": "999997014"},
        "nieuwVeld": 1,
    }


def test_notification_names_the_case_whatever_its_host(adapter: ZgwAdapter) -> None:
    """Behind a gateway the host is one that only the service knows."""
    heard = adapter.hear(a_push(a_message("zaken", "zaken")))
    assert heard.refs == (CASE,)
    assert heard.answer.status == 204


@pytest.mark.parametrize("token", [None, "", "Bearer fout", TOKEN + "x", TOKEN[:-1], "Bearer é"])
def test_push_without_our_token_is_denied(adapter: ZgwAdapter, token: str | None) -> None:
    """Nothing of it is read."""
    with pytest.raises(Denied):
        adapter.hear(a_push(b"<xml/>", token=token))


def test_test_of_the_callback_is_answered(adapter: ZgwAdapter) -> None:
    """Refused without the token, taken with it, and about no case."""
    test = {
        "kanaal": "test",
        "hoofdObject": "http://some.hoofdobject.nl/",
        "resource": "some_resource",
        "resourceUrl": "http://some.resource.nl/",
        "actie": "create",
        "aanmaakdatum": "2019-01-01T12:00:00Z",
        "kenmerken": {},
    }
    heard = adapter.hear(a_push(test))
    assert heard.refs == ()
    assert heard.answer.status == 204
    with pytest.raises(Denied):
        adapter.hear(a_push(test, token=None))


@pytest.mark.parametrize("kanaal", ["zaaktypen", "autorisaties", "iets-nieuws"])
def test_other_channels_are_passed_over(adapter: ZgwAdapter, kanaal: str) -> None:
    """What is not about cases is taken, and forgotten."""
    assert adapter.hear(a_push(a_message(kanaal, "zaaktypen"))).refs == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<soap:Envelope/>",
        b"[]",
        b"null",
        b'{"kanaal": []}',
        b'{"kanaal": "zaken"}',
        b'{"kanaal": "zaken", "hoofdObject": "http://x/zaken/geen-uuid"}',
        b"\xff\xfe",
        b" " * 70_000,
    ],
)
def test_what_is_no_notification_is_garbled(adapter: ZgwAdapter, body: bytes) -> None:
    """With our token and still no message: told, with the bytes kept."""
    with pytest.raises(Garbled):
        adapter.hear(a_push(body))


async def test_document_leads_to_its_cases(adapter: ZgwAdapter, people: People) -> None:
    """A document is announced without its cases: they are looked up."""
    ref = await people.opens()
    await writes(
        adapter,
        ref,
        change("documents/CBDOC1", a_document(), content=HERE),
        contents=TheseBytes(),
    )
    key = (await adapter.read(ref)).case.documents[0].key
    (hint,) = adapter.hear(
        a_push(
            {
                **a_message("documenten", ""),
                "hoofdObject": f"http://x/enkelvoudiginformatieobjecten/{key}",
            }
        )
    ).refs
    assert await adapter.cases_of(hint) == [ref]
    assert await adapter.cases_of(ref) == [ref]
    assert await adapter.cases_of(CaseRef(f"document:{CASE}")) == []
    assert await adapter.cases_of(CaseRef(f"besluit:{CASE}")) == []


async def test_decision_leads_to_its_case(adapter: ZgwAdapter, people: People) -> None:
    """A decision names the case that it belongs to."""
    ref = await people.opens()
    item = {"key": "CBDEC", "type": "Besluit", "date": "2026-02-20", "text": "Akkoord"}
    await writes(adapter, ref, change("decisions/CBDEC", item))
    key = (await adapter.read(ref)).case.decisions[0].key
    assert await adapter.cases_of(CaseRef(f"besluit:{key}")) == [ref]


async def test_poll_goes_through_all_cases(adapter: ZgwAdapter, people: People) -> None:
    """Every page, every case."""
    opened = {await people.opens() for _ in range(7)}
    found = [ref async for page in adapter.poll(None) for ref in page.refs]
    assert set(found) == opened
    assert len(found) == 7


class Callback:
    """Our endpoint, answering as the edge does."""

    def __init__(self, adapter: ZgwAdapter) -> None:
        self._adapter = adapter
        self.heard: list[CaseRef] = []
        self.denied = 0
        self.came = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        push = Push(
            method=request.method, path=request.path, headers=headers, body=await request.read()
        )
        try:
            heard = self._adapter.hear(push)
        except Denied:
            self.denied += 1
            return web.Response(status=401)
        self.heard += heard.refs
        if heard.refs:
            self.came.set()
        return web.Response(status=heard.answer.status)


@pytest.fixture
async def callback(adapter: ZgwAdapter) -> AsyncIterator[tuple[str, Callback]]:
    """A running endpoint of ours, and its address."""
    handle = Callback(adapter)
    app = web.Application()
    app.router.add_post("/odru", handle.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/odru", handle
    await runner.cleanup()


async def test_subscription_is_made_once_and_brings_hints(
    adapter: ZgwAdapter, people: People, callback: tuple[str, Callback]
) -> None:
    """Subscribing again changes nothing; what a colleague does is heard; then no more."""
    url, endpoint = callback
    for _ in range(2):
        await adapter.subscribe(url)
    found = await people.call("GET", "notificaties/api/v1/abonnement")
    assert [a["callbackUrl"] for a in found] == [url]
    assert {k["naam"] for k in found[0]["kanalen"]} == {"zaken", "documenten", "besluiten"}
    assert endpoint.denied > 0

    ref = await people.opens()
    await asyncio.wait_for(endpoint.came.wait(), 5)
    assert ref in endpoint.heard

    await adapter.unsubscribe(url)
    await adapter.unsubscribe(url)
    assert await people.call("GET", "notificaties/api/v1/abonnement") == []


async def test_double_subscription_is_made_one(
    adapter: ZgwAdapter, people: People, callback: tuple[str, Callback]
) -> None:
    """The service would serve the same callback twice."""
    url, _ = callback
    body = {"callbackUrl": url, "auth": TOKEN, "kanalen": [{"naam": "zaken", "filters": {}}]}
    for _ in range(2):
        await people.call("POST", "notificaties/api/v1/abonnement", body)
    await adapter.subscribe(url)
    assert len(await people.call("GET", "notificaties/api/v1/abonnement")) == 1
