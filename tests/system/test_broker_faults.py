"""The broker dies, is cut off, is full or loses its queues, while people work on both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import pytest

from bridge import app
from bridge.settings import load_settings
from tests.services.proxy import SHUT, Proxy
from tests.services.rabbitmq import RabbitMQ
from tests.system.conftest import Opening
from tests.system.memory import resident_kb
from tests.system.scene import Scene, by_way_of, port_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HEARTBEAT = "heartbeat=2"
"""A silent broker is noticed sooner than by default, so that the test need not wait for it."""


@pytest.mark.covers("F40", "F38", "F36")
async def test_the_broker_is_killed_under_load(on_servers: Opening, rabbitmq: RabbitMQ) -> None:
    """SIGKILL and a restart, twice: nothing that it had confirmed, or not yet, is lost."""
    async with on_servers() as scene:
        await asyncio.to_thread(rabbitmq.settle)
        async with scene.people.working():
            for _ in range(2):
                await asyncio.sleep(2)
                await asyncio.to_thread(rabbitmq.kill)
                await asyncio.sleep(1)
                await asyncio.to_thread(rabbitmq.start)
        await scene.ends_alike()


@pytest.mark.covers("F38", "F44")
async def test_connections_are_closed_and_flap(
    on_servers: Opening, rabbitmq: RabbitMQ, vhost_url: str
) -> None:
    """By the broker's administrator, by resets on the way, and by a door that opens and shuts."""
    async with Proxy(port_of(vhost_url)) as proxy:
        edge = {"broker": by_way_of(vhost_url, proxy)}
        async with on_servers(instead={"edge-odru": edge, "hub-1": edge}) as scene:
            async with scene.people.working():
                await asyncio.to_thread(rabbitmq.ctl, "close_all_connections", "oefening")
                for _ in range(6):
                    await asyncio.sleep(0.4)
                    proxy.reset()
                await asyncio.to_thread(rabbitmq.ctl, "close_all_connections", "oefening")
                for _ in range(4):
                    await proxy.refuse()
                    await asyncio.sleep(0.4)
                    await proxy.accept()
                    await asyncio.sleep(0.4)
            await scene.ends_alike()


@pytest.mark.covers("F39", "F44")
async def test_an_edge_is_cut_off_both_ways_and_one_way(
    on_servers: Opening, vhost_url: str
) -> None:
    """Silence is noticed by heartbeats; whatever passed or not, it is told once it can be."""
    async with Proxy(port_of(vhost_url)) as proxy:
        edge = {"broker": f"{by_way_of(vhost_url, proxy)}?{HEARTBEAT}"}
        async with on_servers(instead={"edge-odru": edge}) as scene:
            async with scene.people.working():
                for cut in (proxy.blackhole, lambda: proxy.set(up=SHUT), _down(proxy)):
                    cut()
                    await asyncio.sleep(7)
                    proxy.clear()
                    await asyncio.sleep(1)
            log = scene.site.log("edge-odru").read_text()
            assert "broker_connection_lost" in log
            await scene.ends_alike()


def _down(proxy: Proxy) -> Callable[[], None]:
    return lambda: proxy.set(down=SHUT)


@pytest.mark.covers("F41")
async def test_a_memory_alarm_holds_messages_back_and_loses_none(
    on_servers: Opening, rabbitmq: RabbitMQ
) -> None:
    """Hints stay durable in the store, messages in the outbox, and nobody's memory grows."""
    async with on_servers() as scene:
        before = _memory(scene)
        async with scene.people.working():
            await _watermark(rabbitmq, "absolute", "1MB")
            await asyncio.sleep(6)
            stats = await scene.stage.backstage.store.outbox_stats(sender="odru")
            assert stats.size > 0, "nothing was held back"
            assert await scene.all_told(5), "a hint was not accepted under the alarm"
            for name, now in _memory(scene).items():
                assert now - before[name] < 50_000, f"{name} has grown from {before[name]} kB"
            await _watermark(rabbitmq, "0.4")
        await scene.ends_alike()


@pytest.mark.covers("F43")
async def test_queues_are_purged_and_deleted(
    on_servers: Opening, rabbitmq: RabbitMQ, vhost_url: str
) -> None:
    """Said clearly; made again, the outbox, overdue Receipts and a sweep bring everything back."""
    vhost = unquote(urlsplit(vhost_url).path[1:])
    async with on_servers() as scene:
        async with scene.people.working():
            await asyncio.sleep(1)
            for queue in ("hub.v1", "edge.odru.commands.v1", "edge.rud-utrecht.commands.v1"):
                await asyncio.to_thread(rabbitmq.ctl, "purge_queue", "-p", vhost, queue)
            for queue in ("hub.v1", "edge.odru.commands.v1"):
                await asyncio.to_thread(rabbitmq.ctl, "delete_queue", "-p", vhost, queue)
            assert "these are missing: hub.v1" in await scene.readiness("hub-1")
            await asyncio.sleep(1)
            await app.provision(load_settings(scene.site.config("hub-1")))
        await _go_on_in(scene, minutes=16)
        await scene.stage.backstage.sweep()
        await scene.ends_alike()


async def _go_on_in(scene: Scene, minutes: int) -> None:
    """Let the hubs go on later: a Command whose Receipt is overdue by then is sent again."""
    ahead = scene.site.clock_ahead.total_seconds()
    for name in ("hub-1", "hub-2"):
        await scene.keeper.rest(name)
        scene.site.change(name, {"clock_ahead": ahead + 60 * minutes})
        scene.keeper.wake(name)


async def _watermark(rabbitmq: RabbitMQ, *how: str) -> None:
    await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", *how)


def _memory(scene: Scene) -> dict[str, int]:
    """Give the resident memory of each process of the bridge, in kB."""
    return {
        process.name: resident_kb(process)
        for process in scene.keeper.processes
        if process.name.startswith(("hub", "edge"))
    }
