"""The pairing: which agency's case system speaks which protocol."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

KEPT_ALIKE: Final = ("odru", "rud-utrecht")
"""The agencies whose cases are kept alike."""


class Protocol(StrEnum):
    """What a case system speaks."""

    ZGW = "zgw"
    STUF = "stuf"


class Pairing(StrEnum):
    """What ODRU's system speaks, and what RUD Utrecht's does."""

    ZGW_STUF = "zgw-stuf"
    STUF_ZGW = "stuf-zgw"
    STUF_STUF = "stuf-stuf"
    ZGW_ZGW = "zgw-zgw"

    def of(self, agency: str) -> Protocol:
        """Give what the system of an agency speaks."""
        return Protocol(self.value.split("-")[KEPT_ALIKE.index(agency)])
