"""Sweep a store of content: what was used, what nobody came for, what broke off, what is lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bridge.content.blobs import Blobs, Lying
from bridge.content.layout import BEGUN, CHUNKS, INDEXES, NOTES, USED

BROKEN_OFF: Final = timedelta(days=1)
"""A staging that made no progress for so long is not gone on with."""
LOST: Final = timedelta(hours=1)
"""A chunk of no blob that is known may be of one that is being made."""


class Sweep:
    """What lies in a store at one moment, and what of it is to go. Times are the store's own."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._chunks: dict[str, list[Lying]] = defaultdict(list)
        self._indexes: list[Lying] = []
        self._begun: list[Lying] = []
        self._used: dict[str, Lying] = {}
        self._notes: list[Lying] = []

    def run(self, now: datetime, unused_for: timedelta, used_for: timedelta) -> int:
        """Remove what is due; give how many contents that were; blocks."""
        self._look()
        removed = 0
        known = {_blob(each) for each in (*self._indexes, *self._begun)}
        for name, indexes in self._by_name().items():
            used = self._used.get(name)
            is_over = used and used.at < now - used_for
            due = [index for index in indexes if is_over or index.at < now - unused_for]
            # Indexes first: what is found is whole. The mark last: where this breaks off, what is
            # left of the same content is still known for used.
            mark = [used.path] if used and due == indexes else []
            self._blobs.remove([*(index.path for index in due), *mark])
            for index in due:
                self._blobs.clear(f"{CHUNKS}/{_blob(index)}")
            removed += len(due)
        for begun in self._begun:
            if self._last(begun, *self._chunks[_blob(begun)]) < now - BROKEN_OFF:
                self._blobs.remove([begun.path])
                self._blobs.clear(f"{CHUNKS}/{_blob(begun)}")
                removed += 1
        for blob, chunks in self._chunks.items():
            if blob not in known and self._last(*chunks) < now - LOST:
                self._blobs.clear(f"{CHUNKS}/{blob}")
                removed += 1
        for note in self._notes:
            if note.at < now - BROKEN_OFF:
                self._blobs.remove([note.path])
        named = {_name(index) for index in self._indexes}
        lost = [each for name, each in self._used.items() if name not in named]
        self._blobs.remove([each.path for each in lost if each.at < now - LOST])
        self._blobs.clear_unfinished(now - LOST)
        return removed

    def _look(self) -> None:
        # Chunks first: one that is listed has its begun or its index listed after it.
        for chunk in self._blobs.list(CHUNKS):
            self._chunks[_name(chunk)].append(chunk)
        self._begun = self._blobs.list(BEGUN)
        self._indexes = self._blobs.list(INDEXES)
        self._used = {_name(each): each for each in self._blobs.list(USED)}
        self._notes = self._blobs.list(NOTES)

    def _by_name(self) -> dict[str, list[Lying]]:
        """Give the indexes of each content: two edges may have brought it here."""
        found: dict[str, list[Lying]] = defaultdict(list)
        for index in self._indexes:
            found[_name(index)].append(index)
        return found

    def _last(self, *lying: Lying) -> datetime:
        return _latest(each.at for each in lying)


def _latest(times: Iterable[datetime]) -> datetime:
    return max(times)


def _name(lying: Lying) -> str:
    return lying.path.split("/")[1]


def _blob(lying: Lying) -> str:
    return lying.path.split("/")[2]
