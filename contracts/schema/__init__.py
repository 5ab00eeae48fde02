"""The published form of the contracts: JSON Schema for each message, and ``asyncapi.yaml``."""

from contracts.schema.publish import files, stale

__all__ = ["files", "stale"]
