"""The bridge stands still while both sides change the same: policy decides, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.demo.looks import looks
from bridge.demo.stage import Stage
from bridge.engine.decision import What
from tests.system.conftest import Staging

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


async def test_policy_decides_and_the_loser_stands_in_the_journal(stage_of: Staging) -> None:
    """The handler's agency wins the quality class, whoever was later wins the suspension."""
    async with stage_of("C23", events=2) as stage:
        await stage.keeper.rest("bridge")
        await _change_the_same(stage)
        stage.keeper.wake("bridge")

        assert await stage.player.all_at_rest()
        (history,) = stage.office.world.histories
        home = await stage.office.address(history, "odru")
        other = await stage.office.address(history, "rud-utrecht")
        here = (await looks(stage.systems["odru"], home)).properties
        there = (await looks(stage.systems["rud-utrecht"], other)).properties
        assert (here["bodemklasse"], there["kwaliteitsklasse"]) == ("WO", "WO")
        for system, url in ((stage.systems["odru"], home), (stage.systems["rud-utrecht"], other)):
            assert (await system.get(url))["opschorting"]["reden"] == "certificaat ontbreekt"
        # ZGW does not tell when a property was edited: whichever is heard last is the latest.
        assert (here["datum_start"], there["startdatum_werk"]) in (
            ("11-11-2024", "2024-11-11"),
            ("18-11-2024", "2024-11-18"),
        )
        lost = {
            row.path: str(row.value)
            for row in await stage.backstage.journal()
            if row.what is What.SUPERSEDED
        }
        assert "matig-verontreinigd" in lost["properties/kwaliteitsklasse"]
        assert "wacht op eigenaar" in lost["suspension"]
        assert "properties/startdatum" in lost


async def _change_the_same(stage: Stage) -> None:
    """Odru first in everything, rud later."""
    office = stage.office
    (history,) = office.world.histories
    odru, rud = office.casework("odru"), office.casework("rud-utrecht")
    home = await office.address(history, "odru")
    other = await office.address(history, "rud-utrecht")
    deeds = (
        odru.set_property(home, "bodemklasse", "NT", by="odru-201"),
        odru.set_property(home, "datum_start", "11-11-2024", by="odru-201"),
        odru.suspend(home, "wacht op eigenaar", by="odru-201"),
        rud.set_property(other, "kwaliteitsklasse", "WO", by="rud-101"),
        rud.set_property(other, "startdatum_werk", "2024-11-18", by="rud-101"),
        rud.suspend(other, "certificaat ontbreekt", by="rud-101"),
    )
    for place, deed in enumerate(deeds, 1):
        for system in stage.systems.values():
            await system.set_clock(history.events[-1].at + timedelta(minutes=place))
        await deed
