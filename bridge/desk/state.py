"""How a case stands, in one word."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from bridge.store.views import CaseRow
from contracts.ids import AgencyId


class State(StrEnum):
    """How a case stands, in words for people."""

    EQUAL = "gelijk"
    UNDER_WAY = "onderweg"
    WAITS = "wacht"
    NEEDS_ATTENTION = "vraagt aandacht"
    RELEASED = "los"


def state_of(row: CaseRow, paused: Collection[AgencyId] = ()) -> State:
    """
    Say in one word how a Link stands; what needs a person comes first.

    Args:
        paused: Where nothing is written for now: a case that is not equal waits there.
    """
    if row.is_released:
        return State.RELEASED
    if row.parked:
        return State.NEEDS_ATTENTION
    if row.waiting:
        return State.WAITS
    if row.is_equal:
        return State.EQUAL
    is_paused = any(side.agency in paused for side in row.sides)
    return State.WAITS if is_paused and not row.in_flight else State.UNDER_WAY
