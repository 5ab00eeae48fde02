"""Timers: when a Link is to be decided again without news, and what is done then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bridge.engine.draft import Draft
from bridge.engine.lane import Idle, InFlight, LaneState, Waiting
from bridge.engine.link import Link, Side
from bridge.engine.send import send
from bridge.engine.steps import Steps
from contracts.messages import Lane

RESEND_AFTER: Final = timedelta(minutes=15)
"""A Command without a Receipt is sent again, as it was; its edge knows it by its id."""


def wake(draft: Draft, side: Side, lane: Lane, state: LaneState) -> None:
    """End a wait that is over; send a Command again whose Receipt is overdue."""
    match state.phase:
        case Waiting(until=until, look=look) if until <= draft.at:
            state.phase = Idle()
            if look and side.ref is not None:
                send(draft, side, lane, Steps())
        case InFlight(sent_at=sent_at) as flight if sent_at + RESEND_AFTER <= draft.at:
            state.phase = replace(flight, sent_at=draft.at)
            draft.commands.append(flight.command)
        case _:
            pass


def wake_at(link: Link) -> datetime | None:
    """Give when the first wait of a Link is over, or the first Receipt overdue."""
    times: list[datetime] = []
    for side in link.sides.values():
        for state in side.lanes.values():
            match state.phase:
                case Waiting(until=until):
                    times.append(until)
                case InFlight(sent_at=sent_at):
                    times.append(sent_at + RESEND_AFTER)
                case Idle():
                    pass
                case _:
                    assert_never(state.phase)
    return min(times, default=None)
