"""SQLite without a thread, for a simulator."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bridge.store import SchemaOutdated, StoreMisconfigured, Work, open_store, open_store_on
from bridge.store.migrate import upgrade
from bridge.store.sqlite import InlineSqlite
from contracts.ids import LinkId
from tests.bridge.store.conftest import NOW, a_link


class Threadless(asyncio.SelectorEventLoop):
    """A loop that lends nobody a thread."""

    def run_in_executor(self, *_: Any) -> NoReturn:  # type: ignore[override]
        msg = "no threads here"
        raise AssertionError(msg)


def test_it_works_in_a_loop_without_threads(tmp_path: Path) -> None:
    """From the first table to the last word; what was saved is there for whoever comes next."""
    path = tmp_path / "store.sqlite"

    async def work() -> None:
        database = InlineSqlite(path)
        await upgrade(database)
        store = await open_store_on(database, environment="test")
        assert await store.commit([Work(NOW, a_link("A"))]) == (True,)
        await store.close()

    before = threading.active_count()
    with asyncio.Runner(loop_factory=Threadless) as runner:
        runner.run(work())
    assert threading.active_count() == before


async def test_what_it_leaves_is_a_store_like_any_other(tmp_path: Path) -> None:
    """The same file can be opened with threads, and the other way round."""
    path = tmp_path / "store.sqlite"
    await upgrade(database := InlineSqlite(path))
    inline = await open_store_on(database, environment="test")
    await inline.commit([Work(NOW, a_link("A"))])
    store = await open_store(f"sqlite:///{path}", environment="test")
    await store.commit([Work(NOW, a_link("A", title="Nieuw"), 1)])
    (found,) = (await inline.links([LinkId("A")])).values()
    assert found.link.truth["title"] == "Nieuw"
    await store.close()
    await inline.close()


async def test_a_failed_transaction_leaves_nothing_and_the_file_free(tmp_path: Path) -> None:
    """Nobody waits for a lock that nobody holds any more."""
    await upgrade(database := InlineSqlite(tmp_path / "store.sqlite"))
    store = await open_store_on(database, environment="test")
    await store.commit([Work(NOW, a_link("A", odru="1")), Work(NOW, a_link("B", odru="2"))])
    second = Work(NOW, a_link("B", odru="1"), 1)
    with pytest.raises(Exception, match="UNIQUE"):
        await store.commit([Work(NOW, a_link("C")), second])
    assert await store.links([LinkId("C")]) == {}
    assert await store.commit([Work(NOW, a_link("C"))]) == (True,)
    await store.close()


async def test_it_opens_only_what_was_prepared(tmp_path: Path) -> None:
    """As with an address: a file that is missing or empty is no store."""
    with pytest.raises(StoreMisconfigured, match="no such file"):
        await open_store_on(InlineSqlite(tmp_path / "none.sqlite"), environment="test")
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(SchemaOutdated):
        await open_store_on(InlineSqlite(tmp_path / "empty.sqlite"), environment="test")
