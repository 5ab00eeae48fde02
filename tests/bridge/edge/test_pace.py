"""A large content gives way to whatever else a process has at work, and to nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.edge.bell import Bell
from bridge.edge.jobs import Jobs, Kind
from bridge.edge.pace import Pace
from bridge.edge.underway import Underway
from bridge.store import MemoryState, open_memory_store
from contracts.case import Document
from contracts.ids import AgencyId, CaseRef
from tests.bridge.edge.conftest import NOW
from tests.simulation.loop import SimLoop

ZAAK = CaseRef("Z-1")
DRAWING = Document(key="D-1", type="tekening", title="Kelder")
PIECE, LARGE = 10, 25
EACH = 0.02
"""Seconds that the system takes for a piece."""


@pytest.fixture
def loop() -> Iterator[SimLoop]:
    """A loop in which time passes for who sleeps, and for nobody else."""
    made = SimLoop(1)
    yield made
    made.bury()


async def line(pieces: int, stalls: float = 0.0) -> AsyncIterator[bytes]:
    for number in range(pieces):
        await asyncio.sleep(EACH + (stalls if number == pieces - 2 else 0))
        yield b"x" * PIECE


@asynccontextmanager
async def opened(pieces: int, stalls: float = 0.0) -> AsyncIterator[AsyncIterator[bytes]]:
    yield line(pieces, stalls)


async def seconds(pace: Pace, pieces: int, stalls: float = 0.0) -> float:
    """Read a content, and give how long that took."""
    store = await open_memory_store(MemoryState(), environment="test")
    underway = Underway(AgencyId("odru"), store, lambda: NOW, pace, LARGE)
    now = asyncio.get_running_loop().time
    began, size = now(), 0
    async with underway.reading(ZAAK, DRAWING, opened(pieces, stalls)) as told:
        async for piece in told:
            size += len(piece)
    assert size == pieces * PIECE
    return now() - began


async def beside(pace: Pace, kind: Kind, reading: Coroutine[Any, Any, float]) -> float:
    """Read it while a job of *kind* runs."""
    most = dict.fromkeys(Kind, 1)
    jobs = Jobs(
        agency="odru",
        most=most,
        is_down=lambda: False,
        bell=Bell(lambda: NOW),
        pace=pace,
        now=lambda: NOW,
    )
    is_over = asyncio.Event()

    async def job() -> None:
        await is_over.wait()

    async with asyncio.TaskGroup() as tasks:
        assert jobs.start(tasks, kind, "Z-2|look", job)
        await asyncio.sleep(0.001)
        took = await reading
        is_over.set()
    return took


async def quiet(pace: Pace) -> float:
    """Read a content a while after something else was done."""
    with pace.working():
        pass
    await asyncio.sleep(1)
    return await seconds(pace, 50)


@pytest.mark.parametrize("kind", [Kind.LOOK, Kind.FACTS, Kind.DOCUMENTS])
def test_it_takes_a_third_of_the_time_while_something_else_is_at_work(
    loop: SimLoop, kind: Kind
) -> None:
    """From where on it is known to be large: two pieces are not yet."""
    pace = Pace()
    took = loop.run_until_complete(beside(pace, kind, seconds(pace, 50)))
    assert took == pytest.approx(3 * 50 * EACH, abs=5 * EACH)


def test_it_rests_for_nothing_while_it_is_alone(loop: SimLoop) -> None:
    assert loop.run_until_complete(seconds(Pace(), 50)) == pytest.approx(50 * EACH)


def test_it_does_not_rest_for_another_large_one(loop: SimLoop) -> None:
    pace = Pace()
    took = loop.run_until_complete(beside(pace, Kind.LARGE, seconds(pace, 50)))
    assert took == pytest.approx(50 * EACH)


def test_a_small_content_rests_for_nobody(loop: SimLoop) -> None:
    pace = Pace()
    took = loop.run_until_complete(beside(pace, Kind.LOOK, seconds(pace, LARGE // PIECE)))
    assert took == pytest.approx(LARGE // PIECE * EACH)


def test_it_goes_on_at_once_when_the_others_are_done(loop: SimLoop) -> None:
    """After a moment: what one edge told is work for the other as soon as the hub has decided."""
    assert loop.run_until_complete(quiet(Pace())) == pytest.approx(50 * EACH)


def test_it_rests_a_moment_longer_than_the_others_work(loop: SimLoop) -> None:
    pace = Pace()

    async def just_after() -> float:
        with pace.working():
            pass
        return await seconds(pace, 50)

    took = loop.run_until_complete(just_after())
    assert 50 * EACH + 0.2 < took < 50 * EACH + 0.5


def test_a_system_that_hung_is_not_waited_for_as_long_again(loop: SimLoop) -> None:
    pace = Pace()
    took = loop.run_until_complete(beside(pace, Kind.FACTS, seconds(pace, 10, stalls=60.0)))
    assert 60 < took < 62
