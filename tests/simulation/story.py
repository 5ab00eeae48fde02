"""
The story of a run: who typed what where, what struck, what the bridge did, which law broke.

Told of the cases and the field that the law is about, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from bridge.engine.decision import Row, What
from contracts.case import Cells, split_path
from contracts.ids import AgencyId
from contracts.messages import Command, Observation, Receipt, Seen, Settled
from tests.simulation.account import Account, CaseKey
from tests.simulation.laws import Broken
from tests.simulation.meaning import plain
from tests.simulation.trace import (
    Decided,
    Deleted,
    Edited,
    Event,
    Made,
    Opened,
    Operated,
    Outcome,
    Phase,
    Ruled,
    Shared,
    Struck,
    Wrote,
)

_OF_THE_CASE: Final = frozenset(
    {
        What.LINKED,
        What.CREATED,
        What.ADOPTED,
        What.WAITING,
        What.UNANSWERED,
        What.RELEASED,
        What.STALE,
    }
)
_LONGEST: Final = 60


def tell(outcome: Outcome, broken: Broken) -> Iterator[str]:
    """Tell what led to a broken law, a line for each thing that happened."""
    story = _Story(Account(outcome), broken)
    for place, event in enumerate(outcome.trace.events):
        for line in story.lines(place, event):
            yield f"{event.at:%H:%M:%S}  {line}"
        if place == broken.place:
            yield f"          >>> {broken.law} is broken: {broken.why}"


class _Story:
    """What is told of: some cases, and some topics of them."""

    def __init__(self, account: Account, broken: Broken) -> None:
        self._account = account
        self._cases = self._concerned(broken)
        self._topics = self._told(broken)

    def _concerned(self, broken: Broken) -> frozenset[CaseKey]:
        """Find the cases: of what happened there, or of the Link that the law names."""
        event = self._account.events[broken.place]
        match event:
            case Wrote(agency=agency, ref=ref) | Edited(agency=agency, ref=ref):
                return self._account.component((agency, ref))
            case Made(agency=agency, ref=ref):
                return self._account.component((agency, ref))
            case Decided(link=link) if link is not None:
                found = [(s.agency, s.ref) for s in link.sides.values() if s.ref is not None]
                return frozenset(found).union(*map(self._account.component, found))
            case _:
                pass
        named = [link for link in self._account.outcome.links.values() if link.id[:6] in broken.why]
        cases = [
            (side.agency, side.ref)
            for link in named or self._account.outcome.links.values()
            for side in link.sides.values()
            if side.ref is not None
        ]
        return frozenset(cases)

    def _told(self, broken: Broken) -> frozenset[str]:
        """Find the topics: of what was written there, or those that the law names; else all."""
        named = {
            topic
            for case in self._cases
            for touches in self._account.cells.get(case, {}).values()
            for touch in touches
            for topic in touch.about
            if touch.place == broken.place or touch.path in broken.why or topic in broken.why
        }
        return frozenset(named)

    def lines(self, place: int, event: Event) -> Iterator[str]:
        """Tell one event, if it is of this story."""
        match event:
            case Opened() | Edited() | Deleted() | Shared() | Operated():
                yield from self._by_people(place, event)
            case Made() | Wrote():
                yield from self._by_the_bridge(place, event)
            case Decided():
                yield from self._by_the_hub(event)
            case Struck(kind=kind, where=where):
                yield f"FAULT {kind}{f' ({where})' if where else ''}"
            case Ruled(version=version) if place:
                yield f"the rules change, to {version}"
            case Phase(name=name):
                yield f"--- {name}"
            case _:
                pass

    def _by_people(
        self, place: int, event: Opened | Edited | Deleted | Shared | Operated
    ) -> Iterator[str]:
        if isinstance(event, Operated):
            yield f"a person at the parked cases: {event.operation}"
            return
        agency, ref = event.agency, event.ref
        match event:
            case Edited(by=by) if self._is_told(place):
                yield f"{by} changes {event.path} of {ref} at {agency}: {_change(event)}"
            case Opened(by=by, cells=cells) if self._is_of(agency, ref):
                yield f"{by} opens {ref} at {agency}: {self._said(agency, cells)}"
            case Deleted(by=by) if self._is_of(agency, ref):
                yield f"{by} deletes {ref} at {agency}"
            case Shared(with_=other) if self._is_of(agency, ref):
                yield f"somebody shares {ref} of {agency} with {other}"
            case _:
                pass

    def _by_the_bridge(self, place: int, event: Made | Wrote) -> Iterator[str]:
        agency, ref = event.agency, event.ref
        if isinstance(event, Made):
            if self._is_of(agency, ref):
                yield f"the bridge opens {ref} at {agency}: {self._said(agency, event.cells)}"
        elif self._is_told(place):
            guard = "" if event.guarded else f", compared at {event.began:%H:%M:%S}"
            asked = "" if event.asked == event.value else f" (asked: {_short(event.asked)})"
            said = f"{_change(event)}{asked}{guard}"
            yield f"the bridge writes {event.path} of {ref} at {agency}: {said}"

    def _is_of(self, agency: str, ref: str) -> bool:
        return (agency, ref) in self._cases

    def _is_told(self, place: int) -> bool:
        return any(
            touch.place == place and touch.case in self._cases and self._is_topic(touch.about)
            for touch in self._account.touches
        )

    def _is_topic(self, about: tuple[str, ...]) -> bool:
        return not self._topics or not self._topics.isdisjoint(about)

    def _said(self, agency: AgencyId, cells: Cells) -> str:
        said = [
            f"{path} {_short(value)}"
            for path, value in cells.items()
            if self._is_topic(self._account.topics(agency, path, value))
        ]
        return ", ".join(said) or "…"

    def _by_the_hub(self, event: Decided) -> Iterator[str]:
        link = event.link
        cases = {(s.agency, s.ref) for s in link.sides.values()} if link else set()
        if not self._cases.intersection(cases):
            return
        rows = "; ".join(_row(row) for row in event.rows if self._is_row_told(row))
        sent = "; ".join(said for command in event.commands for said in self._command(command))
        if rows or sent:
            told = " — ".join(part for part in (rows, sent and f"sends {sent}") if part)
            yield f"the hub, on {_cause(event)}: {told}"

    def _is_row_told(self, row: Row) -> bool:
        if row.what in _OF_THE_CASE or row.path == "case":
            return True
        name, _ = split_path(row.path)
        topics = {split_path(topic)[0] for topic in self._topics if "#" in topic}
        return not self._topics or row.path in self._topics or name in topics

    def _command(self, command: Command) -> Iterator[str]:
        for change in command.patch.changes:
            value = change.expect if change.become is None else change.become
            about = self._account.topics(command.agency, change.path, value)
            if self._is_topic(about):
                was, becomes = _short(change.expect), _short(change.become)
                yield f"{command.agency} {change.path} {was} → {becomes}"
        if not command.patch.changes:
            yield f"{command.agency} a question to look"


def _cause(event: Decided) -> str:
    match event.cause:
        case Observation(agency=agency, sequence=sequence, sight=sight):
            seen = "a reading" if isinstance(sight, Seen) else f"'{sight.kind}'"
            return f"{seen} at {agency} ({sequence.epoch}.{sequence.counter})"
        case Receipt(agency=agency, result=result):
            told = "" if isinstance(result, Settled) else f" ({result.kind})"
            return f"the answer of {agency}{told}"
        case _:
            return "a timer or a person"


def _row(row: Row) -> str:
    other = "" if row.other is None else f", not {_short(row.other)}"
    rule = f" [{row.rule}]" if row.rule else ""
    value = "" if row.value is None and row.what in _OF_THE_CASE else f" {_short(row.value)}"
    return f"{row.what.value} {row.agency or ''} {row.path}{value}{other}{rule}".replace("  ", " ")


def _change(event: Edited | Wrote) -> str:
    return f"{_short(event.before)} → {_short(event.value)}"


def _short(value: JsonValue) -> str:
    shown = plain(value)
    if isinstance(shown, dict):
        names = ("id", "title", "digest", "text", "role", "identity", "reason")
        shown = {name: shown[name] for name in names if shown.get(name) is not None}
    text = "∅" if shown is None else repr(shown)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
