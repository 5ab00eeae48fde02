"""Figures are counted once for all who ask while another count runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bridge.desk.together import Lasting, Together


class Counting:
    """Gives how often it was asked; takes its time."""

    def __init__(self) -> None:
        self.counted = 0
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.counted += 1
        number = self.counted
        await self.go.wait()
        return number


async def test_a_hundred_who_ask_while_one_counts_share_the_next_count() -> None:
    """Two counts for a hundred and one tabs."""
    counting = Counting()
    together = Together(counting)
    first = asyncio.create_task(together.get())
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.get()) for _ in range(100)]
    await asyncio.sleep(0)
    counting.go.set()
    assert await first == 1
    assert set(await asyncio.gather(*others)) == {2}


async def test_who_asks_gets_what_was_counted_after_they_asked() -> None:
    """Never what somebody else was told before."""
    counting = Counting()
    counting.go.set()
    together = Together(counting)
    assert [await together.get(), await together.get(), await together.get()] == [1, 2, 3]


async def test_a_count_that_fails_is_not_the_next_ones_answer() -> None:
    fails = [True, False]

    async def count() -> str:
        await asyncio.sleep(0)
        if fails.pop(0):
            msg = "away"
            raise ConnectionError(msg)
        return "counted"

    together = Together(count)
    found = await asyncio.gather(together.get(), together.get(), return_exceptions=True)
    assert isinstance(found[0], ConnectionError)
    assert found[1] == "counted"


async def test_a_figure_that_lasts_is_counted_again_after_a_while() -> None:
    at = datetime(2024, 6, 3, tzinfo=UTC)
    counting = Counting()
    counting.go.set()
    lasting = Lasting(counting, lasts=timedelta(minutes=1), now=lambda: at)
    assert [await lasting.get(), await lasting.get()] == [1, 1]
    at += timedelta(minutes=1)
    assert await lasting.get() == 2
    at -= timedelta(hours=1)
    assert await lasting.get() == 3, "a clock that was put back keeps no figure for ever"
