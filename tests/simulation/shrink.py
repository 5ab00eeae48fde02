"""
Shrink: from a run that breaks a law to the shortest that breaks the same one.

Every step of the quick world draws from a source of its own, so a step can be left out and the
others go on much as before. What is left out first are whole kinds of faults and agencies, then
the end, then steps in ever smaller pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.laws import judge
from tests.simulation.quick import Options, World, run

T = TypeVar("T")


def shrink(options: Options, law: str) -> Options:
    """
    Give the shortest run that was found to break *law* still.

    Raises:
        ValueError: It does not break that law to begin with.
    """

    def breaks(tried: Options) -> bool:
        return any(broken.law == law for broken in judge(run(tried)))

    options = replace(options, faults=World(options).faults.kinds)
    if not breaks(options):
        msg = f"seed {options.seed} does not break {law}"
        raise ValueError(msg)
    options = _fewer_agencies(options, breaks)
    faults = sorted(options.faults or ())
    few = fewest(faults, lambda kept: breaks(replace(options, faults=frozenset(kept))))
    options = replace(options, faults=frozenset(few))
    options = replace(options, steps=_shortest(options, breaks))
    taken = [step for step in range(options.steps) if step not in options.skipped]
    every = frozenset(range(options.steps))
    kept = fewest(taken, lambda kept: breaks(replace(options, skipped=every - frozenset(kept))))
    return replace(options, skipped=every - frozenset(kept))


def _fewer_agencies(options: Options, breaks: Callable[[Options], bool]) -> Options:
    for count in (2, 3):
        tried = replace(options, agencies=count)
        if options.agencies is None and breaks(tried):
            return tried
    return options


def _shortest(options: Options, breaks: Callable[[Options], bool]) -> int:
    """Find an end as early as it goes; a later one may hold where an earlier one does not."""
    for steps in range(5, options.steps, 5):
        if breaks(replace(options, steps=steps)):
            return steps
    return options.steps


def fewest(items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """
    Leave out of *items* all that can be left out with *holds* still true of the rest.

    Larger pieces first, then smaller ones, down to single items (delta debugging).
    """
    kept = list(items)
    size = max(1, len(kept) // 2)
    while True:
        place, has_shrunk = 0, False
        while place < len(kept):
            tried = kept[:place] + kept[place + size :]
            if holds(tried):
                kept, has_shrunk = tried, True
            else:
                place += size
        if size == 1 and not has_shrunk:
            return kept
        size = size if has_shrunk and size == 1 else max(1, size // 2)
