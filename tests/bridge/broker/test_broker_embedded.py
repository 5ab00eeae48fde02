"""What a file and a process can do to us: SIGKILL, a second process, a full disk, a wrong file."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bridge.broker import BrokerMisconfigured, BrokerUnreachable, Outgoing, Topology
from bridge.broker._embedded_file import QueueFile
from bridge.broker.embedded import EmbeddedBroker, InlineWriter, ThreadWriter
from bridge.broker.topology import HUB_QUEUE, observation_key

TOPOLOGY = Topology.of(["odru"])
ROOT = Path(__file__).resolve().parents[3]
SECONDS = 30

# Publishes for ever and takes without ever reporting; tells what it was promised.
VICTIM = """
import asyncio, json, sys
from itertools import count
from pathlib import Path
from bridge.broker import Outgoing, Topology
from bridge.broker.embedded import EmbeddedBroker, InlineWriter, ThreadWriter

async def take(broker, tell):
    async with broker.subscribe("hub.v1", prefetch=5) as subscription:
        while True:
            for delivery in await subscription.take(1):
                tell("taken", delivery.message_id)

async def main():
    def tell(*what):
        print(json.dumps(what), flush=True)
    broker = EmbeddedBroker(Path(sys.argv[1]), expected=Topology.of(["odru"]))
    await broker.provision(Topology.of(["odru"]))
    taking = asyncio.create_task(take(broker, tell))
    for number in count():
        batch = [Outgoing(f"{number}-{i}", "observation.odru", b"x" * 2000) for i in range(3)]
        for confirmed in await broker.publish(batch):
            tell("confirmed", confirmed)

asyncio.run(main())
"""

INTRUDER = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0).execute("BEGIN IMMEDIATE")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "broker.sqlite"


@pytest.fixture(params=[ThreadWriter, InlineWriter])
async def broker(path: Path, request: pytest.FixtureRequest) -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker(path, expected=TOPOLOGY, writer=request.param)
    await broker.provision(TOPOLOGY)
    yield broker
    await broker.close()


def outgoing(message_id: str = "m1", size_bytes: int = 10) -> Outgoing:
    return Outgoing(message_id, observation_key("odru"), b"x" * size_bytes)


async def _victim(path: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", VICTIM, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_a_killed_process_loses_nothing_that_was_confirmed(path: Path) -> None:
    """SIGKILL in the midst of work: all comes again, and what was out is marked."""
    victim = await _victim(path)
    assert victim.stdout is not None
    told: dict[str, set[str]] = {"confirmed": set(), "taken": set()}
    async with asyncio.timeout(SECONDS):
        while len(told["confirmed"]) < 300 or len(told["taken"]) < 5:
            kind, message_id = json.loads(await victim.stdout.readline())
            told[kind].add(message_id)
        victim.send_signal(signal.SIGKILL)
        async for line in victim.stdout:
            if line.endswith(b"\n"):
                kind, message_id = json.loads(line)
                told[kind].add(message_id)
        await victim.wait()
    broker = EmbeddedBroker(path, expected=TOPOLOGY)
    await broker.check()
    waiting = (await broker.depths())[HUB_QUEUE]
    async with broker.subscribe(HUB_QUEUE, prefetch=waiting) as subscription:
        found = {d.message_id: d.redelivered for d in await subscription.take(waiting)}
    await broker.close()
    assert told["confirmed"] <= found.keys()
    assert {message_id for message_id, redelivered in found.items() if redelivered} >= told["taken"]
    assert sum(found.values()) <= 5


async def test_a_second_process_is_refused(path: Path) -> None:
    """It is told why and what to do; the first goes on undisturbed."""
    first = await _victim(path)
    assert first.stdout is not None
    second = EmbeddedBroker(path, expected=TOPOLOGY)
    try:
        async with asyncio.timeout(SECONDS):
            await first.stdout.readline()
            with pytest.raises(BrokerMisconfigured, match="another process has it open"):
                await second.check()
            published = await second.publish([outgoing()])
            assert list(published) == []
            assert "another process" in published.unconfirmed[0].why
            assert await first.stdout.readline()
    finally:
        first.kill()
        await first.communicate()
    await second.check()
    await second.close()


async def test_a_second_broker_in_the_same_process_is_refused(
    broker: EmbeddedBroker, path: Path
) -> None:
    """Two owners of one file would each deliver the same messages."""
    await broker.check()
    second = EmbeddedBroker(path, expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured, match="another process has it open"):
        await second.check()
    await second.close()


async def test_a_second_broker_that_was_refused_leaves_the_lock_alone(
    broker: EmbeddedBroker, path: Path
) -> None:
    """Another process is still kept out: a look at the file must not end the owner's lock."""
    second = EmbeddedBroker(path, expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured):
        await second.check()
    await second.close()
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INTRUDER, str(path), stderr=asyncio.subprocess.PIPE
    )
    _, said = await other.communicate()
    assert b"database is locked" in said
    assert list(await broker.publish([outgoing()])) == ["m1"]


async def test_a_full_disk_refuses_and_recovers(broker: EmbeddedBroker) -> None:
    """Nothing is confirmed by halves; others are not drawn in; with room it goes on."""

    def limit_pages(count: int) -> None:
        file = broker._writer._file
        assert file is not None
        file._db.execute(f"PRAGMA max_page_count = {count}")

    def pages(file: QueueFile) -> int:
        (count,) = file._db.execute("PRAGMA page_count").fetchone()
        return int(count)

    await broker.publish([outgoing("before")])
    used = await broker._writer.submit(pages)
    await broker._writer.submit(lambda _: limit_pages(used + 5))
    big, small = await asyncio.gather(
        broker.publish([outgoing("small-too"), outgoing("big", 200_000)]),
        broker.publish([outgoing("small")]),
    )
    assert list(big) == []
    assert "full" in big.unconfirmed[0].why
    assert list(small) == ["small"]
    await broker._writer.submit(lambda _: limit_pages(100_000))
    assert list(await broker.publish([outgoing("big", 200_000)])) == ["big"]
    async with broker.subscribe(HUB_QUEUE, prefetch=10) as subscription:
        taken = await subscription.take(10)
    assert [delivery.message_id for delivery in taken] == ["before", "small", "big"]


async def test_a_file_that_is_not_ours_is_refused(path: Path) -> None:
    """Neither overwritten nor repaired: the administrator looks."""
    path.write_bytes(b"something else entirely" * 100)  # noqa: ASYNC240  # a small local file
    broker = EmbeddedBroker(path, expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured, match="no sound broker file"):
        await broker.check()
    await broker.close()
    assert path.read_bytes().startswith(b"something else")  # noqa: ASYNC240  # a small local file


async def test_a_folder_in_place_of_the_file_is_said(path: Path) -> None:
    """A person has to look; waiting will not help."""
    path.mkdir()  # noqa: ASYNC240  # a small local folder
    broker = EmbeddedBroker(path, expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured, match="cannot be opened"):
        await broker.check()
    await broker.close()


async def test_a_file_of_a_later_release_is_refused(path: Path) -> None:
    """After a downgrade nothing is misread."""
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    broker = EmbeddedBroker(path, expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured, match="version 99"):
        await broker.check()
    await broker.close()


async def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    """The message names the path and what to do."""
    broker = EmbeddedBroker(tmp_path / "nowhere" / "broker.sqlite", expected=TOPOLOGY)
    with pytest.raises(BrokerMisconfigured, match=r"nowhere/broker\.sqlite.*make its folder"):
        await broker.check()
    await broker.close()


async def test_the_file_is_for_its_owner_only(broker: EmbeddedBroker, path: Path) -> None:
    """Bodies hold personal data."""
    await broker.publish([outgoing()])
    for file in path.parent.iterdir():  # a small local folder
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_is_done_leaves_no_bytes_behind(broker: EmbeddedBroker, path: Path) -> None:
    """A body that was delivered is not to be found in the file of a stopped broker."""
    secret = b"Mevrouw Voorbeeld-Achternaam"
    await broker.publish([Outgoing("m1", observation_key("odru"), secret * 1_000)])
    async with broker.subscribe(HUB_QUEUE, prefetch=1) as subscription:
        await subscription.done(await subscription.take(1))
    await broker.close()
    assert all(secret not in file.read_bytes() for file in path.parent.iterdir())


async def test_callers_share_a_transaction(broker: EmbeddedBroker) -> None:
    """A thousand callers at once do not wait for a thousand syncs of the disk."""
    await broker.check()
    statements: list[str] = []
    await broker._writer.submit(lambda file: file._db.set_trace_callback(statements.append))
    await asyncio.gather(*(broker.publish([outgoing(f"m{n}")]) for n in range(1_000)))
    assert statements.count("COMMIT") < 100
    assert (await broker.depths())[HUB_QUEUE] == 1_000


async def test_after_closing_the_others_are_told(broker: EmbeddedBroker) -> None:
    """Questions that come too late are answered with an error, not with silence."""
    await broker.close()
    with pytest.raises(BrokerUnreachable, match="closed"):
        await broker.depths()


async def test_who_waited_longest_is_woken_first(broker: EmbeddedBroker) -> None:
    """Not whoever lies first in memory: the same calls have the same outcome in each run."""
    async with AsyncExitStack() as stack:
        subscriptions = [broker.subscribe(HUB_QUEUE, prefetch=1) for _ in range(20)]
        waiting = []
        for subscription in subscriptions:
            await stack.enter_async_context(subscription)
            waiting.append(asyncio.create_task(subscription.take(1)))
        await broker.check()
        for number in range(20):
            await broker.publish([outgoing(f"m{number}")])
        async with asyncio.timeout(SECONDS):
            taken = await asyncio.gather(*waiting)
    assert [delivery.message_id for [delivery] in taken] == [f"m{n}" for n in range(20)]
