"""
One thread in which everything happens to the file.

A job is a whole transaction's work. Jobs that are waiting when a transaction starts share it, so
that many callers pay for one sync of the disk; each is answered after the commit.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from bridge.broker._embedded_file import QueueFile
from bridge.broker.base import BrokerUnreachable

Result = TypeVar("Result")

MOST_IN_A_ROUND: Final = 100


@dataclass(frozen=True, slots=True)
class Job:
    work: Callable[[QueueFile], Any]
    future: asyncio.Future[Any]


class Writer:
    """Runs jobs in order, on a file that is opened when first needed."""

    def __init__(self, path: Path, on_ready: Callable[[AbstractSet[str]], None]) -> None:
        """
        Remember the file; nothing is opened yet.

        Args:
            path: The file; made if it does not exist.
            on_ready: Called in the event loop with the queues that got a message ready.
        """
        self._path = path
        self._on_ready = on_ready
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
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
            return future
        if self._thread is None:
            # A daemon: an owner who forgot to close must not keep the process alive.
            self._thread = threading.Thread(target=self._run, name="broker-file", daemon=True)
            self._thread.start()
        self._jobs.put(Job(work, future))
        return future

    async def close(self) -> None:
        """Finish what was submitted, and let go of the file."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _run(self) -> None:
        while jobs := self._next_round():
            enriched: set[str] = set()
            outcomes = self._do(jobs, enriched)
            self._answer(jobs, outcomes, enriched)
        if self._file is not None:
            self._file.close()

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

    def _do(self, jobs: list[Job], enriched: set[str]) -> list[Any]:
        """Return a result or an exception for each job."""
        try:
            if self._file is None:
                self._file = QueueFile(self._path)
            with self._file.transaction():
                results = [job.work(self._file) for job in jobs]
            enriched |= self._file.enriched
        except Exception as error:  # noqa: BLE001  # goes to whoever asked; the thread lives on
            if len(jobs) == 1:
                return [error]
            # One of them spoilt it: nothing is done yet, so each again by itself.
            return [outcome for job in jobs for outcome in self._do([job], enriched)]
        return results

    def _answer(self, jobs: list[Job], outcomes: list[Any], enriched: AbstractSet[str]) -> None:
        def answer() -> None:
            for job, outcome in zip(jobs, outcomes, strict=True):
                if job.future.done():
                    continue
                if isinstance(outcome, Exception):
                    job.future.set_exception(outcome)
                else:
                    job.future.set_result(outcome)
            self._on_ready(enriched)

        try:
            jobs[0].future.get_loop().call_soon_threadsafe(answer)
        except RuntimeError:
            # The event loop has ended; nobody waits, and what was committed stays.
            return
