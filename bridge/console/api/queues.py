"""Queues: how they stand, and the letters that could not be delivered or understood."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from bridge.console.access import OPERATING, OVERSEEING
from bridge.console.api.operation import (
    Answer,
    AnyOperation,
    Asked,
    Call,
    Nothing,
    Operation,
    Told,
)
from bridge.console.api.words import Why
from bridge.desk.again import Again
from bridge.desk.queues import Box, Letter, Queues


class QueueTold(Told):
    """One queue; `oldest` is since when its oldest message waits, where the broker shows it."""

    name: str
    messages: int
    consumers: int
    oldest: datetime | None


class QueuesTold(Told):
    """All of them. `isShown` is false where the broker belongs to another process."""

    is_shown: bool
    items: tuple[QueueTold, ...]


class LetterTold(Told):
    """A letter in one of the boxes, without what it says: that may be a person's data."""

    id: str
    box: Box
    about: str
    reason: str
    queue: str
    account: str
    at: datetime | None
    size_bytes: int
    again: Again

    @classmethod
    def of(cls, letter: Letter) -> LetterTold:
        """Tell of one letter."""
        return cls.model_validate(letter)


class LettersTold(Told):
    """What lies in a box."""

    items: tuple[LetterTold, ...]


class FateAsked(Asked):
    """What becomes of a letter."""

    fate: Literal["requeue", "drop"]
    reason: Annotated[Why, Field(min_length=1)]


async def list_queues(call: Call[Asked, Asked]) -> Answer:
    """Give how the queues stand."""
    desk = call.supply.queues
    lines = await desk.standings() if desk else ()
    items = tuple(map(QueueTold.model_validate, lines))
    return Answer(QueuesTold(is_shown=desk is not None, items=items))


async def list_letters(call: Call[Asked, Asked]) -> Answer:
    """Give what lies in a box."""
    desk, box = _asked(call)
    return Answer(LettersTold(items=tuple(map(LetterTold.of, await desk.letters(box)))))


async def decide_letter(call: Call[Nothing, FateAsked]) -> Answer:
    """Put a letter on its way again, or throw it away; give what lies there still."""
    desk, box = _asked(call)
    letter, by, reason = call.place("letter"), call.person.id, call.body.reason
    if all(each.id != letter for each in await desk.letters(box)):
        raise web.HTTPNotFound
    match call.body.fate:
        case "requeue":
            await desk.requeue(letter, box, by=by, reason=reason)
        case "drop":
            await desk.drop(letter, box, by=by, reason=reason)
    return Answer(LettersTold(items=tuple(map(LetterTold.of, await desk.letters(box)))))


def _asked(call: Call[Asked, Asked]) -> tuple[Queues, Box]:
    desk = call.supply.queues
    if desk is None or call.place("box") not in tuple(Box):
        raise web.HTTPNotFound
    return desk, Box(call.place("box"))


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    Operation(
        method="GET",
        path="/queues",
        name="listQueues",
        told="How the queues stand",
        tag="queues",
        roles=OVERSEEING,
        run=list_queues,
        gives=QueuesTold,
    ),
    Operation(
        method="GET",
        path="/queues/{box}/letters",
        name="listLetters",
        told="What lies in the box `dead.v1` or `unrouted.v1`",
        tag="queues",
        roles=OVERSEEING,
        run=list_letters,
        gives=LettersTold,
    ),
    Operation(
        method="POST",
        path="/queues/{box}/letters/{letter}/fate",
        name="decideLetter",
        told="Put a letter on its way again, or throw it away",
        tag="queues",
        roles=OPERATING,
        fresh=True,
        run=decide_letter,
        body=FateAsked,
        gives=LettersTold,
        may_clash=True,
    ),
)
