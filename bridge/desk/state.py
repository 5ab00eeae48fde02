"""How a case stands, in one word."""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import Final

from bridge.store import views
from bridge.store.views import CaseRow, CaseState
from contracts.ids import AgencyId


class State(StrEnum):
    """How a case stands, in words for people."""

    EQUAL = "gelijk"
    UNDER_WAY = "onderweg"
    WAITS = "wacht"
    NEEDS_ATTENTION = "vraagt aandacht"
    RELEASED = "los"


_WORDS: Final[Mapping[CaseState, State]] = {
    CaseState.EQUAL: State.EQUAL,
    CaseState.IN_FLIGHT: State.UNDER_WAY,
    CaseState.WAITING: State.WAITS,
    CaseState.PARKED: State.NEEDS_ATTENTION,
    CaseState.RELEASED: State.RELEASED,
}


def state_of(row: CaseRow, paused: Container[AgencyId] = ()) -> State:
    """Say in one word how a Link stands, with some agencies paused."""
    return _WORDS[views.state_of(row, paused)]
