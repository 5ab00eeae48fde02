"""The parts of an edge: made and joined here, wherever it is to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from bridge.broker.base import Broker
from bridge.broker.senders import ANYBODY, Senders
from bridge.clock import Now
from bridge.content import Staging
from bridge.edge.admission import Admission
from bridge.edge.answer import Answerer
from bridge.edge.bell import Bell
from bridge.edge.breaker import Breaker
from bridge.edge.contact import Contact
from bridge.edge.create import Creator
from bridge.edge.ensure import Ensurer
from bridge.edge.hints import Hints
from bridge.edge.inbox import Inbox
from bridge.edge.jobs import Jobs, Kind
from bridge.edge.lag import Lag
from bridge.edge.lease import Lease
from bridge.edge.locking import Locking
from bridge.edge.observe import Observer
from bridge.edge.pace import Pace
from bridge.edge.polling import Polling
from bridge.edge.reading import Reader
from bridge.edge.rounds import Rounds
from bridge.edge.saving import Saving
from bridge.edge.sight import Looks
from bridge.edge.tidying import Tidying
from bridge.edge.underway import Underway
from bridge.edge.work import Work
from bridge.edge.worker import Edge
from bridge.edge.write import Writer
from bridge.engine.scope import Scope
from bridge.metrics.meters import Meters
from bridge.outbox import Outbox, row_for
from bridge.scan import Scanner
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from bridge.store.records import OutboxRow
from contracts.adapter import Adapter, Capabilities
from contracts.ids import AgencyId, CommandId
from contracts.messages import Observation, Receipt


@dataclass(kw_only=True)
class EdgeParts:
    """
    What an edge is made of: what is given, and each part once.

    Attributes:
        adapter: Speaks with the agency's system; entered already.
        scope: Gives what may leave, by the rules that hold now.
        breaker: Says when the system is left alone.
        source: Who sends, as envelopes name it.
        holder: Who holds the lease; another name for each life of a process.
        senders: Who is believed to be the hub.
        scanner: Looks into content before it enters; without one all may.
        pace: Of all edges in this process.
    """

    agency: AgencyId
    adapter: Adapter
    scope: Callable[[], Scope]
    store: EdgeStore
    broker: Broker
    content: Staging
    settings: EdgeSettings
    breaker: Breaker
    source: str
    holder: str
    now: Now
    senders: Senders = ANYBODY
    meters: Meters = field(default_factory=Meters)
    scanner: Scanner | None = None
    pace: Pace = field(default_factory=Pace)

    def joined(self) -> Edge:
        """Give the edge, and have its state told whenever somebody asks."""
        self.meters.edge(
            self.agency,
            is_up=lambda: not self.breaker.is_down,
            is_held=self._lease.is_held.is_set,
            epoch=lambda: self._lease.epoch,
        )
        return Edge(
            agency=self.agency,
            lease=self._lease,
            inbox=self._inbox,
            work=self._work,
            saving=self._saving,
            outbox=self._outbox,
            contact=self._contact,
            polling=self._polling,
            rounds=self._rounds,
            tidying=self._tidying,
            locking=self._locking,
            hints=self._hints,
            fold_for=self.settings.fold_for,
            now=self.now,
        )

    def _wrap(self, message: Observation | Receipt, id_: str) -> OutboxRow:
        return row_for(message, id_=id_, source=self.source, sender=self.agency, at=self.now())

    def _capabilities(self) -> Capabilities:
        return self._contact.capabilities

    async def _begin(self, command: CommandId) -> None:
        await self.store.begin(command, self.now())

    @cached_property
    def _bell(self) -> Bell:
        return Bell(self.now)

    @cached_property
    def _lease(self) -> Lease:
        return Lease(
            agency=self.agency,
            store=self.store,
            holder=self.holder,
            term=self.settings.lease,
            now=self.now,
        )

    @cached_property
    def _outbox(self) -> Outbox:
        return Outbox(self.store, self.broker, sender=self.agency, now=self.now)

    @cached_property
    def _saving(self) -> Saving:
        return Saving(agency=self.agency, store=self.store, lease=self._lease, outbox=self._outbox)

    @cached_property
    def _hints(self) -> Hints:
        return Hints(
            agency=self.agency,
            store=self.store,
            bell=self._bell,
            meters=self.meters,
            now=self.now,
        )

    @cached_property
    def _contact(self) -> Contact:
        return Contact(
            agency=self.agency,
            adapter=self.adapter,
            breaker=self.breaker,
            lease=self._lease,
            store=self.store,
            settings=self.settings,
            bell=self._bell,
            now=self.now,
        )

    @cached_property
    def _polling(self) -> Polling:
        return Polling(
            agency=self.agency,
            adapter=self.adapter,
            store=self.store,
            hints=self._hints,
            contact=self._contact,
            breaker=self.breaker,
            lease=self._lease,
            settings=self.settings,
        )

    @cached_property
    def _rounds(self) -> Rounds:
        return Rounds(
            agency=self.agency,
            store=self.store,
            hints=self._hints,
            contact=self._contact,
            breaker=self.breaker,
            lease=self._lease,
            settings=self.settings,
            now=self.now,
        )

    @cached_property
    def _tidying(self) -> Tidying:
        return Tidying(
            agency=self.agency,
            store=self.store,
            content=self.content,
            lease=self._lease,
            settings=self.settings,
            now=self.now,
        )

    @cached_property
    def _locking(self) -> Locking:
        return Locking(
            agency=self.agency,
            store=self.store,
            adapter=self.adapter,
            breaker=self.breaker,
            is_held=self._lease.is_held,
            while_ours=self._lease.kept,
            patience=self.settings.request_timeout,
            document_patience=self.settings.document_timeout,
            now=self.now,
        )

    @cached_property
    def _inbox(self) -> Inbox:
        return Inbox(
            agency=self.agency,
            store=self.store,
            broker=self.broker,
            senders=self.senders,
            lease=self._lease,
            outbox=self._outbox,
            bell=self._bell,
            meters=self.meters,
            now=self.now,
        )

    @cached_property
    def _lag(self) -> Lag:
        return Lag(lambda: self._contact.capabilities.read_lag)

    @cached_property
    def _underway(self) -> Underway:
        return Underway(
            self.agency, self.store, self.now, self.pace, self.settings.large_document_bytes
        )

    @cached_property
    def _reader(self) -> Reader:
        return Reader(
            agency=self.agency,
            adapter=self.adapter,
            scope=self.scope,
            stamps=self._lease,
            content=self.content,
            digests=self.store,
            underway=self._underway,
            patience=self.settings.request_timeout,
            large=self.settings.large_document_bytes,
            lag=self._lag,
            now=self.now,
        )

    @cached_property
    def _creator(self) -> Creator:
        return Creator(
            adapter=self.adapter,
            capabilities=self._capabilities,
            content=self.content,
            breaker=self.breaker,
            now=self.now,
            begin=self._begin,
            while_ours=self._lease.kept,
            lag=self._lag,
            patience=self.settings.request_timeout,
        )

    @cached_property
    def _writer(self) -> Writer:
        return Writer(
            adapter=self.adapter,
            capabilities=self._capabilities,
            scope=self.scope,
            reader=self._reader,
            content=self.content,
            admission=Admission(self.scanner, self.content, now=self.now),
            underway=self._underway,
            locking=self._locking,
            breaker=self.breaker,
            while_ours=self._lease.kept,
            lag=self._lag,
            patience=self.settings.request_timeout,
            document_patience=self.settings.document_timeout,
        )

    @cached_property
    def _ensurer(self) -> Ensurer:
        return Ensurer(
            creator=self._creator,
            writer=self._writer,
            reader=self._reader,
            content=self.content,
            capabilities=self._capabilities,
            breaker=self.breaker,
            now=self.now,
            begin=self._begin,
        )

    @cached_property
    def _jobs(self) -> Jobs:
        most = self.settings.concurrency
        return Jobs(
            agency=self.agency,
            most={
                Kind.LOOK: most,
                Kind.FACTS: most,
                Kind.DOCUMENTS: max(1, most // 2),
                Kind.LARGE: max(1, most // 3),
            },
            is_down=lambda: self.breaker.is_down,
            bell=self._bell,
            pace=self.pace,
            now=self.now,
        )

    @cached_property
    def _looks(self) -> Looks:
        return Looks(
            agency=self.agency,
            reader=self._reader,
            breaker=self.breaker,
            lease=self._lease,
            patience=self.settings.document_timeout,
            now=self.now,
        )

    @cached_property
    def _observer(self) -> Observer:
        return Observer(
            agency=self.agency,
            adapter=self.adapter,
            looks=self._looks,
            reader=self._reader,
            contact=self._contact,
            breaker=self.breaker,
            hints=self._hints,
            jobs=self._jobs,
            saving=self._saving,
            lease=self._lease,
            store=self.store,
            settings=self.settings,
            wrap=self._wrap,
            now=self.now,
        )

    @cached_property
    def _answerer(self) -> Answerer:
        return Answerer(
            agency=self.agency,
            ensurer=self._ensurer,
            breaker=self.breaker,
            hints=self._hints,
            saving=self._saving,
            lease=self._lease,
            settings=self.settings,
            wrap=self._wrap,
            now=self.now,
        )

    @cached_property
    def _work(self) -> Work:
        return Work(
            agency=self.agency,
            store=self.store,
            observer=self._observer,
            answerer=self._answerer,
            jobs=self._jobs,
            bell=self._bell,
            breaker=self.breaker,
            lease=self._lease,
            large_bytes=self.settings.large_document_bytes,
            now=self.now,
        )
