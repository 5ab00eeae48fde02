"""The tally of a store in memory: how long edits took to arrive, and when each system was heard."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bridge.store.memory_state import MemoryState
from bridge.store.records import Work
from bridge.store.tally import KEPT_FOR, counts_of, hour_of
from bridge.store.views import CrossingRow, HeardRow, bucket_of


def tally(state: MemoryState, work: Work) -> None:
    """Count what one Work brings; records are replaced, for a copy of the tables shares them."""
    hour = hour_of(work.at)
    for each in work.crossings:
        key = (each.from_, each.to, hour)
        if key not in state.crossings:
            _forget_old(state, hour)
        counts = Counter(state.crossings.get(key, ()))
        counts[bucket_of(each.took)] += 1
        state.crossings[key] = counts
    if work.heard is not None:
        before = state.heard.get((work.heard, hour))
        count = before.count if before else 0
        state.heard[work.heard, hour] = HeardRow(work.heard, hour, count + 1, work.at)


def _forget_old(state: MemoryState, hour: datetime) -> None:
    oldest = hour - KEPT_FOR
    state.crossings = {key: each for key, each in state.crossings.items() if key[2] >= oldest}
    state.heard = {key: each for key, each in state.heard.items() if key[1] >= oldest}


def crossings_since(state: MemoryState, since: datetime) -> tuple[CrossingRow, ...]:
    """Give what was counted of crossings, from the hour of *since* on."""
    return tuple(
        CrossingRow(*key, counts_of(state.crossings[key]))
        for key in sorted(state.crossings)
        if key[2] >= hour_of(since)
    )


def heard_since(state: MemoryState, since: datetime) -> tuple[HeardRow, ...]:
    """Give what was counted of being heard, from the hour of *since* on."""
    return tuple(state.heard[key] for key in sorted(state.heard) if key[1] >= hour_of(since))
