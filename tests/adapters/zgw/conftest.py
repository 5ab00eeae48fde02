"""A running case system of our own, an adapter for it, and the people who work in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.zgw import ZgwAdapter, ZgwSettings
from adapters.zgw.simulator import Quirks, Simulator, SimulatorSettings, start, two_clients
from tests.adapters.zgw.people import People, settings_for

CATALOGUE = Path(__file__).with_name("catalogus.yaml")


@pytest.fixture
def quirks() -> Quirks:
    """What the simulator can and does; a test module may say otherwise."""
    return Quirks()


@pytest.fixture
async def simulator(quirks: Quirks) -> AsyncIterator[Simulator]:
    """A fresh case system with the test catalogue."""
    settings = SimulatorSettings(
        clients=two_clients(People.BRIDGE_SECRET, People.STAFF_SECRET),
        catalogue=CATALOGUE,
        rsin=People.RSIN,
        quirks=quirks,
        part_size_bytes=16 * 1024**2,
        shutdown_seconds=0.2,
    )
    async with await start(settings) as running:
        yield running


@pytest.fixture
async def people(simulator: Simulator) -> AsyncIterator[People]:
    """The colleagues in that system, with an account of their own."""
    async with aiohttp.ClientSession() as session:
        yield People(simulator, session)


@pytest.fixture
def settings(simulator: Simulator) -> ZgwSettings:
    """How the adapter reaches the simulator."""
    return settings_for(simulator.url)


@pytest.fixture
async def adapter(settings: ZgwSettings) -> AsyncIterator[ZgwAdapter]:
    """An open adapter for the simulator."""
    async with ZgwAdapter(settings) as opened:
        yield opened
