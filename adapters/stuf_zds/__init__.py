"""The adapter for systems that speak StUF-ZKN 3.10 by Zaak- en Documentservices (ZDS)."""

from adapters.stuf_zds.adapter import StufZdsAdapter
from adapters.stuf_zds.settings import StufSettings

__all__ = ["StufSettings", "StufZdsAdapter"]
