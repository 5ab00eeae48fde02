"""PostgreSQL dies, drops connections or falls silent, while people work on both sides."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.services.postgres import Postgres
from tests.services.proxy import Proxy
from tests.system.conftest import Opening
from tests.system.scene import by_way_of, port_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CUT_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'casebridge'"""


@pytest.mark.covers("F48", "F47")
async def test_the_database_is_killed_under_load(on_servers: Opening, postgres: Postgres) -> None:
    """SIGKILL and a restart, three times: nothing that was acknowledged is gone."""
    async with on_servers() as scene:
        async with scene.people.working():
            for _ in range(3):
                await asyncio.sleep(2)
                await asyncio.to_thread(postgres.kill)
                await asyncio.sleep(1)
                await asyncio.to_thread(postgres.start)
        await scene.ends_alike()


@pytest.mark.covers("F47", "F48")
async def test_its_connections_are_cut_again_and_again(
    on_servers: Opening, postgres_url: str
) -> None:
    """In the midst of whatever they were doing: each transaction is done whole or not at all."""
    async with on_servers() as scene:
        connection = await asyncpg.connect(postgres_url.replace("+asyncpg", "", 1))
        try:
            async with scene.people.working():
                cut = 0
                for _ in range(12):
                    await asyncio.sleep(0.4)
                    cut += await connection.fetchval(CUT_ALL)
        finally:
            await connection.close()
        assert cut >= 12
        await scene.ends_alike()


@pytest.mark.covers("F49", "F48")
async def test_it_falls_silent(on_servers: Opening, postgres_url: str) -> None:
    """A hub and an edge hear nothing any more: they say so, do not hang, and go on afterwards."""
    async with Proxy(port_of(postgres_url)) as proxy:
        store = {"store": by_way_of(postgres_url, proxy)}
        async with on_servers(instead={"hub-1": store, "edge-odru": store}) as scene:
            async with scene.people.working():
                for is_failover in (False, True):
                    await asyncio.sleep(1)
                    proxy.blackhole()
                    await asyncio.sleep(3)
                    for name in ("hub-1", "edge-odru"):
                        assert "503" in await scene.readiness(name)
                    assert "200" in await scene.readiness("hub-2")
                    if is_failover:
                        proxy.reset()
                    proxy.clear()
            await scene.ends_alike()
