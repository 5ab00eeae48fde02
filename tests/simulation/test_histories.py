"""Short histories that once broke a law, each kept as a test of its own."""

from __future__ import annotations

import asyncio

import pytest

from bridge.broker.topology import DEAD_QUEUE_NAME
from tests.simulation.laws import judge
from tests.simulation.world import Options, World


class StoreAwayForLong(World):
    """A case is opened, and the store is away for longer than a message may be delivered."""

    async def act(self) -> None:
        home = self.ruleset.agencies[0]
        cells, by = self.people.opens(self.loop.random, home)
        self.deeds.open(self.systems[home], cells, by)
        await asyncio.sleep(1.2)
        self.store_is_away = True
        await asyncio.sleep(60)
        self.store_is_away = False
        await asyncio.sleep(5)


@pytest.mark.covers("F48")
@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_store_that_is_away_for_a_minute_sends_nothing_to_the_dead_letters(seed: int) -> None:
    """Given back once a second, a message came to the end of its deliveries, and was lost."""
    world = StoreAwayForLong(Options(seed, agencies=2, faults=frozenset()))
    outcome = world.run()
    assert not world.connections.queues._queues[DEAD_QUEUE_NAME].ready
    assert not judge(outcome)
