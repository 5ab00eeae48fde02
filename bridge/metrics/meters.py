"""
Meters: what one process counts while it works.

No label ever holds a case, a person, a title or an address: agencies, queues and words of our own
alone, so that there are few series, and nothing in them that anybody must protect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from bridge.broker.base import Delivery
from bridge.store.records import Crossing
from bridge.store.views import CROSSING_BOUNDS
from contracts.ids import AgencyId

_GROUP_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Meters:
    """The meters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._hints = self._counter(
            "hints", "Cases that an edge was asked to look at, by what asked.", "agency", "cause"
        )
        self._observations = self._counter(
            "observations", "Observations that the hub took in, by what was seen.",
            "agency", "sight",
        )  # fmt: skip
        self._commands = self._counter(
            "commands", "Receipts that the hub took in, by what became of the Command.",
            "agency", "outcome",
        )  # fmt: skip
        self._redeliveries = self._counter(
            "redeliveries", "Messages that the broker delivered again.", "queue"
        )
        self._dead = self._counter(
            "dead_letters", "Messages that were set aside, by what is wrong with them.",
            "queue", "reason",
        )  # fmt: skip
        self._conflicts = Counter(
            "casebridge_save_conflicts",
            "Decisions that were stale when they were to be saved, and were made again.",
            registry=self.registry,
        )
        self._group = Histogram(
            "casebridge_group_seconds",
            "How long a hub took to load, decide and save a group of messages.",
            buckets=_GROUP_SECONDS,
            registry=self.registry,
        )
        self._lag = Histogram(
            "casebridge_lag_seconds",
            "How long edits took from being seen at one agency to being held at another.",
            ("from", "to"),
            buckets=[bound.total_seconds() for bound in CROSSING_BOUNDS],
            registry=self.registry,
        )
        self._up = self._gauge("system_up", "Whether an agency's system answered last.")
        self._lease = self._gauge("lease_held", "Whether this edge may speak for its agency.")
        self._epoch = self._gauge("lease_epoch", "Under which lease it last spoke.")
        build = Gauge(
            "casebridge_build_info",
            "The release that runs; always 1.",
            ("version",),
            registry=self.registry,
        )
        build.labels(version("casebridge")).set(1)
        ProcessCollector(registry=self.registry)

    def hints(self, agency: AgencyId, cause: str, count: int) -> None:
        """Count cases that an edge is to look at."""
        self._hints.labels(agency, cause).inc(count)

    def observation(self, agency: AgencyId, sight: str) -> None:
        """Count an Observation that came in."""
        self._observations.labels(agency, sight).inc()

    def receipt(self, agency: AgencyId, outcome: str) -> None:
        """Count a Receipt that came in."""
        self._commands.labels(agency, outcome).inc()

    def taken(self, queue: str, deliveries: Iterable[Delivery]) -> None:
        """Count what came again of some deliveries."""
        again = sum(delivery.redelivered for delivery in deliveries)
        if again:
            self._redeliveries.labels(queue).inc(again)

    def dead_letter(self, queue: str, fault: Exception) -> None:
        """Count a message that was set aside. What is wrong goes by its kind: words may be long."""
        self._dead.labels(queue, type(fault).__name__).inc()

    def group(self, seconds: float, *, stale: int) -> None:
        """Note how long a group took, and how many of its decisions were stale."""
        self._group.observe(seconds)
        self._conflicts.inc(stale)

    def crossed(self, crossings: Iterable[Crossing]) -> None:
        """Note how long edits took to the other side."""
        for each in crossings:
            self._lag.labels(each.from_, each.to).observe(each.took.total_seconds())

    def edge(
        self,
        agency: AgencyId,
        *,
        is_up: Callable[[], bool],
        is_held: Callable[[], bool],
        epoch: Callable[[], int],
    ) -> None:
        """Tell of an edge of this process, whenever somebody asks."""
        self._up.labels(agency).set_function(is_up)
        self._lease.labels(agency).set_function(is_held)
        self._epoch.labels(agency).set_function(epoch)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"casebridge_{name}", told, labels, registry=self.registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"casebridge_{name}", told, ("agency",), registry=self.registry)
