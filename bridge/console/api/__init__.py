"""The HTTP API: what the pages do, for programs; after the NL API Design Rules."""

from bridge.console.api.routes import OPERATIONS, routes, tell_version, written

__all__ = ["OPERATIONS", "routes", "tell_version", "written"]
