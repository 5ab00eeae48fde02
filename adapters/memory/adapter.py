"""The reference adapter: a memory system behind the boundary, every capability switchable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from typing import ClassVar, Self

from adapters.memory import hints, shape
from adapters.memory.client import MemoryClient
from adapters.memory.settings import MOST, MemorySettings
from adapters.memory.system import MemorySystem
from adapters.memory.writing import Writing
from contracts.adapter import (
    Adapter,
    AdapterSettings,
    Capabilities,
    CarriesDocuments,
    Contents,
    Heard,
    Hears,
    HintPage,
    Polls,
    Push,
    Unlocks,
)
from contracts.case import COLLECTIONS, Document
from contracts.errors import Garbled, NotFound
from contracts.ids import CaseRef, Cursor, Mark, Token
from contracts.patch import Patch
from contracts.snapshot import Snapshot


class MemoryAdapter:
    """Speaks to the `MemorySystem` that its settings name."""

    kind: ClassVar[str] = "memory"
    Settings: ClassVar[type[AdapterSettings]] = MemorySettings
    capabilities: ClassVar[Capabilities] = MOST

    def __init__(self, settings: AdapterSettings) -> None:
        self.settings = MemorySettings.model_validate(settings)
        system = MemorySystem.shared(self.settings.system, self.settings.path)
        self.client = MemoryClient(system, self.settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def check(self) -> Capabilities:
        """Try the credentials, and tell what the settings have switched on."""
        await self.client.check()
        return self.settings.capabilities()

    async def read(self, ref: CaseRef) -> Snapshot:
        """Read a case whole; all pages of all its items."""
        case = await self.client.read(ref, self.settings.capabilities().readable)
        return shape.snapshot(case, self.settings)

    async def write(
        self,
        ref: CaseRef,
        patch: Patch,
        *,
        token: Token | None,
        contents: Contents,
        key: str,
    ) -> None:
        """Make what is left of *patch*; what is there already is not written again."""
        await Writing(self.client, self.settings, ref, patch, contents).run(token)

    async def create(
        self,
        patch: Patch,
        *,
        mark: Mark,
        contents: Contents,
        key: str,
    ) -> CaseRef:
        """Open a case with the registers of *patch* that may be given; all or nothing."""
        can = self.settings.capabilities()
        given = {
            change.path: change.become
            for change in patch.changes
            if change.path in (can.writable | can.creatable) - COLLECTIONS
        }
        return CaseRef(await self.client.create(given, mark=mark, key=key))

    async def find(self, mark: Mark) -> Sequence[CaseRef]:
        """Find the cases that bear *mark*."""
        return [CaseRef(ref) for ref in await self.client.find(mark)]

    async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
        """Let a case go; the system knows its holder, and asks for no id."""
        del lock, for_good, key
        with suppress(NotFound):
            await self.client.unlock(place)
        return True

    def hear(self, push: Push) -> Heard:
        """Tell which cases a push speaks of."""
        return hints.heard(push, self.settings.push_secret.get_secret_value())

    async def subscribe(self, callback_url: str) -> None:
        """Make the system push there."""
        secret = self.settings.push_secret.get_secret_value()
        await self.client.subscribe(callback_url, secret)

    async def unsubscribe(self, callback_url: str) -> None:
        """Make it stop."""
        await self.client.unsubscribe(callback_url)

    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        """Go through the feed of changes, page by page."""
        place: int | None = _place(since)
        while place is not None:
            page = await self.client.changes(place)
            last = page.items[-1][1] if page.items else place
            refs = tuple(CaseRef(ref) for ref, _ in page.items)
            yield HintPage(refs=refs, cursor=Cursor(str(last)))
            place = page.next

    def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open one version of a document."""
        return self._download(ref, document, start)

    @asynccontextmanager
    async def _download(
        self, ref: CaseRef, document: Document, start: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        pieces = self.client.download(ref, document.key, document.version, start)
        async with aclosing(pieces):
            yield pieces


def _place(cursor: Cursor | None) -> int:
    try:
        return 0 if cursor is None else int(cursor)
    except ValueError as exc:
        msg = "poll: the cursor is not one of this adapter's; start again without one"
        raise Garbled(msg) from exc


_adapter: type[Adapter] = MemoryAdapter
_hears: type[Hears] = MemoryAdapter
_polls: type[Polls] = MemoryAdapter
_carries: type[CarriesDocuments] = MemoryAdapter
_unlocks: type[Unlocks] = MemoryAdapter
