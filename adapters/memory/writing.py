"""One write: compare with what stands there, then make what is left, change by change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.kit.locks import keeper_of
from adapters.memory import shape
from adapters.memory.client import MemoryClient
from adapters.memory.record import StoredCase
from adapters.memory.settings import MemorySettings
from contracts.adapter import Contents, Refusals, UpdateGuard
from contracts.case import Document, split_path
from contracts.errors import AdapterError, Conflict, Garbled, Rejected, Uncertain, Unreachable
from contracts.ids import CaseRef, Token
from contracts.patch import Change, Patch


class Writing:
    """
    The write of one Patch to one case.

    Nothing is written before every expectation was seen to hold. What is refused alone does not
    keep the others from being made. Once a part was made, no error says that nothing was.
    """

    def __init__(
        self,
        client: MemoryClient,
        settings: MemorySettings,
        ref: CaseRef,
        patch: Patch,
        contents: Contents,
    ) -> None:
        self._client = client
        self._settings = settings
        self._can = settings.capabilities()
        self._ref = ref
        self._patch = patch
        self._contents = contents
        self._version: int | None = None
        self._made = 0
        self._refused: dict[str, str] = {}

    async def run(self, token: Token | None) -> None:
        """Do it, under the lock where the system has one."""
        if self._can.update_guard is not UpdateGuard.LOCK:
            await self._compare_and_make(token)
            return
        async with self._locked():
            await self._compare_and_make(None)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        keeper = keeper_of(self._contents)
        await keeper.locking(self._ref)
        try:
            await self._client.lock(self._ref)
        except (Uncertain, Garbled):
            raise
        except AdapterError:
            await keeper.unlocked(self._ref)
            raise
        try:
            await keeper.locked(self._ref, self._settings.account)
            yield
        finally:
            await self._client.unlock(self._ref)
            await keeper.unlocked(self._ref)

    async def _compare_and_make(self, token: Token | None) -> None:
        shown = await self._client.read(self._ref, self._can.readable)
        left = shape.left_to_do(shown, self._patch, by_reference=self._settings.item_references)
        if self._can.update_guard is UpdateGuard.TOKEN:
            self._check_token(shown, token, left)
            self._version = shown.version
        for change in left:
            await self._try(change)
        if self._refused:
            raise Refusals(self._refused)

    def _check_token(self, shown: StoredCase, token: Token | None, left: list[Change]) -> None:
        if left and token is not None and token != str(shown.version):
            msg = f"{self._ref}: changed since it was read (version {token}, now {shown.version})"
            raise Conflict(msg)

    async def _try(self, change: Change) -> None:
        if split_path(change.path)[0] not in self._can.writable:
            self._refused[change.path] = "dit veld kan hier niet worden gewijzigd"
            return
        try:
            await self._make(change)
        except Rejected as exc:
            self._refused[change.path] = str(exc)
        except LookupError:
            # The content is not here yet: the edge reads back, and finds this still to be done.
            return
        except Unreachable as exc:
            if not self._made:
                raise
            msg = f"{self._ref}: stopped half-way at {change.path}"
            raise Uncertain(msg, path=change.path) from exc
        else:
            self._made += 1

    async def _make(self, change: Change) -> None:
        origin = change.path if shape.adds(change) else None
        brings = change.path.startswith("documents/") and change.become is not None
        document = shape.document_in(change) if brings else None
        if document is not None and document.content is not None:
            await self._upload(change, document, origin)
            return
        self._version = self._next(
            await self._client.change(
                self._ref,
                change.path,
                shape.stored(change),
                version=self._version,
                at=self._patch.at,
                origin=origin,
            )
        )

    async def _upload(self, change: Change, document: Document, origin: str | None) -> None:
        limit = self._can.documents.max_bytes if self._can.documents else 0
        if limit is not None and (document.size_bytes or 0) > limit:
            msg = f"{change.path}: meer dan {limit} bytes"
            raise Rejected(msg, path=change.path)
        held = shape.stored(change)
        async with self._contents.open(document) as pieces:
            version = await self._client.upload(
                self._ref,
                change.path,
                held if isinstance(held, dict) else {},
                pieces,
                version=self._version,
                origin=origin,
            )
        self._version = self._next(version)

    def _next(self, version: int) -> int | None:
        return version if self._can.update_guard is UpdateGuard.TOKEN else None
