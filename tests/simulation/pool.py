"""Runs share the cores: what each plays is its own, so they can be played side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")

_CHUNK: Final = 20
_PARTS: Final = 8
"""Each process gets at least so many parts: none plays on for long when the others are done."""


def shared_out(
    play: Callable[[Given], Found], each: Sequence[Given], processes: int | None = None
) -> Iterator[Found]:
    """
    Call a function of a module for each of many, on as many processes as there are cores.

    What comes back has the order of what was given.
    """
    count = processes or os.cpu_count() or 1
    if count == 1:
        yield from map(play, each)
        return
    chunk = min(_CHUNK, len(each) // (count * _PARTS) + 1)
    # Spawned: a worker is to start as a fresh run from a shell would.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play, each, chunksize=chunk)
