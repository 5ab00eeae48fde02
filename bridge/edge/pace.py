"""
Pace: a large content takes no more than a third of the time while anything else is at work.

Processors, disks and lines are shared by all that one process does, and a content of gigabytes
would take as much of them as it can get. A person waits for a status or a small document; nobody
looks at how far a large one is. So it goes in strides, and rests after each for twice as long as
that took, whatever was slow in it. While nothing else is at work it does not rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STRIDE: Final = 0.01
"""Seconds; what is shorter than this, a timer cannot keep apart."""
_REST: Final = 2
"""Times as long as the stride before it."""
_LONGEST_REST: Final = 0.5
"""Seconds; one piece may have waited long for a system that hung."""
_LULL: Final = 0.5
"""Seconds. What one edge has told comes to the other by way of the hub, and is work again there."""


class Pace:
    """What is at work in one process, in all its edges."""

    def __init__(self) -> None:
        self._at_work = 0
        self._last = -_LULL

    @contextmanager
    def working(self) -> Iterator[None]:
        """Be at something for which large contents make room."""
        self._at_work += 1
        try:
            yield
        finally:
            self._at_work -= 1
            self._last = now()

    async def give_way(self, since: float) -> float:
        """Rest, where a stride that began at *since* is over; give when the present one began."""
        at = now()
        took = at - since
        if took < _STRIDE:
            return since
        if not self._is_busy(at):
            return at
        await asyncio.sleep(min(_REST * took, _LONGEST_REST))
        return now()

    def _is_busy(self, at: float) -> bool:
        return self._at_work > 0 or at - self._last < _LULL


def now() -> float:
    """Tell the time in seconds, by the clock of the loop."""
    return asyncio.get_running_loop().time()
