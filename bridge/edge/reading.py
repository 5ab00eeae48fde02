"""
Read a case as an edge does: one reading at a time for each case, stamped, confined, with digests.

The order of readings is the order of truth: a reading and its stamp are taken together, under the
case's own lock, so that a later stamp is always a later look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.content import Staging, StoreAway, untold
from bridge.edge.deadline import within
from bridge.edge.lag import Lag
from bridge.edge.legible import see_legible
from bridge.edge.underway import Underway
from bridge.engine.scope import Scope
from bridge.store.records import ContentKey, Digest
from contracts.adapter import Adapter, CarriesDocuments
from contracts.case import Content, Document
from contracts.errors import AdapterError, Denied, Garbled, Uncertain, Unreachable
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Lane, Sequence
from contracts.snapshot import Snapshot, Unmapped

log = structlog.get_logger(__name__)

_UNREAD_FOR: Final = timedelta(hours=1)
"""How long a large content that could not be read is not tried again by itself."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A look that the system answered, and that showed no case; stamped like any other."""

    sequence: Sequence
    at: datetime
    error: Exception


class Digests(Protocol):
    """Remembers what the content of a version of a document is."""

    async def digests(
        self, agency: AgencyId, contents: Collection[ContentKey]
    ) -> Mapping[ContentKey, Digest]: ...

    async def save_digests(
        self, agency: AgencyId, digests: Mapping[ContentKey, Digest], at: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One look at one case.

    Attributes:
        snapshot: As the system shows it, whole; stays in the edge.
        confined: What of it may leave; ``None`` where nothing may.
    """

    sequence: Sequence
    at: datetime
    snapshot: Snapshot
    confined: Snapshot | None


class Stamps(Protocol):
    """Gives each reading its place in the order of readings."""

    @property
    def epoch(self) -> int:
        """The lease under which is read now."""
        ...

    def stamp(self, epoch: int) -> Sequence:
        """
        Give the next place, for a reading that began in *epoch*.

        Raises:
            LeaseLost: It ended under another lease. It may be older than what was read meanwhile.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Wanted:
    """
    Which contents a reading is to make available.

    Attributes:
        stage: Documents (by key) whose content is wanted again.
        like: Contents that we may have written ourselves.
        most_bytes: Larger ones are left for later; -1 leaves all that nobody asked for again, and
            ``None`` none.
    """

    stage: frozenset[str]
    like: tuple[Digest, ...]
    most_bytes: int | None

    def limit(self, document: Document) -> Callable[[int], None]:
        """Stop a content of unknown size that turns out to be large; what came of it stays."""
        most = self.most_bytes
        if most is None or document.key in self.stage or document.size_bytes is not None:
            return untold

        def check(size_bytes: int) -> None:
            if size_bytes > most:
                raise _Later

        return check

    def leaves(self, document: Document) -> bool:
        """Tell whether the content of a document is left for later."""
        most = self.most_bytes
        return most is not None and self.lets_wait(document) and (document.size_bytes or 0) > most

    def lets_wait(self, document: Document) -> bool:
        """Tell whether a document may be told of before its content is here."""
        if self.most_bytes is None or document.key in self.stage:
            return False
        return not any(_may_be(document, each) for each in self.like)


class _Later(Exception):
    """A content comes later: it turned out to be large, or the store has no room for it now."""


class Reader:
    """Reads the cases of one agency."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        adapter: Adapter,
        scope: Callable[[], Scope],
        stamps: Stamps,
        content: Staging,
        digests: Digests,
        underway: Underway,
        patience: timedelta,
        large: int,
        lag: Lag,
        now: Callable[[], datetime],
    ) -> None:
        """
        Read by *adapter*.

        Args:
            patience: How long one look may take, without its documents.
            large: Bytes; contents of more are read by `fetch` alone, and told when they are there.
        """
        self._lag, self._underway = lag, underway
        self._agency, self._adapter, self._scope = agency, adapter, scope
        self._stamps, self._content, self._digests, self._now = stamps, content, digests, now
        self._patience, self._large = patience, large
        self._locks: dict[CaseRef, tuple[asyncio.Lock, int]] = {}
        self._fetching: dict[ContentKey, asyncio.Lock] = {}
        self._unread: dict[ContentKey, tuple[datetime, str]] = {}

    async def look(self, ref: CaseRef) -> tuple[Sequence, datetime, Snapshot]:
        """Read a case and stamp the reading; later stamps are later looks."""
        found = await self._look(ref)
        if isinstance(found, Missed):
            raise found.error
        return found

    async def _look(self, ref: CaseRef) -> tuple[Sequence, datetime, Snapshot] | Missed:
        lock, users = self._locks.get(ref, (asyncio.Lock(), 0))
        self._locks[ref] = (lock, users + 1)
        try:
            async with lock:
                await self._lag.over(ref)
                epoch = self._stamps.epoch
                try:
                    snapshot = await self._read(ref)
                except (Unreachable, Denied):
                    raise
                except Exception as error:  # noqa: BLE001  # told by who asked; the place counts
                    return Missed(self._stamps.stamp(epoch), self._now(), error)
                self._lag.touch(ref)
                return self._stamps.stamp(epoch), self._now(), snapshot
        finally:
            lock, users = self._locks[ref]
            if users == 1:
                del self._locks[ref]
            else:
                self._locks[ref] = (lock, users - 1)

    async def _read(self, ref: CaseRef) -> Snapshot:
        async with within(self._patience, Unreachable):
            snapshot = await self._adapter.read(ref)
        see_legible(snapshot)
        return snapshot

    async def read(
        self,
        ref: CaseRef,
        *,
        lane: Lane = Lane.DOCUMENTS,
        stage: Collection[str] = (),
        like: Collection[Digest] = (),
    ) -> Reading:
        """
        Look at a case, keep what may not leave, and make the content of documents available.

        Args:
            ref: The case.
            lane: For the facts alone no content is fetched: a large drawing never holds them up.
            stage: Documents (by key) whose content is wanted again, though it is known.
            like: Contents that we may have written here ourselves: those need not be kept.
        """
        found = await self.try_read(ref, lane=lane, stage=stage, like=like)
        if isinstance(found, Missed):
            raise found.error
        return found

    async def try_read(
        self,
        ref: CaseRef,
        *,
        lane: Lane = Lane.DOCUMENTS,
        stage: Collection[str] = (),
        like: Collection[Digest] = (),
    ) -> Reading | Missed:
        """Read as `read` does; that no case showed has its place in the order, too."""
        found = await self._look(ref)
        if isinstance(found, Missed):
            return found
        sequence, at, snapshot = found
        confined = self._scope().confine(snapshot)
        if confined is not None:
            fetches = lane is Lane.DOCUMENTS or bool(stage)
            wanted = _Wanted(frozenset(stage), tuple(like), self._large if fetches else -1)
            confined = await self._with_digests(ref, confined, wanted)
        return Reading(sequence, at, snapshot, confined)

    async def fetch(self, ref: CaseRef) -> None:
        """Make the content of all documents of a case available, however large they are."""
        snapshot = (await self.look(ref))[2]
        confined = self._scope().confine(snapshot)
        if confined is not None:
            await self._with_digests(ref, confined, _Wanted(frozenset(), (), None))

    async def _with_digests(
        self,
        ref: CaseRef,
        snapshot: Snapshot,
        wanted: _Wanted,
    ) -> Snapshot:
        documents: list[Document] = []
        unmapped = list(snapshot.unmapped)
        for document in snapshot.case.documents:
            known = None
            later = False
            try:
                known = await self._known(_key(document))
                if self._is_to_fetch(document, known, wanted):
                    why = self._why_unread(document)
                    later = wanted.leaves(document) and why is None
                    if not wanted.leaves(document):
                        known = await self._digest(ref, document, wanted)
                    elif why is not None:
                        unmapped.append(Unmapped(where=f"documents/{document.key}", why=why))
            except _Later:
                later = self._why_unread(document) is None
            except (Unreachable, Uncertain, Denied):
                raise
            except AdapterError as error:
                # It stays among the documents, or it would be taken for withdrawn; without a
                # digest it parks alone at the other side, and the case goes on.
                self._unread[_key(document)] = self._now(), str(error)
                unmapped.append(Unmapped(where=f"documents/{document.key}", why=str(error)))
            documents.append(self._described(document, known, comes_later=later))
        if "documents" not in snapshot.case.model_fields_set:
            return snapshot
        update: dict[str, object] = {"documents": tuple(documents)}
        case = snapshot.case.model_copy(update=update)
        return snapshot.model_copy(update={"case": case, "unmapped": tuple(unmapped)})

    def _why_unread(self, document: Document) -> str | None:
        """Say why a content could not be read lately: what is large is not read again at once."""
        self._unread = {
            key: each for key, each in self._unread.items() if self._now() - each[0] < _UNREAD_FOR
        }
        return self._unread.get(_key(document), (None, None))[1]

    def _is_to_fetch(self, document: Document, known: Digest | None, wanted: _Wanted) -> bool:
        if not isinstance(self._adapter, CarriesDocuments):
            return False
        return known is None or document.key in wanted.stage

    def _described(
        self, document: Document, known: Digest | None, *, comes_later: bool
    ) -> Document:
        content = Content(agency=self._agency, key=document.key, version=str(document.version))
        if known is None:
            later = content if comes_later else None
            return document.model_copy(update={"digest": None, "content": later})
        return document.model_copy(
            update={
                "digest": known.sha256,
                "size_bytes": known.size_bytes,
                "content": content,
            }
        )

    async def _digest(self, ref: CaseRef, document: Document, wanted: _Wanted) -> Digest:
        """Fetch a content, unless somebody else did while we waited."""
        key, again = _key(document), document.key in wanted.stage
        lock = self._fetching.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                known = await self._known(key)
                if known and (not again or await self._content.has(known.sha256)):
                    return known
                found = await self._fetched(ref, document, wanted)
                await self._digests.save_digests(self._agency, {key: found}, self._now())
                return found
        finally:
            if not lock.locked():
                self._fetching.pop(key, None)

    async def _known(self, key: ContentKey) -> Digest | None:
        return (await self._digests.digests(self._agency, [key])).get(key)

    async def _fetched(self, ref: CaseRef, document: Document, wanted: _Wanted) -> Digest:
        """Read a content, and keep it for others, unless we brought it here ourselves."""
        adapter = self._adapter
        assert isinstance(adapter, CarriesDocuments)  # noqa: S101  # or nothing is to be fetched

        def source(start: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
            opened = adapter.download(ref, document, start=start)
            return self._underway.reading(ref, document, opened, start=start)

        name = f"{self._agency}|{document.key}|{document.version}"
        again = document.key in wanted.stage
        meant = [] if again else [each for each in wanted.like if _may_be(document, each)]
        found = await self._content.recognise(name, source, meant) if meant else None
        if found is not None:
            return found
        try:
            staged = await self._content.stage(name, source, progress=wanted.limit(document))
        except StoreAway as error:
            if wanted.lets_wait(document):
                raise _Later from error
            raise
        if document.size_bytes not in {None, staged.size_bytes}:
            # Nobody comes for it.
            await self._content.used(staged.sha256)
            msg = "the content is not as long as the system says; it may have changed meanwhile"
            raise Garbled(msg)
        return staged


def _key(document: Document) -> ContentKey:
    return ContentKey(document.key, str(document.version))


def _may_be(document: Document, content: Digest) -> bool:
    return document.size_bytes in {None, content.size_bytes}
