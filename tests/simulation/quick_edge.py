"""
An edge of the quick world: a small model of the real one, step by step.

It reads, stamps, compares, writes what is missing where the expected value still stands, and
reads back; between any two steps anything may happen. What it must not forget (Commands begun,
Receipts given, cases known) survives a restart; what it was doing does not.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from pydantic import JsonValue

from bridge.edge.compare import Look as Comparison
from bridge.edge.compare import Past, by_others
from bridge.edge.withheld import in_full
from bridge.engine.rules import Rules
from bridge.engine.sameness import same
from bridge.engine.scope import Scope, scope_for
from contracts.adapter import UpdateGuard
from contracts.case import COLLECTIONS, Case, Content, case_of, cells_of, split_path
from contracts.ids import AgencyId, CaseRef, CommandId
from contracts.messages import (
    Cause,
    ChangeOutcome,
    Command,
    Lane,
    Missing,
    Observation,
    Outcome,
    OutOfScope,
    Receipt,
    Refused,
    Result,
    Seen,
    Sequence,
    Settled,
    Sight,
    Unanswered,
    Waiting,
)
from contracts.patch import Change
from contracts.snapshot import Author, Snapshot
from tests.simulation.quick_faults import Fault, Faults
from tests.simulation.quick_system import CaseFile, Moved, System

Ensuring = Generator[str, None, Result | None]
"""A Command that is being made true; each step is named, the end gives what became of it."""


SETTLES_WITHIN: Final = timedelta(seconds=20)
"""How long a case that was made may not be found yet."""


class Down(Exception):
    """The system does not answer."""


@dataclass(slots=True)
class Look:
    """One look at a case: its version, its snapshot whole, and what of it may leave."""

    version: int
    sequence: Sequence
    at: datetime
    snapshot: Snapshot
    confined: Snapshot | None


class Edge:
    """The edge of one agency."""

    def __init__(
        self,
        agency: AgencyId,
        system: System,
        *,
        faults: Faults,
        rules: Callable[[], Rules],
        now: Callable[[], datetime],
        contents: set[str],
        send: Callable[[Observation | Receipt], None],
    ) -> None:
        self.agency, self.system, self._faults = agency, system, faults
        self._rules, self._now, self._contents, self._send = rules, now, contents, send
        self.hints: dict[CaseRef, Cause] = {}
        self.inbox: dict[CommandId, Command] = {}
        self.running: dict[str, tuple[Command, Ensuring]] = {}
        self.known: set[CaseRef] = set()
        self.answered: dict[CommandId, Receipt] = {}
        self._begun: dict[CommandId, datetime] = {}
        self._has_written: dict[CommandId, bool] = {}
        self._digests: set[tuple[str, int]] = set()
        self._epoch, self._counter = 1, 0
        self._scopes: dict[tuple[str, date], Scope] = {}
        self._snapshots: dict[tuple[CaseRef, int, int], Snapshot] = {}
        self._leaving: dict[int, tuple[Snapshot, Scope, Snapshot | None]] = {}

    # What comes in

    def hint(self, ref: CaseRef, cause: Cause) -> None:
        """Remember to look; hints for one case fold together."""
        self.hints.setdefault(ref, cause)

    def take(self, command: Command) -> None:
        """Take a Command in; one that is done is answered again."""
        if command.id in self.answered:
            self._send(self.answered[command.id])
        else:
            self.inbox.setdefault(command.id, command)

    def restart(self) -> None:
        """Forget what was being done; a successor begins under the next epoch."""
        self.running.clear()
        self._digests.clear()
        self._epoch, self._counter = self._epoch + 1, 0

    # Looking

    def look(self, ref: CaseRef) -> bool:
        """Look at a case, and tell; false where the system did not answer."""
        cause = self.hints[ref]
        try:
            found = self._read(ref, Lane.DOCUMENTS)
        except Down:
            return False
        del self.hints[ref]
        stamp = found.sequence if found else self._stamp()
        sight = self._sight(ref, found)
        if not isinstance(sight, Seen) and ref not in self.known:
            return True
        self.known.add(ref)
        self._send(
            Observation(
                agency=self.agency,
                ref=ref,
                sequence=stamp,
                cause=cause,
                at=self._now(),
                sight=sight,
            )
        )
        return True

    def _sight(self, ref: CaseRef, found: Look | None) -> Sight:
        if found is None:
            gone = self.system.habits.sees_deletion and ref in self.system.gone
            return Missing(gone=gone)
        return OutOfScope() if found.confined is None else Seen(snapshot=found.confined)

    def _read(self, ref: CaseRef, lane: Lane, stage: tuple[str, ...] = ()) -> Look | None:
        if self.system.is_down or self._faults.strikes(Fault.READ_FAILED, self.agency):
            raise Down
        file = self.system.cases.get(ref)
        if file is None:
            return None
        self._fetch(file, lane, stage)
        snapshot = self._snapshot(ref, file)
        if self._faults.strikes(Fault.FIELD_LEFT_OUT, self.agency):
            snapshot = self._without_a_field(snapshot)
        confined = self._confined(snapshot)
        return Look(file.version, self._stamp(), self._now(), snapshot, confined)

    def _confined(self, snapshot: Snapshot) -> Snapshot | None:
        """Confine a reading; most are of a case that did not change since the one before."""
        scope = self._scope()
        known = self._leaving.get(id(snapshot))
        if known is None or known[0] is not snapshot or known[1] is not scope:
            known = (snapshot, scope, scope.confine(snapshot))
            self._leaving[id(snapshot)] = known
        return known[2]

    def _stamp(self) -> Sequence:
        self._counter += 1
        return Sequence(self._epoch, self._counter)

    def _fetch(self, file: CaseFile, lane: Lane, stage: tuple[str, ...]) -> None:
        """Make the content of documents available; for facts alone only what is asked for."""
        for path, value in file.cells.items():
            if split_path(path)[0] != "documents" or not isinstance(value, dict):
                continue
            key, version = str(value["key"]), value["version"]
            is_known = (key, version) in self._digests
            if key in stage or (lane is Lane.DOCUMENTS and not is_known):
                assert isinstance(version, int)
                self._digests.add((key, version))
                self._contents.add(str(value["digest"]))

    def _snapshot(self, ref: CaseRef, file: CaseFile) -> Snapshot:
        place = (ref, file.version, len(self._digests))
        if place not in self._snapshots:
            self._snapshots[place] = self._shown(ref, file)
        return self._snapshots[place]

    def _without_a_field(self, snapshot: Snapshot) -> Snapshot:
        """Leave a field with items out: not empty, but not read."""
        there = sorted(snapshot.case.model_fields_set & COLLECTIONS)
        gone = self._faults.random.choice(there)
        kept = {
            name: getattr(snapshot.case, name)
            for name in snapshot.case.model_fields_set
            if name != gone
        }
        return snapshot.model_copy(update={"case": Case.model_construct(**kept)})

    def _shown(self, ref: CaseRef, file: CaseFile) -> Snapshot:
        readable, habits = self.system.readable, self.system.habits
        cells: dict[str, JsonValue] = {
            path: self._described(value) if path.startswith("documents/") else value
            for path, value in file.cells.items()
            if split_path(path)[0] in readable
        }
        for name in readable - COLLECTIONS:
            cells.setdefault(name, None)
        authors = (
            {path: Author(by=by, at=at) for path, (by, at) in file.authors.items()}
            if habits.tells_authors
            else {}
        )
        return Snapshot(
            ref=ref,
            case=case_of(cells, readable),
            unsupported=habits.unsupported,
            mark=file.mark,
            authors=authors,
        )

    def _described(self, value: JsonValue) -> JsonValue:
        if not isinstance(value, dict):
            return value
        key, version = str(value["key"]), str(value["version"])
        if (key, value["version"]) not in self._digests:
            return {**value, "digest": None, "size_bytes": None, "content": None}
        content = Content(agency=self.agency, key=key, version=version)
        return {**value, "content": content.model_dump()}

    def _scope(self) -> Scope:
        rules, day = self._rules(), self._now().date()
        place = (rules.version, day)
        if place not in self._scopes:
            self._scopes[place] = scope_for(self.agency, rules, day)
        return self._scopes[place]

    # Commands

    def startable(self) -> list[tuple[str, Command]]:
        """Give what is waiting and whose case and lane are free."""
        return [
            (place, command)
            for command in self.inbox.values()
            if (place := f"{command.ref or command.link}|{command.lane}") not in self.running
        ]

    def start(self, place: str, command: Command) -> None:
        """Begin on a Command."""
        self.running[place] = (command, self._ensure(command))

    @property
    def is_creating(self) -> bool:
        """Tell whether a case is being made: a matter of moments."""
        return any(command.ref is None for command, _ in self.running.values())

    def go_on(self, place: str) -> str:
        """Take one step of what is being done there; give its name."""
        command, steps = self.running[place]
        try:
            return next(steps)
        except StopIteration as over:
            del self.running[place]
            result: Result | None = over.value
            if result is not None:
                self._answer(command, result)
            return "answer" if result is not None else "put off"

    def _answer(self, command: Command, result: Result) -> None:
        receipt = Receipt(
            command=command.id,
            link=command.link,
            agency=self.agency,
            lane=command.lane,
            at=self._now(),
            result=result,
        )
        del self.inbox[command.id]
        self._begun.pop(command.id, None)
        self.answered[command.id] = receipt
        if isinstance(result, Settled):
            self.known.add(result.ref)
        if isinstance(result, Waiting) and command.ref is not None:
            self.hint(command.ref, Cause.REQUEST)
        self._send(receipt)

    def _ensure(self, command: Command) -> Ensuring:
        """Make a Command true; ``None`` at the end: it is not over, and is taken up again."""
        begun = command.id in self._begun
        if command.ref is None:
            made = yield from self._make(command)
            if not isinstance(made, tuple):
                return made
            ref, past = made
        else:
            ref, past = command.ref, Past.EXPECTED
            if command.patch.changes:
                self._begun.setdefault(command.id, self._now())
        outcomes: dict[str, ChangeOutcome] = {}
        trouble = yield from self._write_what_is_missing(command, ref, past, outcomes, begun=begun)
        if trouble is not None:
            return None if command.ref is None else _in_doubt(trouble, begun=begun)
        result = yield from self._read_back(command, ref, outcomes, begun=begun)
        return _in_doubt(result, begun=begun)

    def _make(self, command: Command) -> Generator[str, None, tuple[CaseRef, Past] | Result | None]:
        """Find the case that bears our mark, or make it."""
        begun_at = self._begun.get(command.id)
        yield "find"
        found = self._find(command)
        if not isinstance(found, list):
            return None if begun_at is not None and isinstance(found, Waiting) else found
        if found:
            return found[0], Past.FOUND
        if begun_at is not None and self._now() < begun_at + SETTLES_WITHIN:
            # It may have been made, and not show yet.
            return None
        if begun_at is not None and not self.system.habits.finds:
            detail = "het aanmaken kreeg geen antwoord, en dit systeem kan niet worden doorzocht"
            return Refused(reason="ambiguous", detail=detail)
        self._begun[command.id] = self._now()
        yield "create"
        # What it may take to land begins with the call, however long that took to be made.
        self._begun[command.id] = self._now()
        ref = self._create(command)
        return None if ref is None else (ref, Past.MADE)

    def _write_what_is_missing(
        self,
        command: Command,
        ref: CaseRef,
        past: Past,
        outcomes: dict[str, ChangeOutcome],
        *,
        begun: bool,
    ) -> Generator[str, None, Result | None]:
        """Read, compare, write; twice at most. Gives what ends a Command that could not go on."""
        has_written = False
        for _ in range(2 if command.patch.changes else 0):
            yield "read"
            look = self._looked(ref, command.lane, has_written=has_written)
            if not isinstance(look, Look):
                return look
            shown, known = cells_of(look.snapshot.case), command.patch.known
            read = look.snapshot.case.model_fields_set
            others = by_others(look.snapshot, command.patch.by)
            mine = begun or has_written
            compared = Comparison(shown, read, known, past, may_be_ours=mine, others=others)
            missing = self._compare(command, compared, outcomes)
            if not missing:
                break
            yield "write"
            written = self._write(command, ref, missing, look, outcomes)
            if written is None:
                return Unanswered(detail="the system went away")
            has_written = True
            if written:
                break
            past = past.once_moved
        self._has_written[command.id] = has_written
        return None

    def _read_back(
        self,
        command: Command,
        ref: CaseRef,
        outcomes: dict[str, ChangeOutcome],
        *,
        begun: bool,
    ) -> Ensuring:
        yield "read back"
        is_new, has_written = command.ref is None, self._has_written.pop(command.id)
        lane = Lane.DOCUMENTS if is_new else command.lane
        look = self._looked(ref, lane, command.stage, has_written=has_written)
        if not isinstance(look, Look):
            return None if is_new and not isinstance(look, Refused) else look
        if look.confined is None:
            detail = "the case may not leave any more"
            return Refused(reason="out-of-scope", detail=detail, ref=ref)
        case = look.confined.case
        compared = Comparison(cells_of(case), case.model_fields_set, command.patch.known)
        in_doubt = tuple(
            change.path
            for change in command.patch.changes
            if begun or outcomes.get(change.path) == ChangeOutcome(outcome=Outcome.UNCERTAIN)
        )
        for change in command.patch.changes:
            known = outcomes.get(change.path)
            if known and known.outcome is Outcome.UNCERTAIN and compared.stands(change):
                outcomes[change.path] = ChangeOutcome(outcome=Outcome.DONE)
        return Settled(
            ref=ref,
            sequence=look.sequence,
            snapshot=look.confined,
            outcomes=outcomes,
            in_doubt=in_doubt,
        )

    def _looked(
        self, ref: CaseRef, lane: Lane, stage: tuple[str, ...] = (), *, has_written: bool
    ) -> Look | Result:
        """Read, or say what it means for the Command that it could not be."""
        try:
            look = self._read(ref, lane, stage)
        except Down:
            away = Waiting(detail="the system is away")
            return Unanswered(detail="written, and not read back") if has_written else away
        if look is not None:
            return look
        gone = Refused(reason="gone", detail="the case is gone")
        return Unanswered(detail="written, and gone") if has_written else gone

    def _find(self, command: Command) -> list[CaseRef] | Result:
        if self.system.is_down:
            return Waiting(detail="the system is away")
        if not self.system.habits.finds:
            return []
        found = self.system.find(command.mark, self._now())
        if len(found) > 1:
            return Refused(reason="ambiguous", detail=f"{len(found)} zaken dragen het kenmerk")
        return found

    def _create(self, command: Command) -> CaseRef | None:
        """Make the case; ``None`` where no answer came."""
        if self.system.is_down:
            return None
        taken = {
            change.path: change
            for change in command.patch.changes
            if self._scope().may_receive(change.path, change.become)
        }
        is_unanswered = self._faults.strikes(Fault.CREATE_UNANSWERED, self.agency)
        if is_unanswered and self._faults.random.random() < 0.5:
            return None
        ref = self.system.create(taken, command.mark, self._now())
        if self._faults.strikes(Fault.NOT_FINDABLE, str(ref)):
            self.system.hide(ref, self._now() + SETTLES_WITHIN / 2)
        return None if is_unanswered else ref

    def _compare(
        self, command: Command, compared: Comparison, outcomes: dict[str, ChangeOutcome]
    ) -> dict[str, Change]:
        """Give what is to be written, by what the hub calls its path."""
        missing: dict[str, Change] = {}
        for change in command.patch.changes:
            here = in_full(change, compared.shown, self._scope())
            agreed = self._scope().may_receive(change.path, change.become)
            outcome = self._outcome(here, compared, is_agreed=agreed)
            outcomes[change.path] = ChangeOutcome(outcome=outcome)
            if outcome is Outcome.DONE:
                missing[change.path] = here
        return missing

    def _outcome(self, change: Change, compared: Comparison, *, is_agreed: bool) -> Outcome:
        """Say what becomes of a change; `DONE` where it is to be written."""
        name, now = split_path(change.path)[0], compared.shown.get(change.path)
        asserted = same(change.path, change.expect, change.become)
        habits = self.system.habits
        if not asserted and (name not in self.system.readable or name in habits.immutable):
            is_new = compared.past is not Past.EXPECTED
            known = same(change.path, now, change.become) or (is_new and name in habits.immutable)
            return Outcome.ALREADY if known else Outcome.UNSUPPORTED
        if not is_agreed:
            return Outcome.REFUSED
        if compared.stands(change):
            return Outcome.ALREADY
        if asserted or not compared.may_give_way(change):
            return Outcome.CONFLICT
        if change.content is not None and isinstance(change.become, dict):
            digest = str(change.become["digest"])
            if self._faults.strikes(Fault.CONTENT_GONE, self.agency):
                self._contents.discard(digest)
            if digest not in self._contents:
                return Outcome.NO_CONTENT
        return Outcome.DONE

    def _write(
        self,
        command: Command,
        ref: CaseRef,
        missing: dict[str, Change],
        look: Look,
        outcomes: dict[str, ChangeOutcome],
    ) -> bool | None:
        """Write; false where the case had moved, ``None`` where the system went away."""
        if self.system.is_down:
            return None
        token = look.version if self.system.habits.guard is UpdateGuard.TOKEN else None
        if self._faults.strikes(Fault.LANDED_LATE, self.agency):
            self.system.later.append(
                lambda at: self._land(ref, list(missing.values()), token, look.at, at)
            )
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
            return True
        left = list(missing.items())
        if self._faults.strikes(Fault.HALF_APPLIED, self.agency):
            left = left[: self._faults.random.randrange(len(left) + 1)]
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
        if self._faults.strikes(Fault.ANSWER_LOST, self.agency):
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
        for path, change in left:
            if self._faults.strikes(Fault.WRITE_REFUSED, f"{self.agency} {change.path}"):
                outcomes[path] = ChangeOutcome(outcome=Outcome.REFUSED, detail="mag niet")
                continue
            try:
                version = self.system.write(ref, change, token=token, began=look.at, at=self._now())
            except Moved:
                self._mark(outcomes, missing, Outcome.CONFLICT)
                return False
            token = version if token is not None else None
        return True

    def _land(
        self,
        ref: CaseRef,
        changes: list[Change],
        token: int | None,
        began: datetime,
        at: datetime,
    ) -> None:
        """Do what was sent long ago; a guarded system refuses it where the case has moved."""
        for change in changes:
            try:
                version = self.system.write(ref, change, token=token, began=began, at=at, late=True)
            except Moved:
                return
            token = version if token is not None else None

    def _mark(
        self, outcomes: dict[str, ChangeOutcome], paths: Iterable[str], outcome: Outcome
    ) -> None:
        for path in paths:
            outcomes[path] = ChangeOutcome(outcome=outcome)


def _in_doubt(result: Result | None, *, begun: bool) -> Result | None:
    """Say that a Command may have been done: it was begun before the edge was started again."""
    is_doubtful = begun and isinstance(result, Waiting)
    return Unanswered(detail="begun before, and the system is away") if is_doubtful else result
