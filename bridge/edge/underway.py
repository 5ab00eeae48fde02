"""
Underway: the content of documents that an edge reads or writes, at its pace, told to people.

What takes less than a moment is told to nobody. Of what takes longer the store hears once a
moment; it is told for people's sake only, so where the store is away the content goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.edge.pace import Pace, now
from bridge.store.errors import StoreError
from bridge.store.records import Direction, Transfer
from contracts.adapter import Contents, Remembers
from contracts.case import Document
from contracts.ids import AgencyId, CaseRef

log = structlog.get_logger(__name__)

Opened = AbstractAsyncContextManager[AsyncIterator[bytes]]
"""A content, open for one reading."""

MOMENT: Final = timedelta(seconds=1)
"""Between two reports of one content, and before the first."""


class Hearer(Protocol):
    """Remembers what is under way, for people to see."""

    async def report_transfer(self, transfer: Transfer) -> None: ...

    async def end_transfer(self, transfer: Transfer) -> None: ...


class Remembering(Contents, Remembers, Protocol):
    """Contents beside which notes are kept."""


@dataclass(frozen=True, slots=True)
class Underway:
    """
    Tells of the contents that one agency's edge has under way, and holds the large ones back.

    Attributes:
        large_bytes: From here on a content gives way to all else that is at work.
    """

    agency: AgencyId
    hearer: Hearer
    now: Callable[[], datetime]
    pace: Pace
    large_bytes: int

    def reading(
        self, ref: CaseRef, document: Document, opened: Opened, *, start: int = 0
    ) -> Opened:
        """Tell of a content that is read from the system, from byte *start* on."""
        return self._told(ref, document, Direction.OUT, opened, start)

    def passing(self, ref: CaseRef, document: Document, opened: Opened) -> Opened:
        """Tell of a content that is written to the system."""
        return self._told(ref, document, Direction.IN, opened, 0)

    def writing(self, ref: CaseRef, contents: Contents) -> Remembering:
        """Tell of every content that is opened to be written to the case *ref*."""
        return _Told(self, ref, contents)

    @asynccontextmanager
    async def _told(
        self,
        ref: CaseRef,
        document: Document,
        direction: Direction,
        opened: Opened,
        start: int,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        since = self.now()
        transfer = Transfer(
            self.agency, ref, document.key, direction, start, document.size_bytes, since, since
        )
        last = transfer

        async def passed_on(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            nonlocal last
            done, stride = start, now()
            async for piece in pieces:
                yield piece
                done += len(piece)
                at = self.now()
                if at - last.at >= MOMENT:
                    last = replace(transfer, done_bytes=done, at=at)
                    await self._tell(self.hearer.report_transfer, last)
                if done > self.large_bytes:
                    stride = await self.pace.give_way(stride)

        try:
            async with opened as pieces:
                yield passed_on(pieces)
        finally:
            if last is not transfer:
                await self._tell(self.hearer.end_transfer, last)

    async def _tell(self, tell: Callable[[Transfer], Awaitable[None]], transfer: Transfer) -> None:
        try:
            await tell(transfer)
        except StoreError as error:
            log.warning("transfer_not_told", agency=self.agency, why=str(error))


@dataclass(frozen=True, slots=True)
class _Told:
    """Contents, each of which is told of while it is read."""

    underway: Underway
    ref: CaseRef
    contents: Contents

    def open(self, document: Document) -> Opened:
        # Whether it is here at all must show before anybody waits for it.
        return self.underway.passing(self.ref, document, self.contents.open(document))

    async def note(self, place: str, text: str | None) -> None:
        """Keep a note where the contents do."""
        if isinstance(self.contents, Remembers):
            await self.contents.note(place, text)

    async def noted(self, place: str) -> str | None:
        """Give what was noted."""
        return await self.contents.noted(place) if isinstance(self.contents, Remembers) else None
