"""
The stage: broker, store, two case systems with cases in them, the bridge and the bare pipeline.

Both pipelines have a store and a virtual host of their own on the same servers, and cases of
their own in the same systems. The bare one's store is a copy of the bridge's.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg

from bench.bridge_side import CALLBACK_TOKEN, CONCURRENCY, Installation
from bench.process import Child, answers
from bench.recording import Change, Recording, read_notes
from bench.systems import HOME, OTHER, ZAKEN, CaseSystem, Desk, running_systems
from bench.tapped import NOTES
from bench.waiting import until
from tests.services.postgres import PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ
from tests.services.server import LOOPBACK, free_ports

AT_ONCE: Final = 8
_QUIET_SECONDS: Final = 1.0
_SETTLED: Final = "SELECT count(*) FROM links WHERE is_equal AND title LIKE $1"
_JOURNAL: Final = """
    SELECT cause, length(coalesce(value, '')) + length(coalesce(other, '')) + length(rule)
        + length(why) + length(cause) AS size FROM journal WHERE id > $1 ORDER BY id"""


@dataclass(slots=True)
class Side:
    """
    One of the two pipelines that are compared.

    Attributes:
        refs: Its cases: the reference at home, and that of the counterpart.
    """

    name: str
    url: str
    child: Child
    store: asyncpg.Connection[Any]
    refs: dict[str, str]
    home: Desk
    other: Desk
    session: aiohttp.ClientSession

    async def hint(self, ref: str) -> None:
        """Announce that a case changed at home, as its system would."""
        body = {
            "kanaal": "zaken",
            "resource": "zaak",
            "actie": "partial_update",
            "hoofdObject": f"http://home{ZAKEN}/zaken/{ref}",
            "resourceUrl": f"http://home{ZAKEN}/zaken/{ref}",
            "aanmaakdatum": "2024-12-01T00:00:00Z",
            "kenmerken": {},
        }
        headers = {"Authorization": CALLBACK_TOKEN}
        url = f"{self.url}/callbacks/{HOME}"
        async with self.session.post(url, json=body, headers=headers) as answer:
            answer.raise_for_status()

    async def settled(self, title: str, count: int) -> None:
        """Return when so many Links are settled under *title*."""

        async def are() -> bool:
            found: int = await self.store.fetchval(_SETTLED, title)
            return found >= count

        await until(are, lambda: f"{self.name}: {title!r} settled\n{self.child.said[-2000:]}")


@dataclass(frozen=True, slots=True)
class Stage:
    """All that stands ready."""

    recording: Recording
    systems: dict[str, CaseSystem]
    bridge: Side
    bare: Side


@dataclass(frozen=True, slots=True)
class Services:
    """The servers of one run, and the folder for what processes write."""

    folder: Path
    broker: PrivateRabbitMQ
    store: PrivatePostgres


@contextmanager
def running_services(folder: Path) -> Any:
    """Start broker and store."""
    with ExitStack() as stack:
        broker = stack.enter_context(PrivateRabbitMQ())
        store = stack.enter_context(PrivatePostgres())
        yield Services(folder, broker, store)


@asynccontextmanager
async def set_stage(services: Services, cases: int) -> AsyncIterator[Stage]:
    """Set the stage, with so many cases for each pipeline."""
    async with AsyncExitStack() as stack:
        systems = stack.enter_context(running_systems(services.folder))
        home = await stack.enter_async_context(Desk(systems[HOME]))
        other = await stack.enter_async_context(Desk(systems[OTHER]))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bridge = Installation(
            services.folder,
            services.store.fresh_database(),
            services.broker.fresh_vhost(),
            systems,
        )
        provision(bridge)
        side = Side("bridge", "", None, None, {}, home, other, session)  # type: ignore[arg-type]
        refs, recording = await _rehearse(bridge, side, cases)
        ours, theirs = dict(list(refs.items())[:cases]), dict(list(refs.items())[cases:])
        bare = replace(bridge, store=await _copy(services, bridge.store))
        bare = replace(bare, broker=services.broker.fresh_vhost())
        provision(bare)
        yield Stage(
            recording,
            systems,
            await _start_bridge(stack, bridge, side, ours),
            await _start_bare(stack, bare, recording, side, theirs),
        )


def provision(installation: Installation) -> None:
    """Make tables and queues."""
    installation.child("provision")
    config = installation.folder / "provision.yaml"
    command = [sys.executable, "-m", "bridge.cli.main", "provision", "--config", str(config)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


async def _rehearse(
    installation: Installation, side: Side, cases: int
) -> tuple[dict[str, str], Recording]:
    """Have the bridge make counterparts for all cases, and record one change."""
    notes = installation.folder / "notes.jsonl"
    os.environ[NOTES] = str(notes)
    child, url = installation.child("rehearsal", module="bench.tapped")
    with child:
        store = await asyncpg.connect(plain(installation.store))
        here = replace(side, url=url, child=child, store=store)
        refs = await here.home.open_cases([f"Begin {n:06d}" for n in range(2 * cases)])
        await each(here.hint, refs)
        await here.settled("Begin %", len(refs))
        pairs = await _counterparts(store)
        recording = await _record(here, pairs, notes, refs[0])
        await store.close()
    return {ref: pairs[ref] for ref in refs}, recording


async def _counterparts(store: asyncpg.Connection[Any]) -> dict[str, str]:
    rows = await store.fetch(
        "SELECT h.ref AS home, o.ref AS other FROM link_sides h"
        " JOIN link_sides o ON o.link_id = h.link_id"
        " WHERE h.agency = $1 AND o.agency = $2",
        HOME,
        OTHER,
    )
    return {row["home"]: row["other"] for row in rows}


async def _record(here: Side, pairs: dict[str, str], notes: Path, ref: str) -> Recording:
    # The first one warms up: what is asked only once does not belong to each change.
    await _change(here, ref, "Proef 000001")
    last = await here.store.fetchval("SELECT coalesce(max(id), 0) FROM journal")
    change = Change(
        since=time.time(),
        home_url=here.home.url,
        other_url=here.other.url,
        home_ref=ref,
        other_ref=pairs[ref],
        title="Proef 000002",
    )
    await _change(here, ref, change.title)
    rows = await here.store.fetch(_JOURNAL, last)
    first = rows[0]["cause"] if rows else ""
    sizes = (
        [row["size"] for row in rows if row["cause"] == first],
        [row["size"] for row in rows if row["cause"] != first],
    )
    return read_notes(notes, change, sizes)


async def _change(here: Side, ref: str, title: str) -> None:
    await here.home.retitle(ref, title)
    await here.hint(ref)
    await here.settled(title, 1)
    await asyncio.sleep(_QUIET_SECONDS)


async def _start_bridge(
    stack: AsyncExitStack, installation: Installation, side: Side, refs: dict[str, str]
) -> Side:
    child, url = installation.child("bridge")
    stack.enter_context(child)
    return await _opened(stack, replace(side, url=url, child=child, refs=refs), installation)


async def _start_bare(
    stack: AsyncExitStack,
    installation: Installation,
    recording: Recording,
    side: Side,
    refs: dict[str, str],
) -> Side:
    (port,) = free_ports(1)
    url = f"http://{LOOPBACK}:{port}"
    plan = {
        "store": plain(installation.store),
        "broker": installation.broker,
        "port": port,
        "home": HOME,
        "other": OTHER,
        "concurrency": CONCURRENCY,
        "recording": recording.dump(),
        "urls": {agency: system.url for agency, system in installation.systems.items()},
    }
    path = installation.folder / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    child = Child(
        "bare",
        ["bench.bare", str(path)],
        installation.folder / "bare.log",
        lambda _: answers(f"{url}/readyz"),
    )
    stack.enter_context(child)
    return await _opened(
        stack, replace(side, name="bare", url=url, child=child, refs=refs), installation
    )


async def _opened(stack: AsyncExitStack, side: Side, installation: Installation) -> Side:
    store = await asyncpg.connect(plain(installation.store))
    stack.push_async_callback(store.close)
    return replace(side, store=store)


async def _copy(services: Services, database: str) -> str:
    name = database.rpartition("/")[2]
    admin = await asyncpg.connect(plain(services.store.url))
    await admin.execute(f"CREATE DATABASE {name}_bare TEMPLATE {name}")
    await admin.close()
    return f"{database}_bare"


def plain(url: str) -> str:
    """Give a store's address as asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


async def each(do: Any, things: Sequence[Any]) -> None:
    """Do something with each thing, a few at once."""
    left = iter(things)

    async def work() -> None:
        for thing in left:
            await do(thing)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(AT_ONCE):
            tasks.create_task(work())
