"""
The flow map: every agency around the hub, and what goes to and fro, drawn on the server.

It is made of plain numbers, so that a table beside it says the same to whom a drawing says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.broker.topology import commands_queue, hints_queue
from bridge.desk import Hearing
from bridge.desk.queues import QueueLine
from bridge.desk.sides import SideStanding
from contracts.ids import AgencyId

_WIDTH: Final = 720
_HEIGHT: Final = 380
_HEIGHT_OF_A_LINE: Final = 120
_REACH: Final = (260.0, 130.0)
_BOX: Final = (190.0, 96.0)


@dataclass(frozen=True, slots=True)
class Flow:
    """
    What goes between one agency and the hub.

    Attributes:
        heard_today: What its system told by itself in the last 24 hours.
        to_read: Cases that its edge is still to look at; ``None`` where the queue is not known.
        to_write: Commands that its edge is still to carry out.
        oldest: Since when the first of these waits, where the broker shows it.
        mood: ``act`` where somebody must do something, ``late`` where it waits, else ``good``.
    """

    agency: AgencyId
    heard_today: int
    is_silent: bool
    is_paused: bool
    under_way: int
    waiting: int
    parked: int
    to_read: int | None
    to_write: int | None
    oldest: datetime | None
    mood: str


@dataclass(frozen=True, slots=True)
class Node:
    """Where an agency is drawn, and the line from it to the hub."""

    flow: Flow
    x: float
    y: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing of so many units wide and high, with the hub in its middle."""

    nodes: tuple[Node, ...]
    width: int
    height: int
    box: tuple[float, float] = _BOX


def flows(
    sides: Sequence[SideStanding], hearings: Sequence[Hearing], lines: Sequence[QueueLine] = ()
) -> tuple[Flow, ...]:
    """Put together what goes to and fro, by agency; none that has no case and was never heard."""
    heard = {each.agency: each for each in hearings}
    queues = {line.name: line for line in lines}
    found = []
    for side in sides:
        hearing, figures = heard.get(side.agency), side.figures
        is_silent = hearing is not None and hearing.is_silent
        if not figures.linked and side.pause is None and not (hearing and hearing.last_at):
            continue
        hints = queues.get(hints_queue(side.agency))
        commands = queues.get(commands_queue(side.agency))
        ages = [line.oldest for line in (hints, commands) if line and line.oldest]
        late = is_silent or side.pause is not None or figures.waiting > 0
        found.append(
            Flow(
                agency=side.agency,
                heard_today=hearing.today if hearing else 0,
                is_silent=is_silent,
                is_paused=side.pause is not None,
                under_way=figures.in_flight,
                waiting=figures.waiting,
                parked=figures.parked,
                to_read=hints.messages if hints else None,
                to_write=commands.messages if commands else None,
                oldest=min(ages, default=None),
                mood="act" if figures.parked else "late" if late else "good",
            )
        )
    return tuple(found)


def drawn(found: Sequence[Flow]) -> Map:
    """Place the agencies around the hub, the first at the left."""
    # Two agencies and the hub lie on one line.
    height = _HEIGHT if len(found) > 2 else _HEIGHT_OF_A_LINE
    nodes = []
    for number, flow in enumerate(found):
        angle = math.pi + 2 * math.pi * number / len(found)
        x = _WIDTH / 2 + _REACH[0] * math.cos(angle)
        y = height / 2 + _REACH[1] * math.sin(angle)
        left, top = x - _BOX[0] / 2, y - _BOX[1] / 2
        nodes.append(Node(flow, *(round(each, 1) for each in (x, y, left, top))))
    return Map(tuple(nodes), _WIDTH, height)
