"""One system is switched off for a while: the other goes on, and what was missed comes as one."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest

from bridge.demo.backstage import case_of
from bridge.demo.looks import looks
from bridge.demo.patience import until
from bridge.demo.stage import Stage
from tests.system.conftest import Staging

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NAMES = ("C01", "C03", "C07")


async def test_what_was_missed_comes_in_one_command_for_each_case(stage_of: Staging) -> None:
    """Three edits to each of three cases while the other side is away are one write there."""
    async with stage_of(*NAMES, events=1) as stage:
        rud = stage.systems["rud-utrecht"]
        before = len(await rud.writes())
        await rud.switch("faults", {"kind": "drop"})
        await _edit_all(stage)
        assert await until(lambda: _all_agreed(stage), 30), "odru's edits are not the truth yet"
        assert len(await rud.writes()) == before

        await rud.switch_off("faults")

        assert await until(lambda: _all_arrived(stage), 60), "rud does not show what it missed"
        assert await stage.player.all_at_rest()
        assert {len(ids) for ids in (await _commands(stage, before)).values()} == {1}
        assert len(await _commands(stage, before)) == len(NAMES)


async def test_the_side_that_is_up_goes_on(stage_of: Staging) -> None:
    """With odru away, rud's people work, and the bridge keeps reading what they do."""
    async with stage_of("C01", "C11", events=2) as stage:
        odru, office = stage.systems["odru"], stage.office
        await odru.switch("faults", {"kind": "unavailable"})
        now = max(history.events[-1].at for history in office.world.histories)
        await stage.systems["rud-utrecht"].set_clock(now + timedelta(minutes=5))
        for history in office.world.histories:
            url = await office.address(history, "rud-utrecht")
            work = office.casework("rud-utrecht")
            await work.set_status(url, "20", now + timedelta(minutes=1), by="rud-101")
        await odru.set_clock(now + timedelta(minutes=5))

        async def all_seen() -> bool:
            links = await stage.backstage.links()
            return all(link.truth["status"] == "in-behandeling" for link in links)

        assert await until(all_seen, 30), "an edit at rud was not taken in while odru was away"
        await odru.switch_off("faults")
        assert await stage.player.all_at_rest()
        for history in office.world.histories:
            shown = await looks(odru, await office.address(history, "odru"))
            assert shown.status_name == "In uitvoering"


async def _edit_all(stage: Stage) -> None:
    office = stage.office
    for history in office.world.histories:
        url = await office.address(history, "odru")
        work = office.casework("odru")
        await work.set_property(url, "bodemklasse", "WO", by="odru-201")
        await work.set_property(url, "bodemklasse", "IN", by="odru-201")
        await work.assign(url, "rud-102", "Vakspecialist", by="odru-201")


async def _all_agreed(stage: Stage) -> bool:
    for history in stage.office.world.histories:
        case = case_of("odru", await stage.office.address(history, "odru"))
        for link in await stage.backstage.links_of(case):
            handler = link.truth.get("handler")
            if not isinstance(handler, dict) or handler["id"] != "rud-102":
                return False
    return True


async def _all_arrived(stage: Stage) -> bool:
    for history in stage.office.world.histories:
        url = await stage.office.address(history, "rud-utrecht")
        shown = await looks(stage.systems["rud-utrecht"], url)
        if shown.handler != "rud-102" or shown.properties.get("kwaliteitsklasse") != "IN":
            return False
    return True


async def _commands(stage: Stage, since: int) -> dict[str, set[str]]:
    """Group what the bridge wrote by the Link it was for: the commands, each once."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in (await stage.systems["rud-utrecht"].writes())[since:]:
        if entry["client_id"] == "casebridge" and "/notificaties/" not in entry["path"]:
            command, _, reason = entry["toelichting"].partition(" ")
            found[reason].add(command)
    return found
