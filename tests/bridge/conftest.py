"""Stores of every kind: what is true of one is true of all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.store import Store, provision
from tests.bridge.store_sites import KINDS, InlineSite, MemorySite, Site, SqlSite, provisioned


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """A place of each kind where stores can be opened."""
    site = await _site(request, tmp_path / "store.sqlite")
    yield site
    await site.close()


async def _site(request: pytest.FixtureRequest, path: Path) -> Site:
    if request.param == "memory":
        return MemorySite()
    if request.param == "sqlite-inline":
        inline = InlineSite(path)
        await inline.provision()
        return inline
    if request.param == "postgresql":
        return SqlSite(await provisioned(request.getfixturevalue("postgres")))
    url = f"sqlite:///{path}"
    await provision(url)
    return SqlSite(url)


@pytest.fixture
async def store(site: Site) -> Store:
    """An open store of each kind."""
    return await site.open()
