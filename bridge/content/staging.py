"""Staging: where content lies between the edge that reads it and the edges that write it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from bridge.store.records import Digest
from contracts.adapter import Contents

Source = Callable[[int], AbstractAsyncContextManager[AsyncIterator[bytes]]]
"""Opens a content for one reading, from a byte on."""

Progress = Callable[[int], None]
"""Told, now and then, how many bytes are there by now."""


def untold(size_bytes: int) -> None:
    """Tell nobody."""


class Staging(Contents, Protocol):
    """
    Content by digest, for edges that need not see each other.

    Calls raise `OSError` where the place is full or away: whoever needs content waits, nobody
    else does.
    """

    async def stage(self, name: str, source: Source, *, progress: Progress = untold) -> Digest:
        """
        Keep a content, a piece at a time, and tell what it was.

        Args:
            name: Of the one version of the document. A try that broke off under the same name is
                gone on with, from what lies there.
            source: Opened where the earlier try ended.
        """

    async def recognise(self, name: str, source: Source, like: Collection[Digest]) -> Digest | None:
        """
        Read a content without keeping it, and tell which of *like* it is.

        Args:
            name: Of the one version of the document, as in `stage`.
            source: Opened where an earlier try ended.
            like: What it may be.
        """

    async def has(self, sha256: str | None) -> bool:
        """Tell whether the content is here."""

    async def used(self, sha256: str) -> None:
        """Note that a target has it, so that it is not kept for long."""

    async def sweep(self, unused_for: timedelta, used_for: timedelta) -> int:
        """
        Remove content, and what broke off; give how many.

        Args:
            unused_for: What nobody came for in so long goes.
            used_for: What a target has since so long goes.
        """
