"""Short histories that once broke a law, each kept as a test of its own."""

from __future__ import annotations

import asyncio

import pytest

from bridge.broker.topology import DEAD_QUEUE_NAME
from tests.simulation.laws import judge
from tests.simulation.processes import HubProcess
from tests.simulation.world import Options, World


class StoreAwayForLong(World):
    """What an edge told waits in the queue, and the store is away when the hubs come to it."""

    async def act(self) -> None:
        hubs = [each for each in self.processes.values() if isinstance(each, HubProcess)]
        for hub in hubs:
            hub.kill()
        for home in self.ruleset.agencies:
            cells, by = self.people.opens(self.loop.random, home)
            self.deeds.open(self.systems[home], cells, by)
        # Everybody sees it, by a hint or by a poll.
        await asyncio.sleep(20)
        self.store_is_away = True
        for hub in hubs:
            hub.start()
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
