"""
Depot: what lies in the store of content of a run, and everything that goes wrong with it.

Above it is the real store of content: cutting, sealing, naming, finding and sweeping are the
product's own. Here lie the objects, in virtual time. Jobs on them are done as in threads: between
two calls of one job a job of another process may be done, and a process may be killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Protocol, TypeVar

from obstore.store import MemoryStore

from bridge.content.blobs import Blobs, Lying, StoreAway
from bridge.content.keys import Bytes
from tests.simulation.faults import Chance
from tests.simulation.loop import SimLoop

T = TypeVar("T")

_OVERTAKEN: Final = 0.2
_PAUSES: Final = (0, 0, 0, 0.02, 0.4)
"""Seconds that a job waits for a thread, and its answer for whoever asked."""


class Killed(BaseException):
    """The process ended between two calls of a job: the rest of the job is not done."""


class Site(Protocol):
    """What a depot asks of the world in which it stands."""

    @property
    def loop(self) -> SimLoop:
        """The loop of the run."""

    @property
    def chance(self) -> Chance:
        """What strikes."""

    def now(self) -> datetime:
        """Give the moment by the world's own clock."""

    def strike_down(self, process: str) -> None:
        """Kill one life of a process, and start it again after a while."""


@dataclass(slots=True)
class Job:
    """What a process is to do with objects, and what came of it."""

    process: str
    work: Callable[[], Any]
    is_begun: bool = False
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Depot:
    """
    The objects of one run.

    Attributes:
        ahead: How far its clock was put on, so that what is old enough goes.
        is_away: Nobody reaches it now.
        is_full: It takes nothing more now.
    """

    site: Site
    random: Random
    ahead: timedelta = timedelta(0)
    is_away: bool = False
    is_full: bool = False
    _objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    _waiting: list[Job] = field(default_factory=list)

    def now(self) -> datetime:
        """Give the moment by the depot's clock."""
        return self.site.now() + self.ahead

    def lying(self) -> set[tuple[str, datetime]]:
        """Name everything that lies there, with the moment at which it was put."""
        return {(path, at) for path, (_, at) in self._objects.items()}

    # What becomes of that by itself

    def lose(self) -> bool:
        """Have an object vanish; false where there is none."""
        return self._objects.pop(self._any(), None) is not None

    def damage(self) -> bool:
        """Have a byte of an object become another; false where there is none."""
        path = self._any()
        content, at = self._objects.get(path, (b"", self.now()))
        if not content:
            return False
        place = self.random.randrange(len(content))
        other = content[place] ^ self.random.randrange(1, 256)
        self._objects[path] = content[:place] + bytes([other]) + content[place + 1 :], at
        return True

    def _any(self) -> str:
        # Where a mark that something was used is gone, its content stays longer, as it may.
        lying = [path for path in sorted(self._objects) if not path.startswith("u/")]
        return self.random.choice(lying) if lying else ""

    # Jobs

    async def run(self, process: str, work: Callable[[], T]) -> T:
        """Do *work* for a process, a while later."""
        job = Job(process, work)
        self._waiting.append(job)
        try:
            await asyncio.sleep(self.random.choice(_PAUSES))
        except asyncio.CancelledError:
            # A thread may have begun with it.
            if self.random.random() < 0.5:
                self._do(job)
            else:
                self._take(job)
            raise
        self._do(job)
        await asyncio.sleep(self.random.choice(_PAUSES))
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _do(self, job: Job) -> None:
        if not self._take(job):
            return
        try:
            job.result = job.work()
        except Killed:
            pass  # nobody waits for it any more
        except Exception as error:  # noqa: BLE001  # goes to whoever asked
            job.error = error

    def _take(self, job: Job) -> bool:
        """Take a job off those that wait; false where it was done in between others."""
        if job.is_begun:
            return False
        job.is_begun = True
        self._waiting.remove(job)
        return True

    def step(self, process: str, verb: str) -> None:
        """
        Come to the next call of a job.

        Raises:
            Killed: This was the end of the process.
            StoreAway: Nobody answers.
        """
        loop, strikes = self.site.loop, self.site.chance.strikes
        others = [job for job in self._waiting if loop.runs(job.process)]
        if others and self.random.random() < _OVERTAKEN:
            self.site.chance.trace.passed("content.overtaken")
            self._do(self.random.choice(others))
        if loop.is_dead(process):
            raise Killed
        if strikes("content-killed", process, self.random):
            self.site.strike_down(process)
            raise Killed
        if self.is_away or strikes("content-refused", f"{process} {verb}", self.random):
            msg = "nobody answers"
            raise StoreAway(msg)

    # Calls

    def put(self, process: str, path: str, content: bytes) -> None:
        """Write an object; whole, or not at all."""
        self.step(process, "put")
        if self.is_full:
            msg = "there is no room"
            raise StoreAway(msg)
        self._objects[path] = content, self.now()
        self._answer(process, "put")

    def get(self, process: str, path: str) -> bytes | None:
        """Read an object; cut short, sometimes."""
        self.step(process, "get")
        found = self._objects.get(path)
        if found is None:
            return None
        content, _ = found
        if content and self.site.chance.strikes("content-short", f"{process} get", self.random):
            return content[: self.random.randrange(len(content))]
        return content

    def list(self, process: str, prefix: str) -> list[Lying]:
        """List what lies below a folder."""
        self.step(process, "list")
        return [
            Lying(path, len(content), at)
            for path, (content, at) in sorted(self._objects.items())
            if path.startswith(f"{prefix}/")
        ]

    def remove(self, process: str, path: str) -> None:
        """Remove an object, if it is there."""
        self.step(process, "remove")
        self._objects.pop(path, None)
        self._answer(process, "remove")

    def _answer(self, process: str, verb: str) -> None:
        if self.site.chance.strikes("content-unanswered", f"{process} {verb}", self.random):
            msg = "the connection was lost"
            raise StoreAway(msg)


class DepotBlobs(Blobs):
    """The depot as one life of a process reaches it."""

    def __init__(self, depot: Depot, process: str) -> None:
        super().__init__(MemoryStore())
        self._depot, self._process = depot, process

    async def run(self, job: Callable[[], T]) -> T:
        return await self._depot.run(self._process, job)

    async def carry(self, job: Callable[[], T]) -> T:
        return await self._depot.run(self._process, job)

    def now(self) -> datetime:
        return self._depot.now()

    def put(self, path: str, content: Bytes) -> None:
        self._depot.put(self._process, path, bytes(content))

    def get(self, path: str) -> memoryview | None:
        found = self._depot.get(self._process, path)
        return None if found is None else memoryview(found)

    def list(self, prefix: str) -> list[Lying]:
        return self._depot.list(self._process, prefix)

    def remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._depot.remove(self._process, path)
