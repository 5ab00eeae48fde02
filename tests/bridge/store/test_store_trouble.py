"""A store that is away, full, slow, foreign or old says so, and works again afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bridge.broker._embedded_file import QueueFile
from bridge.store import (
    Identity,
    Presence,
    SchemaOutdated,
    Store,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreInUse,
    StoreMisconfigured,
    StoreSettings,
    StoreUnreachable,
    Work,
    open_store,
    provision,
)
from bridge.store.address import open_database
from bridge.store.tables import METADATA
from contracts.ids import LinkId
from tests.bridge.store.conftest import NOW, a_link
from tests.bridge.store.wire import Wire
from tests.bridge.store_sites import ADOPTED_AT, PATIENCE, Site, SqlSite
from tests.services.postgres import Postgres

_FULL = 2
"""What SQLite calls syncing at each commit."""
SHORT = StoreSettings(connect_timeout=timedelta(seconds=1), timeout=timedelta(seconds=1))


@pytest.fixture
async def postgres_site(postgres: Postgres, postgres_url: str) -> AsyncIterator[SqlSite]:
    await provision(postgres_url)
    site = SqlSite(postgres_url)
    yield site
    await site.close()


@pytest.fixture
async def file_site(tmp_path: Path) -> AsyncIterator[SqlSite]:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    await provision(url)
    site = SqlSite(url)
    yield site
    await site.close()


async def works(store: Store) -> bool:
    return await store.commit([Work(NOW, a_link(f"L{time.monotonic_ns()}"))]) == (True,)


async def test_tables_are_made_once_however_many_try(empty_url: str) -> None:
    """Everybody may provision at start, at once and again."""
    await asyncio.gather(*(provision(empty_url) for _ in range(4)))
    await provision(empty_url)
    store = await open_store(empty_url, environment="test")
    await store.check()
    await store.close()


async def test_the_migrations_make_the_tables_that_the_code_expects(empty_url: str) -> None:
    """Nothing to add, to drop or to change."""
    await provision(empty_url)
    database = open_database(empty_url)

    def is_of(each: object, *_: object) -> bool:
        return getattr(each, "info", {}).get("only") in (None, database.dialect)

    options = {"include_object": is_of}
    differences = await database.read(
        lambda c: compare_metadata(MigrationContext.configure(c, opts=options), METADATA)
    )
    await database.close()
    assert differences == []


async def test_a_store_without_tables_asks_for_provisioning(empty_url: str, tmp_path: Path) -> None:
    """It names the way out."""
    if empty_url.startswith("sqlite"):
        with pytest.raises(StoreMisconfigured, match="no such file"):
            await open_store(empty_url, environment="test")
        (tmp_path / "store.sqlite").touch()
    with pytest.raises(SchemaOutdated, match="casebridge provision"):
        await open_store(empty_url, environment="test")


@pytest.mark.covers("F56")
async def test_a_store_of_a_newer_release_is_left_alone(sql_site: SqlSite) -> None:
    """An older release neither opens nor provisions what a newer one has changed."""
    database = open_database(sql_site.url)
    await database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9'")))
    await database.close()
    for attempt in (sql_site.open(), provision(sql_site.url)):
        with pytest.raises(SchemaOutdated, match="newest release"):
            await attempt


async def test_a_store_of_another_environment_is_refused(site: Site) -> None:
    """A copy that is started elsewhere writes nothing, until somebody adopts it on purpose."""
    store = await site.open("production")
    assert await store.identity() == Identity("production", 1)
    with pytest.raises(StoreForeign, match=r"'production', not 'acceptance'.*adopt"):
        await site.open("acceptance")
    assert await site.adopt("production") == Identity("production", 1)
    assert await site.adopt("acceptance") == Identity("acceptance", 2)
    await site.open("acceptance")
    with pytest.raises(StoreForeign):
        await store.check()


async def test_the_first_environment_owns_the_store(site: Site) -> None:
    """Of two that come at once, one has it."""
    opened = await asyncio.gather(*(site.open(name) for name in ("a", "b")), return_exceptions=True)
    assert sorted(isinstance(each, StoreForeign) for each in opened) == [False, True]


async def test_a_restored_store_has_a_new_epoch(store: Store) -> None:
    """So the hub knows that it has to look first."""
    assert (await store.restored(NOW)).epoch == 2
    assert (await store.identity()).epoch == 2


async def test_a_store_on_which_somebody_works_is_not_declared_restored(store: Store) -> None:
    """Nor adopted by another: who works, where, and the way out are told, and nothing changes."""
    until = NOW + timedelta(seconds=15)
    await store.attend(Presence("host-7-ab", "hub, edge of odru", until), NOW)
    with pytest.raises(StoreInUse, match=r"host-7-ab \(hub, edge of odru\); stop every"):
        await store.restored(NOW)
    assert (await store.identity()).epoch == 1
    assert [each.process for each in await store.at_work(NOW)] == ["host-7-ab"]
    assert (await store.restored(until)).epoch == 2
    await store.attend(Presence("host-8-cd", "hub", until), NOW)
    await store.leave("host-8-cd")
    await store.leave("host-7-ab")
    assert (await store.restored(NOW)).epoch == 3


async def test_a_store_is_not_taken_from_under_those_who_work_on_it(site: Site) -> None:
    """Its own environment may go on saying that it is its own."""
    store = await site.open("production")
    await store.attend(Presence("host-7-ab", "hub", ADOPTED_AT + timedelta(seconds=1)), NOW)
    with pytest.raises(StoreInUse, match="host-7-ab"):
        await site.adopt("acceptance")
    assert await site.adopt("production") == Identity("production", 1)


async def test_an_address_that_is_none_is_told_without_its_password() -> None:
    """Whatever is wrong with it."""
    for url in ("mysql://a:geheim@b/c", "sqlite://", "geheim", "postgresql://a:geheim@b:x/c"):
        with pytest.raises(StoreMisconfigured) as caught:
            await open_store(url, environment="test")
        assert "geheim" not in str(caught.value)
        assert "postgresql://" in caught.value.way_out


async def test_nobody_at_the_address(postgres: Postgres, postgres_url: str) -> None:
    """A server that is down is waited for; an account that is wrong takes a person."""
    head, _, tail = postgres_url.rpartition("@")
    with pytest.raises(StoreMisconfigured, match="password"):
        await open_store(f"{head}x@{tail}", environment="test", settings=PATIENCE)
    with pytest.raises(StoreMisconfigured, match="does not exist"):
        await open_store(f"{postgres_url}_no", environment="test", settings=PATIENCE)
    postgres.stop()
    with pytest.raises(StoreUnreachable):
        await open_store(postgres_url, environment="test", settings=PATIENCE)


async def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    """Neither overwritten nor waited for."""
    path = tmp_path / "letter.txt"
    path.write_text("Geachte heer, mevrouw" * 500)
    for attempt in (
        open_store(f"sqlite:///{path}", environment="test"),
        provision(f"sqlite:///{path}"),
    ):
        with pytest.raises(StoreMisconfigured, match="not a database"):
            await attempt
    assert path.read_text().startswith("Geachte")


async def test_a_file_is_made_with_its_folder_for_us_alone(tmp_path: Path) -> None:
    """It holds personal data."""
    path = tmp_path / "var" / "lib" / "store.sqlite"
    await provision(f"sqlite+aiosqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_a_restart_of_the_server_is_survived(
    postgres: Postgres, postgres_site: SqlSite
) -> None:
    """Connections that died are replaced: the first call after it may fail, the next do not."""
    store = await postgres_site.open()
    await asyncio.gather(*(works(store) for _ in range(6)))
    await asyncio.to_thread(postgres.restart)
    failed = await asyncio.gather(*(works(store) for _ in range(6)), return_exceptions=True)
    assert all(each is True or isinstance(each, StoreUnreachable) for each in failed)
    assert all(await asyncio.gather(*(works(store) for _ in range(6))))


async def test_who_only_reads_does_not_notice_a_restart(
    postgres: Postgres, postgres_site: SqlSite
) -> None:
    """A page that is looked at now and then is shown at once: what only reads is read again."""
    store = await postgres_site.open()
    await store.figures()
    await asyncio.to_thread(postgres.restart)
    assert (await store.figures()).total.links == 0


async def test_a_server_that_falls_silent_hangs_nobody(postgres_site: SqlSite) -> None:
    """Every call ends in time, open connection or not, and works again once it answers."""
    async with Wire(postgres_site.url) as wire:
        store = await SqlSite(wire.url).open(settings=SHORT)
        assert await works(store)
        wire.open.clear()
        started = time.monotonic()
        calls = (works(store), store.links([LinkId("L")]), store.figures(), store.check())
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, StoreUnreachable) for outcome in outcomes), outcomes
        # A connection that has been given up is seen off politely, for two seconds.
        assert time.monotonic() - started < 5
        wire.open.set()
        assert await works(store)
        wire.open.clear()
        async with asyncio.timeout(5):
            await store.close()


@pytest.mark.covers("F51")
async def test_a_file_that_another_process_holds_hangs_nobody(
    file_site: SqlSite, tmp_path: Path
) -> None:
    """Writing fails in time and works again afterwards; reading goes on meanwhile."""
    store = await file_site.open(settings=SHORT)
    with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnreachable, match="another process"):
            await works(store)
        assert await store.links([LinkId("L")]) == {}
        other.execute("ROLLBACK")
    assert await works(store)


async def test_a_full_disk_loses_nothing_and_passes(file_site: SqlSite) -> None:
    """What does not fit is not there, not even by half; with room again it goes on."""
    store = await file_site.open()
    assert await works(store)

    async def limit(pages: int) -> None:
        pragma = f"PRAGMA max_page_count = {pages}"
        await store._database.write(lambda c: c.exec_driver_sql(pragma).scalar())

    await limit(1)  # SQLite takes it for the size that it has now
    saved = 0

    async def fill() -> None:
        nonlocal saved
        for number in range(1000):
            titles = (f"{number}.{each}" for each in range(3))
            await store.commit([Work(NOW, a_link(id_, title="x" * 20_000)) for id_ in titles])
            saved += 3

    with pytest.raises(StoreFull, match="room"):
        await fill()
    count = (await store.figures()).total.links
    assert count == saved + 1
    await limit(1_000_000)
    assert await works(store)


@pytest.mark.covers("F54")
async def test_what_is_committed_to_a_file_is_synced(tmp_path: Path, file_site: SqlSite) -> None:
    """Power may be lost the moment after a commit: store and queues wait for the disk first."""
    file = open_database(file_site.url)
    async with asyncio.timeout(5):
        level = await file.write(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar())
    await file.close()
    queues = QueueFile(tmp_path / "broker.sqlite")
    queued = queues._db.execute("PRAGMA synchronous").fetchone()[0]
    queues.close()
    assert (level, queued) == (_FULL, _FULL)


async def test_a_slow_transaction_is_ended_by_the_server(postgres_site: SqlSite) -> None:
    """A lock that somebody holds for too long is no reason to wait for ever."""
    holder, other = await postgres_site.open(), await postgres_site.open(settings=SHORT)
    await holder.commit([Work(NOW, a_link("A"))])
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        engine = holder._database._engine  # type: ignore[attr-defined]
        async with engine.begin() as connection:
            await connection.execute(text("SELECT * FROM links FOR UPDATE"))
            held.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(hold())
        await held.wait()
        with pytest.raises(StoreUnreachable):
            await other.commit([Work(NOW, a_link("A"), 1)])
        let_go.set()
    assert await other.commit([Work(NOW, a_link("A"), 1)]) == (True,)


async def test_errors_say_what_where_and_the_way_out() -> None:
    """In one sentence for the person who has to act."""
    error = StoreError("it burns", where="here", way_out="call 112")
    assert str(error) == "here: it burns; call 112"
