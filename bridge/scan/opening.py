"""Open the scanner that the settings of an agency name."""

from __future__ import annotations

from bridge.scan.base import Scanner
from bridge.scan.clamd import Clamd
from bridge.settings import AgencySettings


def open_scanner(settings: AgencySettings) -> Scanner | None:
    """Open the scanner for what enters an agency; ``None`` where it has none."""
    wanted = settings.scan
    return Clamd(wanted.clamd, patience=wanted.timeout) if wanted is not None else None
