"""A case system in memory and its adapter: the reference to build and test against."""

from adapters.memory.adapter import MemoryAdapter
from adapters.memory.settings import MemorySettings
from adapters.memory.system import MemorySystem

__all__ = ["MemoryAdapter", "MemorySettings", "MemorySystem"]
