"""How a case stands, in one word."""

from __future__ import annotations

from enum import StrEnum

from bridge.store.views import CaseRow


class State(StrEnum):
    """How a case stands, in words for people."""

    EQUAL = "gelijk"
    UNDER_WAY = "onderweg"
    WAITS = "wacht"
    NEEDS_ATTENTION = "vraagt aandacht"
    RELEASED = "los"


def state_of(row: CaseRow) -> State:
    """Say in one word how a Link stands; what needs a person comes first."""
    if row.is_released:
        return State.RELEASED
    if row.parked:
        return State.NEEDS_ATTENTION
    if row.waiting:
        return State.WAITS
    return State.EQUAL if row.is_equal else State.UNDER_WAY
