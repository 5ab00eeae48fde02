"""The adapter for systems that speak the ZGW APIs (Zaakgericht werken)."""

from adapters.zgw.adapter import ZgwAdapter
from adapters.zgw.settings import ZgwSettings

__all__ = ["ZgwAdapter", "ZgwSettings"]
