"""
The edge: all I/O with one agency's case system, and nothing else.

Hints become Observations, Commands become Receipts. Both are rows in the edge's own small store
before anything is acknowledged or answered, and go out through its outbox. An edge works only
while it holds the lease of its agency; the lease's epoch stands in every stamp, so that what a
forgotten edge still says is known to be old.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from bridge.broker.base import Broker, Delivery
from bridge.broker.senders import ANYBODY, FalseSender, Senders
from bridge.broker.topology import commands_queue, hints_queue
from bridge.clock import Now
from bridge.content import Staging
from bridge.edge.admission import Admission
from bridge.edge.bell import Bell
from bridge.edge.breaker import Breaker
from bridge.edge.contact import Contact
from bridge.edge.ensure import Ensurer
from bridge.edge.hints import Hints
from bridge.edge.jobs import Jobs, Kind
from bridge.edge.lag import Lag
from bridge.edge.lease import Lease
from bridge.edge.polling import Polling
from bridge.edge.reading import Missed, Reader
from bridge.edge.rounds import Rounds
from bridge.edge.saving import Saving
from bridge.edge.underway import Underway
from bridge.engine.scope import Scope
from bridge.metrics import Meters
from bridge.outbox import Outbox, row_for
from bridge.scan import Scanner
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from bridge.store.errors import LeaseLost, StoreError
from bridge.store.records import Answered, CommandRow, Finished, HintRow, Known, OutboxRow
from contracts.adapter import Adapter, Heard, Relates
from contracts.case import Document
from contracts.envelope import Undecodable, decode
from contracts.errors import AdapterError, Denied, Garbled, Gone, NotFound, Unreachable
from contracts.ids import AgencyId, CaseRef, CommandId
from contracts.messages import (
    Cause,
    Command,
    Hint,
    Lane,
    Missing,
    Observation,
    OutOfScope,
    Receipt,
    Refused,
    Result,
    Seen,
    Settled,
    Sight,
    Unanswered,
    Unreadable,
    Waiting,
)
from contracts.messages import Sequence as Stamp
from contracts.snapshot import Snapshot

log = structlog.get_logger(__name__)

T = TypeVar("T")

_TAKE: Final = 50
_PENDING: Final = 500
_LONGEST_REST: Final = timedelta(hours=1)
_TIDY_EVERY: Final = 300.0
"""Seconds, at most."""
_STORE_PAUSE: Final = 1.0
"""Seconds, while the store is away."""


class Edge:
    """The worker for one agency."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        adapter: Adapter,
        scope: Callable[[], Scope],
        store: EdgeStore,
        broker: Broker,
        content: Staging,
        settings: EdgeSettings,
        breaker: Breaker,
        source: str,
        holder: str,
        now: Now,
        senders: Senders = ANYBODY,
        meters: Meters | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        self.agency = agency
        self._meters = meters or Meters()
        self._senders = senders
        self._adapter, self._scope, self._store, self._broker = adapter, scope, store, broker
        self._settings, self._breaker, self._content = settings, breaker, content
        self._source, self._holder, self._now = source, holder, now
        self._lease = Lease(agency=agency, store=store, holder=holder, term=settings.lease, now=now)
        self._bell = Bell(now)
        self._hints = Hints(
            agency=agency, store=store, bell=self._bell, meters=self._meters, now=now
        )
        self._contact = contact = Contact(
            agency=agency,
            adapter=adapter,
            breaker=breaker,
            lease=self._lease,
            store=store,
            settings=settings,
            bell=self._bell,
            now=now,
        )
        self._polling = Polling(
            agency=agency,
            adapter=adapter,
            store=store,
            hints=self._hints,
            contact=contact,
            breaker=breaker,
            lease=self._lease,
            settings=settings,
        )
        self._rounds = Rounds(
            agency=agency,
            store=store,
            hints=self._hints,
            contact=contact,
            breaker=breaker,
            lease=self._lease,
            settings=settings,
            now=now,
        )
        self._outbox = Outbox(store, broker, sender=agency, now=now)
        self._saving = Saving(agency=agency, store=store, lease=self._lease, outbox=self._outbox)
        lag = Lag(lambda: contact.capabilities.read_lag)
        underway = Underway(agency, store, now)
        self._reader = Reader(
            agency=agency,
            adapter=adapter,
            scope=scope,
            stamps=self._lease,
            content=content,
            digests=store,
            underway=underway,
            patience=settings.request_timeout,
            large=settings.large_document_bytes,
            lag=lag,
            now=now,
        )
        self._ensurer = Ensurer(
            adapter=adapter,
            capabilities=lambda: contact.capabilities,
            scope=scope,
            reader=self._reader,
            content=content,
            admission=Admission(scanner, content, now=now),
            underway=underway,
            breaker=breaker,
            now=now,
            begin=lambda command: store.begin(command, now()),
            while_ours=self._lease.kept,
            lag=lag,
            patience=settings.request_timeout,
            document_patience=settings.document_timeout,
        )
        most = settings.concurrency
        self._jobs = Jobs(
            agency=agency,
            most={
                Kind.LOOK: most,
                Kind.FACTS: most,
                Kind.DOCUMENTS: max(1, most // 2),
                Kind.LARGE: max(1, most // 3),
            },
            is_down=lambda: self._breaker.is_down,
            bell=self._bell,
            now=now,
        )
        self._meters.edge(
            agency,
            is_up=lambda: not breaker.is_down,
            is_held=self._lease.is_held.is_set,
            epoch=lambda: self._lease.epoch,
        )
        self._is_stopping = False
        self._commands: dict[CommandId, Command | None] = {}

    async def run(self) -> None:
        """Work until cancelled. Trouble with store, broker or system is waited out."""
        async with asyncio.TaskGroup() as tasks:
            for loop in (
                self._lease.hold,
                self._take_hints,
                self._take_commands,
                self._work,
                self._saving.run,
                self._outbox.run,
                self._contact.come_up,
                self._polling.run,
                self._rounds.patrol,
                self._rounds.sweep,
                self._tidy,
                self._contact.report,
            ):
                tasks.create_task(self._kept_alive(loop), name=f"{self.agency}:{loop.__qualname__}")

    async def drain(self) -> None:
        """Begin nothing new, and wait until what was begun is done and saved."""
        self._is_stopping = True
        await self._jobs.idle()

    async def keep(self, agency: AgencyId, heard: Heard) -> None:
        """Make the hints of a push durable; they are looked at after a moment, folded."""
        del agency
        await self._hints.keep(heard.refs, Cause.PUSH, self._now() + self._settings.fold_for)

    async def sweep(self) -> int:
        """Ask to look at every case that is known; give how many there are."""
        return await self._rounds.sweep_once()

    # Loops

    async def _kept_alive(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a loop again after trouble that passes; anything else is a bug and ends the edge."""
        while True:
            try:
                await loop()
            except LeaseLost as error:
                log.warning("lease_lost", agency=self.agency, why=str(error))
                self._lease.lose()
            except StoreError as error:
                log.warning("edge_waits", agency=self.agency, why=str(error))
            else:
                return
            await asyncio.sleep(1.0)

    async def _take_commands(self) -> None:
        async with aclosing(self._taken(commands_queue(self.agency), self._row)) as taken:
            async for commands in taken:
                accepted = await self._durably(partial(self._store.accept, commands))
                if accepted.answered:
                    self._outbox.nudge()

    async def _take_hints(self) -> None:
        async with aclosing(self._taken(hints_queue(self.agency), self._as_hint)) as taken:
            async for hints in taken:
                await self._durably(partial(self._store.hint, hints))

    async def _durably(self, save: Callable[[], Awaitable[T]]) -> T:
        """
        Save what was taken from the broker as soon as the store is there.

        It is kept meanwhile: given back again and again it would end among the dead letters.
        """
        is_told = False
        while True:
            try:
                return await save()
            except StoreError as error:
                if not is_told:
                    log.warning("edge_waits", agency=self.agency, why=str(error))
                is_told = True
                await asyncio.sleep(_STORE_PAUSE)

    async def _taken(
        self, queue: str, read: Callable[[Delivery], T]
    ) -> AsyncGenerator[Sequence[T], None]:
        """Give what comes in, as read; it is acknowledged once the caller has made it durable."""
        await self._lease.is_held.wait()
        async with self._broker.subscribe(queue, prefetch=2 * _TAKE) as subscription:
            while True:
                readable: list[Delivery] = []
                found: list[T] = []
                deliveries = await subscription.take(_TAKE)
                self._meters.taken(queue, deliveries)
                for delivery in deliveries:
                    try:
                        found.append(read(delivery))
                    except (Undecodable, FalseSender) as error:
                        log.warning("dead_letter", agency=self.agency, why=str(error))
                        self._meters.dead_letter(queue, error)
                        await subscription.dead_letter(delivery, str(error))
                    else:
                        readable.append(delivery)
                yield found
                await subscription.done(readable)
                self._bell.ring()

    def _as_hint(self, delivery: Delivery) -> Hint:
        hint = decode(delivery.body).data
        if not isinstance(hint, Hint) or hint.agency != self.agency:
            msg = f"no Hint for {self.agency}"
            raise Undecodable(msg)
        return hint

    def _row(self, delivery: Delivery) -> CommandRow:
        command = decode(delivery.body).data
        if not isinstance(command, Command) or command.agency != self.agency:
            msg = f"no Command for {self.agency}"
            raise Undecodable(msg)
        self._senders.check_hub(delivery)
        return CommandRow(
            id=command.id,
            agency=self.agency,
            ref=command.ref,
            link=command.link,
            body=delivery.body,
            at=self._now(),
        )

    async def _work(self) -> None:
        """Begin what is due, each case and lane by itself, a bounded number at a time."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._lease.is_held.wait()
                try:
                    if not self._is_stopping:
                        await self._begin_what_is_due(tasks)
                except StoreError as error:
                    # Not let out of the group: it would end what runs, in the midst of a write.
                    log.warning("edge_waits", agency=self.agency, why=str(error))
                await self._bell.wait()

    async def _begin_what_is_due(self, tasks: asyncio.TaskGroup) -> None:
        self._jobs.look()
        await self._begin_commands(tasks)
        if not self._breaker.is_open and self._jobs.has_room(Kind.LOOK):
            await self._begin_looks(tasks)

    async def _begin_commands(self, tasks: asyncio.TaskGroup) -> None:
        # Those that cannot begin now are not to hide the ones behind them.
        most = _PENDING + self._jobs.held
        rows = await self._store.pending(self.agency, most)
        before = self._commands
        self._commands = {
            row.id: before[row.id] if row.id in before else self._read_command(row) for row in rows
        }
        if len(rows) == most:
            self._jobs.fall_behind()
        for row in rows:
            command = self._commands[row.id]
            if command is None:
                continue
            kind = self._kind(command)
            self._jobs.start(tasks, kind, _place(row, command), partial(self._obey, row, command))

    async def _begin_looks(self, tasks: asyncio.TaskGroup) -> None:
        most = _TAKE + self._jobs.held
        hints = await self._store.due_hints(self.agency, self._now(), most)
        if len(hints) == most:
            self._jobs.fall_behind()
        for hint in hints:
            look = partial(self._observe, hint, tasks)
            self._jobs.start(tasks, Kind.LOOK, f"{hint.ref}|look", look)

    def _kind(self, command: Command) -> Kind:
        """Say beside which others a Command waits for room."""
        if command.stage or _most_bytes(command) > self._settings.large_document_bytes:
            return Kind.LARGE
        return Kind.DOCUMENTS if command.lane is Lane.DOCUMENTS else Kind.FACTS

    def _read_command(self, row: CommandRow) -> Command | None:
        """Read a Command that was taken in; one of another release waits for that release."""
        try:
            command = decode(row.body).data
        except Undecodable as error:
            log.warning("command_not_read", agency=self.agency, link=row.link, why=str(error))
            return None
        return command if isinstance(command, Command) else None

    async def _tidy(self) -> None:
        await self._lease.is_held.wait()
        await self._store.forget_transfers(self.agency)
        while True:
            try:
                options = self._settings
                await self._content.sweep(options.keep_content, options.keep_used_content)
            except OSError as error:
                log.warning("content_not_swept", agency=self.agency, why=error.strerror)
            await self._store.prune(self._now() - self._settings.keep_content)
            await asyncio.sleep(min(self._settings.keep_used_content.total_seconds(), _TIDY_EVERY))

    # One case

    async def _observe(self, hint: HintRow, tasks: asyncio.TaskGroup) -> None:
        epoch = self._lease.epoch
        refs = await self._cases(hint)
        if refs is None:
            return
        rows: list[OutboxRow] = []
        seen: list[Known] = []
        later = False
        for ref in refs:
            try:
                sight, stamp, at = await self._look(ref)
            except (Unreachable, Denied) as error:
                self._contact.note(error)
                await self._look_later(hint, self._breaker.until)
                return
            except (TimeoutError, OSError) as error:
                # A document that takes too long, or no room for it: this case alone waits.
                log.warning("look_waits", agency=self.agency, why=type(error).__name__)
                await self._look_later(hint)
                return
            if isinstance(sight, OutOfScope | Missing) and not await self._is_known(ref):
                # Never told of before: it is nobody's business now.
                continue
            observation = Observation(
                agency=self.agency, ref=ref, sequence=stamp, cause=hint.cause, at=at, sight=sight
            )
            rows.append(self._outgoing(observation, f"{self.agency}-{stamp.epoch}-{stamp.counter}"))
            seen.append(Known(self.agency, ref, at, _digest(sight)))
            if isinstance(sight, Seen) and _comes_later(sight.snapshot):
                later = True
                self._jobs.start(tasks, Kind.LARGE, f"{ref}|large", partial(self._fetch, ref))
        done = () if later else (hint,)
        finished = Finished(done, outgoing=tuple(rows), seen=tuple(seen))
        await self._saving.finish(epoch, finished)
        if later:
            # Looked at again also where this process ends before it has the content.
            await self._hints.put_back(hint, self._now() + self._settings.patience_longest)

    async def _fetch(self, ref: CaseRef) -> None:
        """Make the large documents of a case available, and have that told."""
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                await self._reader.fetch(ref)
        except (AdapterError, TimeoutError, OSError) as error:
            # Gone on with from what lies there by now, when the case is looked at again.
            log.warning("content_waits", agency=self.agency, why=str(error) or "it takes long")
            if isinstance(error, Unreachable | Denied):
                self._contact.note(error)
            return
        await self._hints.keep([ref], Cause.REQUEST, self._now())

    async def _is_known(self, ref: CaseRef) -> bool:
        return ref in await self._store.known_cases(self.agency, [ref])

    async def _look_later(self, hint: HintRow, not_before: datetime | None = None) -> None:
        """Look again when the system may be back, or for one case alone after ever longer waits."""
        wait = min(self._settings.patience_first * 2 ** min(hint.tries, 20), _LONGEST_REST)
        due_at = not_before or self._now() + wait
        await self._hints.put_back(hint, due_at)

    async def _cases(self, hint: HintRow) -> Sequence[CaseRef] | None:
        """Find the cases that a hint is about; ``None`` where that must wait."""
        if not isinstance(self._adapter, Relates):
            return [hint.ref]
        try:
            async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                return await self._adapter.cases_of(hint.ref)
        except NotFound:
            return []
        except (Unreachable, Denied, TimeoutError) as error:
            self._contact.note(error)
            await self._look_later(hint, self._breaker.until)
        except AdapterError as error:
            log.warning("hint_not_understood", agency=self.agency, why=str(error))
            await self._look_later(hint)
        except Exception:
            log.exception("adapter_bug", agency=self.agency)
            await self._look_later(hint)
        return None

    async def _look(self, ref: CaseRef) -> tuple[Sight, Stamp, datetime]:
        epoch = self._lease.epoch
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                reading = await self._reader.try_read(ref)
        except (Unreachable, Denied, OSError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001  # told, and logged where it is a bug
            return self._not_seen(error), self._lease.stamp(epoch), self._now()
        self._breaker.worked()
        if isinstance(reading, Missed):
            return self._not_seen(reading.error), reading.sequence, reading.at
        if reading.confined is None:
            return OutOfScope(), reading.sequence, reading.at
        return Seen(snapshot=reading.confined), reading.sequence, reading.at

    def _not_seen(self, error: Exception) -> Sight:
        """Say what is to be told of a case that could not be read."""
        if isinstance(error, NotFound):
            return Missing(gone=isinstance(error, Gone))
        if isinstance(error, AdapterError):
            if isinstance(error, Garbled):
                self._breaker.parked()
            return Unreadable(detail=str(error))
        # A bug in the adapter: this case parks, the worker lives.
        log.error("adapter_bug", agency=self.agency, exc_info=error)
        self._breaker.parked()
        return Unreadable(detail="the adapter failed on this case; see the log")

    async def _obey(self, row: CommandRow, command: Command) -> None:
        epoch = self._lease.epoch
        result = await self._result(row, command)
        if result is None:
            until = max(self._breaker.until, self._now() + self._settings.patience_first)
            self._jobs.rest(_place(row, command), until)
            self._bell.ring_at(until)
            return
        if isinstance(result, Waiting) and command.ref is not None:
            # Looked at as soon as the system is back, so that the hub need not wait for its timer.
            await self._hints.keep([command.ref], Cause.REQUEST, self._breaker.until)
        at = self._now()
        receipt = Receipt(
            command=command.id,
            link=command.link,
            agency=self.agency,
            lane=command.lane,
            at=at,
            result=result,
        )
        outgoing = self._outgoing(receipt, f"receipt-{command.id}")
        seen: tuple[Known, ...] = ()
        if isinstance(result, Settled):
            digest = _digest(Seen(snapshot=result.snapshot))
            if _comes_later(result.snapshot):
                await self._hints.keep([result.ref], Cause.REQUEST, at)
            seen = (Known(self.agency, result.ref, at, digest, command.link),)
        finished = Finished(answered=(Answered(command.id, outgoing),), seen=seen)
        await self._saving.finish(epoch, finished)

    async def _result(self, row: CommandRow, command: Command) -> Result | None:
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                return await self._ensurer.ensure(command, row.begun_at)
        except TimeoutError:
            return self._unanswered(command, "it took longer than a command may")
        except OSError as error:
            log.warning("content_waits", agency=self.agency, why=error.strerror)
            return self._unanswered(command, "there is no room for the content of documents")
        except StoreError:
            raise
        except Exception:
            log.exception("adapter_bug", agency=self.agency, link=command.link)
            self._breaker.parked()
            return Refused(reason="bug", detail="the adapter failed on this case; see the log")

    def _unanswered(self, command: Command, detail: str) -> Result | None:
        if command.ref is None:
            return None
        return Unanswered(detail=detail) if command.patch.changes else Waiting(detail=detail)

    # Small things

    def _outgoing(self, message: Observation | Receipt, id_: str) -> OutboxRow:
        return row_for(message, id_=id_, source=self._source, sender=self.agency, at=self._now())


def _place(row: CommandRow, command: Command) -> str:
    return f"{row.ref or row.link}|{command.lane}"


def _most_bytes(command: Command) -> int:
    """Give the size of the largest content that a Command brings."""
    documents = [
        Document.model_validate(change.become)
        for change in command.patch.changes
        if change.content is not None and change.become is not None
    ]
    return max((document.size_bytes or 0 for document in documents), default=0)


def _comes_later(snapshot: Snapshot) -> bool:
    """Tell whether the content of a document is still to be fetched."""
    documents = snapshot.case.documents
    return any(each.content is not None and each.digest is None for each in documents)


def _digest(sight: Sight) -> str:
    return hashlib.sha256(sight.model_dump_json().encode()).hexdigest()[:16]
