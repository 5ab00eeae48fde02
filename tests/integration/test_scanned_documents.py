"""The whole bridge with a scanner before one system: what is found stays out, and is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.app import provision
from bridge.desk import Desk
from bridge.scan.fake import EICAR, FakeClamd
from bridge.settings import ScanSettings, Settings
from bridge.store.views import ParkedRow
from tests.integration.test_embedded_bridge import Two, running, settings_for, until


@pytest.fixture
def two(request: pytest.FixtureRequest) -> Two:
    """Both systems of this test."""
    return Two(request.node.name)


@pytest.fixture
async def scanned(tmp_path: Path, request: pytest.FixtureRequest, unused_tcp_port: int) -> Settings:
    """A bridge that has what enters ODRU's system looked into."""
    made = settings_for(tmp_path / "data", request.node.name, unused_tcp_port)
    odru = made.agencies["odru"].model_copy(
        update={"scan": ScanSettings(clamd=f"unix://{tmp_path / 'clamd.ctl'}")}
    )
    made = made.model_copy(update={"agencies": {**made.agencies, "odru": odru}})
    await provision(made)
    return made


def where(settings: Settings) -> str:
    scan = settings.agencies["odru"].scan
    assert scan is not None
    return scan.clamd


def titles(two: Two) -> list[str]:
    cells = two.odru.cells(two.ref).items()
    documents = [value for path, value in cells if path.startswith("documents/")]
    return sorted(str(each["title"]) for each in documents if isinstance(each, dict))


@pytest.mark.covers("F34")
async def test_what_the_scanner_finds_stays_out_and_is_parked_with_the_finding(
    scanned: Settings, two: Two
) -> None:
    """The other document of the case, and its facts, go on; no title is told in what is parked."""
    two.open_case()
    async with FakeClamd().at(where(scanned)), running(scanned) as desk:
        await until(two.counterpart, "a counterpart")
        two.attach_at_rud("Besmet", b"voor" + EICAR + b"na")
        two.attach_at_rud("Advies", b"bodem is schoon")
        two.rud.set(two.at_work(), "status", "20")
        await until(lambda: titles(two) == ["Advies"], "the clean document at ODRU")
        await until(lambda: two.at_odru("status") == "3", "the status at ODRU")
        (row,) = await parked(desk)
    assert (row.agency, row.reason.value) == ("odru", "unsafe")
    assert "Eicar-Signature" in row.why
    assert "Besmet" not in row.why
    assert titles(two) == ["Advies"]


@pytest.mark.covers("F34")
async def test_documents_wait_for_a_scanner_that_is_away(scanned: Settings, two: Two) -> None:
    """Nothing is parked, nothing enters unseen, facts go on; and when it is back they go in."""
    two.open_case()
    async with running(scanned) as desk:
        await until(two.counterpart, "a counterpart")
        two.attach_at_rud("Advies", b"bodem is schoon")
        two.rud.set(two.at_work(), "status", "20")
        await until(lambda: two.at_odru("status") == "3", "the status at ODRU")
        await until_waiting(desk)
        assert titles(two) == []
        assert await desk.parked() == ()
        async with FakeClamd().at(where(scanned)):
            await until(lambda: titles(two) == ["Advies"], "the document at ODRU", 40)


async def parked(desk: Desk) -> tuple[ParkedRow, ...]:
    async with asyncio.timeout(20):
        while not (found := await desk.parked()):
            await asyncio.sleep(0.05)
    return tuple(found)


async def until_waiting(desk: Desk) -> None:
    async with asyncio.timeout(20):
        while not (await desk.figures()).total.waiting:
            await asyncio.sleep(0.05)
