"""The gauge: looks once a minute how full the queues are, so that people see how that went."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.broker import BrokerError
from bridge.clock import Now
from bridge.desk.queues import QueueLine, Queues
from bridge.store import Store, StoreError
from bridge.store.views import DepthRow

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=1)


class Gauge:
    """Measures the queues; of several that do, the worst that any of them saw is kept."""

    def __init__(self, queues: Queues, store: Store, *, now: Now) -> None:
        self._queues, self._store, self._now = queues, store, now

    async def run(self) -> None:
        """Measure until cancelled; a broker or a store that is away leaves a gap."""
        is_away = False
        while True:
            try:
                await self.measure()
                is_away = False
            except (BrokerError, StoreError) as error:
                if not is_away:
                    log.warning("depths_not_measured", why=str(error))
                is_away = True
            await asyncio.sleep(EVERY.total_seconds())

    async def measure(self) -> None:
        """Note once how full each queue is, and how long its oldest message waits."""
        lines, at = await self._queues.standings(), self._now()
        await self._store.note_depths([_seen(line, at) for line in lines], at)


def _seen(line: QueueLine, at: datetime) -> DepthRow:
    age = None if line.oldest is None else max(at - line.oldest, timedelta())
    return DepthRow(line.name, at, line.messages, age)
