"""Metrics for Prometheus: what each process counts, and how all stands in store and broker."""
