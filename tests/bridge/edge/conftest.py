"""One edge's parts around one memory system, with a real store and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from adapters.memory import MemoryAdapter, MemorySettings, MemorySystem
from adapters.memory.faults import Fault, Method, Misbehaviour
from bridge.content import Blobs, ContentStore
from bridge.edge.admission import Admission
from bridge.edge.breaker import Breaker, Patience
from bridge.edge.create import Creator
from bridge.edge.ensure import Ensurer
from bridge.edge.lag import Lag
from bridge.edge.locking import Locking
from bridge.edge.pace import Pace
from bridge.edge.reading import Reader
from bridge.edge.underway import Underway
from bridge.edge.write import Writer
from bridge.engine.scope import scope_for
from bridge.scan import Scanner
from bridge.store import Store, open_store, provision
from bridge.store.records import CommandRow
from contracts.adapter import Adapter
from contracts.ids import AgencyId, CaseRef, CommandId, LinkId, Mark
from contracts.messages import Command, Lane, Result, Sequence
from contracts.patch import Change, Patch
from tests.bridge.engine.samples import RULES, ZUID

NOW = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)
LINK = LinkId("link-1")


class Stamps:
    """Gives stamps of one lease."""

    def __init__(self) -> None:
        self.epoch = 1
        self.counter = 0

    def stamp(self, epoch: int) -> Sequence:
        assert epoch == self.epoch
        self.counter += 1
        return Sequence(epoch, self.counter)


class Place:
    """Agency `zuid`: its system, its store, and the parts of its edge that do one case."""

    def __init__(self, store: Store, folder: Path, **settings: Any) -> None:
        self.store, self.at = store, NOW
        self.system = MemorySystem(str(folder), now=lambda: self.at).share()
        self.adapter: Adapter = MemoryAdapter(MemorySettings(system=str(folder), **settings))
        self.capabilities = MemorySettings(system=str(folder), **settings).capabilities()
        self.system.limits = self.capabilities.limits
        self.breaker = Breaker("zuid", Patience(), lambda: self.at)
        self.content = ContentStore(Blobs(MemoryStore()))
        self.scanner: Scanner | None = None
        self.begun: dict[str, datetime] = {}
        self.rules = RULES
        self.patience = timedelta(seconds=5)
        self._build()

    def use(self, adapter: Adapter) -> None:
        """Speak through another adapter."""
        self.adapter = adapter
        self._build()

    def use_scanner(self, scanner: Scanner) -> None:
        """Have contents looked into before they are written."""
        self.scanner = scanner
        self._build()

    def _build(self) -> None:
        lag = Lag(lambda: self.capabilities.read_lag)
        underway = Underway(ZUID, self.store, lambda: self.at, Pace(), 16)
        self.locking = Locking(
            agency=ZUID,
            store=self.store,
            adapter=self.adapter,
            breaker=self.breaker,
            is_held=asyncio.Event(),
            while_ours=nullcontext,
            patience=self.patience,
            document_patience=timedelta(minutes=30),
            now=lambda: self.at,
        )
        self.reader = Reader(
            agency=ZUID,
            adapter=self.adapter,
            scope=lambda: scope_for(ZUID, self.rules, self.at.date()),
            stamps=Stamps(),
            content=self.content,
            digests=self.store,
            underway=underway,
            patience=self.patience,
            large=1024 * 1024,
            lag=lag,
            now=lambda: self.at,
        )
        self.ensurer = Ensurer(
            creator=Creator(
                adapter=self.adapter,
                capabilities=lambda: self.capabilities,
                content=self.content,
                breaker=self.breaker,
                now=lambda: self.at,
                begin=self._begin,
                while_ours=nullcontext,
                lag=lag,
                patience=self.patience,
            ),
            writer=Writer(
                adapter=self.adapter,
                capabilities=lambda: self.capabilities,
                scope=lambda: scope_for(ZUID, self.rules, self.at.date()),
                reader=self.reader,
                content=self.content,
                admission=Admission(self.scanner, self.content, now=lambda: self.at),
                underway=underway,
                locking=self.locking,
                breaker=self.breaker,
                while_ours=nullcontext,
                lag=lag,
                patience=self.patience,
                document_patience=self.patience,
            ),
            reader=self.reader,
            content=self.content,
            capabilities=lambda: self.capabilities,
            breaker=self.breaker,
            now=lambda: self.at,
            begin=self._begin,
        )

    async def _begin(self, command: CommandId) -> None:
        self.begun[command] = self.at

    def open_case(self, **more: Any) -> CaseRef:
        """A case that the agreement covers."""
        shown = {
            "number": "Z-1", "case_type": "Z-1", "title": "Graafwerk", "participant": "GM1",
            "status": "10", "confidentiality": "openbaar",
        }  # fmt: skip
        return CaseRef(self.system.open_case({**shown, **more}))

    def fault(self, kind: Misbehaviour, *methods: Method, **more: Any) -> Fault:
        """Let a call go wrong."""
        return self.system.faults.switch_on(Fault(kind, frozenset(methods), **more))

    async def ensure(self, command: Command) -> Result | None:
        """Take a Command up, as a worker does that knows when it was begun."""
        return await self.ensurer.ensure(command, self.begun.get(command.id))

    async def after_a_crash(self, command: Command) -> Result | None:
        """Take it up in a process that remembers nothing but what is durable."""
        self._build()
        return await self.ensure(command)

    def cells(self, ref: str) -> dict[str, Any]:
        return self.system.cells(ref)

    def writes(self) -> list[str]:
        """What the bridge did to the system."""
        return [f"{each.what} {each.path}".strip() for each in self.system.writes_by("casebridge")]


def change(path: str, expect: Any, become: Any, **more: Any) -> Change:
    return Change(path=path, expect=expect, become=become, **more)


def update(ref: CaseRef | None, *changes: Change, **more: Any) -> Command:
    """A Command to make some changes true."""
    return Command(**{
        "id": CommandId("c-1"), "link": LINK, "agency": ZUID, "lane": Lane.FACTS, "ref": ref,
        "mark": Mark(LINK), "patch": Patch(changes=changes, at=NOW, reason="test"), **more,
    })  # fmt: skip


def create(**more: Any) -> Command:
    """A Command to make a counterpart."""
    return update(
        None,
        change("case_type", None, "Z-1"),
        change("title", None, "Graafwerk"),
        change("participant", None, "GM1"),
        change("status", None, "10"),
        change("confidentiality", None, "openbaar"),
        **more,
    )


def row_of(command: Command, body: bytes = b"") -> CommandRow:
    return CommandRow(command.id, AgencyId(ZUID), command.ref, command.link, body, NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real store in a file."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    await provision(url)
    store = await open_store(url, environment="test")
    yield store
    await store.close()


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Place:
    """An agency whose system can be searched for our mark, at once."""
    return Place(store, tmp_path / "zuid", create_guard=["mark"])
