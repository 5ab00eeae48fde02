"""The servers for the tests do what other tests rely on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from pamqp.common import Arguments

from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import LEASH

# A server that starts a daemon of its own and says both numbers.
STUBBORN = """\
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(os.getpid(), daemon.pid, flush=True)
time.sleep(600)
"""


async def test_each_virtual_host_is_empty_and_apart(rabbitmq: RabbitMQ) -> None:
    """A queue declared in one is not seen in the next."""
    first = await aio_pika.connect(rabbitmq.fresh_vhost())
    second = await aio_pika.connect(rabbitmq.fresh_vhost())
    async with first, second:
        await (await first.channel()).declare_queue("hub.v1", durable=True)
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await (await second.channel()).declare_queue("hub.v1", passive=True)


async def test_killed_broker_comes_back_with_what_it_confirmed(
    rabbitmq: RabbitMQ, vhost_url: str
) -> None:
    """A confirmed message in a quorum queue survives SIGKILL, on the same address."""
    arguments: Arguments = {"x-queue-type": "quorum"}
    async with await aio_pika.connect(vhost_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("kept", durable=True, arguments=arguments)
        await channel.default_exchange.publish(aio_pika.Message(b"held"), routing_key="kept")
        rabbitmq.settle()
        rabbitmq.kill()
    rabbitmq.start()
    async with await aio_pika.connect(vhost_url) as connection:
        queue = await (await connection.channel()).get_queue("kept")
        message = await queue.get(timeout=10)
        assert message is not None
        assert message.body == b"held"


def test_broker_listens_on_loopback_only(rabbitmq: RabbitMQ) -> None:
    """Neither clients nor other nodes can reach it from outside the machine."""
    clients = "[A || {listener, _, amqp, _, A, _, _} <- rabbit_networking:active_listeners()]."
    assert rabbitmq.ctl("eval", clients).strip() == "[{127,0,0,1}]"


async def test_each_database_is_empty_and_apart(postgres: Postgres) -> None:
    """A table made in one is not seen in the next."""
    for _ in range(2):
        connection = await asyncpg.connect(_plain(postgres.fresh_database()))
        try:
            await connection.execute("CREATE TABLE link (id text PRIMARY KEY)")
        finally:
            await connection.close()


async def test_killed_database_comes_back_with_what_it_committed(
    postgres: Postgres, postgres_url: str
) -> None:
    """A committed row survives SIGKILL; and syncing is on, or this would prove nothing."""
    connection = await asyncpg.connect(_plain(postgres_url))
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.execute("CREATE TABLE link AS SELECT 'held' AS phase")
    postgres.kill()
    connection.terminate()
    postgres.start()
    connection = await asyncpg.connect(_plain(postgres_url))
    try:
        assert await connection.fetchval("SELECT phase FROM link") == "held"
    finally:
        await connection.close()


def test_server_and_its_daemons_end_when_the_test_run_is_killed(tmp_path: Path) -> None:
    """When the pipe from the tests closes, nothing of the server is left, on disk or running."""
    folder = tmp_path / "data"
    folder.mkdir()
    leash = subprocess.Popen(
        [sys.executable, LEASH, folder, "", sys.executable, "-c", STUBBORN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with leash:
        assert leash.stdout is not None
        assert leash.stdin is not None
        server, daemon = map(int, leash.stdout.readline().split())
        leash.stdin.close()
        leash.wait(10)
    assert not _lives(server)
    assert not _lives(daemon)
    assert not folder.exists()


def test_leash_passes_a_signal_on_and_ends_with_the_server(tmp_path: Path) -> None:
    """A byte on the pipe is a signal for the server; its folder stays for a later start."""
    leash = subprocess.Popen(
        [sys.executable, LEASH, tmp_path, "", "sleep", "600"], stdin=subprocess.PIPE
    )
    assert leash.stdin is not None
    leash.stdin.write(bytes([signal.SIGTERM]))
    leash.stdin.flush()
    assert leash.wait(10) != 0
    leash.stdin.close()
    assert tmp_path.exists()


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "", 1)


def _lives(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True
