"""Killed at any moment: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.store import SqlStore, StoreUnreachable, Work, provision
from bridge.store.tables import JOURNAL, LINK_SIDES, LINKS, OUTBOX
from tests.bridge.store.committer import GROUP, a_group
from tests.bridge.store.conftest import NOW, a_link
from tests.bridge.store_sites import SqlSite
from tests.services.postgres import Postgres

ROOT = Path(__file__).resolve().parents[3]
COMMITTER = Path(__file__).with_name("committer.py")


async def counts(store: SqlStore) -> list[Counter[int]]:
    """How many rows of each group stand in each table."""
    columns = (LINKS.c.id, LINK_SIDES.c.link_id, OUTBOX.c.id, JOURNAL.c.link_id)
    every = await store._database.read(
        lambda c: [c.execute(select(column)).scalars().all() for column in columns]
    )
    return [Counter(int(id_.partition(".")[0]) for id_ in ids) for ids in every]


def assert_whole(found: list[Counter[int]], acknowledged: list[int]) -> None:
    links, sides, outbox, journal = found
    assert links == sides == outbox == journal, "something is there by half"
    assert set(links.values()) == {GROUP}, "a group is there by half"
    assert set(acknowledged) <= links.keys(), "what was acknowledged is lost"


@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_process_leaves_whole_groups(sql_site: SqlSite, seed: int) -> None:
    """SIGKILL in the middle of committing: no group is lost, none is half."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(COMMITTER),
        sql_site.url,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    acknowledged: list[int] = []
    async with asyncio.timeout(60):
        enough = random.Random(seed).randint(3, 12)
        while len(acknowledged) < enough:
            acknowledged.append(int(await process.stdout.readline()))
        await asyncio.sleep(random.Random(seed).random() / 100)
        process.kill()
        rest = (await process.stdout.read()).split()
        await process.wait()
    store = await sql_site.open()
    assert_whole(await counts(store), acknowledged + [int(number) for number in rest])
    # And it can be gone on with at once: no lock outlived its owner.
    assert await store.commit([Work(NOW, a_link("999999.0"))]) == (True,)


async def test_a_killed_server_keeps_what_it_acknowledged(
    postgres: Postgres, postgres_url: str
) -> None:
    """The database server dies and comes back; work fails meanwhile and then goes on by itself."""
    await provision(postgres_url)
    site = SqlSite(postgres_url)
    store = await site.open()
    acknowledged: list[int] = []
    failures = 0
    under_way, restarted = asyncio.Event(), asyncio.Event()

    async def commit_until_it_works_again() -> None:
        nonlocal failures
        for number in range(1_000_000):
            is_back = restarted.is_set() and failures > 0
            try:
                await store.commit(a_group(number))
                acknowledged.append(number)
                if len(acknowledged) == 5:
                    under_way.set()
                if is_back:
                    return
            except StoreUnreachable:
                failures += 1
                await asyncio.sleep(0.05)

    async with asyncio.timeout(180), asyncio.TaskGroup() as tasks:
        tasks.create_task(commit_until_it_works_again())
        await under_way.wait()
        await asyncio.to_thread(postgres.kill)
        await asyncio.to_thread(postgres.start)
        restarted.set()
    assert_whole(await counts(store), acknowledged)
    await site.close()
