"""
The partners: VRU and GGD, who have cases of their own that nobody keeps alike.

Their events are played into memory systems behind the same adapter boundary; the bridge is not
told of them. A route ``as: related-case`` only refers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from bridge.demo.histories import Event, History
from bridge.registry import adapter_class
from contracts.adapter import Adapter
from contracts.case import Cells, Document, cells_of
from contracts.ids import CaseRef, Mark
from contracts.patch import Change, Patch

PARTNERS: Final = ("vru", "ggd")


class _NoContents:
    """The partners' documents are named here and their contents left out."""

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise LookupError(document.key)


def numbers_of(histories: Iterable[History]) -> frozenset[str]:
    """Give the numbers of the partners' cases that histories speak of."""
    events = [event for history in histories for event in history.events]
    asked = {e.data["number"] for e in events if e.data.get("to") in PARTNERS}
    return frozenset(map(str, asked | {e.data["case"] for e in events if e.agency in PARTNERS}))


@dataclass(slots=True)
class Partners:
    """
    The systems of the partners, kept in the demo's folder.

    Attributes:
        numbers: Of their cases.
    """

    folder: Path
    numbers: frozenset[str]
    _systems: dict[str, Adapter] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        self.folder.mkdir(exist_ok=True)
        kind = adapter_class("memory")
        for agency in PARTNERS:
            settings = kind.Settings.model_validate(
                {"system": f"demo-{agency}", "path": self.folder / f"{agency}.sqlite"}
            )
            self._systems[agency] = await self._stack.enter_async_context(kind(settings))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def ask(self, history: History, event: Event) -> None:
        """Open the case at a partner that a case of ours refers to."""
        agency = event.data["to"]
        if agency in self._systems:
            number = str(event.data["number"])
            registers = {"number": number, "case_type": event.data["case_type"]}
            await self._create(agency, number, registers, event)

    async def _create(
        self, agency: str, number: str, registers: dict[str, str], event: Event
    ) -> CaseRef:
        system, mark = self._systems[agency], Mark(number[:26])
        if found := await system.find(mark):
            return found[0]
        changes = tuple(Change(path=path, become=value) for path, value in registers.items())
        patch = Patch(changes=changes, at=event.at, by=event.by)
        return await system.create(patch, mark=mark, contents=_NoContents(), key=number)

    async def do(self, history: History, event: Event) -> None:
        """Do what an event at a partner tells."""
        number = str(event.data["case"])
        system = self._systems[event.agency]
        ref = await self._create(event.agency, number, {"number": number}, event)
        snapshot = await system.read(ref)
        change = _change(event, cells_of(snapshot.case))
        if change is None or change.expect == change.become:
            return
        patch = Patch(changes=(change,), at=event.at, by=event.by)
        key = f"{number}-{event.seq}"
        await system.write(ref, patch, token=snapshot.token, contents=_NoContents(), key=key)

    async def words(self) -> str:
        """Give all that stands in the partners' systems, as one text to search in."""
        found: list[Any] = [
            [agency, (await system.read(ref)).model_dump(mode="json")]
            for agency, system in self._systems.items()
            for number in sorted(self.numbers)
            for ref in await system.find(Mark(number[:26]))
        ]
        return json.dumps(found, ensure_ascii=False)


def _change(event: Event, now: Cells) -> Change | None:
    match event.kind:
        case "status.set":
            return Change(path="status", expect=now.get("status"), become=str(event.data["status"]))
        case "result.set":
            return Change(path="result", expect=now.get("result"), become=str(event.data["result"]))
        case _:
            # What a partner files is its own; its own system would hold the document.
            return None
