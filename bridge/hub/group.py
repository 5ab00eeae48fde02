"""
A group: some messages, decided together and saved in one transaction.

Everything that the group needs is loaded in a few statements; then each message is decided in
turn, on the Links as the messages before it left them. What another hub saved meanwhile makes a
decision stale: that message is loaded and decided again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from bridge.clock import Now
from bridge.engine.decide import (
    Surroundings,
    decide_bug,
    decide_new,
    decide_observation,
    decide_operation,
    decide_receipt,
    decide_wake,
)
from bridge.engine.decision import Decision
from bridge.engine.link import Link
from bridge.engine.neighbours import brought_to, busy_with, foreign_to
from bridge.engine.operate import Operation
from bridge.engine.rules import Rules
from bridge.hub.crossings import crossings_of
from bridge.metrics.meters import Meters
from bridge.outbox import rows_of
from bridge.store.base import HubStore
from bridge.store.pauses import rules_now
from bridge.store.records import CaseKey, OutboxRow, StoredLink, Work
from contracts.ids import AgencyId, CaseRef, LinkId
from contracts.messages import Cause, Observation, Receipt, Seen, Settled

log = structlog.get_logger(__name__)

_MOST_ROUNDS: Final = 50
"""Who loses so often in a row against other hubs does not lose against hubs."""


class NeverSaved(RuntimeError):
    """Decisions that are stale however often they are made again."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A Link's time has come."""

    link: LinkId


class Overtaken(Exception):
    """A Link is not any more as a person saw it who asked something of it: they look again."""


@dataclass(frozen=True, slots=True)
class Operate:
    """
    A person asked something of a Link.

    Attributes:
        version: Of the Link that they saw; ``None`` where it is all the same to them.
    """

    link: LinkId
    operation: Operation
    version: int | None = None


Event = Observation | Receipt | Wake | Operate


@dataclass(slots=True)
class _Known:
    """The rules, the Links of the group as they are by now, and what is to be saved of them."""

    rules: Rules
    links: dict[LinkId, StoredLink] = field(default_factory=dict)
    by_case: dict[CaseKey, list[LinkId]] = field(default_factory=dict)
    shares: dict[CaseKey, frozenset[AgencyId]] = field(default_factory=dict)
    works: list[tuple[Event, Work]] = field(default_factory=list)

    def add(self, stored: StoredLink) -> None:
        self.links[stored.link.id] = stored
        for side in stored.link.sides.values():
            if side.ref is not None:
                ids = self.by_case.setdefault((side.agency, side.ref), [])
                if stored.link.id not in ids:
                    ids.append(stored.link.id)

    def of(self, case: CaseKey) -> list[StoredLink]:
        return [self.links[id_] for id_ in self.by_case.get(case, ()) if id_ in self.links]


class Group:
    """Decides groups of events against one store, under the rules that hold now."""

    def __init__(
        self,
        *,
        store: HubStore,
        rules: Callable[[], Rules],
        source: str,
        now: Now,
        meters: Meters | None = None,
    ) -> None:
        self._store, self._rules, self._source, self._now = store, rules, source, now
        self._meters = meters or Meters()

    async def settle(self, events: Sequence[Event]) -> list[OutboxRow]:
        """
        Decide on *events* and save what follows; give the messages to send now.

        Raises:
            NeverSaved: Decided again and again, and stale each time: that is a bug.
        """
        rows: list[OutboxRow] = []
        left = list(events)
        for turn in range(_MOST_ROUNDS):
            if not left:
                return rows
            began = time.perf_counter()
            known = await self._load(left)
            if turn == 0:
                known.works += self._heard(events)
            for event in left:
                self._decide(event, known)
            saved, left = await self._save(known), []
            for (event, work), is_saved in zip(known.works, saved, strict=True):
                if is_saved:
                    rows += work.outgoing
                    self._meters.crossed(work.crossings)
                elif not any(event is other for other in left):
                    left.append(event)
            self._meters.group(time.perf_counter() - began, stale=len(left))
        if left:
            # What was saved goes by the outbox.
            msg = f"{len(left)} events were stale {_MOST_ROUNDS} times"
            raise NeverSaved(msg)
        return rows

    def _heard(self, events: Sequence[Event]) -> list[tuple[Event, Work]]:
        """Note which systems told something by themselves; a sweep or a request is ours."""
        return [
            (event, Work(at=self._now(), heard=event.agency))
            for event in events
            if isinstance(event, Observation) and event.cause in (Cause.PUSH, Cause.POLL)
        ]

    async def park_for_bug(self, event: Event) -> list[OutboxRow]:
        """Let the cases wait for a person that an event is about, on which deciding failed."""
        for _ in range(_MOST_ROUNDS):
            known = await self._load([event])
            about = event if isinstance(event, Observation | Receipt) else None
            for stored in self._concerned(event, known):
                decision = decide_bug(stored.link, about, known.rules, self._now())
                self._keep(event, known, stored, decision)
            if all(await self._save(known)):
                break
        return []

    def _concerned(self, event: Event, known: _Known) -> list[StoredLink]:
        if isinstance(event, Observation):
            return known.of((event.agency, event.ref))
        stored = known.links.get(event.link)
        return [stored] if stored else []

    async def _save(self, known: _Known) -> tuple[bool, ...]:
        return await self._store.commit([work for _, work in known.works])

    async def _load(self, events: Sequence[Event]) -> _Known:
        known = _Known(await rules_now(self._rules(), self._store))
        cases = {key for event in events for key in _cases(event)}
        ids = {id_ for event in events for id_ in _ids(event)}
        if cases:
            for found in (await self._store.links_of(cases)).values():
                for stored in found:
                    known.add(stored)
            shares = await self._store.shares_of(
                {(e.agency, e.ref) for e in events if isinstance(e, Observation)}
            )
            known.shares = {
                case: frozenset(share.with_ for share in found) for case, found in shares.items()
            }
        missing = ids - known.links.keys()
        if missing:
            for stored in (await self._store.links(missing)).values():
                known.add(stored)
        await self._load_neighbours(events, known)
        return known

    async def _load_neighbours(self, events: Sequence[Event], known: _Known) -> None:
        """Load the other Links of the cases of Receipts that do not name their case themselves."""
        silent = {
            (event.agency, ref)
            for event in events
            if isinstance(event, Receipt)
            and not isinstance(event.result, Settled)
            and (stored := known.links.get(event.link)) is not None
            and (ref := _ref_of(event, stored)) is not None
        }
        if not silent:
            return
        for found in (await self._store.links_of(silent)).values():
            for stored in found:
                if stored.link.id not in known.links:
                    known.add(stored)

    def _decide(self, event: Event, known: _Known) -> None:
        match event:
            case Observation():
                self._decide_observation(event, known)
            case Receipt():
                stored = known.links.get(event.link)
                if stored is None:
                    log.warning("receipt_for_no_link", link=event.link, agency=event.agency)
                    return
                around = self._around(stored.link, event.agency, _ref_of(event, stored), known)
                self._keep(
                    event,
                    known,
                    stored,
                    decide_receipt(stored.link, event, known.rules, self._now(), around),
                )
            case Wake():
                stored = known.links.get(event.link)
                if stored is not None:
                    decision = decide_wake(stored.link, known.rules, self._now())
                    self._keep(event, known, stored, decision)
            case Operate():
                stored = known.links.get(event.link)
                if stored is not None:
                    if event.version not in (None, stored.version):
                        raise Overtaken(event.link)
                    decision = decide_operation(
                        stored.link, event.operation, known.rules, self._now()
                    )
                    self._keep(event, known, stored, decision)

    def _decide_observation(self, event: Observation, known: _Known) -> None:
        rules, at = known.rules, self._now()
        case = (event.agency, event.ref)
        linked = known.of(case)
        marked = self._by_mark(event, known)
        if marked is not None and marked.link.id not in {stored.link.id for stored in linked}:
            linked.append(marked)
        for stored in linked:
            around = self._around(stored.link, event.agency, event.ref, known)
            decision = decide_observation(stored.link, event, rules, at, around)
            self._keep(event, known, stored, decision)
        if marked is not None:
            return
        around = Surroundings(
            linked_to=frozenset(
                side.agency
                for stored in linked
                for side in stored.link.sides.values()
                if side.agency != event.agency
            ),
            shared_with=known.shares.get(case, frozenset()),
            related={
                ref: [stored.link for stored in known.of((event.agency, CaseRef(ref)))]
                for ref in _related(event)
            },
        )
        if linked and not around.shared_with and _is_settled(linked, event.agency):
            return
        for decision in decide_new(event, rules, at, around):
            self._keep(event, known, None, decision)

    def _by_mark(self, event: Observation, known: _Known) -> StoredLink | None:
        """Give the Link whose counterpart this case is, by the mark that it bears."""
        if not isinstance(event.sight, Seen) or event.sight.snapshot.mark is None:
            return None
        found = known.links.get(LinkId(event.sight.snapshot.mark))
        side = found.link.sides.get(event.agency) if found else None
        if side is None or side.ref not in (None, event.ref):
            # A mark that was copied along with the case, or typed: it is not the one we made.
            return None
        return found

    def _around(
        self, link: Link, agency: AgencyId, ref: CaseRef | None, known: _Known
    ) -> Surroundings:
        if ref is None:
            return Surroundings()
        others = [s.link for s in known.of((agency, ref)) if s.link.id != link.id]
        if not others:
            return Surroundings()
        return Surroundings(
            foreign=foreign_to(link, others, agency),
            brought=brought_to(others, agency),
            busy=busy_with(others, agency),
        )

    def _keep(
        self, event: Event, known: _Known, stored: StoredLink | None, decision: Decision
    ) -> None:
        """Note what is to be saved, and let the next event of the group see it."""
        if decision.link is None and not decision.journal:
            return
        version = stored.version if stored else 0
        at = self._now()
        work = Work(
            at=at,
            link=decision.link,
            expected_version=version,
            journal=decision.journal,
            outgoing=tuple(self._outgoing(decision, version, at)),
            wake_at=decision.wake_at,
            is_equal=decision.is_equal,
            crossings=crossings_of(decision) if isinstance(event, Receipt) else (),
        )
        known.works.append((event, work))
        if decision.link is not None:
            known.add(StoredLink(decision.link, version + 1))

    def _outgoing(self, decision: Decision, version: int, at: datetime) -> Iterable[OutboxRow]:
        return rows_of(decision, version, source=self._source, at=at)


def _cases(event: Event) -> Collection[CaseKey]:
    """Name the cases that an event speaks of: their Links are what it is decided with."""
    match event:
        case Observation():
            related = ((event.agency, CaseRef(ref)) for ref in _related(event))
            return [(event.agency, event.ref), *related]
        case Receipt(result=Settled(ref=ref)):
            return [(event.agency, ref)]
        case _:
            return ()


def _ids(event: Event) -> Collection[LinkId]:
    if isinstance(event, Observation):
        if isinstance(event.sight, Seen) and event.sight.snapshot.mark:
            return [LinkId(event.sight.snapshot.mark)]
        return ()
    return [event.link]


def _related(event: Observation) -> list[str]:
    if not isinstance(event.sight, Seen):
        return []
    return [item.key for item in event.sight.snapshot.case.related]


def _ref_of(event: Receipt, stored: StoredLink) -> CaseRef | None:
    if isinstance(event.result, Settled):
        return event.result.ref
    side = stored.link.sides.get(event.agency)
    return side.ref if side else None


def _is_settled(linked: Sequence[StoredLink], agency: AgencyId) -> bool:
    """Tell whether the case is only a counterpart here: its home decides where else it goes."""
    return all(stored.link.home != agency for stored in linked)


__all__ = ["Event", "Group", "Operate", "Wake"]
