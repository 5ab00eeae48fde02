"""The breaker: when a system is left alone for a while, and when a release must stop parking."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.store.records import Condition, Standing
from contracts.errors import AdapterError, Denied, Throttled, Unreachable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long a system is left alone.

    Attributes:
        first: After the first failure; doubled each time, up to ``longest``.
        denied: After our account was refused: few enough tries that nobody locks it.
        parks_per_minute: More whole cases parked than this pauses the side: a bad release must
            stop, not park ten thousand cases.
    """

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=30)
    denied: timedelta = timedelta(minutes=20)
    parks_per_minute: int = 60


class Breaker:
    """Open while a system is not to be bothered. Says so once, when it opens and when it closes."""

    def __init__(self, agency: str, patience: Patience, now: Callable[[], datetime]) -> None:
        self._agency, self._patience, self._now = agency, patience, now
        self._until: datetime | None = None
        self._tries = 0
        self._parks: deque[datetime] = deque()
        self.why = ""
        self.standing = Standing(Condition.UP, "", now())
        self.turned = asyncio.Event()
        """Set when the standing is another; whoever tells of it clears it."""

    @property
    def is_open(self) -> bool:
        """Tell whether the system is to be left alone now."""
        return self._until is not None and self._now() < self._until

    @property
    def until(self) -> datetime:
        """The moment from which on it may be tried again."""
        return self._until or self._now()

    @property
    def is_down(self) -> bool:
        """Tell whether the last that was heard of the system was a failure."""
        return self._until is not None

    def failed(self, why: str, *, retry_after: timedelta | None = None) -> None:
        """Note that the system could not be reached, or asked to wait."""
        patience = self._patience
        wait = retry_after or min(patience.first * 2 ** min(self._tries, 20), patience.longest)
        if self._until is None:
            log.warning("side_down", agency=self._agency, why=why)
        self._tries += 1
        self._until, self.why = self._now() + wait, why
        self._turn(Condition.AWAY)

    def denied(self, why: str) -> None:
        """Note that our account was refused: nothing on this side can go on."""
        if self._until is None or self.why != why:
            log.error("side_paused", agency=self._agency, why=why)
        self._until, self.why = self._now() + self._patience.denied, why
        self._turn(Condition.STOPPED)

    def note(self, error: AdapterError) -> bool:
        """Take in what an error says of the system; false where it is about one thing alone."""
        match error:
            case Throttled():
                self.failed(str(error), retry_after=error.retry_after)
            case Unreachable():
                self.failed(str(error))
            case Denied():
                self.denied(str(error))
            case _:
                return False
        return True

    def worked(self) -> None:
        """Note that the system answered."""
        if self._until is not None:
            log.info("side_up", agency=self._agency)
        self._until, self._tries, self.why = None, 0, ""
        self._turn(Condition.UP)

    def parked(self) -> None:
        """Note that a whole case was parked for a fault of ours or theirs; too many pause us."""
        now = self._now()
        self._parks.append(now)
        while self._parks and self._parks[0] < now - timedelta(minutes=1):
            self._parks.popleft()
        if len(self._parks) > self._patience.parks_per_minute:
            self.denied(f"more than {self._patience.parks_per_minute} cases parked in a minute")

    def _turn(self, condition: Condition) -> None:
        """Note the standing: why it is so first, and since when; not at each try again."""
        if condition is not self.standing.condition:
            self.standing = Standing(condition, self.why, self._now())
            self.turned.set()
