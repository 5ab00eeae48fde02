"""The hub of a process, and what runs beside it: jobs, what follows the rules, what is measured."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from bridge.desk.gauge import Gauge
from bridge.desk.queues import Queues
from bridge.hub import Group, Hub
from bridge.hub.following import RulesFollower
from bridge.jobs.runner import JobRunner
from bridge.joining.ground import Ground
from bridge.metrics.readings import Readings
from bridge.opening import senders_of


def hub_workers(ground: Ground) -> list[Coroutine[Any, Any, None]]:
    """Give what works as long as the hub does."""
    store, now, source = ground.store, ground.now, ground.source
    follower = RulesFollower(store=store, rules=ground.rules, now=now)
    gauge = Gauge(Queues(store, ground.broker, source=source, now=now), store, now=now)
    return [joined_hub(ground).run(), _jobs(ground).run(), follower.run(), gauge.run()]


def readings(ground: Ground) -> Readings:
    """Give what is read of all queues, for the metrics."""
    return Readings(
        store=ground.store, broker=ground.broker, rules=ground.rules.current, now=ground.now
    )


def joined_hub(ground: Ground) -> Hub:
    """Join the hub itself."""
    group = Group(
        store=ground.store,
        rules=ground.rules.current,
        source=ground.source,
        now=ground.now,
        meters=ground.meters,
    )
    return Hub(
        store=ground.store,
        broker=ground.broker,
        group=group,
        settings=ground.settings.hub,
        now=ground.now,
        senders=senders_of(ground.settings),
        meters=ground.meters,
    )


def _jobs(ground: Ground) -> JobRunner:
    return JobRunner(
        store=ground.store,
        rules=ground.rules.current,
        source=ground.source,
        now=ground.now,
        holder=ground.process,
        rate=ground.settings.hub.job_rate,
    )
