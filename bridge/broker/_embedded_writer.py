"""
The one place in which everything happens to the file: a thread, or the event loop itself.

A job is a whole transaction's work. Jobs that are waiting when a transaction starts share it, so
that many callers pay for one sync of the disk; each is answered after the commit.
"""

import asyncio
import contextvars
import queue
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from bridge.broker._embedded_file import QueueFile
from bridge.broker.base import BrokerUnreachable

Result = TypeVar("Result")
OnReady = Callable[[AbstractSet[str]], None]
"""Called in the event loop with the queues that got a message ready."""

MOST_IN_A_ROUND: Final = 100


@dataclass(frozen=True, slots=True)
class Job:
    work: Callable[[QueueFile], Any]
    future: asyncio.Future[Any]


class Writer(ABC):
    """Runs jobs in order, on a file that is opened when first needed."""

    def __init__(self, path: Path, on_ready: OnReady) -> None:
        """Remember the file, which is made if it does not exist; nothing is opened yet."""
        self._path = path
        self._on_ready = on_ready
        self._file: QueueFile | None = None
        self._closed = False

    def submit(self, work: Callable[[QueueFile], Result]) -> asyncio.Future[Result]:
        """
        Have *work* done in a transaction; the future is done after the commit.

        Cancelling the future does not undo the work. It fails with a `BrokerError` when the file
        cannot be used.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(
                BrokerUnreachable("it was closed", where=str(self._path), way_out="start again")
            )
        else:
            self._enqueue(Job(work, future))
        return future

    async def close(self) -> None:
        """Finish what was submitted, and let go of the file; may be repeated."""
        self._closed = True
        await self._finish()

    @abstractmethod
    def _enqueue(self, job: Job) -> None: ...

    @abstractmethod
    async def _finish(self) -> None: ...

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _do(self, jobs: list[Job], enriched: set[str]) -> list[Any]:
        """Return a result or an exception for each job."""
        try:
            if self._file is None:
                self._file = QueueFile(self._path)
            with self._file.transaction():
                results = [job.work(self._file) for job in jobs]
            enriched |= self._file.enriched
        except Exception as error:  # noqa: BLE001  # goes to whoever asked; the writer lives on
            if len(jobs) == 1:
                return [error]
            # One of them spoilt it: nothing is done yet, so each again by itself.
            return [outcome for job in jobs for outcome in self._do([job], enriched)]
        return results

    def _answer(self, jobs: list[Job], outcomes: list[Any], enriched: AbstractSet[str]) -> None:
        """Tell who asked, in the event loop."""
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.future.done():
                continue
            if isinstance(outcome, Exception):
                job.future.set_exception(outcome)
            else:
                job.future.set_result(outcome)
        self._on_ready(enriched)


class ThreadWriter(Writer):
    """Works in a thread of its own, so that the event loop never waits for the disk."""

    def __init__(self, path: Path, on_ready: OnReady) -> None:
        super().__init__(path, on_ready)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def _enqueue(self, job: Job) -> None:
        if self._thread is None:
            # A daemon: an owner who forgot to close must not keep the process alive.
            self._thread = threading.Thread(target=self._run, name="broker-file", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    async def _finish(self) -> None:
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _run(self) -> None:
        while jobs := self._next_round():
            enriched: set[str] = set()
            outcomes = self._do(jobs, enriched)
            try:
                loop = jobs[0].future.get_loop()
                loop.call_soon_threadsafe(self._answer, jobs, outcomes, enriched)
            except RuntimeError:
                # The event loop has ended; nobody waits, and what was committed stays.
                continue
        self._let_go()

    def _next_round(self) -> list[Job]:
        """Wait for a job and take the others that are there; empty when closed."""
        jobs: list[Job] = []
        while len(jobs) < MOST_IN_A_ROUND:
            try:
                job = self._jobs.get(block=not jobs)
            except queue.Empty:
                break
            if job is None:
                if jobs:
                    self._jobs.put(None)
                break
            jobs.append(job)
        return jobs


class InlineWriter(Writer):
    """Works in the event loop, which waits for the disk meanwhile: for simulated runs."""

    def __init__(self, path: Path, on_ready: OnReady) -> None:
        super().__init__(path, on_ready)
        self._jobs: deque[Job] = deque()
        self._is_due = False
        # A round belongs to whoever has the file, not to whoever was the first to ask.
        self._context = contextvars.copy_context()

    def abandon(self) -> None:
        """Let go of the file as a killed process does: nothing that waits is done or answered."""
        self._closed = True
        self._jobs.clear()
        self._let_go()

    def _enqueue(self, job: Job) -> None:
        self._jobs.append(job)
        self._call_a_round()

    async def _finish(self) -> None:
        while self._jobs:
            self._round()
        self._let_go()

    def _call_a_round(self) -> None:
        # Not at once: what others submit until then shares the transaction.
        if self._jobs and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._round, context=self._context)

    def _round(self) -> None:
        self._is_due = False
        jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), MOST_IN_A_ROUND))]
        if jobs:
            enriched: set[str] = set()
            self._answer(jobs, self._do(jobs, enriched), enriched)
        self._call_a_round()
