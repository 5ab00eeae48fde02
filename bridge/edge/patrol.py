"""
Going the rounds of a system that cannot be asked what changed.

Each case that is known is read again and compared with what it last was. One that changed lately
is looked at often; the longer it stays as it is, the more seldom, down to once a sweep. Looks are
spread, so that a system never gets them all at once. What is remembered for it is lost with the
process, and costs no more than a few looks too many.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bridge.store.records import Known
from contracts.ids import CaseRef

_SHARE: Final = 8
"""A case that was calm for a while is left alone for this part of it."""
_SPREAD: Final = 0.2


class Patrol:
    """
    Tells which cases are to be looked at now.

    Args:
        often: Between two looks at a case that has just changed.
        seldom: Between two looks at any case.
    """

    def __init__(self, *, often: timedelta, seldom: timedelta) -> None:
        self._often = often
        self._seldom = max(often, seldom)
        self._calm: dict[CaseRef, tuple[str, datetime]] = {}

    @property
    def pace(self) -> timedelta:
        """How long to rest between two rounds."""
        return max(self._often / 10, timedelta(seconds=1))

    def due(self, cases: Iterable[Known], now: datetime) -> list[CaseRef]:
        """Give those of some cases that are to be looked at now."""
        return [known.ref for known in cases if self._is_due(known, now)]

    def forget(self, kept: Iterable[CaseRef]) -> None:
        """Forget all cases that are not among these: they are known no longer."""
        kept = set(kept)
        self._calm = {ref: calm for ref, calm in self._calm.items() if ref in kept}

    def _is_due(self, known: Known, now: datetime) -> bool:
        digest, since = self._calm.get(known.ref, ("", known.seen_at))
        if digest != known.digest:
            since = known.seen_at if digest else now
            self._calm[known.ref] = known.digest, since
        rest = min(max((now - since) / _SHARE, self._often), self._seldom)
        return now - known.seen_at >= rest * _place(known.ref)


def _place(ref: CaseRef) -> float:
    """Give each case a pace of its own, near one and always the same."""
    return 1 + _SPREAD * (zlib.crc32(ref.encode()) / 0xFFFFFFFF * 2 - 1)
