"""The demo as people run it: embedded, on servers, and while its processes are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.demo.pairing import Pairing
from bridge.demo.run import HELD, DemoOptions, run_demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HARD = ("C01", "C05", "C14", "C15", "C22", "C23", "C24", "C26", "C30")
TELLING = ("C20", "C21", "C22", "C28", "C30")
"""Histories in which the protocols differ: parts in a case, terms, marks, authors, versions."""


async def test_the_hard_histories_end_as_they_must(tmp_path: Path) -> None:
    """On the embedded default, with nothing installed, between ZGW and StUF."""
    assert await run_demo(DemoOptions(cases=HARD, data=tmp_path / "demo")) == HELD


@pytest.mark.parametrize("pairing", [p for p in Pairing if p is not Pairing.ZGW_STUF])
async def test_systems_of_any_two_protocols_are_kept_alike(
    tmp_path: Path, pairing: Pairing
) -> None:
    """The other pairs than the one that the demo shows; each ends as its data says for it."""
    options = DemoOptions(cases=TELLING, data=tmp_path / "demo", pairing=pairing)
    assert await run_demo(options) == HELD


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
