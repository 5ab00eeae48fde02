"""
Blobs: small objects by name, in a folder or in a store that speaks S3 or Azure.

Calls run in threads of their own: a store that hangs holds up content, and nothing else.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore

from bridge.clock import real_clock
from bridge.content.keys import Bytes
from bridge.content.reach import ANSWERS_WITHIN, Reach, Silent

T = TypeVar("T")

_THREADS: Final = 8
_NOTHING: Final = "reach"
"""Where nothing lies: what is asked to see whether anybody answers."""
_PIECE: Final = 256 * 1024
"""
Given to a folder at a time. Some kernels look long for memory that lies together for a write of
megabytes: on ext4 under Linux 6.18 one of 4 MB took thirteen times as long as sixteen of this.
"""


class StoreAway(OSError):
    """The store of content did not do what was asked: away, full, or closed to us. It waits."""

    def __init__(self, what: str) -> None:
        """Say *what* was tried and came of it."""
        super().__init__(errno.EIO, what)


@dataclass(frozen=True, slots=True)
class Lying:
    """One object in the store."""

    path: str
    size_bytes: int
    at: datetime


class Blobs:
    """
    Objects by path.

    Every call raises `StoreAway` where the store does not do it.
    """

    def __init__(self, store: ObjectStore, *, answers_within: timedelta = ANSWERS_WITHIN) -> None:
        self._store = store
        self._folder = (
            Path(store.prefix) if isinstance(store, LocalStore) and store.prefix else None
        )
        # Not asyncio's own threads, on which adapters and databases wait as well. And not
        # obstore's asynchronous calls: a Rust thread that still answers one while the interpreter
        # ends aborts the process. What is small has threads of its own: it never waits for chunks.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="content")
        small = ThreadPoolExecutor(_THREADS, thread_name_prefix="content-small")
        self._reach = Reach(small, lambda: self.list(_NOTHING), answers_within)

    async def run(self, job: Callable[[], T]) -> T:
        """Do *job*, some small calls, in a thread; a store that hangs is not waited for."""
        with _reaching():
            return await self._reach.ask(job)

    async def carry(self, job: Callable[[], T]) -> T:
        """Do *job* in a thread, however long it takes: to move a chunk, or many calls."""
        with _reaching():
            self._reach.see()
        return await asyncio.get_running_loop().run_in_executor(self._threads, job)

    def now(self) -> datetime:
        """Give the moment by the clock of the store."""
        return real_clock()

    def put(self, path: str, content: Bytes) -> None:
        """Write an object whole; blocks."""
        with _speaking("write", path):
            obstore.put(self._store, path, _in_pieces(content), use_multipart=False)

    def get(self, path: str) -> memoryview | None:
        """Read an object whole; ``None`` where there is none; blocks."""
        with _speaking("read", path), suppress(FileNotFoundError):
            return memoryview(obstore.get(self._store, path).bytes())
        return None

    def list(self, prefix: str) -> list[Lying]:
        """List what lies below *prefix*, in order of its path; blocks."""
        with _speaking("list", prefix):
            found = [
                Lying(meta["path"], meta["size"], meta["last_modified"])
                for page in obstore.list(self._store, prefix)
                for meta in page
            ]
        return sorted(found, key=lambda lying: lying.path)

    def remove(self, paths: Sequence[str]) -> None:
        """Remove objects; one that is gone is gone; blocks."""
        for path in paths:
            with _speaking("remove", path), suppress(FileNotFoundError):
                obstore.delete(self._store, path)

    def clear(self, folder: str) -> None:
        """Remove all that lies below a folder, and what a killed process left there; blocks."""
        self.remove([lying.path for lying in self.list(folder)])
        if self._folder is not None:
            shutil.rmtree(self._folder / folder, ignore_errors=True)

    def clear_unfinished(self, before: datetime) -> None:
        """Remove what killed processes had half put; blocks."""
        if self._folder is None:
            return
        # A folder takes an object under its name and `#1` first, and lists none of those.
        for path in self._folder.rglob("*#*"):
            with suppress(FileNotFoundError):  # another edge sweeps the same folder
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except Silent as error:
        what = "the content store does not answer"
        raise StoreAway(what) from error


def _in_pieces(content: Bytes) -> Iterator[memoryview]:
    """Cut what is to be put, without copying it."""
    view = memoryview(content)
    for start in range(0, max(1, len(view)), _PIECE):
        yield view[start : start + _PIECE]


@contextmanager
def _speaking(verb: str, path: str) -> Iterator[None]:
    """Turn the library's errors into ours, without the pages of detail that they bring."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        kind = path.partition("/")[0]
        what = f"the content store does not {verb} {kind}/…: {first[:200]}"
        raise StoreAway(what) from error
