"""Stores of both kinds, ready to use, and builders for what is put into them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Parked, Reason, Side, Way
from bridge.store import (
    HUB,
    CaseKey,
    OutboxRow,
    Store,
    StoreSettings,
    open_store,
    provision,
)
from bridge.store.tables import JOURNAL
from contracts.ids import AgencyId, CaseRef, LinkId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATIENCE = StoreSettings(connect_timeout=timedelta(seconds=3), timeout=timedelta(seconds=6))


class Site:
    """Where stores can be opened, several at a time, over the same database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opened: list[Store] = []

    async def open(self, environment: str = "test", settings: StoreSettings = PATIENCE) -> Store:
        """Open one more store."""
        store = await open_store(self.url, environment=environment, settings=settings)
        self._opened.append(store)
        return store

    async def close(self) -> None:
        """Close all that were opened."""
        for store in self._opened:
            await store.close()


@pytest.fixture(params=["postgresql", "sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def site(empty_url: str) -> AsyncIterator[Site]:
    """A provisioned site of each kind."""
    await provision(empty_url)
    site = Site(empty_url)
    yield site
    await site.close()


@pytest.fixture
async def store(site: Site) -> Store:
    """An open store."""
    return await site.open()


def a_link(id_: str, *, title: str = "Schuur", parked: str = "", **refs: str | None) -> Link:
    """A Link over one case for each of *refs*; the first agency is its home."""
    sides = {
        AgencyId(agency): Side(
            AgencyId(agency),
            CaseRef(ref) if ref else None,
            base={"number": f"{agency.upper()}-{ref}"},
            stands={"title": title},
            checked_at=NOW,
        )
        for agency, ref in (refs or {"odru": id_}).items()
    }
    home = next(iter(sides))
    if parked:
        sides[home].parked[parked] = Parked(Reason.CONFLICT, "kies", NOW, (Way.CHOOSE,))
    return Link(LinkId(id_), "dvo", "route", home, NOW, truth={"title": title}, sides=sides)


def a_message(id_: str, *, sender: str = HUB, at: datetime = NOW) -> OutboxRow:
    """A message to send."""
    return OutboxRow(id_, "commands.odru", f"body of {id_}".encode(), at, {"h": "é"}, sender)


def told(link: str, why: str = "") -> Row:
    """A row of the journal."""
    return Row(What.EDITED, NOW, LinkId(link), AgencyId("odru"), CaseRef("Z"), "title", why=why)


def key(agency: str, ref: str) -> CaseKey:
    """A case."""
    return AgencyId(agency), CaseRef(ref)


async def journal(store: Store) -> list[dict[str, Any]]:
    """All rows of the journal, as they stand there."""
    rows = select(JOURNAL).order_by(JOURNAL.c.id)
    return await store._database.read(lambda c: [dict(row) for row in c.execute(rows).mappings()])
