"""The adapter for systems that speak StUF-ZKN 3.10 by Zaak- en Documentservices (ZDS)."""
