"""Adapters that write, create and carry wrongly, each in one way; the suite must catch them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from typing import Any

from adapters.kit.contents import GivenContents
from adapters.kit.locks import keeper_of
from adapters.memory import MemoryAdapter, shape
from adapters.memory.client import MemoryClient
from adapters.memory.network import ServerError
from adapters.memory.record import StoredCase
from adapters.memory.system import MemorySystem
from adapters.memory.wire import APPLICATION
from adapters.memory.writing import Writing
from contracts.adapter import Contents, KeepsLocks, Refusals
from contracts.case import COLLECTIONS, Document, cells_of, split_path
from contracts.errors import Conflict, Rejected, Uncertain, Unreachable
from contracts.ids import CaseRef, Mark, Token
from contracts.patch import Change, Patch
from tests.adapters.kit.broken_readers import WithClient


class _Patches(MemoryAdapter):
    """Base of those that write another patch than they were given."""

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        shown = MemorySystem.shared(self.settings.system).case(ref)
        changed = tuple(await self._instead(shown, patch))
        patch = patch.model_copy(update={"changes": changed})
        await super().write(ref, patch, token=token, contents=contents, key=key)

    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        raise NotImplementedError


class IgnoresExpect(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [c.model_copy(update={"expect": shown.cells.get(c.path)}) for c in patch.changes]


class WritesTheWholeCase(MemoryAdapter):
    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        whole = cells_of((await self.read(ref)).case)
        named = {c.path for c in patch.changes}
        await super().write(ref, patch, token=token, contents=contents, key=key)
        for path, value in whole.items():
            if path not in named and split_path(path)[0] not in COLLECTIONS | {"number", "status"}:
                await self.client.change(ref, path, value, version=None, at=patch.at)


class DoublesItemsWhenRepeated(_Patches):
    numbers = count()

    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [self._renumbered(c) for c in patch.changes]

    def _renumbered(self, change: Change) -> Change:
        if "/" not in change.path or not isinstance(change.become, dict):
            return change
        path = f"{change.path}-{next(self.numbers)}"
        become = {**change.become, "key": split_path(path)[1]}
        return change.model_copy(update={"path": path, "become": become})


class LeavesEmptyingOut(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [c for c in patch.changes if c.become is not None]


class WritesLatinOnly(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [c.model_copy(update={"become": _latin(c.become)}) for c in patch.changes]


def _latin(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _latin(one) for name, one in value.items()}
    return value.encode("latin-1", "ignore").decode("latin-1") if isinstance(value, str) else value


class CutsInSilence(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [c.model_copy(update={"become": _cut(c.become)}) for c in patch.changes]


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items()}
    return value[:255] if isinstance(value, str) else value


class TakesAnothersWordsForOurs(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        await super().write(ref, patch.model_copy(update={"known": ()}), **kwargs)


class LeavesOutMarksOfDocuments(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [
            c.model_copy(update={"become": {**c.become, "mark": None}})
            if isinstance(c.become, dict)
            else c
            for c in patch.changes
        ]


class TakesEachDocumentForAPdf(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [
            c.model_copy(update={"become": {**c.become, "media_type": "application/pdf"}})
            if isinstance(c.become, dict)
            else c
            for c in patch.changes
        ]


class LosesWhatHasAnOddName(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [
            c
            for c in patch.changes
            if not isinstance(c.become, dict) or str(c.become["title"]).isprintable()
        ]


class DropsWhatCannotBeWritten(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        can = self.settings.capabilities().writable
        return [c for c in patch.changes if split_path(c.path)[0] in can]


class RemovesTheWholeField(_Patches):
    async def _instead(self, shown: StoredCase, patch: Patch) -> list[Change]:
        return [
            Change(path=path, expect=value)
            for c in patch.changes
            for path, value in shown.items(split_path(c.path)[0])
            if path != c.path
        ] + list(patch.changes)


class DisturbsAnothersMark(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        case = MemorySystem.shared(self.settings.system).case(ref)
        case.references = dict.fromkeys(case.references, "ons")
        await super().write(ref, patch, **kwargs)


class SwallowsUncertain(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        with suppress(Uncertain):
            await super().write(ref, patch, **kwargs)


class RepeatsAnUnansweredWrite(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        try:
            await super().write(ref, patch, **kwargs)
        except Uncertain:
            for c in patch.changes:
                await self.client.change(ref, c.path, c.become, version=None, at=patch.at)
            raise


class TakesAnInnerErrorForARefusal(WithClient):
    class client_class(MemoryClient):  # noqa: N801 - stands in for the attribute
        @contextmanager
        def telling(self, what: str, about: str, path: str | None) -> Iterator[None]:
            with super().telling(what, about, path):
                try:
                    yield
                except ServerError as exc:
                    msg = "500"
                    raise Rejected(msg, path=path) from exc


class WritesInItsOwnWay(MemoryAdapter):
    """Base of those whose fault is within one write."""

    writing: type[Writing]

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        await self.writing(self.client, self.settings, ref, patch, contents).run(token)


class StopsAtTheFirstRefusal(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _try(self, change: Change) -> None:
            await super()._try(change)
            if self._refused:
                raise Refusals(self._refused)


class SaysNothingWasDone(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _try(self, change: Change) -> None:
            try:
                await super()._try(change)
            except Uncertain as exc:
                msg = "niemand antwoordt"
                raise Unreachable(msg) from exc


class ChecksAsItGoes(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _compare_and_make(self, token: Token | None) -> None:
            whole = self._patch
            for change in whole.changes:
                self._patch = whole.model_copy(update={"changes": (change,)})
                await super()._compare_and_make(None)


class IgnoresTheToken(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            await self._compare_and_make(None)


class WritesWithoutTheGuard(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _make(self, change: Change) -> None:
            self._version = None
            await super()._make(change)


class LeaksALockOnConflict(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            await self._client.lock(self._ref)
            await self._compare_and_make(None)
            await self._client.unlock(self._ref)


class LeaksALockAlways(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            await self._client.lock(self._ref)
            await self._compare_and_make(None)


class LeaksALockWithoutAnAnswer(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            await self._client.lock(self._ref)
            try:
                await self._compare_and_make(None)
            except Conflict:
                await self._client.unlock(self._ref)
                raise
            await self._client.unlock(self._ref)


class LocksInSilence(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            self._contents, contents = GivenContents(), self._contents
            async with self._locked():
                self._contents = contents
                if isinstance(contents, KeepsLocks):
                    # Later, and of nothing.
                    await contents.locking(self._ref)
                    await contents.locked(self._ref, "")
                await self._compare_and_make(None)


class IsKeptOutByItsOwnLock(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def run(self, token: Token | None) -> None:
            keeper = keeper_of(self._contents)
            if await keeper.locking(self._ref) is not None:
                msg = "zaak is in gebruik"
                raise Conflict(msg)
            await super().run(token)


class GivesNothingBack(MemoryAdapter):
    async def unlock(self, place: str, lock: str, *, for_good: bool, key: str) -> bool:
        return True


class WaitsForContentWithEverything(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _try(self, change: Change) -> None:
            if change.content is not None:
                async with self._contents.open(shape.document_in(change)):
                    pass
            await super()._try(change)


class RefusesWhatOnlyWaits(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _make(self, change: Change) -> None:
            try:
                await super()._make(change)
            except LookupError as exc:
                msg = "geen inhoud"
                raise Rejected(msg) from exc


class RetriesACreate(MemoryAdapter):
    async def create(self, patch: Patch, **kwargs: Any) -> CaseRef:
        try:
            return await super().create(patch, **kwargs)
        except Uncertain:
            return await super().create(patch, **kwargs)


class RetriesACreateAndSaysSo(MemoryAdapter):
    async def create(self, patch: Patch, **kwargs: Any) -> CaseRef:
        try:
            return await super().create(patch, **kwargs)
        except Uncertain:
            await super().create(patch, **kwargs)
            raise


class CreatesWithoutItsMark(MemoryAdapter):
    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        return await super().create(patch, mark=Mark(""), contents=contents, key=key)


class CreatesWithANewKey(MemoryAdapter):
    numbers = count()

    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        key = f"{key}-{next(self.numbers)}"
        return await super().create(patch, mark=mark, contents=contents, key=key)


class CreatesAnEmptyCase(MemoryAdapter):
    async def create(self, patch: Patch, **kwargs: Any) -> CaseRef:
        return await super().create(patch.model_copy(update={"changes": ()}), **kwargs)


class CreatesHalfWhenRefused(MemoryAdapter):
    async def create(self, patch: Patch, *, mark: Mark, contents: Contents, key: str) -> CaseRef:
        try:
            return await super().create(patch, mark=mark, contents=contents, key=key)
        except Rejected:
            system = MemorySystem.shared(self.settings.system)
            system.open_case({}, references={APPLICATION: mark})
            raise


class _Uploads(MemoryAdapter):
    """Base of those that send another content than they were given."""

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        wrong = _Wrongly(contents, self._wrongly)
        await super().write(ref, patch, token=token, contents=wrong, key=key)

    def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        raise NotImplementedError


class _Wrongly(GivenContents):
    def __init__(
        self, contents: Contents, wrongly: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]
    ) -> None:
        super().__init__()
        self._contents = contents
        self._wrongly = wrongly

    @asynccontextmanager
    async def _open(self, document: Document) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._contents.open(document) as pieces:
            yield self._wrongly(pieces)


class LoadsTheWholeContent(_Uploads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        whole = b"".join([piece async for piece in pieces])
        yield whole


class SendsTheLastPieceOnly(_Uploads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        last = b""
        async for piece in pieces:
            last = piece
        yield last


class SendsSomethingForNothing(_Uploads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        is_empty = True
        async for piece in pieces:
            is_empty = False
            yield piece
        if is_empty:
            yield b" "


class ShowsADocumentBeforeItIsWhole(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        try:
            await super().write(ref, patch, **kwargs)
        except Unreachable:
            system = MemorySystem.shared(self.settings.system)
            for change in patch.changes:
                if isinstance(change.become, dict):
                    system.add(ref, "documents", {**change.become, "content": None})
            raise


class WithdrawsBeforeItReplaces(WritesInItsOwnWay):
    class writing(Writing):  # noqa: N801
        async def _upload(self, change: Change, document: Document, origin: str | None) -> None:
            if origin is None:
                await self._make(change.model_copy(update={"become": None, "content": None}))
            await super()._upload(change, document, change.path)


class KeepsWhatIsWithdrawn(MemoryAdapter):
    async def write(self, ref: CaseRef, patch: Patch, **kwargs: Any) -> None:
        kept = [c for c in patch.changes if c.become is not None or "documents/" not in c.path]
        await super().write(ref, patch.model_copy(update={"changes": tuple(kept)}), **kwargs)
