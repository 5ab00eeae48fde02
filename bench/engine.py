"""The engine by itself: decisions a second, against laying one dict over another."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Final

from bench.bridge_side import IN_2024
from bench.figures import Figure, ratio_of_medians
from bench.messages import Messages
from bench.stage import Side
from bridge.engine.decide import decide_observation
from bridge.engine.link import load_link
from bridge.engine.rules import Rules
from contracts.case import cells_of
from contracts.messages import Seen

_TIMES: Final = 200


async def decisions(side: Side, messages: Messages, rules: Rules, rounds: int) -> Figure:
    """Compare one decision on a change with a merge that asks nothing."""
    row = await side.store.fetchrow("SELECT id, body FROM links WHERE is_equal LIMIT 1")
    assert row is not None, "there is no settled Link"
    link, at = load_link(row["body"]), IN_2024
    seen = messages.observation(1, 1, "Besluit")
    assert isinstance(seen.sight, Seen), "made so"
    shown, base = cells_of(seen.sight.snapshot.case), link.sides[link.home].base
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_timed(lambda: decide_observation(link, seen, rules, at)))
        theirs.append(_timed(lambda: dict(base) | shown))
    return Figure(
        "decide_vs_dict_merge",
        ratio_of_medians(ours, theirs),
        "time of one decision (merge, translate, plan, journal), against a plain merge of dicts",
        better="less",
        raw={
            "decisions_per_second": 1e6 / median(ours),
            "decision_us": median(ours),
            "merge_us": median(theirs),
        },
    )


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(_TIMES):
        do()
    return (time.perf_counter() - began) / _TIMES * 1e6
