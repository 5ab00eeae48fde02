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
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from bridge.broker.base import Broker, Delivery
from bridge.broker.topology import commands_queue, hints_queue
from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.content import ContentFolder
from bridge.edge.ensure import Ensurer
from bridge.edge.reading import Reader
from bridge.engine.scope import Scope
from bridge.outbox import Outbox, row_for
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from bridge.store.errors import LeaseLost, StoreError
from bridge.store.records import Answered, CommandRow, Finished, HintRow, Known, OutboxRow
from contracts.adapter import Adapter, Capabilities, Heard, Hears, Polls, Relates
from contracts.envelope import Undecodable, decode
from contracts.errors import AdapterError, Denied, Garbled, Gone, NotFound, Throttled, Unreachable
from contracts.ids import AgencyId, CaseRef
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

log = structlog.get_logger(__name__)

T = TypeVar("T")

_TAKE: Final = 50
_PENDING: Final = 500
_LOOK_EVERY: Final = 0.5
"""Seconds; sooner where hints are folded for less."""
_SWEEP_PAGE: Final = 500
_RELEASE_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Lease:
    """The epoch under which this edge works, and its counter of readings."""

    epoch: int = 0
    counter: int = 0
    is_held: asyncio.Event = field(default_factory=asyncio.Event)

    def stamp(self) -> Stamp:
        self.counter += 1
        return Stamp(self.epoch, self.counter)


@dataclass(frozen=True, slots=True)
class _Done:
    """What is to be saved and sent, and who waits until it is saved."""

    finished: Finished
    rows: list[OutboxRow]
    saved: asyncio.Future[None]


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
        content: ContentFolder,
        settings: EdgeSettings,
        breaker: Breaker,
        source: str,
        holder: str,
        now: Now,
    ) -> None:
        self.agency = agency
        self._adapter, self._scope, self._store, self._broker = adapter, scope, store, broker
        self._settings, self._breaker, self._content = settings, breaker, content
        self._source, self._holder, self._now = source, holder, now
        self._lease = _Lease()
        self._capabilities: Capabilities = adapter.capabilities
        self._outbox = Outbox(store, broker, sender=agency, now=now)
        self._reader = Reader(
            agency=agency,
            adapter=adapter,
            scope=scope,
            stamp=self._lease.stamp,
            content=content,
            digests=store,
            now=now,
        )
        self._ensurer = Ensurer(
            adapter=adapter,
            capabilities=lambda: self._capabilities,
            scope=scope,
            reader=self._reader,
            content=content,
            breaker=breaker,
            now=now,
            begin=lambda command: store.begin(command, now()),
        )
        self._bell = asyncio.Event()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._busy: set[str] = set()
        self._not_before: dict[str, datetime] = {}
        self._done: asyncio.Queue[_Done] = asyncio.Queue(maxsize=500)

    async def run(self) -> None:
        """Work until cancelled. Trouble with store, broker or system is waited out."""
        async with asyncio.TaskGroup() as tasks:
            for loop in (
                self._hold_lease,
                self._take_hints,
                self._take_commands,
                self._work,
                self._save,
                self._outbox.run,
                self._come_up,
                self._poll,
                self._sweep,
                self._tidy,
            ):
                tasks.create_task(self._kept_alive(loop), name=f"{self.agency}:{loop.__name__}")

    async def keep(self, agency: AgencyId, heard: Heard) -> None:
        """Make the hints of a push durable; they are looked at after a moment, folded."""
        del agency
        await self._hint(heard.refs, Cause.PUSH, self._now() + self._settings.fold_for)

    async def sweep(self) -> int:
        """Ask to look at every case that is known; give how many there are."""
        count, after = 0, None
        while page := await self._store.known(self.agency, after, _SWEEP_PAGE):
            await self._hint([known.ref for known in page], Cause.SWEEP, self._now())
            count, after = count + len(page), page[-1].ref
        return count

    # Loops

    async def _kept_alive(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a loop again after trouble that passes; anything else is a bug and ends the edge."""
        while True:
            try:
                await loop()
            except LeaseLost as error:
                log.warning("lease_lost", agency=self.agency, why=str(error))
                self._lease.is_held.clear()
            except StoreError as error:
                log.warning("edge_waits", agency=self.agency, why=str(error))
            else:
                return
            await asyncio.sleep(1.0)

    async def _hold_lease(self) -> None:
        term = self._settings.lease
        try:
            while True:
                epoch = await self._store.acquire(self.agency, self._holder, term, self._now())
                if epoch is None:
                    await asyncio.sleep(term.total_seconds() / 3)
                    continue
                self._lease.epoch, self._lease.counter = epoch, 0
                self._lease.is_held.set()
                log.info("lease_taken", agency=self.agency, epoch=epoch)
                while await self._renewed(epoch, term):
                    await asyncio.sleep(term.total_seconds() / 3)
                self._lease.is_held.clear()
                log.warning("lease_lost", agency=self.agency, epoch=epoch)
        finally:
            if self._lease.is_held.is_set():
                self._lease.is_held.clear()
                # So that a successor need not wait; where it fails, the lease runs out by itself.
                with suppress(StoreError, TimeoutError):
                    async with asyncio.timeout(_RELEASE_SECONDS):
                        await self._store.release(self.agency, self._holder, self._lease.epoch)

    async def _renewed(self, epoch: int, term: timedelta) -> bool:
        return await self._store.renew(self.agency, self._holder, epoch, term, self._now())

    async def _take_commands(self) -> None:
        async with aclosing(self._taken(commands_queue(self.agency), self._row)) as taken:
            async for commands in taken:
                accepted = await self._store.accept(commands)
                if accepted.answered:
                    self._outbox.nudge()

    async def _take_hints(self) -> None:
        async with aclosing(self._taken(hints_queue(self.agency), self._as_hint)) as taken:
            async for hints in taken:
                await self._store.hint(hints)

    async def _taken(
        self, queue: str, read: Callable[[bytes], T]
    ) -> AsyncGenerator[Sequence[T], None]:
        """Give what comes in, as read; it is acknowledged once the caller has made it durable."""
        await self._lease.is_held.wait()
        async with self._broker.subscribe(queue, prefetch=2 * _TAKE) as subscription:
            while True:
                readable: list[Delivery] = []
                found: list[T] = []
                for delivery in await subscription.take(_TAKE):
                    try:
                        found.append(read(delivery.body))
                    except Undecodable as error:
                        log.error("dead_letter", agency=self.agency, why=str(error))
                        await subscription.dead_letter(delivery, str(error))
                    else:
                        readable.append(delivery)
                yield found
                await subscription.done(readable)
                self._bell.set()

    def _as_hint(self, body: bytes) -> Hint:
        hint = decode(body).data
        if not isinstance(hint, Hint) or hint.agency != self.agency:
            msg = f"no Hint for {self.agency}"
            raise Undecodable(msg)
        return hint

    def _row(self, body: bytes) -> CommandRow:
        command = decode(body).data
        if not isinstance(command, Command) or command.agency != self.agency:
            msg = f"no Command for {self.agency}"
            raise Undecodable(msg)
        return CommandRow(
            id=command.id,
            agency=self.agency,
            ref=command.ref,
            link=command.link,
            body=body,
            at=self._now(),
        )

    async def _work(self) -> None:
        """Begin what is due, each case and lane by itself, a bounded number at a time."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._lease.is_held.wait()
                now = self._now()
                for row in await self._store.pending(self.agency, _PENDING):
                    command = decode(row.body).data
                    assert isinstance(command, Command)
                    await self._start(
                        tasks,
                        f"{row.ref or row.link}|{command.lane}",
                        self._obey(row, command),
                        not_before=self._not_before.get(row.id),
                    )
                if not self._breaker.is_open:
                    for hint in await self._store.due_hints(self.agency, now, _TAKE):
                        await self._start(tasks, f"{hint.ref}|look", self._observe(hint))
                with suppress(TimeoutError):
                    async with asyncio.timeout(
                        min(_LOOK_EVERY, self._settings.fold_for.total_seconds())
                    ):
                        await self._bell.wait()
                self._bell.clear()

    async def _start(
        self,
        tasks: asyncio.TaskGroup,
        key: str,
        job: Coroutine[Any, Any, None],
        not_before: datetime | None = None,
    ) -> None:
        if key in self._busy or (not_before is not None and self._now() < not_before):
            job.close()
            return
        self._busy.add(key)
        await self._slots.acquire()

        async def run() -> None:
            try:
                await job
            except StoreError as error:
                log.warning("work_waits", agency=self.agency, why=str(error))
                await asyncio.sleep(1.0)
            finally:
                self._slots.release()
                self._busy.discard(key)
                self._bell.set()

        tasks.create_task(run(), name=f"{self.agency}:{key}")

    async def _come_up(self) -> None:
        """Learn what the system offers, and have it tell us; again after it was away."""
        while True:
            await self._lease.is_held.wait()
            try:
                async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                    self._capabilities = await self._adapter.check()
                    if isinstance(self._adapter, Hears) and self._settings.public_url:
                        await self._adapter.subscribe(self._callback_url)
            except (AdapterError, TimeoutError) as error:
                self._note(error)
                await asyncio.sleep(self._settings.patience_first.total_seconds())
            else:
                self._breaker.worked()
                return

    @property
    def _callback_url(self) -> str:
        return f"{self._settings.public_url}/callbacks/{self.agency}"

    async def _poll(self) -> None:
        every, adapter = self._settings.poll_every, self._adapter
        if every is None or not isinstance(adapter, Polls):
            return
        while True:
            await self._lease.is_held.wait()
            try:
                since = await self._store.cursor(self.agency)
                async for page in adapter.poll(since):
                    hints = self._hints(page.refs, Cause.POLL)
                    cursors = {self.agency: page.cursor} if page.cursor else None
                    await self._store.hint(hints, cursors=cursors)
                    self._bell.set()
            except (AdapterError, TimeoutError) as error:
                self._note(error)
            await asyncio.sleep(every.total_seconds())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every.total_seconds())
            await self._lease.is_held.wait()
            count = await self.sweep()
            log.info("sweep_started", agency=self.agency, cases=count)

    async def _tidy(self) -> None:
        while True:
            before = self._now() - self._settings.keep_content
            await asyncio.to_thread(self._content.sweep, before)
            await self._store.prune(before)
            await asyncio.sleep(3600)

    async def _save(self) -> None:
        """Commit what was done, many at a time, and send it."""
        while True:
            group = [await self._done.get()]
            while len(group) < _TAKE and not self._done.empty():
                group.append(self._done.get_nowait())
            await self._save_group(group)

    async def _save_group(self, group: list[_Done]) -> None:
        while True:
            try:
                await self._store.finish(
                    self.agency, self._lease.epoch, [done.finished for done in group]
                )
                break
            except LeaseLost:
                # What was seen or done under an old lease is not told: the successor looks itself.
                for done in group:
                    done.saved.cancel()
                raise
            except StoreError as error:
                log.warning("save_waits", agency=self.agency, why=str(error))
                await asyncio.sleep(1.0)
        for done in group:
            if not done.saved.done():
                done.saved.set_result(None)
        await self._outbox.send([row for done in group for row in done.rows])

    # One case

    async def _observe(self, hint: HintRow) -> None:
        refs = await self._cases(hint)
        if refs is None:
            return
        rows: list[OutboxRow] = []
        seen: list[Known] = []
        for ref in refs:
            try:
                sight, stamp, at = await self._look(ref)
            except (Unreachable, Denied, TimeoutError) as error:
                self._note(error)
                await self._store.requeue_hint(hint, max(self._breaker.until, self._now()))
                return
            known = await self._store.known_cases(self.agency, [ref])
            if isinstance(sight, OutOfScope | Missing) and ref not in known:
                # Never told of before: it is nobody's business now.
                continue
            observation = Observation(
                agency=self.agency, ref=ref, sequence=stamp, cause=hint.cause, at=at, sight=sight
            )
            rows.append(self._outgoing(observation, f"{self.agency}-{stamp.epoch}-{stamp.counter}"))
            seen.append(Known(self.agency, ref, at, _digest(sight)))
        await self._finish(Finished(hints=(hint,), outgoing=tuple(rows), seen=tuple(seen)), rows)

    async def _cases(self, hint: HintRow) -> Sequence[CaseRef] | None:
        """Find the cases that a hint is about; ``None`` where that must wait."""
        if not isinstance(self._adapter, Relates):
            return [hint.ref]
        try:
            async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                return await self._adapter.cases_of(hint.ref)
        except NotFound:
            return []
        except (AdapterError, TimeoutError) as error:
            self._note(error)
            await self._store.requeue_hint(hint, max(self._breaker.until, self._now()))
            return None

    async def _look(self, ref: CaseRef) -> tuple[Sight, Stamp, datetime]:
        try:
            async with asyncio.timeout(self._settings.document_timeout.total_seconds()):
                reading = await self._reader.read(ref)
        except NotFound as error:
            return Missing(gone=isinstance(error, Gone)), self._lease.stamp(), self._now()
        except (Unreachable, Denied, TimeoutError):
            raise
        except AdapterError as error:
            if isinstance(error, Garbled):
                self._breaker.parked()
            return Unreadable(detail=str(error)), self._lease.stamp(), self._now()
        except Exception:
            # A bug in the adapter: this case parks, the worker lives.
            log.exception("adapter_bug", agency=self.agency)
            self._breaker.parked()
            detail = "the adapter failed on this case; see the log"
            return Unreadable(detail=detail), self._lease.stamp(), self._now()
        self._breaker.worked()
        if reading.confined is None:
            return OutOfScope(), reading.sequence, reading.at
        return Seen(snapshot=reading.confined), reading.sequence, reading.at

    async def _obey(self, row: CommandRow, command: Command) -> None:
        result = await self._result(row, command)
        if result is None:
            self._not_before[row.id] = self._now() + self._settings.patience_first
            return
        self._not_before.pop(row.id, None)
        if isinstance(result, Waiting) and command.ref is not None:
            # Looked at as soon as the system is back, so that the hub need not wait for its timer.
            await self._hint([command.ref], Cause.REQUEST, self._breaker.until)
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
            seen = (Known(self.agency, result.ref, at, digest, command.link),)
        finished = Finished(answered=(Answered(command.id, outgoing),), seen=seen)
        await self._finish(finished, [outgoing])

    async def _result(self, row: CommandRow, command: Command) -> Result | None:
        limit = self._settings.request_timeout
        if command.lane is Lane.DOCUMENTS or command.stage:
            limit = self._settings.document_timeout
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await self._ensurer.ensure(command, row.begun_at)
        except TimeoutError as error:
            self._note(error)
            return self._after_timeout(command)
        except StoreError:
            raise
        except Exception:
            log.exception("adapter_bug", agency=self.agency, link=command.link)
            self._breaker.parked()
            return Refused(reason="bug", detail="the adapter failed on this case; see the log")

    def _after_timeout(self, command: Command) -> Result | None:
        if command.ref is None:
            return None
        detail = "the system did not answer in time"
        return Unanswered(detail=detail) if command.patch.changes else Waiting(detail=detail)

    async def _finish(self, finished: Finished, rows: list[OutboxRow]) -> None:
        """Have it saved; until it is, the same hint or Command must not be taken up again."""
        saved = asyncio.get_running_loop().create_future()
        await self._done.put(_Done(finished, rows, saved))
        await saved

    # Small things

    def _note(self, error: BaseException) -> None:
        if isinstance(error, Throttled):
            self._breaker.failed(str(error), retry_after=error.retry_after)
        elif isinstance(error, Denied):
            self._breaker.denied(str(error))
        else:
            self._breaker.failed(str(error) or "the system did not answer in time")

    async def _hint(self, refs: Sequence[CaseRef], cause: Cause, due_at: datetime) -> None:
        if refs:
            await self._store.hint(self._hints(refs, cause), due_at=due_at)
            self._bell.set()

    def _hints(self, refs: Sequence[CaseRef], cause: Cause) -> list[Hint]:
        return [Hint(agency=self.agency, ref=ref, cause=cause, at=self._now()) for ref in refs]

    def _outgoing(self, message: Observation | Receipt, id_: str) -> OutboxRow:
        return row_for(message, id_=id_, source=self._source, sender=self.agency, at=self._now())


def _digest(sight: Sight) -> str:
    return hashlib.sha256(sight.model_dump_json().encode()).hexdigest()[:16]
