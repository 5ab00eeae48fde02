"""Looks into documents for what is harmful, before they enter another agency's system."""

from bridge.scan.base import Clean, Harmful, Scanner, ScannerAway, Unscannable, Verdict
from bridge.scan.opening import open_scanner

__all__ = [
    "Clean",
    "Harmful",
    "Scanner",
    "ScannerAway",
    "Unscannable",
    "Verdict",
    "open_scanner",
]
