"""The edge: all I/O with one agency's case system, and knows no other."""

from bridge.edge.worker import Edge

__all__ = ["Edge"]
