"""The StUF adapter: the methods of the boundary, each handed to the file that knows how."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import ClassVar, Self

import structlog

from adapters.stuf_zds import capabilities, hints, messages
from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.creating import Cases
from adapters.stuf_zds.documents import Documents
from adapters.stuf_zds.hearing import Listener
from adapters.stuf_zds.names import OVERDRAGEN_ZAAK_ANTWOORD
from adapters.stuf_zds.numbers import Numbers
from adapters.stuf_zds.reading import Reader
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper
from adapters.stuf_zds.values import Deviations
from adapters.stuf_zds.write import Writer
from contracts.adapter import (
    Adapter,
    AdapterSettings,
    Capabilities,
    CarriesDocuments,
    Contents,
    Ear,
    Heard,
    Hears,
    Listens,
    Push,
    Relates,
)
from contracts.case import Document
from contracts.errors import Denied, NotFound
from contracts.ids import CaseRef, Mark, Token
from contracts.patch import Patch
from contracts.snapshot import Snapshot

log = structlog.get_logger(__name__)

_NOBODY: str = "casebridge-check"
"""A number that no case has; asking for it tries the address and who we are."""


def _now() -> datetime:
    return datetime.now(UTC)


class StufZdsAdapter:
    """
    One system that speaks StUF-ZKN 3.10 by Zaak- en Documentservices 1.1 or 1.2.

    Keeps nothing that matters: what files of documents are called, and which messages it was
    told already.
    """

    kind: ClassVar[str] = "stuf-zds"
    Settings: ClassVar[type[AdapterSettings]] = StufSettings
    capabilities: ClassVar[Capabilities] = capabilities.MOST

    def __init__(self, settings: AdapterSettings, *, now: Callable[[], datetime] = _now) -> None:
        if not isinstance(settings, StufSettings):
            msg = f"the stuf-zds adapter takes StufSettings, not {type(settings).__name__}"
            raise TypeError(msg)
        self._settings = settings
        self.deviations: Deviations = Counter()
        self._client = Client(settings, seen=self.deviations, now=now)
        self._reader = Reader(self._client, settings)
        self._shaper = Shaper(settings, self.deviations)
        numbers = Numbers(self._client, settings)
        self._documents = Documents(self._client, self._reader, numbers, settings)
        self._writer = Writer(
            self._client, self._reader, self._shaper, self._documents, numbers, settings
        )
        self._cases = Cases(self._client, self._reader, self._shaper, numbers, settings)
        self._listener = Listener(
            settings,
            gate=self._client.gate,
            seen=self.deviations,
            sent_about=self._client.sent_about,
            now=now,
        )

    async def __aenter__(self) -> Self:
        """Open the connections; nothing is asked yet."""
        await self._client.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections; say how the system was seen to deviate."""
        await self._client.close()
        if self.deviations:
            log.info("deviations_seen", **dict(self.deviations))

    async def check(self) -> Capabilities:
        """Ask for a case that is not there, and tell what this system offers."""
        await self._reader.exists(_NOBODY)
        return capabilities.narrowed(self._settings)

    async def read(self, ref: CaseRef) -> Snapshot:
        """Read one case whole, as it stands now."""
        return self._shaper.snapshot(await self._reader.read(ref))

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        """Make the changes of *patch* on one case, now."""
        await self._writer.write(ref, patch, token=token, contents=contents, key=key)

    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        """Create a case that bears *mark*, with what the zaak itself holds."""
        del contents
        return await self._cases.create(patch, mark, key)

    async def find(self, mark: Mark) -> Sequence[CaseRef]:
        """Find the case that bears *mark*, by the number that was made of it."""
        return await self._cases.find(mark)

    def hear(self, push: Push) -> Heard:
        """Tell which cases, documents or decisions a push speaks of."""
        ear = self.listen(push)
        ear.take(push.body)
        return ear.heard()

    def listen(self, push: Push) -> Ear:
        """Begin to hear a push of any size."""
        return self._listener.listen(push)

    async def subscribe(self, callback_url: str) -> None:
        """Do nothing: whom a StUF system tells is set there, by its administrator."""
        if not self._settings.may_be_called:
            msg = "pushes need the setting callback_user or callback_header"
            raise Denied(msg)
        log.info("to_be_configured_at_the_system", address=callback_url)

    async def unsubscribe(self, callback_url: str) -> None:
        """Do nothing; see `subscribe`."""

    async def cases_of(self, ref: CaseRef) -> Sequence[CaseRef]:
        """Give the cases of a document or decision; answer an offer; a case is its own."""
        if ref.startswith(hints.DOCUMENT):
            found = await self._reader.cases_of_document(ref.removeprefix(hints.DOCUMENT))
        elif ref.startswith(hints.DECISION):
            found = await self._reader.cases_of_decision(ref.removeprefix(hints.DECISION))
        elif ref.startswith(hints.HANDOVER):
            offer, _, number = ref.removeprefix(hints.HANDOVER).partition(":")
            await self._answer_offer(offer, number)
            found = [number]
        else:
            found = [ref]
        return [CaseRef(one) for one in found]

    async def _answer_offer(self, offer: str, number: str) -> None:
        answer = self._settings.handovers
        if answer is None:
            return  # people answer it, in their own system
        operation, profile = OVERDRAGEN_ZAAK_ANTWOORD, self._client.profile
        await self._client.tell(
            operation,
            lambda told: messages.handover_answer(
                operation, profile, told, offer=offer, number=number, answer=answer
            ),
            actor=Actor(),
        )

    def download(
        self, ref: CaseRef, document: Document, *, start: int = 0
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open the content of a document for one reading."""
        if document.content is None:
            msg = f"document {document.key} of {ref} has no content"
            raise NotFound(msg)
        return self._documents.download(document.content.key, document.content.version, start)


_adapter: type[Adapter] = StufZdsAdapter
_hears: type[Hears] = StufZdsAdapter
_listens: type[Listens] = StufZdsAdapter
_relates: type[Relates] = StufZdsAdapter
_carries: type[CarriesDocuments] = StufZdsAdapter
