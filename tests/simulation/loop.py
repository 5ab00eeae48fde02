"""
An event loop in which time is a number and chance is seeded: the same seed, the same run.

Nothing happens in it but what the simulation does: no socket is heard, no thread is started (work
for an executor is done at once, its answer comes later), and when nobody is ready, time jumps to
the next timer. What is ready is run in a random order.

A *process* is a name in a context variable; whatever a task of it starts belongs to it. Killing a
process is not cancelling it: its tasks never run again, so no ``finally`` and no ``__aexit__``
does, and they are kept until the run ends, since collecting them would run just that.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import random
import selectors
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")

WORLD: Final = "world"
PROCESS: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("process", default=WORLD)


class Deadlock(RuntimeError):
    """Everybody waits for somebody, and no timer is set."""


class Deaf(selectors.BaseSelector):
    """A selector to which nothing ever happens."""

    def __init__(self) -> None:
        self._map: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        self._map[fileobj] = key = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._map.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._map


class SimTask(asyncio.Task[Any]):
    """A task whose hash is its number, so that sets of tasks have one order everywhere."""

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        self.number = number
        super().__init__(*args, **kwargs)
        self._log_destroy_pending = False

    def __hash__(self) -> int:
        return self.number


class SimFuture(asyncio.Future[Any]):
    """A future whose hash is its number."""

    def __init__(self, *, number: int, **kwargs: Any) -> None:
        self.number = number
        super().__init__(**kwargs)

    def __hash__(self) -> int:
        return self.number


class SimLoop(asyncio.SelectorEventLoop):
    """
    The loop of one run.

    Attributes:
        now: Seconds since the run began.
        random: The source of all chance in the run.
        steps: How often something was run, by process.
        on_step: Called with the process before each of its steps.
    """

    # asyncio's own, which typeshed does not tell of.
    _ready: deque[Any]
    _scheduled: list[Any]
    _stopping: bool
    _timer_cancelled_count: int

    def __init__(self, seed: int | str) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self.steps: Counter[str] = Counter()
        self.on_step: Callable[[str], None] | None = None
        self._dead: set[str] = set()
        self._frozen: dict[str, list[asyncio.Handle]] = {}
        self._graveyard: list[SimTask] = []
        self._numbers: Iterator[int] = itertools.count()
        super().__init__(Deaf())
        self.set_task_factory(self._make_task)  # type: ignore[arg-type]  # typeshed: for any loop
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        """Give the seconds since the run began."""
        return self.now

    def create_future(self) -> SimFuture:
        """Make a future that knows its number."""
        return SimFuture(loop=self, number=next(self._numbers))

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Any
    ) -> SimTask:
        task = SimTask(coro, loop=loop, number=next(self._numbers), **kwargs)
        self._graveyard.append(task)
        return task

    # Processes

    def spawn(self, process: str, coro: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run *coro* as a process; names are not used again."""
        context = contextvars.copy_context()
        context.run(PROCESS.set, process)
        return context.run(self.create_task, coro, name=process, context=context)

    def kill(self, process: str) -> None:
        """Let nothing of a process run any more."""
        self._dead.add(process)
        self._frozen.pop(process, None)

    def is_dead(self, process: str) -> bool:
        """Tell whether a process was killed."""
        return process in self._dead

    def runs(self, process: str) -> bool:
        """Tell whether a process is neither dead nor frozen."""
        return process not in self._dead and process not in self._frozen

    def freeze(self, process: str) -> None:
        """Let nothing of a process run until it is thawed."""
        self._frozen.setdefault(process, [])

    def thaw(self, process: str) -> None:
        """Let a process go on; what came about meanwhile comes at once."""
        for handle in self._frozen.pop(process, ()):
            self._ready.append(handle)

    def bury(self) -> None:
        """
        Let go of everything, now that the run is over.

        Only now do the frames of the killed run what stands in their ``finally``. What comes of
        that is nobody's business any more; much of it fails, for want of a loop.
        """
        for task in self._graveyard:
            coroutine = task.get_coro()
            if not task.done() and isinstance(coroutine, Coroutine):
                with suppress(BaseException):
                    coroutine.close()
        self._graveyard.clear()
        self._ready.clear()
        self._scheduled.clear()
        self._frozen.clear()
        self.close()

    # What asyncio asks of a loop

    def run_in_executor(  # type: ignore[override]  # asyncio's takes an awaitable's result apart
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Do *func* at once; whoever asked may be killed before the answer comes."""
        future = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001  # goes to whoever asked
            self.call_soon(_fail, future, error)
        else:
            self.call_soon(_answer, future, result)
        return future

    def _write_to_self(self) -> None:
        # Nobody sleeps in a selector, so nobody is to be woken.
        pass

    def _run_once(self) -> None:
        self._drop_cancelled()
        timers, ready = self._scheduled, self._ready
        if not ready and not self._stopping:
            if not timers:
                msg = f"everybody waits at {self.now:.3f} s, and no timer is set"
                raise Deadlock(msg)
            self.now = max(self.now, timers[0].when())
        while timers and timers[0].when() <= self.now:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            ready.append(timer)
        batch = [handle for handle in ready if not handle.cancelled()]
        ready.clear()
        if len(batch) > 1:
            self.random.shuffle(batch)
        for handle in batch:
            self._run(handle)

    def _run(self, handle: Any) -> None:
        process = handle._context.get(PROCESS, WORLD)
        if handle.cancelled() or process in self._dead:
            return
        if process in self._frozen:
            self._frozen[process].append(handle)
            return
        self.steps[process] += 1
        if self.on_step is not None:
            self.on_step(process)
            if process in self._dead:
                return
        handle._run()

    def _drop_cancelled(self) -> None:
        timers = self._scheduled
        if self._timer_cancelled_count > 100 and self._timer_cancelled_count * 2 > len(timers):
            kept = [timer for timer in timers if not timer.cancelled()]
            for timer in timers:
                timer._scheduled = not timer.cancelled()
            heapq.heapify(kept)
            self._scheduled = kept
            self._timer_cancelled_count = 0
        while self._scheduled and self._scheduled[0].cancelled():
            heapq.heappop(self._scheduled)._scheduled = False
            self._timer_cancelled_count = max(0, self._timer_cancelled_count - 1)


def _answer(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
