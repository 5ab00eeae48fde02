"""The store as one process of the simulation has it: it takes time, and may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.store import StoreUnreachable, Work
from contracts.envelope import decode
from contracts.messages import Command, Observation, Receipt
from tests.simulation.faults import Chance
from tests.simulation.telling import Kept
from tests.simulation.trace import Decided, Trace


@dataclass(slots=True)
class Shaky:
    """
    Hands every call on, after a while; some are undone, and of some nobody hears.

    Attributes:
        is_away: Whether the database cannot be reached now.
    """

    store: Any
    where: str
    chance: Chance
    trace: Trace
    kept: Kept
    is_away: Callable[[], bool]

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self.store, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._travel()
            if self.is_away() or self.chance.strikes("transaction-aborted", f"{self.where} {name}"):
                raise self._unreachable("nobody answers")
            result = await method(*args, **kwargs)
            self.trace.passed(f"store.{name}")
            await self._travel()
            if self.chance.strikes("commit-unanswered", f"{self.where} {name}"):
                raise self._unreachable("the connection was lost")
            return result

        return call

    async def clock(self, here: datetime) -> datetime:
        """Tell the database's own time, however far the clock of the process is off."""
        return self.chance.now()

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        """Save, and write down what was decided."""
        await self._travel()
        if self.is_away() or self.chance.strikes("transaction-aborted", f"{self.where} commit"):
            raise self._unreachable("nobody answers")
        saved: tuple[bool, ...] = await self.store.commit(group)
        for work, is_saved in zip(group, saved, strict=True):
            if is_saved:
                self.trace.add(self._decided(work))
        self.trace.passed("store.commit")
        await self._travel()
        if self.chance.strikes("commit-unanswered", f"{self.where} commit"):
            raise self._unreachable("the connection was lost")
        return saved

    async def _travel(self) -> None:
        draw = self.chance.random.random()
        if draw < 0.5:
            return
        await asyncio.sleep(0 if draw < 0.9 else draw / 20)

    def _unreachable(self, what: str) -> StoreUnreachable:
        return StoreUnreachable(what, where="store", way_out="it is tried again")

    def _decided(self, work: Work) -> Decided:
        event, _, _ = self.kept.pop(id(work), (None, None, None))
        commands = tuple(
            message
            for row in work.outgoing
            if row.routing_key.startswith("command.")
            and isinstance(message := decode(row.body).data, Command)
        )
        return Decided(
            at=work.at,
            cause=event if isinstance(event, Observation | Receipt) else None,
            link=work.link,
            rows=work.journal,
            commands=commands,
            is_equal=work.is_equal,
        )
