"""The edge's side of a store in memory: Hints, Commands, the lease, and what is known of cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import nsmallest
from operator import attrgetter
from typing import Final

from bridge.store.lease import LONG_AGO, see_held
from bridge.store.memory_outbox import MemoryOutbox
from bridge.store.memory_state import WHERE, HeldLease, OnState
from bridge.store.records import (
    Accepted,
    Answered,
    CommandRow,
    ContentKey,
    Digest,
    Finished,
    HintRow,
    Known,
    OutboxRow,
)
from contracts.ids import AgencyId, CaseRef, CommandId, Cursor
from contracts.messages import Hint

_BY_CASE: Final = attrgetter("agency", "ref")
_BY_DUE: Final = attrgetter("due_at", "ref")
_BY_AGE: Final = attrgetter("at", "id")
_BY_REF: Final = attrgetter("ref")
_BY_COMMAND: Final = attrgetter("command")
_BY_VERSION: Final = attrgetter("document", "version")


class MemoryLease(OnState):
    """Implements the lease of `EdgeStore`."""

    async def clock(self, here: datetime) -> datetime:
        """See `EdgeStore`."""
        return here

    async def acquire(
        self, agency: AgencyId, holder: str, ttl: timedelta, now: datetime
    ) -> int | None:
        """Take the lease if it is free, or was this holder's; give its epoch, else ``None``."""
        epoch, held = int(now.timestamp()), self._state.leases.get(agency)
        if held is not None:
            if held.until > now and held.holder != holder:
                return None
            epoch = max(epoch, held.epoch + 1)
        self._state.leases[agency] = HeldLease(holder, epoch, now + ttl)
        return epoch

    async def renew(
        self, agency: AgencyId, holder: str, epoch: int, ttl: timedelta, now: datetime
    ) -> bool:
        """Hold the lease longer; ``False`` where it went to another or ran out."""
        held = self._held(agency, holder, epoch)
        if held is None or held.until <= now:
            return False
        self._state.leases[agency] = replace(held, until=now + ttl)
        return True

    async def release(self, agency: AgencyId, holder: str, epoch: int) -> None:
        """Give the lease back, so that a successor need not wait."""
        if held := self._held(agency, holder, epoch):
            self._state.leases[agency] = replace(held, holder="", until=LONG_AGO)

    def _held(self, agency: AgencyId, holder: str, epoch: int) -> HeldLease | None:
        held = self._state.leases.get(agency)
        return held if held and (held.holder, held.epoch) == (holder, epoch) else None


class MemoryInbox(MemoryOutbox):
    """Implements the Commands of `EdgeStore`."""

    async def accept(self, commands: Sequence[CommandRow]) -> Accepted:
        """Take in Commands before they are acknowledged."""
        state, unique = self._state, {command.id: command for command in commands}
        answered = unique.keys() & state.receipts.keys()
        waiting = unique.keys() & state.commands.keys()
        new = unique.keys() - answered - waiting
        for id_ in new:
            state.commands[id_] = replace(unique[id_], begun_at=None)
        self._put_out([replace(state.receipts[id_], at=unique[id_].at) for id_ in answered])
        return Accepted(frozenset(new), frozenset(waiting), frozenset(answered))

    async def pending(self, agency: AgencyId, limit: int) -> Sequence[CommandRow]:
        """Give Commands that are not done, oldest first."""
        rows = (row for row in self._state.commands.values() if row.agency == agency)
        return nsmallest(limit, rows, key=_BY_AGE)

    async def begin(self, command: CommandId, at: datetime) -> None:
        """Write down that the next call to the system is for this Command."""
        if row := self._state.commands.get(command):
            self._state.commands[command] = replace(row, begun_at=at)

    async def prune(self, before: datetime) -> int:
        """Forget Receipts from before a moment."""
        receipts = self._state.receipts
        old = [command for command, receipt in receipts.items() if receipt.at < before]
        for command in old:
            del receipts[command]
        return len(old)

    def _answer(self, answered: Sequence[Answered]) -> None:
        for each in sorted(answered, key=_BY_COMMAND):
            # The first Receipt is the Receipt: who answers again finds no such row.
            if row := self._state.commands.pop(each.command, None):
                receipt: OutboxRow = replace(each.receipt, sender=row.agency)
                self._state.receipts[each.command] = receipt
        self._put_out([each.receipt for each in answered])


class MemoryEdge(MemoryInbox, MemoryLease):
    """Implements `EdgeStore`."""

    async def hint(
        self,
        hints: Sequence[Hint],
        *,
        due_at: datetime | None = None,
        cursors: Mapping[AgencyId, Cursor] | None = None,
    ) -> None:
        """Remember to look at cases, and how far the polls have come."""
        state = self._state
        for hint in sorted(hints, key=_BY_CASE):
            case = (hint.agency, hint.ref)
            due, tries = due_at or hint.at, 0
            if before := state.hints.get(case):
                due, tries = min(due, before.due_at), before.tries
            state.hints[case] = HintRow(*case, hint.cause, due, tries, next(state.versions))
        state.cursors.update(cursors or {})

    async def due_hints(self, agency: AgencyId, at: datetime, limit: int) -> Sequence[HintRow]:
        """Give cases that are due to be looked at, longest due first."""
        rows = (
            row for row in self._state.hints.values() if row.agency == agency and row.due_at <= at
        )
        return nsmallest(limit, rows, key=_BY_DUE)

    async def requeue_hint(self, hint: HintRow, due_at: datetime) -> None:
        """Look again later, one try further; a Hint that came meanwhile keeps its moment."""
        if row := self._unchanged(hint):
            version = next(self._state.versions)
            later = replace(row, due_at=due_at, tries=row.tries + 1, version=version)
            self._state.hints[hint.agency, hint.ref] = later

    async def finish(self, agency: AgencyId, epoch: int, work: Sequence[Finished]) -> None:
        """Save what was done under the lease, in which nothing comes between."""
        if not work:
            return
        state, lease = self._state, self._state.leases.get(agency)
        see_held(agency, epoch, current=lease.epoch if lease else None, where=WHERE)
        for hint in (hint for done in work for hint in done.hints):
            if self._unchanged(hint):
                del state.hints[hint.agency, hint.ref]
        self._answer([each for done in work for each in done.answered])
        self._put_out([row for done in work for row in done.outgoing])
        for known in (known for done in work for known in done.seen):
            self._remember(known)

    async def cursor(self, agency: AgencyId) -> Cursor | None:
        """Tell how far the polls have come."""
        return self._state.cursors.get(agency)

    async def known(self, agency: AgencyId, after: CaseRef | None, limit: int) -> Sequence[Known]:
        """Give cases that were read, in the order of their references."""
        place = after or ""
        rows = (
            known
            for known in self._state.known.values()
            if known.agency == agency and known.ref > place
        )
        return nsmallest(limit, rows, key=_BY_REF)

    async def known_cases(
        self, agency: AgencyId, refs: Collection[CaseRef]
    ) -> Mapping[CaseRef, Known]:
        """Load what is known of some cases; those never read are left out."""
        known = self._state.known
        return {ref: known[agency, ref] for ref in sorted(set(refs)) if (agency, ref) in known}

    async def digests(
        self, agency: AgencyId, contents: Collection[ContentKey]
    ) -> Mapping[ContentKey, Digest]:
        """Load the digests that were computed before."""
        digests = self._state.digests
        wanted = sorted(set(contents), key=_BY_VERSION)
        return {each: digests[agency, each] for each in wanted if (agency, each) in digests}

    async def save_digests(
        self, agency: AgencyId, digests: Mapping[ContentKey, Digest], at: datetime
    ) -> None:
        """Remember digests."""
        for content, digest in digests.items():
            self._state.digests[agency, content] = digest

    def _unchanged(self, hint: HintRow) -> HintRow | None:
        row = self._state.hints.get((hint.agency, hint.ref))
        return row if row is not None and row.version == hint.version else None

    def _remember(self, known: Known) -> None:
        before = self._state.known.get((known.agency, known.ref))
        if known.link is None and before is not None:
            # A reading that knows of no Link does not undo what a Command told.
            known = replace(known, link=before.link)
        self._state.known[known.agency, known.ref] = known
