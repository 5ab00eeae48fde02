"""Adapters that read, learn and fail wrongly, each in one way; the suite must catch them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import JsonValue

from adapters.memory import MemoryAdapter
from adapters.memory.client import MemoryClient
from adapters.memory.network import Moved
from adapters.memory.record import Authors, StoredCase
from adapters.memory.settings import MOST
from adapters.memory.system import MemorySystem
from contracts.adapter import AdapterSettings, Capabilities, Heard, HintPage, Push
from contracts.case import FIELDS, Document, StatusStep
from contracts.errors import (
    Denied,
    Garbled,
    Gone,
    NotFound,
    Rejected,
    Throttled,
    Unreachable,
)
from contracts.ids import CaseRef, Cursor, Mark
from contracts.snapshot import Author, Snapshot


class WithClient(MemoryAdapter):
    """Base of those whose fault is in how they call."""

    client_class: ClassVar[type[MemoryClient]]

    def __init__(self, settings: AdapterSettings) -> None:
        super().__init__(settings)
        system = MemorySystem.shared(self.settings.system)
        self.client = self.client_class(system, self.settings)


class PromisesMore(MemoryAdapter):
    capabilities = MOST.model_copy(update={"readable": frozenset({"title"})})


class PromisesPollWithoutMethod(MemoryAdapter):
    poll = None  # type: ignore[assignment]


class LeavesTraceOnCheck(MemoryAdapter):
    async def check(self) -> Capabilities:
        await self.client.create({"title": "proef"}, mark="proef", key="proef")
        return await super().check()


class ForgetsAPage(WithClient):
    class client_class(MemoryClient):  # noqa: N801 - stands in for the attribute
        async def items(self, ref: str, field: str) -> tuple[dict[str, JsonValue], Authors]:
            page = await self._wire.items(ref, field, 0)
            return dict(page.items), page.authors


class TakesAbsenceForDeletion(WithClient):
    class client_class(MemoryClient):  # noqa: N801
        async def items(self, ref: str, field: str) -> tuple[dict[str, JsonValue], Authors]:
            try:
                return await super().items(ref, field)
            except Garbled:
                page = await self._wire.items(ref, field, 0)
                return dict(page.items), page.authors


class DropsWhatItCannotCarry(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        return (await super().read(ref)).model_copy(update={"unmapped": ()})


class RemembersItsReads(MemoryAdapter):
    def __init__(self, settings: AdapterSettings) -> None:
        super().__init__(settings)
        self._seen: dict[CaseRef, Snapshot] = {}

    async def read(self, ref: CaseRef) -> Snapshot:
        if ref not in self._seen:
            self._seen[ref] = await super().read(ref)
        return self._seen[ref]


class ForgetsTheOffset(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        naive = Author.model_construct(by="a", at=datetime(2026, 1, 1))  # noqa: DTZ001
        return (await super().read(ref)).model_copy(update={"authors": {"title": naive}})


class PadsDates(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        padded = {
            name: f"{date}-01-01"[:10]
            for name in ("start", "planned_end")
            if (date := getattr(snapshot.case, name))
        }
        return snapshot.model_copy(update={"case": snapshot.case.model_copy(update=padded)})


class ShowsUnsupportedAsEmpty(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        case = snapshot.case.model_copy(update=dict.fromkeys(snapshot.unsupported))
        return snapshot.model_copy(update={"case": case, "unsupported": frozenset()})


class ShowsMoreThanDeclared(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        unit = MemorySystem.shared(self.settings.system).cells(ref).get("unit")
        return snapshot.model_copy(update={"case": snapshot.case.model_copy(update={"unit": unit})})


class LeavesOutWhatIsEmpty(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        told = snapshot.case.model_dump(mode="json")
        filled = {name: value for name, value in told.items() if value is not None}
        case = type(snapshot.case).model_validate(filled)
        return snapshot.model_copy(update={"case": case})


class MixesUpCases(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        self._ref = ref
        await asyncio.sleep(0)
        return await super().read(self._ref)


class WaitsForADeletedCase(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except NotFound as exc:
            msg = str(exc)
            raise Unreachable(msg) from exc


class CallsEverythingGone(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except NotFound as exc:
            msg = str(exc)
            raise Gone(msg) from exc


class PollsOnePage(MemoryAdapter):
    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        async for page in super().poll(since):
            yield page
            break


class MovesItsCursorTooFar(MemoryAdapter):
    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        async for page in super().poll(since):
            yield page.model_copy(update={"cursor": Cursor(str(int(page.cursor or 0) + 1))})


class KeepsItsCursorToItself(MemoryAdapter):
    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        last = Cursor("1000000")
        async for page in super().poll(since):
            yield page.model_copy(update={"cursor": last})


class PollsInSilence(MemoryAdapter):
    async def poll(self, since: Cursor | None) -> AsyncIterator[HintPage]:
        try:
            async for page in super().poll(since):
                yield page
        except Unreachable:
            return


class HearsTheUnsigned(MemoryAdapter):
    def hear(self, push: Push) -> Heard:
        try:
            return super().hear(push)
        except Denied:
            return Heard(refs=())


class HearsNothingInGarbage(MemoryAdapter):
    def hear(self, push: Push) -> Heard:
        try:
            return super().hear(push)
        except Garbled:
            return Heard(refs=())


class SubscribesAtEachStart(MemoryAdapter):
    count = 0

    async def subscribe(self, callback_url: str) -> None:
        type(self).count += 1
        await super().subscribe(f"{callback_url}?{self.count}")


class FollowsRedirects(WithClient):
    class client_class(MemoryClient):  # noqa: N801
        async def read(self, ref: str, fields: frozenset[str]) -> StoredCase:
            try:
                return await self._wire.read(ref)
            except Moved as exc:
                system = MemorySystem.shared(exc.to)
                return await MemoryClient(system, self._settings).read(ref, fields)


class _Says(WithClient):
    """Base of those that give an error another name."""

    error: ClassVar[type[Exception]]
    says: ClassVar[type[Exception]]

    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except self.error as exc:
            msg = "anders gezegd"
            raise self.says(msg) from exc

    client_class = MemoryClient


class CallsUnreachableNotFound(_Says):
    error, says = Unreachable, NotFound


class CallsThrottlingUnreachable(_Says):
    error, says = Throttled, Unreachable


class CallsDeniedNotFound(_Says):
    error, says = Denied, NotFound


class CallsAnInnerErrorRejected(_Says):
    error, says = Unreachable, Rejected


class TakesGarbageForAnEmptyCase(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except Garbled:
            return Snapshot.model_validate({"ref": ref, "case": dict.fromkeys(_REGISTERS)})


_REGISTERS = [name for name in FIELDS if name in ("title", "status", "deadline")]


class TellsItsSecret(WithClient):
    class client_class(MemoryClient):  # noqa: N801
        @contextmanager
        def _speaking(self, what: str, about: str, path: str | None) -> Iterator[None]:
            try:
                with super()._speaking(what, about, path):
                    yield
            except Denied as exc:
                msg = f"refused: {self._settings.secret.get_secret_value()}"
                raise Denied(msg) from exc


class TellsWhoItIsAbout(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except Unreachable as exc:
            cells: Any = MemorySystem.shared(self.settings.system).cells(ref)
            msg = f"cannot read {cells}"
            raise Unreachable(msg) from exc


class ShowsItsSecret(MemoryAdapter):
    def __repr__(self) -> str:
        return f"MemoryAdapter({self.settings.secret.get_secret_value()!r})"


class SwallowsCancellation(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        try:
            return await super().read(ref)
        except asyncio.CancelledError:
            return Snapshot.model_validate({"ref": ref, "case": {}})


class KeepsMarksToItself(MemoryAdapter):
    def __init__(self, settings: AdapterSettings) -> None:
        super().__init__(settings)
        self._created: dict[str, CaseRef] = {}

    async def create(self, *args: Any, **kwargs: Any) -> CaseRef:
        ref = await super().create(*args, **kwargs)
        self._created[kwargs["mark"]] = ref
        return ref

    async def find(self, mark: Mark) -> list[CaseRef]:
        return [self._created[mark]] if mark in self._created else []


class FindsByTheBeginning(MemoryAdapter):
    async def find(self, mark: Mark) -> list[CaseRef]:
        system = MemorySystem.shared(self.settings.system)
        every = [(ref, system.case(ref).references) for ref in system.refs()]
        return [CaseRef(ref) for ref, r in every if r.get("casebridge", "").startswith(mark)]


class _Downloads(MemoryAdapter):
    """Base of those that give a document's pieces wrongly."""

    def download(self, ref: CaseRef, document: Document, *, start: int = 0) -> Any:
        return self._given(ref, document, start)

    @asynccontextmanager
    async def _given(
        self, ref: CaseRef, document: Document, start: int
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async with super().download(ref, document, start=start) as pieces:
            yield self._wrongly(pieces)

    def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        raise NotImplementedError


class LoadsTheWholeDocument(_Downloads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        whole = b"".join([piece async for piece in pieces])
        for start in range(0, len(whole), 1024 * 1024):
            yield whole[start : start + 1024 * 1024]


class GivesTheWholeDocumentAtOnce(_Downloads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield b"".join([piece async for piece in pieces])


class LosesTheLastPiece(_Downloads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        held: bytes | None = None
        async for piece in pieces:
            if held is not None:
                yield held
            held = piece


class BeginsAgain(MemoryAdapter):
    def download(self, ref: CaseRef, document: Document, *, start: int = 0) -> Any:
        return super().download(ref, document)


class EndsABrokenDownloadInOrder(_Downloads):
    async def _wrongly(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for piece in pieces:
                yield piece
        except Unreachable:
            return


class GivesTheFirstVersionAlways(MemoryAdapter):
    def download(self, ref: CaseRef, document: Document, *, start: int = 0) -> Any:
        return super().download(ref, document.model_copy(update={"version": 1}), start=start)


class ShowsAWrongDigest(MemoryAdapter):
    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        wrong = tuple(d.model_copy(update={"digest": "0" * 64}) for d in snapshot.case.documents)
        case = snapshot.case.model_copy(update={"documents": wrong})
        return snapshot.model_copy(update={"case": case})


class _TellsAnotherHistory(MemoryAdapter):
    """Base of those whose steps are not what happened."""

    async def read(self, ref: CaseRef) -> Snapshot:
        snapshot = await super().read(ref)
        told = tuple(self._told(list(snapshot.case.status_history)))
        case = snapshot.case.model_copy(update={"status_history": told})
        return snapshot.model_copy(update={"case": case})

    def _told(self, steps: list[StatusStep]) -> list[StatusStep]:
        raise NotImplementedError


class TakesLocalTimeForUtc(_TellsAnotherHistory):
    def _told(self, steps: list[StatusStep]) -> list[StatusStep]:
        return [s.model_copy(update={"at": s.at + timedelta(hours=1)}) for s in steps]


class TellsTheHistoryTheWrongWayRound(_TellsAnotherHistory):
    def _told(self, steps: list[StatusStep]) -> list[StatusStep]:
        turned = [step.status for step in reversed(steps)]
        pairs = zip(steps, turned, strict=True)
        return [step.model_copy(update={"status": status}) for step, status in pairs]
