"""
What a store promises to the hub and to the edges, wherever it keeps what it is given.

1. A call that returned is durable. One that raised `StoreUnreachable` may have been done: load
   again before doing it again. Every call ends within the configured time.
2. A call is done whole or not at all, with all that it was given.
3. What somebody else saved meanwhile is never overwritten unseen: a Link by its version, a Hint
   by its version, an edge's work by the epoch of its lease.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bridge.engine.decision import Row
from bridge.store.job_records import ItemEnd, Job, JobCounts, JobItem
from bridge.store.records import (
    HUB,
    Accepted,
    CaseKey,
    CommandRow,
    ContentKey,
    Digest,
    Finished,
    HintRow,
    Identity,
    Known,
    Lock,
    OutboxRow,
    OutboxStats,
    Pause,
    Presence,
    RulesVersion,
    SessionRow,
    Share,
    Standing,
    StoredLink,
    Timer,
    Transfer,
    Work,
)
from bridge.store.views import DepthRow, Queries
from contracts.ids import AgencyId, CaseRef, CommandId, Cursor, LinkId
from contracts.messages import Hint


class Outbox(Protocol):
    """Messages that were saved with the state they speak of, until the broker has them."""

    async def unsent(
        self, limit: int, *, sender: str = HUB, before: datetime | None = None
    ) -> Sequence[OutboxRow]:
        """
        Give the oldest messages of *sender*.

        With *before*, only those from before this moment: what a crash left behind, where
        everyone sends their own at once.
        """

    async def sent(self, ids: Collection[str]) -> None:
        """Let go of messages that the broker confirmed."""

    async def outbox_stats(self, *, sender: str = HUB) -> OutboxStats:
        """Count what waits to be sent."""


class HubStore(Outbox, Protocol):
    """Links, journal, timers and shares."""

    async def links_of(
        self, cases: Collection[CaseKey]
    ) -> Mapping[CaseKey, tuple[StoredLink, ...]]:
        """
        Load the Links of some cases; a case without any is there with none.

        The cases come in their order, whatever the order of a set was: what is decided on them
        follows it.
        """

    async def links(self, ids: Collection[LinkId]) -> Mapping[LinkId, StoredLink]:
        """Load Links; those that do not exist are left out."""

    async def commit(self, group: Sequence[Work]) -> tuple[bool, ...]:
        """
        Save a group in one transaction; tell for each whether it was saved.

        A Work whose Link was saved by somebody else meanwhile, or whose new Link exists already
        (one for a case of its home under an agreement's route), is stale: nothing of it is
        written, and the others are. Load and decide it again.
        """

    async def due_timers(self, at: datetime, limit: int) -> Sequence[Timer]:
        """Give Links that are due to be decided again, longest due first."""

    async def postpone(self, links: Collection[LinkId], until: datetime) -> None:
        """Set the timers of Links which could not be decided; their versions stay."""

    async def add_share(self, share: Share) -> None:
        """Remember that a person shared a case; the last one with the same agency counts."""

    async def shares_of(self, cases: Collection[CaseKey]) -> Mapping[CaseKey, tuple[Share, ...]]:
        """Load what people shared by hand; a case without any is there with none."""

    async def pauses(self) -> tuple[Pause, ...]:
        """Tell where nothing is written for now."""

    async def pause(self, pause: Pause, told: Row) -> bool:
        """
        Have nothing written at an agency any more, and say so in the journal.

        ``False``, and nothing is changed or told, where that was so already.
        """

    async def unpause(self, agency: AgencyId, told: Row) -> bool:
        """
        Have an agency written to again, and say so in the journal.

        ``False``, and nothing is told, where it was not paused.
        """

    async def identity(self) -> Identity:
        """Tell whose store this is."""


class EdgeStore(Outbox, Protocol):
    """What an edge must not forget; all of it belongs to one agency or another."""

    async def hint(
        self,
        hints: Sequence[Hint],
        *,
        due_at: datetime | None = None,
        cursors: Mapping[AgencyId, Cursor] | None = None,
    ) -> None:
        """
        Remember to look at cases, and how far the polls have come.

        Hints for one case fold into one row, due at the earliest moment: at *due_at*, or else
        at the moment of each Hint.
        """

    async def due_hints(self, agency: AgencyId, at: datetime, limit: int) -> Sequence[HintRow]:
        """Give cases that are due to be looked at, longest due first."""

    async def requeue_hint(self, hint: HintRow, due_at: datetime) -> None:
        """Look again later, one try further; a Hint that came meanwhile keeps its moment."""

    async def accept(self, commands: Sequence[CommandRow]) -> Accepted:
        """
        Take in Commands before they are acknowledged.

        One that is done already is answered again with the same Receipt, and not done again.
        """

    async def pending(self, agency: AgencyId, limit: int) -> Sequence[CommandRow]:
        """Give Commands that are not done, oldest first."""

    async def begin(self, command: CommandId, at: datetime) -> None:
        """Write down that the next call to the system is for this Command."""

    async def finish(self, agency: AgencyId, epoch: int, work: Sequence[Finished]) -> None:
        """
        Save what was done under the lease.

        Raises:
            LeaseLost: The lease is somebody else's now; nothing was saved.
        """

    async def clock(self, here: datetime) -> datetime:
        """
        Give the moment by the clock of all who share this store: a lease runs by no other.

        Args:
            here: What it is by the caller's own; taken where the store is on that very machine.
        """

    async def acquire(
        self, agency: AgencyId, holder: str, ttl: timedelta, now: datetime
    ) -> int | None:
        """
        Take the lease if it is free, or was this holder's; give its epoch, else ``None``.

        The epoch only grows, also where the store was lost or restored: it follows the clock.
        """

    async def renew(
        self, agency: AgencyId, holder: str, epoch: int, ttl: timedelta, now: datetime
    ) -> bool:
        """Hold the lease longer; ``False`` where it went to another or ran out."""

    async def release(self, agency: AgencyId, holder: str, epoch: int) -> None:
        """Give the lease back, so that a successor need not wait."""

    async def report(self, agency: AgencyId, standing: Standing) -> None:
        """Tell how an edge finds its case system, for people to see."""

    async def cursor(self, agency: AgencyId) -> Cursor | None:
        """Tell how far the polls have come."""

    async def known(self, agency: AgencyId, after: CaseRef | None, limit: int) -> Sequence[Known]:
        """Give cases that were read, in the order of their references."""

    async def known_cases(
        self, agency: AgencyId, refs: Collection[CaseRef]
    ) -> Mapping[CaseRef, Known]:
        """Load what is known of some cases; those never read are left out."""

    async def digests(
        self, agency: AgencyId, contents: Collection[ContentKey]
    ) -> Mapping[ContentKey, Digest]:
        """Load the digests that were computed before."""

    async def save_digests(
        self, agency: AgencyId, digests: Mapping[ContentKey, Digest], at: datetime
    ) -> None:
        """Remember digests."""

    async def report_transfer(self, transfer: Transfer) -> None:
        """Note how far a content is; the last report counts."""

    async def end_transfer(self, transfer: Transfer) -> None:
        """Note that a content is on its way no longer, whatever became of it."""

    async def forget_transfers(self, agency: AgencyId) -> None:
        """Forget what is on its way: what a process was at that is gone."""

    async def keep_lock(self, lock: Lock) -> Lock | None:
        """
        Write down what is about to be locked.

        Returns:
            What an earlier try, or a Command that is answered, left there: it is this Command's
            from now on.
        """

    async def name_lock(self, lock: Lock) -> None:
        """Write down the id of a lock that was had."""

    async def forget_lock(self, lock: Lock) -> None:
        """Forget what is locked no longer, whatever its id was."""

    async def left_locks(self, agency: AgencyId) -> Sequence[Lock]:
        """Give what is locked, or may be, where no Command is at work that is not answered yet."""

    async def prune(self, before: datetime) -> int:
        """Forget Receipts from before a moment; give how many. A later repetition is done anew."""


class JobStore(Protocol):
    """
    What people asked of many cases at once.

    A case of a job is done with the Work that names it (`Work.ends`), in one transaction: whoever
    works a job off, and however often, each case is done once.
    """

    async def add_job(self, job: Job, items: Sequence[JobItem]) -> None:
        """Keep a new job with its plan, and tell the journal its last step."""

    async def job(self, id_: str) -> Job | None:
        """Load a job; ``None`` where there is none."""

    async def jobs(self, limit: int) -> Sequence[Job]:
        """List jobs, the newest first."""

    async def save_job(self, job: Job, *, cancel_at: datetime | None = None) -> bool:
        """
        Save how a job stands now, and tell the journal its last step.

        ``False``, and nothing is told, where somebody else did since it was loaded.

        With *cancel_at*, those of its cases whose turn is still to come end there.
        """

    async def claim_job(self, holder: str, now: datetime, until: datetime) -> Job | None:
        """Take the oldest running job that nobody works on, or that is *holder*'s already."""

    async def job_items(
        self, job: str, *, after: int = 0, limit: int = 100, open_only: bool = False
    ) -> Sequence[JobItem]:
        """Give cases of a job in their order; with *open_only* those that are still to be done."""

    async def end_items(self, ends: Sequence[ItemEnd]) -> None:
        """Note what became of cases of which nothing else is saved; the first end counts."""

    async def job_counts(self, job: str) -> JobCounts:
        """Count what was foreseen, and what became of it."""


class RulesStore(Protocol):
    """Which rules were in force, and since when."""

    async def record_rules(self, new: RulesVersion) -> bool:
        """Record that rules came in force; ``False`` where they are the latest already."""

    async def rules_versions(self, limit: int) -> Sequence[RulesVersion]:
        """List versions, the newest first."""

    async def rules_version(self, number: int) -> RulesVersion | None:
        """Load one version by its number; ``None`` where there is none."""


class SessionStore(Protocol):
    """Who signed in to the console: every console of an installation knows them."""

    async def begin_session(self, row: SessionRow) -> None:
        """Keep a new session."""

    async def session(self, digest: str) -> SessionRow | None:
        """Give a session; ``None`` where it has ended."""

    async def use_session(self, digest: str, at: datetime) -> None:
        """Note when a session was last used."""

    async def end_session(self, digest: str) -> None:
        """End a session; may be repeated."""

    async def end_sessions(self, *, seen_before: datetime, begun_before: datetime) -> None:
        """End those that were not used, or began, since some moments."""


class Store(HubStore, EdgeStore, JobStore, RulesStore, SessionStore, Queries, Protocol):
    """All of it: the hub's store, the edges', or everybody's."""

    @property
    def where(self) -> str:
        """The address, without its password."""

    async def check(self) -> None:
        """
        See that the store answers, has the tables of this release, and is our environment's.

        Raises:
            StoreError: What is wrong, where, and the way out.
        """

    async def attend(self, presence: Presence, at: datetime) -> None:
        """Say that a process is at work; forget those that were not heard of any more."""

    async def leave(self, process: str) -> None:
        """Say that a process is at work no more."""

    async def at_work(self, at: datetime) -> tuple[Presence, ...]:
        """Tell who is at work."""

    async def note_depths(self, seen: Iterable[DepthRow], at: datetime) -> None:
        """Keep the worst of how full queues were seen in this span, and forget what is old."""

    async def restored(self, at: datetime) -> Identity:
        """
        Begin a new epoch, as it was brought back from a backup: look first, write later.

        Raises:
            StoreInUse: Somebody is at work; nothing is changed.
        """

    async def adopt(self, at: datetime) -> Identity:
        """
        Make the store this environment's own; if it moved, look first as after a restore.

        Raises:
            StoreInUse: It would move, and somebody is at work; nothing is changed.
        """

    async def close(self) -> None:
        """Let what runs end, and let go of what was used; may be repeated."""
