"""The memory system as the conformance suite wants it: with people, a clock, and every fault."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from pydantic import JsonValue, SecretStr

from adapters.kit.contents import Source
from adapters.kit.faults import Fault
from adapters.kit.harness import Harness
from adapters.kit.samples import DUTCH, Item, Samples
from adapters.memory import faults as wrong
from adapters.memory.adapter import MemoryAdapter
from adapters.memory.announce import signed
from adapters.memory.faults import Method, Misbehaviour, Rendering
from adapters.memory.record import CaseLocked
from adapters.memory.settings import MemorySettings
from adapters.memory.system import MemorySystem
from adapters.memory.wire import APPLICATION
from contracts.adapter import Adapter, Push
from contracts.case import Cells
from contracts.ids import CaseRef, Mark

_WRITES: Final[frozenset[Method]] = frozenset({"change", "create"})
_FOREVER: Final = timedelta(days=365)

_FAULTS: Final[dict[Fault, Callable[[], wrong.Fault]]] = {
    Fault.UNREACHABLE: lambda: wrong.Fault(Misbehaviour.UNREACHABLE, times=None),
    Fault.THROTTLED: lambda: wrong.Fault(
        Misbehaviour.THROTTLED, times=None, delay=timedelta(seconds=30)
    ),
    Fault.ERROR_ON_READ: lambda: _on_reads(Misbehaviour.SERVER_ERROR),
    Fault.ERROR_AFTER: lambda: wrong.Fault(Misbehaviour.SERVER_ERROR, _WRITES),
    Fault.LOST_AFTER: lambda: wrong.Fault(Misbehaviour.LOST_AFTER, _WRITES),
    Fault.LOST_BEFORE: lambda: wrong.Fault(Misbehaviour.LOST_BEFORE, _WRITES),
    Fault.GARBLED_READ: lambda: _on_reads(Misbehaviour.GARBLED),
    Fault.GARBLED_WRITE: lambda: wrong.Fault(Misbehaviour.GARBLED, _WRITES),
    Fault.HALF: lambda: wrong.Fault(
        Misbehaviour.UNREACHABLE, frozenset({"change"}), skip=1, times=None
    ),
    Fault.REFUSES: lambda: wrong.Fault(Misbehaviour.REFUSED, _WRITES, times=None),
    Fault.REDIRECT: lambda: wrong.Fault(Misbehaviour.MOVED, times=None),
    Fault.HANGS: lambda: wrong.Fault(Misbehaviour.SLOW, times=None, delay=_FOREVER),
    Fault.LIST_SHORT: lambda: wrong.Fault(Misbehaviour.SHORT, frozenset({"items"}), times=None),
    Fault.LIST_LOOPS: lambda: wrong.Fault(
        Misbehaviour.LOOPS, frozenset({"items", "changes"}), times=None
    ),
    Fault.EDIT_BETWEEN: lambda: wrong.Fault(
        Misbehaviour.SLOW, frozenset({"change"}), delay=timedelta(seconds=1)
    ),
    Fault.DOWNLOAD_BREAKS: lambda: wrong.Fault(
        Misbehaviour.BREAKS, frozenset({"download"}), times=None
    ),
    Fault.UPLOAD_BREAKS: lambda: wrong.Fault(
        Misbehaviour.UNREACHABLE, frozenset({"upload"}), skip=2, times=None
    ),
}


def _on_reads(kind: Misbehaviour) -> wrong.Fault:
    return wrong.Fault(kind, frozenset({"read", "items", "find"}), times=None)


class MemoryHarness(Harness):
    """One memory system with a clock of its own, which stands still until it is told to go on."""

    def __init__(
        self,
        *,
        adapter: type[MemoryAdapter] = MemoryAdapter,
        samples: Samples = DUTCH,
        rendering: Rendering | None = None,
        **settings: Any,
    ) -> None:
        self.samples = samples
        self.settings = MemorySettings(
            system="zaken",
            page_size=settings.pop("page_size", 5),
            secret=settings.pop("secret", "geheim-van-zaken"),
            push_secret=SecretStr("geheim-van-hints"),
            **settings,
        )
        self.secrets = ("geheim-van-zaken", "geheim-van-hints")
        self.moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.system = MemorySystem("zaken", now=lambda: self.moment, sleep=self._sleep)
        self.system.secret = self.settings.secret.get_secret_value()
        self.system.limits = self.settings.limits
        self.system.rendering = rendering or Rendering()
        self.elsewhere = MemorySystem("elders")
        self.system.announcer.listeners.append(lambda url, push: self._arrived.append((url, push)))
        self._arrived: list[tuple[str, Push]] = []
        self._adapter = adapter
        self._while_waiting: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self.system.share()
        self.elsewhere.share()
        return self

    def __exit__(self, *exc: object) -> None:
        self.system.close()
        self.elsewhere.close()

    def adapter(self) -> Adapter:
        return self._adapter(self.settings)

    async def open_case(self, cells: Cells) -> CaseRef:
        ref = self.system.open_case(cells, references={"archief": "A-77", "balie": "B-12"})
        return CaseRef(ref)

    async def set(self, ref: CaseRef, path: str, value: JsonValue) -> None:
        self.system.set(ref, path, value)

    async def add(self, ref: CaseRef, field: str, item: Item) -> None:
        self.system.add(ref, field, item)

    async def attach(self, ref: CaseRef, document: Item, content: Source) -> None:
        key = self.system.new_key("documents")
        writer = self.system.content_writer(key, 1)
        for piece in content():
            writer.write(piece)
        held = {**document, "digest": writer.finish(), "size_bytes": writer.size_bytes}
        self.system.add(ref, "documents", held, key=key)

    async def delete(self, ref: CaseRef) -> None:
        self.system.delete(ref)

    async def show_more(self, ref: CaseRef) -> None:
        self.system.note_extra(ref, "rollen/contactpersoon", "P. Özdemir-Łukasz")

    async def shows(self, ref: CaseRef) -> Cells:
        return self.system.cells(ref)

    async def others(self, ref: CaseRef) -> JsonValue:
        references = self.system.case(ref).references
        return {name: value for name, value in references.items() if name != APPLICATION}

    async def content_digest(self, ref: CaseRef, title: str) -> str:
        found: list[dict[str, Any]] = [
            item for _, item in self.system.case(ref).items("documents") if item["title"] == title
        ]
        newest = max(found, key=lambda item: item["version"])
        digest = hashlib.sha256()
        for piece in self.system.content(newest["key"], newest["version"]) or ():
            digest.update(piece)
        return digest.hexdigest()

    async def bearing(self, mark: Mark) -> Sequence[CaseRef]:
        return [CaseRef(ref) for ref in self.system.bearing(APPLICATION, mark)]

    async def effects(self) -> Sequence[str]:
        writes = self.system.writes_by(self.settings.account)
        return [f"{write.what} {write.ref} {write.path}" for write in writes]

    async def leftovers(self) -> Sequence[str]:
        return self.system.leftovers()

    async def pushes(self) -> Sequence[Push]:
        arrived, self._arrived = self._arrived, []
        return [push for url, push in arrived if url.startswith(self.callback_url)]

    def sign(self, body: bytes) -> Push:
        return signed(body, self.settings.push_secret.get_secret_value())

    async def wait(self, duration: timedelta) -> None:
        self.moment += duration
        self.system.catch_up()

    def supports(self, fault: Fault) -> bool:
        return fault in _FAULTS or fault in {Fault.WRONG_SECRET, Fault.UNFINDABLE}

    def breaking(
        self, fault: Fault, *, path: str = "", value: JsonValue = None
    ) -> AbstractAsyncContextManager[None]:
        return self._breaking(fault, path, value)

    @asynccontextmanager
    async def _breaking(self, fault: Fault, path: str, value: JsonValue) -> AsyncIterator[None]:
        if fault in _FAULTS:
            trouble = _FAULTS[fault]()
            trouble.path = path if path and fault is Fault.REFUSES else None
            trouble.to = self.elsewhere.name
            self.system.faults.switch_on(trouble)
        if fault is Fault.WRONG_SECRET:
            self.system.secret = "een-ander"  # noqa: S105 - of a system that lives for one case
        if fault is Fault.UNFINDABLE:
            self.system.findable_after = self.settings.settles_within
        if fault is Fault.EDIT_BETWEEN:
            self._while_waiting = lambda: self._typed_by_a_person(path, value)
        try:
            yield
        finally:
            self.system.faults.switch_off()
            self.system.secret = self.settings.secret.get_secret_value()
            self.system.findable_after = timedelta(0)
            self._while_waiting = lambda: None

    def _typed_by_a_person(self, path: str, value: JsonValue) -> None:
        for ref in self.system.refs():
            with suppress(CaseLocked):  # they see that it is in use, and wait
                self.system.set(ref, path, value)

    async def heard_elsewhere(self) -> int:
        return self.elsewhere.calls.total()

    def renders(self, path: str, value: JsonValue) -> JsonValue:
        return self.system.rendering.of(path, value)

    async def _sleep(self, seconds: float) -> None:
        if seconds >= _FOREVER.total_seconds():
            await asyncio.Event().wait()
        self._while_waiting()
        self.moment += timedelta(seconds=seconds)
