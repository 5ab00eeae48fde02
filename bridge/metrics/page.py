"""The page that Prometheus asks for: ``/metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from bridge.metrics.meters import Meters
from bridge.metrics.readings import Readings

_FORM: Final = "text/plain; version=0.0.4; charset=utf-8"


class MetricsPage:
    """Gives what this process counts, and, where it has readings, how all stands."""

    def __init__(self, meters: Meters, readings: Readings | None = None) -> None:
        self._meters, self._readings = meters, readings

    def add_to(self, app: web.Application) -> None:
        """Take the address into an application."""
        app.router.add_get("/metrics", self._give)

    async def _give(self, request: web.Request) -> web.Response:
        del request
        text = generate_latest(self._meters.registry)
        if self._readings is not None:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(_Read(await self._readings.read()))
            text += generate_latest(registry)
        return web.Response(body=text, headers={"Content-Type": _FORM})


class _Read:
    """What was read, as a registry takes it."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
