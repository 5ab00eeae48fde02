"""
Scanner: looks into a content for what is harmful.

A scanner that cannot be asked is no reason to let anything in: the document waits. One that was
asked and could not look to the end is none either: a person decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Clean:
    """Nothing was found."""


@dataclass(frozen=True, slots=True)
class Harmful:
    """Something was found; ``finding`` is what the scanner calls it."""

    finding: str


@dataclass(frozen=True, slots=True)
class Unscannable:
    """The scanner could not look to the end, and will not another time; ``why`` is for people."""

    why: str


Verdict = Clean | Harmful | Unscannable


class ScannerAway(Exception):
    """The scanner could not be asked now. The message says where it was sought, and what came."""


class Scanner(Protocol):
    """Looks into contents, several at a time."""

    async def check(self) -> None:
        """
        See whether the scanner answers.

        Raises:
            ScannerAway: It does not.
        """

    async def scan(self, pieces: AsyncIterator[bytes]) -> Verdict:
        """
        Look into a content, a piece at a time; never whole in memory.

        Raises:
            ScannerAway: It could not be asked, or broke off.
        """
