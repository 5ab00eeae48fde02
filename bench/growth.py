"""What a decision costs with few Links in the store, and with many: in turns, on PostgreSQL."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Final

from bench.bridge_side import IN_2024
from bench.figures import Figure, ratio_of_medians
from bench.messages import Messages
from bench.seed import Seeded
from bridge.engine.rules import Rules
from bridge.hub.group import Group
from bridge.store import Store, open_store
from contracts.envelope import decode
from contracts.messages import Command

GROUP: Final = 50
_SOURCE: Final = "urn:nld:oin:00000000000000000000:systeem:casebridge"


@dataclass(slots=True)
class Measured:
    """One store, and what its rounds gave."""

    seeded: Seeded
    store: Store
    group: Group
    wall_us: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


async def cost_growth(
    few: Seeded, many: Seeded, messages: Messages, rules: Rules, rounds: int
) -> Figure:
    """Compare the cost of a decision, its loading and saving included."""
    async with AsyncExitStack() as stack:
        sides = [await _open(stack, seeded, rules) for seeded in (few, many)]
        chance = random.Random(1)  # noqa: S311 - the same cases each time
        numbers = count(1)
        for side in sides:
            await round_of(side, messages, chance, next(numbers), is_measured=False)
        for turn in range(rounds):
            # The order changes, so that neither always comes after the other's writing.
            for side in sides if turn % 2 else reversed(sides):
                await round_of(side, messages, chance, next(numbers))
    first, second = sides
    return Figure(
        f"cost_growth_{_short(few.links)}_{_short(many.links)}",
        ratio_of_medians(second.wall_us, first.wall_us),
        "time of the hub for a decision, with many Links in the store against few",
        aim=1.1,
        better="less",
        raw={
            "links": f"{few.links} and {many.links}",
            "few_wall_us_a_decision": median(first.wall_us),
            "many_wall_us_a_decision": median(second.wall_us),
            "few_cpu_us_a_decision": median(first.cpu_us),
            "many_cpu_us_a_decision": median(second.cpu_us),
            "cpu_ratio": ratio_of_medians(second.cpu_us, first.cpu_us),
            "decisions_a_transaction": GROUP,
        },
    )


async def _open(stack: AsyncExitStack, seeded: Seeded, rules: Rules) -> Measured:
    store = await open_store(seeded.url, environment="benchmark")
    stack.push_async_callback(store.close)
    return measured(seeded, store, rules)


def measured(seeded: Seeded, store: Store, rules: Rules) -> Measured:
    """Give a store of which nothing is measured yet."""
    ahead = IN_2024 - datetime.now(UTC)
    group = Group(
        store=store, rules=lambda: rules, source=_SOURCE, now=lambda: datetime.now(UTC) + ahead
    )
    return Measured(seeded, store, group)


async def round_of(
    side: Measured,
    messages: Messages,
    chance: random.Random,
    number: int,
    *,
    is_measured: bool = True,
) -> None:
    """Change some cases: an Observation and a Receipt each, in groups."""
    wall = cpu = 0.0
    decisions = 0
    links = chance.sample(range(1, side.seeded.links + 1), min(4 * GROUP, side.seeded.links))
    for at in range(0, len(links), GROUP):
        part = links[at : at + GROUP]
        title = f"Groei {number:06d}"
        seen = [messages.observation(link, number, title) for link in part]
        commands, took = await _settle(side, seen)
        receipts = [messages.receipt(command, number, title) for command in commands]
        _, took_again = await _settle(side, receipts)
        wall += took[0] + took_again[0]
        cpu += took[1] + took_again[1]
        decisions += len(seen) + len(receipts)
    if is_measured:
        side.wall_us.append(wall / decisions * 1e6)
        side.cpu_us.append(cpu / decisions * 1e6)


async def _settle(
    side: Measured, events: Sequence[object]
) -> tuple[list[Command], tuple[float, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    rows = await side.group.settle(events)  # type: ignore[arg-type]
    await side.store.sent([row.id for row in rows])
    took = time.perf_counter() - wall, time.process_time() - cpu
    sent = [decode(row.body).data for row in rows]
    return [one for one in sent if isinstance(one, Command)], took


def _short(number: int) -> str:
    return f"{number // 1000}k" if number >= 1000 else str(number)
