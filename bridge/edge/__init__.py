"""The edge: all I/O with one agency's case system, and knows no other."""

from bridge.edge.parts import EdgeParts
from bridge.edge.worker import Edge

__all__ = ["Edge", "EdgeParts"]
