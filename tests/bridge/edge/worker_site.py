"""An edge that works, and a hub's hands to give it Commands and take what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from obstore.store import MemoryStore

from adapters.memory import MemoryAdapter, MemorySettings, MemorySystem
from adapters.memory.faults import Fault, Method, Misbehaviour
from bridge.broker import Broker, Outgoing, Topology
from bridge.broker.embedded import EmbeddedBroker
from bridge.broker.senders import ANYBODY
from bridge.broker.topology import HUB_QUEUE
from bridge.content import Blobs, ContentStore
from bridge.edge import Edge, EdgeParts
from bridge.edge.breaker import Breaker, Patience
from bridge.engine.scope import scope_for
from bridge.outbox import row_for
from bridge.settings import EdgeSettings
from bridge.store import Store
from contracts.adapter import Adapter, Heard
from contracts.envelope import decode, source_of
from contracts.ids import CaseRef
from contracts.messages import Cause, Command, Hint, Observation, Receipt, Settled
from tests.bridge.engine.samples import RULES, ZUID

SOURCE = source_of("0" * 20, "casebridge")
TOPOLOGY = Topology.of(["noord", "zuid"])
START = datetime(2024, 6, 3, 12, 0, tzinfo=UTC)


class WorkerSite:
    """One agency's system, the broker, and whatever edges a test lets work."""

    def __init__(self, store: Store, folder: Path, **settings: Any) -> None:
        self.store, self.folder = store, folder
        self._ahead = START - datetime.now(UTC)
        path = settings.get("path")
        self.system = MemorySystem(str(folder / "system"), path=path, now=self.now).share()
        self.settings = MemorySettings(
            system=self.system.name, **{"intake": ["push"], "create_guard": ["mark"], **settings}
        )
        self.broker: Broker = EmbeddedBroker(folder / "broker.sqlite", expected=TOPOLOGY)
        self.senders = ANYBODY
        self.blobs = MemoryStore()
        self.told: list[Observation | Receipt] = []
        self.bodies: list[bytes] = []

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def open_case(self, **more: Any) -> CaseRef:
        shown = {
            "number": "Z-1", "case_type": "Z-1", "title": "Graafwerk", "participant": "GM1",
            "status": "10", "confidentiality": "openbaar",
        }  # fmt: skip
        return CaseRef(self.system.open_case({**shown, **more}))

    def fault(self, kind: Misbehaviour, *methods: Method, **more: Any) -> Fault:
        return self.system.faults.switch_on(Fault(kind, frozenset(methods), **more))

    def edge(self, holder: str = "one", adapter: Adapter | None = None, **settings: Any) -> Edge:
        patience = Patience(first=timedelta(seconds=0.2), longest=timedelta(seconds=0.2))
        options = EdgeSettings(**{
            "fold_for": timedelta(seconds=0.05), "patience_first": timedelta(seconds=0.2),
            "patience_longest": timedelta(seconds=0.2), **settings,
        })  # fmt: skip
        return EdgeParts(
            agency=ZUID,
            adapter=adapter or MemoryAdapter(self.settings),
            scope=lambda: scope_for(ZUID, RULES, START.date()),
            store=self.store,
            broker=self.broker,
            content=ContentStore(Blobs(self.blobs)),
            settings=options,
            breaker=Breaker("zuid", patience, self.now),
            source=SOURCE,
            holder=holder,
            now=self.now,
            senders=self.senders,
        ).joined()

    async def command(self, command: Command, times: int = 1) -> None:
        """Send a Command as the hub does."""
        for number in range(times):
            row = row_for(
                command, id_=f"m-{command.id}-{number}-{len(self.told)}", source=SOURCE,
                sender="hub", at=self.now(),
            )  # fmt: skip
            await self.publish(row.routing_key, row.body, row.id)

    async def publish(self, key: str, body: bytes, id_: str) -> None:
        confirmed = await self.broker.publish([Outgoing(id_, key, body)])
        assert list(confirmed) == [id_]

    async def hint(self, edge: Edge, *refs: str) -> None:
        await edge.keep(Heard(refs=tuple(map(CaseRef, refs))))

    async def hint_by_message(self, ref: str, *, ahead: timedelta = timedelta()) -> None:
        """Have a case looked at, as a console does whose clock is so far ahead."""
        at = self.now() + ahead
        hint = Hint(agency=ZUID, ref=CaseRef(ref), cause=Cause.SWEEP, at=at)
        row = row_for(hint, id_="h-1", source=SOURCE, sender="hub", at=self.now())
        await self.publish(row.routing_key, row.body, row.id)

    @asynccontextmanager
    async def working(self, *edges: Edge) -> AsyncIterator[None]:
        """Let edges work, and the hub listen."""
        tasks = [asyncio.create_task(edge.run()) for edge in edges]
        tasks.append(asyncio.create_task(self._listen()))
        try:
            yield
            for task in tasks:
                assert not task.done(), task.exception()
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    @asynccontextmanager
    async def working_alone(self, edge: Edge) -> AsyncIterator[None]:
        """Let one more edge work for a while."""
        task = asyncio.create_task(edge.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        async with self.broker.subscribe(HUB_QUEUE, prefetch=100) as subscription:
            while True:
                taken = await subscription.take(50)
                for delivery in taken:
                    message = decode(delivery.body).data
                    assert isinstance(message, Observation | Receipt)
                    self.told.append(message)
                    self.bodies.append(delivery.body)
                await subscription.done(taken)

    def observations(self) -> list[Observation]:
        return [each for each in self.told if isinstance(each, Observation)]

    def receipts(self) -> list[Receipt]:
        return [each for each in self.told if isinstance(each, Receipt)]

    async def receipt(self, count: int = 1) -> Receipt:
        await until(lambda: len(self.receipts()) >= count, f"{count} receipts")
        return self.receipts()[count - 1]

    async def sent(self) -> None:
        """Wait until the edge has let go of all that it sent."""
        async with asyncio.timeout(15):
            while (await self.store.outbox_stats(sender=ZUID)).size:  # in the store
                await asyncio.sleep(0.01)

    async def settled(self, count: int = 1) -> Settled:
        result = (await self.receipt(count)).result
        assert isinstance(result, Settled), result
        return result


async def until(holds: Callable[[], Any], what: str, seconds: float = 15) -> Any:
    """Wait, bounded, until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := holds()):  # of another's state
                await asyncio.sleep(0.01)
            return found
    except TimeoutError:
        msg = f"did not come about: {what}"
        raise AssertionError(msg) from None
