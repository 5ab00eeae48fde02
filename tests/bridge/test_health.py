"""Health: it lives while its loop turns; it is ready while store and broker can be used."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import ClientSession, web

from bridge.broker import Topology
from bridge.broker.embedded import EmbeddedBroker
from bridge.health import Health
from bridge.store import StoreUnreachable


class _Store:
    trouble: Exception | None = None
    hangs = False

    async def check(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble:
            raise self.trouble


async def test_it_says_what_cannot_be_used(tmp_path: Path, unused_tcp_port: int) -> None:
    store = _Store()
    broker = EmbeddedBroker(tmp_path / "b.sqlite", expected=Topology.of(["odru"]))
    app = web.Application()
    Health(store=store, broker=broker).add_to(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    url = f"http://127.0.0.1:{unused_tcp_port}"
    try:
        async with ClientSession() as session:

            async def ask(path: str) -> tuple[int, dict[str, str]]:
                async with session.get(url + path) as answer:
                    return answer.status, await answer.json()

            status, said = await ask("/readyz")
            assert status == 503
            assert "missing" in said["broker"]
            await broker.provision(Topology.of(["odru"]))
            assert (await ask("/readyz"))[0] == 200
            store.trouble = StoreUnreachable("away", where="pg", way_out="wait")
            status, said = await ask("/readyz")
            assert (status, "away" in said["store"]) == (503, True)
            store.trouble, store.hangs = None, True
            async with asyncio.timeout(10):
                status, said = await ask("/readyz")
            assert status == 503
            assert (await ask("/livez"))[0] == 200
    finally:
        await runner.cleanup()
        await broker.close()
