"""Databases to open stores in, and builders for what is put into stores of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.engine.decision import Row, What
from bridge.engine.link import Link, Side
from bridge.engine.parked import Parked, Reason, Way
from bridge.store import HUB, CaseKey, JournalEntry, OutboxRow, Store, provision
from contracts.ids import AgencyId, CaseRef, LinkId
from tests.bridge.store_sites import SqlSite

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["postgresql", "sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def sql_site(empty_url: str) -> AsyncIterator[SqlSite]:
    """A provisioned database of each kind."""
    await provision(empty_url)
    site = SqlSite(empty_url)
    yield site
    await site.close()


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


async def journal(store: Store) -> list[JournalEntry]:
    """All rows of the journal, in the order in which they were written."""
    return [*reversed(await store.journal_of())]
