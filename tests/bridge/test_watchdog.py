"""A loop that stands still is told of, with the place."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.watchdog import watched


def a_call_that_blocks(seconds: float) -> None:
    time.sleep(seconds)


@pytest.mark.covers("F61")
async def test_where_the_loop_stands_still_is_told_once_and_that_it_goes_on() -> None:
    with capture_logs() as logs:
        async with watched(timedelta(seconds=0.5)):
            await asyncio.sleep(0.2)
            a_call_that_blocks(1.5)
            await asyncio.sleep(0.3)
    still, goes_on = logs
    assert (still["event"], still["log_level"]) == ("loop_stands_still", "error")
    innermost = still["where"][-1]
    assert innermost.startswith(str(Path(__file__)))
    assert innermost.endswith("a_call_that_blocks")
    assert goes_on["event"] == "loop_goes_on"
    assert goes_on["stood_still_seconds"] >= 1.5


async def test_a_loop_that_turns_is_not_spoken_of() -> None:
    with capture_logs() as logs:
        async with watched(timedelta(seconds=2)):
            await asyncio.sleep(1.5)
    assert logs == []
