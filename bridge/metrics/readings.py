"""
Readings: how all stands, as the store and the broker tell it when somebody asks.

Many who ask within a second are given the same; and where the store or the broker is away, that
is a reading too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from bridge.broker import Broker, BrokerError
from bridge.clock import Now
from bridge.engine.rules import Rules
from bridge.store.errors import StoreError
from bridge.store.views import Figures, ParkedGroup, Queries

_FRESH_FOR: Final = timedelta(seconds=1)
_PATIENCE_SECONDS: Final = 4.0


class Readings:
    """Reads the dials."""

    def __init__(
        self, *, store: Queries, broker: Broker, rules: Callable[[], Rules], now: Now
    ) -> None:
        self._store, self._broker, self._rules, self._now = store, broker, rules, now
        self._one_at_a_time = asyncio.Lock()
        self._read: tuple[datetime, Sequence[Metric]] | None = None

    async def read(self) -> Sequence[Metric]:
        """Tell how all stands now, or within the last second."""
        async with self._one_at_a_time:
            now = self._now()
            if self._read is None or not now - _FRESH_FOR < self._read[0] <= now:
                self._read = now, [*await self._of_store(now), *await self._of_broker()]
            return self._read[1]

    async def _of_store(self, now: datetime) -> Sequence[Metric]:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                figures = await self._store.figures()
                groups = await self._store.parked_groups(now)
        except (StoreError, TimeoutError):
            return [_only("store_up", "Whether the store can be used.", 0)]
        rules = _family("rules_info", "The rules that are in force; always 1.", "version")
        rules.add_metric([self._rules().version], 1)
        return [
            _only("store_up", "Whether the store can be used.", 1),
            rules,
            *_links(figures, now),
            _parked(groups),
            _only("outbox_messages", "Messages that wait to be sent.", figures.outbox_size),
            _only(
                "outbox_oldest_seconds",
                "How long the oldest of them waits.",
                _age(figures.outbox_oldest, now),
            ),
        ]

    async def _of_broker(self) -> Sequence[Metric]:
        up = "Whether the broker can be used."
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                depths = await self._broker.depths()
        except (BrokerError, TimeoutError):
            return [_only("broker_up", up, 0)]
        queues = _family("queue_messages", "Messages that wait in a queue.", "queue")
        for queue, depth in sorted(depths.items()):
            queues.add_metric([queue], depth)
        return [_only("broker_up", up, 1), queues]


def _links(figures: Figures, now: datetime) -> Iterator[Metric]:
    told = {
        "links": "Links in force between some agencies.",
        "links_equal": "Those that are equal right now.",
        "links_parked": "Those at which something waits for a person.",
        "links_in_flight": "Of the others, those on their way to be equal.",
        "links_waiting": "Of the others, those that wait for a system, or for it to be unpaused.",
        "unequal_oldest_seconds": "How long the one that is unequal for longest is so.",
    }
    families = {name: _family(name, text, "agencies") for name, text in told.items()}
    for pair in figures.pairs:
        values = (
            pair.links,
            pair.equal,
            pair.parked,
            pair.in_flight,
            pair.waiting,
            _age(pair.oldest_unsettled, now),
        )
        for family, value in zip(families.values(), values, strict=True):
            family.add_metric([",".join(pair.agencies)], value)
    yield from families.values()


def _parked(groups: Sequence[ParkedGroup]) -> Metric:
    counts: Counter[tuple[str, str]] = Counter()
    for group in groups:
        counts[group.matter.agency, group.matter.reason] += group.count
    family = GaugeMetricFamily(
        "casebridge_parked", "Things that wait for a person.", labels=("agency", "reason")
    )
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _family(name: str, told: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"casebridge_{name}", told, labels=(label,))


def _only(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"casebridge_{name}", told, value=value)
