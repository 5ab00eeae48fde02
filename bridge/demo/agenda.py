"""
The agenda: all events of all histories in the order of time, with what must be done together.

Both systems' clocks are set to each event, so they only ever go forward, and each system's own
records tell the true moments. What people did at the same moment, before either could know of
the other, is one step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.demo.histories import Event, History


@dataclass(frozen=True, slots=True)
class Step:
    """
    What is done at one go: one event, or several that are concurrent; or a share by hand.

    Attributes:
        late: Events whose hints come once more after this step, long after they were due.
    """

    history: History
    events: tuple[Event, ...]
    is_share: bool = False
    late: tuple[Event, ...] = ()

    @property
    def at(self) -> datetime:
        """When it begins."""
        shared = self.history.shared_by_hand
        if self.is_share and shared is not None:
            return max(shared.at, self.history.events[0].at)
        return self.events[0].at

    @property
    def key(self) -> str:
        """What tells it from all others, on every run."""
        return f"{self.history.id}-share" if self.is_share else f"{self.history.id}-{self._first}"

    @property
    def _first(self) -> int:
        return self.events[0].seq

    @property
    def is_concurrent(self) -> bool:
        """Tell whether both sides act before either sees the other."""
        return len(self.events) > 1


def agenda(histories: Iterable[History]) -> list[Step]:
    """Put all steps in the order of time."""
    numbered = [
        (step.at, history.id, place, step)
        for history in histories
        for place, step in enumerate(_steps(history))
    ]
    return [step for *_, step in sorted(numbered, key=lambda each: each[:3])]


def _steps(history: History) -> Iterator[Step]:
    late = [event for event in history.events if _comes_late(event)]
    groups = list(_grouped(history.events))
    for place, group in enumerate(groups):
        is_last = place == len(groups) - 1
        yield Step(history, group, late=tuple(late) if is_last else ())
        if place == 0 and history.shared_by_hand is not None:
            yield Step(history, (), is_share=True)


def _comes_late(event: Event) -> bool:
    return event.delivery is not None and any(event.delivery.delay_seconds)


def _grouped(events: Sequence[Event]) -> Iterator[tuple[Event, ...]]:
    """Give runs of events: from the first to the last of those that are concurrent."""
    begins = 0
    while begins < len(events):
        ends = begins + 1
        reach = _reach(events, begins)
        while ends <= reach:
            reach = max(reach, _reach(events, ends))
            ends += 1
        yield tuple(events[begins:ends])
        begins = ends


def _reach(events: Sequence[Event], place: int) -> int:
    """Give the place of the last event that is concurrent with the one at *place*."""
    event = events[place]
    partners = [
        other
        for other, each in enumerate(events)
        if each.concurrent_with == event.seq or event.concurrent_with == each.seq
    ]
    return max([place, *partners])
