"""The hub: knows every Link, and does no I/O with any case system."""

from bridge.hub.group import Group
from bridge.hub.worker import Hub

__all__ = ["Group", "Hub"]
