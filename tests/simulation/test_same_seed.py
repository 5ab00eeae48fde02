"""The same seed gives the same run, byte for byte, in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

SEEDS = {"quick": range(12), "whole": (4, 17), "documents": (4, 17), "zgw": (4, 17)}
"""The quick world's are cheap, and some show only in few."""
_TELL = "from tests.simulation.runs import WORLDS; print(*(WORLDS[{0!r}](s).digest for s in {1}))"


def _digests(world: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", _TELL.format(world, tuple(SEEDS[world]))]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return told.stdout


def _side_by_side(world: str) -> set[str]:
    with ThreadPoolExecutor() as threads:
        return set(threads.map(partial(_digests, world), ("0", "1", "4711")))


@pytest.mark.parametrize("world", ["quick", "whole", "documents", "zgw"])
def test_a_seed_gives_one_trace_whatever_the_hash_seed(world: str) -> None:
    """Three processes with three hash seeds; in the ZGW world every byte on its wires, too."""
    found = _side_by_side(world)
    assert len(found) == 1
    assert len(found.pop().split()) == len(SEEDS[world])
