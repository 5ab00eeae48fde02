"""A case system is slow, hangs, lies or breaks off; the other agency's people must not feel it."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.backstage import case_of
from bridge.demo.looks import looks
from bridge.demo.pairing import Pairing
from bridge.demo.run import DATA
from contracts.ids import AgencyId
from tests.services.proxy import SHUT, Flow, Proxy
from tests.system.conftest import Opening
from tests.system.dossiers import AGENCIES, ODRU, RUD, Dossier
from tests.system.patience import eventually
from tests.system.scene import Scene, Site, over, reached_by

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BRIDGE_ONLY = {"client_id": "casebridge"}
"""The people at the agency itself can still work: the trouble is on the way to the bridge."""

IMPATIENT: dict[str, Any] = {
    "edge": {"request_timeout": "PT2S"},
    "agencies": {agency: {"settings": {"request_timeout": "PT2S"}} for agency in AGENCIES},
}
"""The bridge gives up on an answer within two seconds."""


@pytest.mark.covers("F21", "F5", "F20")
@pytest.mark.parametrize("fault", [{"kind": "hang-before"}, {"kind": "drip", "seconds": 60.0}])
async def test_a_system_that_hangs_keeps_nobody_else_waiting(
    embedded: Opening, fault: dict[str, Any]
) -> None:
    """A deadline ends each call and frees its slot; what ODRU's people type is taken in as ever."""
    async with embedded(instead={"bridge": IMPATIENT}) as scene:
        calm = [await _taken_in(scene, each) for each in scene.people.dossiers for _ in range(2)]
        await scene.stage.systems[RUD].switch("faults", {**fault, **BRIDGE_ONLY})
        async with scene.people.working(1):
            await asyncio.sleep(2)
            disturbed = [
                await _taken_in(scene, each) for each in scene.people.dossiers for _ in range(2)
            ]
        await scene.stage.systems[RUD].switch_off("faults")
        await scene.ends_alike()
    log = scene.site.log("bridge").read_text()
    assert log.count('"side_down"') == log.count('"side_up"') >= 1
    assert statistics.median(disturbed) < 2 * statistics.median(calm) + 1, (calm, disturbed)


async def _taken_in(scene: Scene, dossier: Dossier) -> float:
    """Type something at ODRU; give how many seconds it took until the bridge had decided on it."""
    system, url = scene.stage.systems[ODRU], dossier.urls[ODRU]
    shown = (await looks(system, url)).properties["bodemklasse"]
    word = next(each for each in ("AW", "WO", "IN") if each != shown)
    began, at = time.monotonic(), scene.people.now()
    await scene.people.office.casework(ODRU).set_property(url, "bodemklasse", word, by="odru-201")
    scene.people.ledger.type(dossier, "quality", ODRU, word)
    backstage = scene.stage.backstage

    async def is_taken_in() -> bool:
        (link,) = await backstage.links_of(case_of(ODRU, url))
        checked = link.sides[AgencyId(ODRU)].checked_at
        return checked is not None and checked >= at

    assert await eventually(is_taken_in, 30, every_seconds=0.05), "never taken in"
    return time.monotonic() - began


MISBEHAVIOURS: tuple[dict[str, Any], ...] = (
    {"kind": "drop-after", "share": 0.3},
    {"kind": "error-after", "share": 0.3},
    {"kind": "hang-after", "share": 0.2, "method": "POST|PATCH|PUT|DELETE"},
    {"kind": "unavailable", "share": 0.3},
    {"kind": "drop"},
    {"kind": "slow", "seconds": 0.5},
    {"kind": "garbage-after", "share": 0.2, "method": "POST|PATCH|PUT|DELETE"},
)


@pytest.mark.covers("F5", "F9", "F10", "F12", "F13", "F18", "F19")
async def test_a_system_that_misbehaves_in_every_way_gets_nothing_twice(embedded: Opening) -> None:
    """Done and not answered, half done, refused for now: looked at first, and then made whole."""
    async with embedded(instead={"bridge": IMPATIENT}) as scene:
        async with scene.people.working():
            for number, fault in enumerate(MISBEHAVIOURS):
                system = scene.stage.systems[AGENCIES[number % 2]]
                await system.switch("faults", {**fault, **BRIDGE_ONLY})
                await asyncio.sleep(2)
                await system.switch_off("faults")
        if not await eventually(scene.is_at_rest, 20):
            # The answer to a lock was lost, and with it what releases it: a person does.
            await scene.people.release_locks()
        await scene.ends_alike()


@pytest.mark.covers("F5", "F10", "F11", "F12", "F29")
async def test_the_line_to_a_system_fails_in_every_way(embedded: Opening, tmp_path: Path) -> None:
    """Cut in mid-answer, reset, silent, narrow; what was held up on it may land late."""
    site = Site.open(tmp_path / "demo", DATA, None, None, Pairing.ZGW_ZGW)
    async with Proxy(site.ports[RUD]) as proxy:
        settings = over(IMPATIENT, reached_by(site, RUD, proxy))
        async with embedded(instead={"bridge": settings}) as scene:
            async with scene.people.working():
                for down in (Flow(cut_after=700), Flow(cut_after=20_000, piece=500)):
                    proxy.set(down=down)
                    await asyncio.sleep(2)
                    proxy.clear()
                for _ in range(10):
                    await asyncio.sleep(0.2)
                    proxy.reset()
                for trouble in (SHUT, Flow(bytes_per_second=30_000)):
                    proxy.set(down=trouble)
                    await asyncio.sleep(3)
                    proxy.clear()
                    await asyncio.sleep(1)
                proxy.blackhole()
                await asyncio.sleep(3)
                proxy.clear()
            await scene.ends_alike()
