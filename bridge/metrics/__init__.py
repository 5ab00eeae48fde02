"""Metrics for Prometheus: what each process counts, and how all stands in store and broker."""

from bridge.metrics.meters import Meters
from bridge.metrics.page import MetricsPage
from bridge.metrics.readings import Readings

__all__ = ["Meters", "MetricsPage", "Readings"]
