"""The ZGW adapter: the methods of the boundary, each handed to the file that knows how."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import ClassVar, Self

from adapters.zgw import capabilities, features, hints, rights, shape
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.children import Children
from adapters.zgw.client import Client
from adapters.zgw.creating import Cases
from adapters.zgw.documents import Documents
from adapters.zgw.features import Features
from adapters.zgw.leftovers import Leftovers
from adapters.zgw.locks import Locks
from adapters.zgw.moments import DUTCH
from adapters.zgw.reading import Reader
from adapters.zgw.settings import ZgwSettings
from adapters.zgw.write import Writer
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
    Relates,
    Unlocks,
)
from contracts.case import Document
from contracts.errors import Denied, NotFound
from contracts.ids import CaseRef, Cursor, Mark, Token
from contracts.patch import Patch
from contracts.snapshot import Snapshot


def _today() -> date:
    return datetime.now(DUTCH).date()


class ZgwAdapter:
    """
    One system that speaks the ZGW APIs: Zaken, Catalogi, Documenten, Besluiten, Notificaties.

    Keeps nothing but the catalogue and what the system was found to offer; both are found out
    again after a restart.
    """

    kind: ClassVar[str] = "zgw"
    Settings: ClassVar[type[AdapterSettings]] = ZgwSettings
    capabilities: ClassVar[Capabilities] = capabilities.MOST

    def __init__(self, settings: AdapterSettings, *, today: Callable[[], date] = _today) -> None:
        if not isinstance(settings, ZgwSettings):
            msg = f"the zgw adapter takes ZgwSettings, not {type(settings).__name__}"
            raise TypeError(msg)
        self._settings = settings
        self._client = Client(settings)
        self._catalogue = Catalogue(self._client, settings)
        self._reader = Reader(self._client, self._catalogue, settings)
        locks = Locks(self._client)
        self._documents = Documents(self._client, settings, locks)
        self._leftovers = Leftovers(self._client, locks, self._documents)
        children = Children(self._client, self._documents, settings)
        self._writer = Writer(self._client, self._catalogue, self._reader, children)
        self._cases = Cases(self._client, self._catalogue, settings, today=today)
        self._finder = hints.Finder(self._client)
        self._subscriptions = hints.Subscriptions(self._client)
        self._tokens = settings.callback_tokens()
        self._features: Features | None = None
        self._probing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open the connections; nothing is asked yet."""
        await self._client.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections."""
        await self._client.close()

    async def check(self) -> Capabilities:
        """Try addresses and credentials, changing nothing, and tell what this system offers."""
        self._features = await features.probe(self._client, self._settings)
        await rights.check(self._client, self._settings.client_id)
        return capabilities.narrowed(self._settings, self._features)

    async def read(self, ref: CaseRef) -> Snapshot:
        """Read one case whole, as it stands now."""
        return shape.snapshot(await self._reader.read(ref, await self._offered()))

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        """Make the changes of *patch* on one case, now. There is no token to guard it with."""
        del token
        offered = await self._offered()
        await self._writer.write(ref, patch, offered, contents=contents, key=key)

    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        """Create a case that bears *mark*, with what the zaak itself holds."""
        del contents
        return await self._cases.create(patch, mark, await self._offered(), key)

    async def find(self, mark: Mark) -> Sequence[CaseRef]:
        """Find the cases that bear *mark*."""
        return await self._cases.find(mark, await self._offered())

    async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
        """Release a document that a write left locked, or take away one that is in no case yet."""
        return await self._leftovers.unlock(place, lock, for_good=for_good, key=key)

    def hear(self, push: Push) -> Heard:
        """Tell which cases, documents or decisions a push speaks of."""
        return hints.hear(push, self._tokens)

    async def subscribe(self, callback_url: str) -> None:
        """Have the notification service call *callback_url*; it must answer already."""
        if "notificaties" not in self._client.addresses or not self._tokens:
            msg = "pushes need the setting notificaties and a callback_token"
            raise Denied(msg)
        await self._subscriptions.subscribe(callback_url, self._tokens[0])

    async def unsubscribe(self, callback_url: str) -> None:
        """Stop the calls to *callback_url*."""
        if "notificaties" in self._client.addresses:
            await self._subscriptions.unsubscribe(callback_url)

    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        """Go through all cases; there is no feed of changes, so *since* leaves nothing out."""
        del since
        async for page in self._finder.poll(await self._offered()):
            yield page

    async def cases_of(self, ref: CaseRef) -> Sequence[CaseRef]:
        """Give the cases that a document or decision belongs to; a case is its own."""
        return await self._finder.cases_of(ref)

    def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open the content of one version of a document for one reading."""
        if document.content is None:
            msg = f"document {document.key} of {ref} has no content yet"
            raise NotFound(msg)
        return self._documents.download(document.content.key, document.content.version, start)

    async def _offered(self) -> Features:
        async with self._probing:
            if self._features is None:
                self._features = await features.probe(self._client, self._settings)
        return self._features


_adapter: type[Adapter] = ZgwAdapter
_hears: type[Hears] = ZgwAdapter
_polls: type[Polls] = ZgwAdapter
_relates: type[Relates] = ZgwAdapter
_carries: type[CarriesDocuments] = ZgwAdapter
_unlocks: type[Unlocks] = ZgwAdapter
