"""
The bare pipeline: what the bridge does for a change, without any thought about it.

The same hops through the same queues, with confirms and acknowledgements; the same transactions
on the same tables, with rows as large, grouped alike; the same calls to the same systems. It
merges, translates, plans, checks and journals nothing: rows and bodies are filler of the
recorded size. Written by hand on asyncpg, aio-pika and aiohttp.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import aio_pika
import aiohttp
import asyncpg
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage
from aiohttp import web

from bench.recording import REF, TITLE, Call, Message, Recording
from bridge.broker.topology import EVENTS_EXCHANGE, EXCHANGE, HUB_QUEUE, commands_queue

GROUP: Final = 50

ADD_HINT: Final = """
    INSERT INTO hints (agency, ref, cause, due_at, tries, version) VALUES ($1, $2, 'push', $3, 0, 1)
    ON CONFLICT (agency, ref) DO UPDATE SET due_at = excluded.due_at"""
DUE_HINTS: Final = "SELECT ref FROM hints WHERE agency = $1 ORDER BY due_at LIMIT 50"
DONE_HINT: Final = "DELETE FROM hints WHERE agency = $1 AND ref = $2"
LEASE: Final = "SELECT epoch FROM leases WHERE agency = $1 FOR SHARE"
KNOW: Final = """
    INSERT INTO known (agency, ref, seen_at, digest) VALUES ($1, $2, $3, $4)
    ON CONFLICT (agency, ref) DO UPDATE SET seen_at = excluded.seen_at, digest = excluded.digest"""
PUT_OUT: Final = """
    INSERT INTO outbox (id, sender, routing_key, headers, body, at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO NOTHING"""
SENT: Final = "DELETE FROM outbox WHERE id = ANY($1)"
LINKS_OF: Final = """
    SELECT s.ref AS home_ref, o.ref AS other_ref, l.id, l.body FROM link_sides s
    JOIN links l ON l.id = s.link_id JOIN link_sides o ON o.link_id = l.id AND o.agency <> s.agency
    WHERE s.agency = $1 AND s.ref = ANY($2)"""
LOCK: Final = "SELECT id, version FROM links WHERE id = ANY($1) ORDER BY id FOR UPDATE"
SAVE: Final = """
    UPDATE links SET version = version + 1, title = $2, is_equal = $3, in_flight = $4,
        due_at = $5, updated_at = $6, body = $7 WHERE id = $1"""
SAVE_SIDE: Final = """
    UPDATE link_sides SET version = version + 1, facts = $3, checked_at = $4
    WHERE link_id = $1 AND agency = $2"""
TELL: Final = """
    INSERT INTO journal (at, what, link_id, agency, path, value, rule, why, cause)
    VALUES ($1, 'sent', $2, $3, 'title', $4, '', '', '')"""
TAKE_IN: Final = """
    INSERT INTO commands (id, agency, ref, link_id, body, at) VALUES ($1, $2, $3, $4, $5, $6)"""
PENDING: Final = """
    SELECT id, ref, link_id, body FROM commands WHERE agency = $1 AND finished_at IS NULL
    ORDER BY at LIMIT 500"""
BEGIN: Final = "UPDATE commands SET begun_at = $2 WHERE id = $1"
FINISH: Final = """
    UPDATE commands SET finished_at = $2, receipt_id = $1, receipt_key = $3, receipt_headers = '{}',
        receipt_body = $4, body = '' WHERE id = $1"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the process is started with."""

    store: str
    broker: str
    port: int
    home: str
    other: str
    urls: dict[str, str]
    concurrency: int
    recording: Recording

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read it from a file."""
        data = json.loads(path.read_text("utf-8"))
        return cls(**{**data, "recording": Recording.load(data["recording"])})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox that is to be sent."""

    id: str
    sender: str
    message: Message
    body: bytes

    def values(self, at: datetime) -> tuple[Any, ...]:
        headers = json.dumps(dict(self.message.headers))
        return self.id, self.sender, self.message.key, headers, self.body, at


class Sender:
    """Publishes with confirms, and lets the rows go."""

    def __init__(self, pool: asyncpg.Pool[Any], exchanges: dict[str, AbstractExchange]) -> None:
        self._pool, self._exchanges = pool, exchanges

    async def send(self, rows: Sequence[Row]) -> None:
        if rows:
            await asyncio.gather(*map(self._publish, rows))
            await self._pool.execute(SENT, [row.id for row in rows])

    async def _publish(self, row: Row) -> None:
        key = row.message.key
        exchange = self._exchanges[EVENTS_EXCHANGE if key.startswith("event.") else EXCHANGE]
        await exchange.publish(
            aio_pika.Message(
                row.body,
                headers={**row.message.headers},
                message_id=row.id,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            ),
            key,
            # Nobody subscribes to events here; the bridge's are lost in the same way.
            mandatory=not key.startswith("event."),
        )


@dataclass(slots=True)
class Systems:
    """Makes the recorded calls to one system."""

    session: aiohttp.ClientSession
    url: str
    slots: asyncio.Semaphore

    async def make(self, stages: Sequence[Sequence[Call]], ref: str, title: str = "") -> bytes:
        """Make them; give the first answer, which is the case."""
        bodies: list[bytes] = []
        for stage in stages:
            bodies += await asyncio.gather(*(self._make(call, ref, title) for call in stage))
        return bodies[0]

    async def _make(self, call: Call, ref: str, title: str) -> bytes:
        url = self.url + call.path.replace(REF, ref)
        body = call.body and call.body.replace(REF, ref).replace(TITLE, title)
        async with (
            self.slots,
            self.session.request(call.method, url, data=body, headers=call.headers) as answer,
        ):
            answer.raise_for_status()
            return await answer.read()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done about one case. ``is_saved`` is set once it is durable."""

    ref: str
    is_look: bool
    rows: list[Row]
    is_saved: asyncio.Event


class Saver:
    """Commits what was done at one edge, many at a time, and sends it."""

    def __init__(self, agency: str, pool: asyncpg.Pool[Any], sender: Sender) -> None:
        self._agency, self._pool, self._sender = agency, pool, sender
        self._done: asyncio.Queue[Done] = asyncio.Queue()

    async def save(self, ref: str, rows: list[Row], *, is_look: bool) -> None:
        """Return once it is durable."""
        done = Done(ref, is_look, rows, asyncio.Event())
        await self._done.put(done)
        await done.is_saved.wait()

    async def run(self) -> None:
        while True:
            group = [await self._done.get()]
            while len(group) < GROUP and not self._done.empty():
                group.append(self._done.get_nowait())
            rows = [row for done in group for row in done.rows]
            await self._commit(group, rows)
            for done in group:
                done.is_saved.set()
            await self._sender.send(rows)

    async def _commit(self, group: list[Done], rows: list[Row]) -> None:
        at = datetime.now(UTC)
        looked = [(self._agency, done.ref) for done in group if done.is_look]
        answered = [
            (row.id, at, row.message.key, row.body)
            for done in group
            if not done.is_look
            for row in done.rows
        ]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.fetchval(LEASE, self._agency)
            if looked:
                await connection.executemany(DONE_HINT, looked)
            if answered:
                await connection.executemany(FINISH, answered)
            await connection.executemany(PUT_OUT, [row.values(at) for row in rows])
            known = [(self._agency, done.ref, at, "0" * 16) for done in group]
            await connection.executemany(KNOW, known)


class Bare:
    """The whole pipeline in one process: both edges and the hub."""

    def __init__(
        self,
        plan: Plan,
        pool: asyncpg.Pool[Any],
        sender: Sender,
        sessions: dict[str, aiohttp.ClientSession],
    ) -> None:
        self._plan, self._recording, self._pool, self._sender = plan, plan.recording, pool, sender
        self._numbers = count(1)
        self._savers = {agency: Saver(agency, pool, sender) for agency in plan.urls}
        self._systems = {
            agency: Systems(sessions[agency], url, asyncio.Semaphore(plan.concurrency))
            for agency, url in plan.urls.items()
        }
        self._bells = {agency: asyncio.Event() for agency in plan.urls}
        self._slots = {agency: asyncio.Semaphore(plan.concurrency) for agency in plan.urls}
        self._busy: set[str] = set()

    async def run(self, channel: AbstractChannel) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for saver in self._savers.values():
                tasks.create_task(saver.run())
            tasks.create_task(self._look(tasks))
            tasks.create_task(self._obey(tasks))
            await consume(tasks, channel, HUB_QUEUE, self._decide)
            await consume(tasks, channel, commands_queue(self._plan.other), self._take_in)

    # The home's edge

    async def hear(self, request: web.Request) -> web.Response:
        """Keep a hint, then answer."""
        ref = json.loads(await request.read())["hoofdObject"].rpartition("/")[2]
        await self._pool.execute(ADD_HINT, self._plan.home, ref, datetime.now(UTC))
        self._bells[self._plan.home].set()
        return web.Response(status=204)

    async def ready(self, _: web.Request) -> web.Response:
        """Say that it runs."""
        return web.Response()

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        home = self._plan.home
        while True:
            for row in await self._pool.fetch(DUE_HINTS, home):
                await self._begin(tasks, home, row["ref"], self._observe(row["ref"]))
            await self._rung(home)

    async def _observe(self, ref: str) -> Awaitable[None]:
        home = self._plan.home
        case = await self._systems[home].make(self._recording.observe, ref)
        told = {"ref": ref, "title": json.loads(case)["omschrijving"]}
        rows = self._rows(home, self._recording.observation, told)
        return self._savers[home].save(ref, rows, is_look=True)

    # The hub

    async def _decide(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        """Save what follows from Observations and Receipts, in one transaction."""
        home, at = self._plan.home, datetime.now(UTC)
        told = [(m.routing_key or "", json.loads(m.body)) for m in messages]
        loaded = await self._pool.fetch(LINKS_OF, home, [one["ref"] for _, one in told])
        links = {row["home_ref"]: row for row in loaded}
        rows: list[Row] = []
        saves, sides, journal = [], [], []
        for key, one in told:
            link, is_settled = links[one["ref"]], key.startswith("receipt.")
            sent = self._recording.settled if is_settled else self._recording.decided
            rows += self._rows("hub", sent, one | {"link": link["id"], "other": link["other_ref"]})
            saves.append(
                (link["id"], one["title"], is_settled, int(not is_settled), at, at, link["body"])
            )
            phase = "idle" if is_settled else "in-flight"
            sides += [(link["id"], side, phase, at) for side in self._plan.urls]
            sizes = self._recording.journal[int(is_settled)]
            journal += [(at, link["id"], self._plan.other, "x" * size) for size in sizes]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.fetch(LOCK, [save[0] for save in saves])
            await connection.executemany(SAVE, saves)
            await connection.executemany(SAVE_SIDE, sides)
            await connection.executemany(TELL, journal)
            await connection.executemany(PUT_OUT, [row.values(at) for row in rows])
        await asyncio.gather(acknowledge(messages), self._sender.send(rows))

    # The other's edge

    async def _take_in(self, messages: Sequence[AbstractIncomingMessage]) -> None:
        at, other = datetime.now(UTC), self._plan.other
        rows = []
        for message in messages:
            told = json.loads(message.body)
            key = message.message_id
            rows.append((key, other, told["other"], told["link"], message.body, at))
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.executemany(TAKE_IN, rows)
        await acknowledge(messages)
        self._bells[other].set()

    async def _obey(self, tasks: asyncio.TaskGroup) -> None:
        other = self._plan.other
        while True:
            for row in await self._pool.fetch(PENDING, other):
                await self._begin(tasks, other, row["id"], self._ensure(row))
            await self._rung(other)

    async def _ensure(self, command: asyncpg.Record) -> Awaitable[None]:
        other, told = self._plan.other, json.loads(command["body"])
        await self._pool.execute(BEGIN, command["id"], datetime.now(UTC))
        await self._systems[other].make(self._recording.ensure, command["ref"], told["title"])
        rows = self._rows(other, self._recording.receipt, told, id_=command["id"])
        return self._savers[other].save(command["ref"], rows, is_look=False)

    # Both

    async def _rung(self, agency: str) -> None:
        bell = self._bells[agency]
        await bell.wait()
        bell.clear()

    async def _begin(
        self,
        tasks: asyncio.TaskGroup,
        agency: str,
        key: str,
        job: Coroutine[Any, Any, Awaitable[None]],
    ) -> None:
        if key in self._busy:
            job.close()
            return
        self._busy.add(key)
        await self._slots[agency].acquire()

        async def run() -> None:
            try:
                saving = await job
            finally:
                self._slots[agency].release()
            await saving
            self._busy.discard(key)

        tasks.create_task(run())

    def _rows(
        self, sender: str, messages: Sequence[Message], told: dict[str, str], id_: str = ""
    ) -> list[Row]:
        return [
            Row(id_ or f"bare-{next(self._numbers)}", sender, one, filled(told, one))
            for one in messages
        ]


def filled(told: dict[str, str], message: Message) -> bytes:
    """Give a body of the recorded size, which begins with what the next hop must know."""
    return json.dumps(told).encode().ljust(message.size)


async def consume(
    tasks: asyncio.TaskGroup,
    channel: AbstractChannel,
    queue: str,
    handle: Callable[[Sequence[AbstractIncomingMessage]], Awaitable[None]],
) -> None:
    """Hand what a queue delivers to *handle*, up to a group at a time, one group at a time."""
    inbox: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()

    async def work() -> None:
        while True:
            group = [await inbox.get()]
            while len(group) < GROUP and not inbox.empty():
                group.append(inbox.get_nowait())
            await handle(group)

    tasks.create_task(work())
    await (await channel.get_queue(queue)).consume(inbox.put)


async def acknowledge(messages: Sequence[AbstractIncomingMessage]) -> None:
    """Acknowledge a group."""
    for message in messages:
        await message.ack()


async def main(plan: Plan) -> None:
    """Run the pipeline until it is ended."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            asyncpg.create_pool(plan.store, min_size=8, max_size=8)
        )
        publishing = await stack.enter_async_context(await aio_pika.connect(plan.broker))
        consuming = await stack.enter_async_context(await aio_pika.connect(plan.broker))
        out = await publishing.channel(publisher_confirms=True)
        taking = await consuming.channel()
        await taking.set_qos(prefetch_count=2 * GROUP)
        exchanges = {name: await out.get_exchange(name) for name in (EXCHANGE, EVENTS_EXCHANGE)}
        sessions = {
            agency: await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=plan.concurrency + 2),
                    cookie_jar=aiohttp.DummyCookieJar(),
                )
            )
            for agency in plan.urls
        }
        bare = Bare(plan, pool, Sender(pool, exchanges), sessions)
        app = web.Application()
        app.router.add_post("/callbacks/{agency}", bare.hear)
        app.router.add_get("/readyz", bare.ready)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", plan.port).start()
        await bare.run(taking)


if __name__ == "__main__":
    asyncio.run(main(Plan.read(Path(sys.argv[1]))))
