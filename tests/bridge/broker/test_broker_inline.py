"""The embedded broker without its thread, as a simulated run needs it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from pathlib import Path

import pytest

from bridge.broker import Outgoing, Topology
from bridge.broker.embedded import EmbeddedBroker, InlineWriter, OnReady
from bridge.broker.topology import HUB_QUEUE, observation_key

TOPOLOGY = Topology.of(["odru"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "broker.sqlite"


def outgoing(message_id: str = "m1") -> Outgoing:
    return Outgoing(message_id, observation_key("odru"), b"{}")


async def test_no_thread_is_started(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that refuses threads can run it, from the first call to the last."""

    def refuse(*args: object) -> None:
        msg = "a thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(asyncio.get_running_loop(), "call_soon_threadsafe", refuse)
    broker = EmbeddedBroker(path, expected=TOPOLOGY, writer=InlineWriter)
    await broker.provision(TOPOLOGY)
    await broker.publish([outgoing()])
    async with broker.subscribe(HUB_QUEUE, prefetch=1) as subscription:
        await subscription.done(await subscription.take(1))
    assert (await broker.depths())[HUB_QUEUE] == 0
    await broker.close()


async def test_a_writer_that_is_abandoned_leaves_what_a_killed_process_leaves(
    path: Path,
) -> None:
    """What was committed is there, what was out is marked; what waited for its turn is not done."""
    writers: list[InlineWriter] = []

    def inline(path: Path, on_ready: OnReady) -> InlineWriter:
        writers.append(InlineWriter(path, on_ready))
        return writers[-1]

    first = EmbeddedBroker(path, expected=TOPOLOGY, writer=inline)
    await first.provision(TOPOLOGY)
    await first.publish([outgoing("m1"), outgoing("m2")])
    subscription = first.subscribe(HUB_QUEUE, prefetch=1)
    assert [d.message_id for d in await subscription.take(1)] == ["m1"]
    late = asyncio.create_task(first.publish([outgoing("late")]))
    await asyncio.sleep(0)
    writers[0].abandon()
    second = EmbeddedBroker(path, expected=TOPOLOGY, writer=inline)
    async with second.subscribe(HUB_QUEUE, prefetch=10) as successor:
        taken = await successor.take(10)
    assert {d.message_id: d.redelivered for d in taken} == {"m1": True, "m2": False}
    assert not late.done()
    late.cancel()
    await second.close()


async def test_a_round_belongs_to_whoever_has_the_file(path: Path) -> None:
    """Not to the first who asked: when that one is killed, the others still get their answers."""
    whose = contextvars.ContextVar("whose", default="the broker's")
    found: list[str] = []

    class Telling(InlineWriter):
        def _round(self) -> None:
            found.append(whose.get())
            super()._round()

    broker = EmbeddedBroker(path, expected=TOPOLOGY, writer=Telling)
    await broker.provision(TOPOLOGY)

    async def ask() -> None:
        whose.set("somebody's")
        await broker.publish([outgoing()])

    await asyncio.create_task(ask())
    await broker.close()
    assert set(found) == {"the broker's"}
