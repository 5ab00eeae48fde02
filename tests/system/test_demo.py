"""The demo as people run it: embedded, on servers, and while its processes are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.demo.run import HELD, DemoOptions, run_demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HARD = ("C01", "C05", "C14", "C15", "C22", "C23", "C24", "C26", "C30")


async def test_the_hard_histories_end_as_they_must(tmp_path: Path) -> None:
    """On the embedded default, with nothing installed."""
    assert await run_demo(DemoOptions(cases=HARD, data=tmp_path / "demo")) == HELD


async def test_killed_processes_change_nothing(tmp_path: Path) -> None:
    """SIGKILL any of the bridge and the systems at random moments: the same end."""
    options = DemoOptions(cases=HARD, data=tmp_path / "demo", kill=6, seed=11)
    assert await run_demo(options) == HELD


async def test_a_run_that_is_over_can_be_opened_again(tmp_path: Path) -> None:
    """What was played is not played again, and still holds."""
    options = DemoOptions(cases=("C11",), data=tmp_path / "demo")
    assert await run_demo(options) == HELD
    assert await run_demo(options) == HELD


async def test_the_same_on_rabbitmq_and_postgresql(
    tmp_path: Path, vhost_url: str, postgres_url: str
) -> None:
    """Two hubs and an edge for each agency, over servers, with kills among them."""
    options = DemoOptions(
        cases=HARD, data=tmp_path / "demo", broker=vhost_url, store=postgres_url, kill=4, seed=5
    )
    assert await run_demo(options) == HELD
