"""Cures: who can take the cause away of what stands still, said once for each reason."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bridge.engine.parked import Gap, Reason


class Healer(StrEnum):
    """Who can take a cause away."""

    ADMINISTRATOR = "administrator"
    """Who keeps agreements and tables here."""
    THEIR_ADMINISTRATOR = "their-administrator"
    """Who sets up the case system of the agency concerned."""
    CASE_WORKER = "case-worker"
    """Who knows the case."""
    SUPPLIER = "supplier"
    """Who makes the case system, or its interface."""
    MAKERS = "makers"
    """Who makes Casebridge."""


HEALERS: Final[Mapping[Reason, Healer]] = {
    Reason.NO_COUNTERPART: Healer.ADMINISTRATOR,
    Reason.UNTRANSLATABLE: Healer.ADMINISTRATOR,
    Reason.OUT_OF_SCOPE: Healer.ADMINISTRATOR,
    Reason.REFUSED: Healer.THEIR_ADMINISTRATOR,
    Reason.AMBIGUOUS: Healer.THEIR_ADMINISTRATOR,
    Reason.CONFLICT: Healer.CASE_WORKER,
    Reason.IMMUTABLE: Healer.CASE_WORKER,
    Reason.UNSAFE: Healer.CASE_WORKER,
    Reason.GONE: Healer.CASE_WORKER,
    Reason.UNREADABLE: Healer.SUPPLIER,
    Reason.BUG: Healer.MAKERS,
}
"""Who is asked first, where no row would help."""


def healer_of(reason: Reason, gap: Gap | None) -> Healer:
    """Say who can take a cause away; where one row would help, that is who keeps the tables."""
    return Healer.ADMINISTRATOR if gap is not None else HEALERS[reason]
