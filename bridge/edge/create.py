"""
Create: find the case that bears our mark, or make it; never a second one.

A create may have been done though nobody knows: its mark is looked for before anything else, and
one that does not show yet is waited for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bridge.content import Staging
from bridge.edge.breaker import Breaker
from bridge.edge.compare import Past, limited_change
from bridge.edge.deadline import within
from bridge.edge.lag import Lag
from contracts.adapter import Adapter, Capabilities
from contracts.case import split_path
from contracts.errors import AdapterError, Garbled, Uncertain, Unreachable
from contracts.ids import CaseRef, CommandId, Mark
from contracts.messages import Command, Refused, Result
from contracts.patch import Patch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A case that is to be written to."""

    ref: CaseRef
    past: Past


@dataclass(slots=True)
class Creator:
    """
    Makes cases in one agency's system.

    Attributes:
        begin: Writes down, durably, that the next call to the system is for this Command.
        while_ours: Around each create: raises where another edge may speak for the agency by now,
            and breaks it off when that comes about.
        patience: Within which one call to the system must have ended.
    """

    adapter: Adapter
    capabilities: Callable[[], Capabilities]
    content: Staging
    breaker: Breaker
    now: Callable[[], datetime]
    begin: Callable[[CommandId], Awaitable[None]]
    while_ours: Callable[[], AbstractAsyncContextManager[None]]
    lag: Lag
    patience: timedelta
    _made: dict[CommandId, tuple[CaseRef, datetime]] = field(default_factory=dict)
    """By a Command that is not over: a case that could not be read back yet, and when."""

    def has_made(self, command: CommandId) -> bool:
        """Tell whether a Command that is not over has made a case."""
        return command in self._made

    def may_yet_show(self, command: CommandId) -> bool:
        """Tell whether the case that a Command made may be there, though it is not found."""
        made = self._made.get(command)
        return made is not None and self.now() < made[1] + self.capabilities().settles_within

    def forget(self, command: CommandId) -> None:
        """Note that a Command is over."""
        self._made.pop(command, None)

    async def place(self, command: Command, begun_at: datetime | None) -> Place | Result | None:
        """Find the case that bears our mark, or make it: never a second one."""
        if command.id in self._made:
            return Place(self._made[command.id][0], Past.FOUND)
        found = await self._find(command.mark)
        if found is not None:
            return Place(found, Past.FOUND) if isinstance(found, str) else found
        capabilities = self.capabilities()
        if begun_at is not None:
            # It began before the call: that may take its time to land, and then to be findable.
            if self.now() < begun_at + self.patience + capabilities.settles_within:
                return None
            if not capabilities.create_guard:
                detail = (
                    "het aanmaken kreeg geen antwoord, en dit systeem kan niet worden doorzocht"
                )
                return Refused(reason="ambiguous", detail=detail)
        patch = self._creatable(command.patch, capabilities)
        await self.begin(command.id)
        try:
            # The mark is the key: it is the same, too, for a later Command that asks for the same.
            async with self.while_ours(), within(self.patience, Uncertain):
                ref = await self.adapter.create(
                    patch, mark=command.mark, contents=self.content, key=command.mark
                )
        except (Uncertain, Garbled) as error:
            log.warning("create_unanswered", link=command.link, why=str(error))
            return await self._find_at_once(command.mark)
        self._made[command.id] = ref, self.now()
        self.lag.touch(ref)
        return Place(ref, Past.MADE)

    async def _find_at_once(self, mark: Mark) -> Place | Result | None:
        """Look for what was just made without an answer; where it cannot be told, later again."""
        try:
            found = await self._find(mark)
        except AdapterError as error:
            self.breaker.note(error)
            return None
        return Place(found, Past.MADE) if isinstance(found, str) else found

    async def _find(self, mark: Mark) -> CaseRef | Result | None:
        async with within(self.patience, Unreachable):
            found = list(await self.adapter.find(mark))
        if len(found) > 1:
            detail = f"{len(found)} zaken dragen het kenmerk {mark}: kies welke de juiste is"
            return Refused(reason="ambiguous", detail=detail)
        return found[0] if found else None

    def _creatable(self, patch: Patch, capabilities: Capabilities) -> Patch:
        takes = capabilities.writable | capabilities.creatable
        changes = tuple(
            limited_change(change, capabilities.limits)
            for change in patch.changes
            if split_path(change.path)[0] in takes
        )
        return patch.model_copy(update={"changes": changes})
