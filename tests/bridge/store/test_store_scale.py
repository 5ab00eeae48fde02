"""Lists and figures look through a narrow index, and not through the rows, whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bench.crowd import PATIENT, crowded
from bridge.store.address import open_database
from bridge.store.store import SqlStore
from bridge.store.views import CaseState, Narrowing
from contracts.ids import AgencyId
from tests.bridge.console.console_site import a_link, served
from tests.services.postgres import Postgres

LINKS = 4_000


async def plans(url: str, dialect: str) -> list[str]:
    """Ask for lists that nothing is in, and for figures; say how the database would find out."""
    database = open_database(url, PATIENT)
    store = SqlStore(database, environment="benchmark")
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        if "FROM links" in statement and not statement.startswith("EXPLAIN"):
            asked.append((statement, values))

    def explain(connection: Connection) -> list[str]:
        word = "EXPLAIN" if dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        return [
            "\n".join(
                str(row[-1]) for row in connection.exec_driver_sql(f"{word} {statement}", values)
            )
            for statement, values in asked
        ]

    engines = [getattr(database, name, None) for name in ("_reading", "_read_engine")]
    engine: Any = next(each for each in engines if each is not None)
    listened = getattr(engine, "sync_engine", engine)
    event.listen(listened, "before_cursor_execute", note)
    try:
        for within in (Narrowing(case_type="x"), Narrowing(participant="x")):
            await store.cases(within=within)
        await store.cases(text="bestaat niet")
        await store.cases(agency=AgencyId("none"))
        for state in (CaseState.WAITING, CaseState.IN_FLIGHT, CaseState.RELEASED):
            await store.cases(state=state)
        await store.figures()
        event.remove(listened, "before_cursor_execute", note)
        return await database.read(explain)
    finally:
        await store.close()


async def test_sqlite_reads_lists_and_figures_from_the_index_alone(tmp_path: Path) -> None:
    """A row of a Link is large: a list that read them all would read a gigabyte."""
    url = f"sqlite:///{tmp_path / 'crowd.db'}"
    await crowded(url, links=200, rows_each=1)
    found = await plans(url, "sqlite")
    assert len(found) == 9
    for plan in found:
        assert "USING COVERING INDEX ix_links_listing_whole" in plan, plan


async def test_postgresql_reads_lists_and_figures_from_the_index_alone(
    postgres: Postgres,
) -> None:
    """With what is set for it: by default it takes an index for slow."""
    url = postgres.fresh_database()
    await crowded(url, links=LINKS, rows_each=1)
    found = await plans(url, "postgresql")
    assert len(found) == 9
    for plan in found:
        assert "Seq Scan on links" not in plan, plan
        assert "Index Only Scan" in plan, plan


@pytest.mark.parametrize("length", [10, 5_000])
async def test_a_case_with_a_very_long_title_is_kept_all_the_same(
    tmp_path: Path, length: int
) -> None:
    """What is searched is cut; a title is not."""
    async with served(tmp_path / "data") as site:
        await site.keep(a_link(1, title="é" * length))
        page = await site.store.cases(text="Z/24/1")
        assert page.rows[0].title == "é" * length
