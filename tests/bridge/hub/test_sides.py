"""Operators pause a side, look how it drains, and unpause it."""

from __future__ import annotations

import pytest

from bridge.desk.sides import Sides
from bridge.engine.decision import What
from bridge.hub.group import Wake
from bridge.jobs.errors import NotToBeDone
from bridge.store import Condition, Standing
from contracts.ids import AgencyId
from contracts.messages import Command
from tests.bridge.engine.samples import NOORD, ZUID
from tests.bridge.hub.conftest import START, Bench


@pytest.fixture
def sides(bench: Bench) -> Sides:
    return Sides(bench.store, rules=lambda: bench.rules, now=bench.tick)


async def woken(bench: Bench) -> list[Command]:
    """What the hub does about timers that are due."""
    due = await bench.store.due_timers(bench.tick(), 100)
    return await bench.settle(*(Wake(timer.link) for timer in due))


async def test_a_pause_holds_for_every_hub_and_ends_with_one_command_a_case(
    bench: Bench, sides: Sides
) -> None:
    """It stands in the store; hubs that run already go by it from their next group on."""
    first = await bench.settle(*(bench.see(f"N-{number}") for number in range(3)))
    await bench.come_to_rest(first)
    await sides.pause(ZUID, by="op", reason="onderhoud")
    for turn in range(3):
        for number in (0, 1):
            assert await bench.settle(bench.see(f"N-{number}", title=f"Titel {turn}")) == []
    assert await sides.unpause(ZUID, by="op", reason="klaar") == 2
    commands = await woken(bench)
    assert sorted(command.agency for command in commands) == [ZUID, ZUID]
    await bench.come_to_rest(commands)
    assert (await bench.store.figures()).total.equal == 3


async def test_a_side_is_drained_once_nothing_is_on_its_way_there(
    bench: Bench, sides: Sides
) -> None:
    (command,) = await bench.settle(bench.see())
    await sides.pause(ZUID, by="op", reason="onderhoud")

    async def standing() -> tuple[int, bool]:
        (zuid,) = [each for each in await sides.standings() if each.agency == ZUID]
        return zuid.figures.in_flight, zuid.is_drained

    assert await standing() == (1, False)
    await bench.settle(bench.obey(command, "Z-1"))
    assert await standing() == (0, True)


async def test_who_paused_and_why_stands_in_the_journal(bench: Bench, sides: Sides) -> None:
    await sides.pause(ZUID, by="op", reason="onderhoud")
    await sides.unpause(ZUID, by="chef", reason="klaar")
    last, first = await bench.store.journal_of()
    assert (first.what, first.agency, first.by, first.why) == (What.PAUSED, ZUID, "op", "onderhoud")
    assert (last.what, last.by, last.why) == (What.UNPAUSED, "chef", "klaar")


async def test_what_makes_no_sense_is_refused_with_what_would(sides: Sides) -> None:
    with pytest.raises(NotToBeDone, match="no crosswalk; there are: noord, zuid"):
        await sides.pause(AgencyId("west"), by="op", reason="x")
    with pytest.raises(NotToBeDone, match="say why"):
        await sides.pause(ZUID, by="op", reason=" ")
    with pytest.raises(NotToBeDone, match="not paused"):
        await sides.unpause(ZUID, by="op", reason="x")
    await sides.pause(ZUID, by="op", reason="x")
    with pytest.raises(NotToBeDone, match="paused already"):
        await sides.pause(ZUID, by="op", reason="y")


async def test_how_an_edge_finds_its_system_is_shown_as_it_told_last(
    bench: Bench, sides: Sides
) -> None:
    await bench.store.report(NOORD, Standing(Condition.UP, "", START))
    await bench.store.report(NOORD, Standing(Condition.AWAY, "no answer", START))
    (noord, zuid) = await sides.standings()
    assert (noord.condition, noord.has_holder) == (Condition.AWAY, False)
    assert (zuid.condition, zuid.has_holder) == (None, None)
