"""Notifications: who gets them, when, and what may go wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.zgw.simulator import NotificationQuirks, Quirks

TOKEN = "Bearer hoor-eens"


class Listener:
    """A subscriber. `answers` are given in turn; after that 204."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self._more = asyncio.Event()

    async def hear(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != TOKEN:
            return web.Response(status=403)
        message = await request.json()
        if message["kanaal"] == "test":
            return web.Response(status=204)
        status = self.answers.pop(0) if self.answers else 204
        if status == 204:
            self.heard.append(message)
            self._more.set()
        return web.Response(status=status)

    async def until(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self._more.clear()
                await self._more.wait()
        return self.heard


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listening = Listener()
    app = web.Application()
    app.router.add_post("/hoor", listening.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening.url = f"{site.name}/hoor"
    yield listening
    await runner.cleanup()


async def subscribe(api: Any, listener: Listener, **filters: str) -> Any:
    body = {
        "callbackUrl": listener.url,
        "auth": TOKEN,
        "kanalen": [{"naam": "zaken", "filters": filters}],
    }
    return await api.post("/notificaties/api/v1/abonnement", body)


async def test_a_write_is_announced_to_who_subscribed(started: Any, listener: Listener) -> None:
    _, api = await started()
    await subscribe(api, listener)
    zaak = await api.zaak()
    (message,) = await listener.until(1)
    assert message["hoofdObject"] == message["resourceUrl"] == zaak["url"]
    assert (message["kanaal"], message["resource"], message["actie"]) == ("zaken", "zaak", "create")
    assert message["kenmerken"]["zaaktype"] == zaak["zaaktype"]


async def test_a_filter_keeps_others_out(started: Any, listener: Listener) -> None:
    _, api = await started()
    await subscribe(api, listener, vertrouwelijkheidaanduiding="geheim")
    await api.zaak()
    secret = await api.zaak(vertrouwelijkheidaanduiding="geheim")
    (message,) = await listener.until(1)
    assert message["hoofdObject"] == secret["url"]


async def test_what_is_held_is_delivered_on_release(started: Any, listener: Listener) -> None:
    simulator, api = await started()
    await subscribe(api, listener)
    await api.sim("POST", "notifications", {"hold": True})
    zaak = await api.zaak()
    await api.call("PATCH", zaak["url"], {"omschrijving": "x"})
    state = await api.sim("GET", "notifications")
    assert (state["waiting"], listener.heard) == (2, [])
    await api.sim("POST", "notifications", {"hold": False})
    heard = await listener.until(2)
    assert [message["actie"] for message in heard] == ["create", "partial_update"]
    assert simulator.system.deliveries.waiting in (0, 1)


async def test_a_failed_delivery_is_tried_again(started: Any, listener: Listener) -> None:
    quirks = NotificationQuirks(retry_seconds=(0.01, 0.01))
    _, api = await started(Quirks(notifications=quirks))
    await subscribe(api, listener)
    listener.answers = [503, 404]
    await api.zaak()
    await listener.until(1)
    assert (await api.sim("GET", "notifications"))["failed"] == 2


async def test_after_the_last_try_it_is_dropped(started: Any, listener: Listener) -> None:
    simulator, api = await started(Quirks(notifications=NotificationQuirks(retry_seconds=())))
    await subscribe(api, listener)
    listener.answers = [500]
    await api.zaak()
    async with asyncio.timeout(5):
        await simulator.system.deliveries.settled()
    assert (simulator.system.deliveries.dropped, listener.heard) == (1, [])


async def test_messages_are_doubled_and_lost_on_demand(started: Any, listener: Listener) -> None:
    _, api = await started(Quirks(notifications=NotificationQuirks(duplicate_share=1.0)))
    await subscribe(api, listener)
    await api.zaak()
    first, second = await listener.until(2)
    assert first == second
    await api.sim("POST", "notifications", {"duplicate_share": 0, "lose_share": 1})
    await api.zaak()
    assert (await api.sim("GET", "notifications"))["lost"] == 1


async def test_a_batch_arrives_in_another_order(started: Any, listener: Listener) -> None:
    quirks = NotificationQuirks(batch_seconds=0.3, reorder=True)
    _, api = await started(Quirks(notifications=quirks))
    await subscribe(api, listener)
    zaak = await api.zaak()
    for number in range(8):
        await api.call("PATCH", zaak["url"], {"omschrijving": str(number)})
    heard = await listener.until(9)
    times = [message["aanmaakdatum"] for message in heard]
    assert times != sorted(times)


async def test_undelivered_messages_survive_a_restart(
    started: Any, listener: Listener, tmp_path: Path
) -> None:
    held = Quirks(notifications=NotificationQuirks(hold=True))
    simulator, api = await started(held, data_dir=tmp_path / "data")
    await subscribe(api, listener)
    zaak = await api.zaak()
    await simulator.stop()
    again, _ = await started(data_dir=tmp_path / "data")
    (message,) = await listener.until(1)
    assert message["hoofdObject"].endswith(zaak["uuid"])
    assert message["hoofdObject"].startswith(again.url)


async def test_a_callback_that_cannot_be_reached_is_refused(started: Any) -> None:
    _, api = await started()
    body = {"callbackUrl": "http://127.0.0.1:9/x", "auth": "x", "kanalen": [{"naam": "zaken"}]}
    assert (await api.call("POST", "/notificaties/api/v1/abonnement", body))[0] == 500
