"""
An edge of the quick world: a small model of the real one, step by step.

It reads, stamps, compares, writes what is missing where the expected value still stands, and
reads back; between any two steps anything may happen. What it must not forget (Commands begun,
Receipts given, cases known) survives a restart; what it was doing does not.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue

from bridge.edge.compare import Look as Comparison
from bridge.edge.compare import Past
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
        self._begun: set[CommandId] = set()
        self._digests: set[tuple[str, int]] = set()
        self._epoch, self._counter = 1, 0
        self._scopes: dict[tuple[str, date], Scope] = {}
        self._snapshots: dict[tuple[CaseRef, int, int], Snapshot] = {}

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
        confined = self._scope().confine(snapshot)
        return Look(file.version, self._stamp(), self._now(), snapshot, confined)

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
        self._begun.discard(command.id)
        self.answered[command.id] = receipt
        if isinstance(result, Settled):
            self.known.add(result.ref)
        if isinstance(result, Waiting) and command.ref is not None:
            self.hint(command.ref, Cause.REQUEST)
        self._send(receipt)

    def _ensure(self, command: Command) -> Ensuring:
        ref, is_new, has_written = command.ref, command.ref is None, False
        past = Past.EXPECTED
        begun = command.id in self._begun
        if ref is None:
            yield "find"
            found = self._find(command)
            if not isinstance(found, list):
                return None if begun and isinstance(found, Waiting) else found
            if found:
                ref, past = found[0], Past.FOUND
            elif begun and not self.system.habits.finds:
                detail = "a create got no answer, and this system cannot be searched for it"
                return Refused(reason="ambiguous", detail=detail)
            else:
                self._begun.add(command.id)
                yield "create"
                ref, past = self._create(command), Past.MADE
                if ref is None:
                    return None
        elif command.patch.changes:
            self._begun.add(command.id)
        outcomes: dict[str, ChangeOutcome] = {}
        for _ in range(2):
            if not command.patch.changes:
                break
            may_be_ours = begun or has_written
            yield "read"
            try:
                look = self._read(ref, command.lane)
            except Down:
                return _after_trouble(has_written=has_written, is_new=is_new)
            if look is None:
                return _gone(has_written=has_written)
            known_items = command.patch.known
            shown = cells_of(look.snapshot.case)
            compared = Comparison(shown, known_items, past, may_be_ours=may_be_ours)
            missing = self._compare(command, compared, outcomes)
            if not missing:
                break
            yield "write"
            written = self._write(command, ref, missing, look, outcomes)
            if written is None:
                return _after_trouble(has_written=True, is_new=is_new)
            has_written = True
            if written:
                break
        yield "read back"
        try:
            look = self._read(ref, Lane.DOCUMENTS if is_new else command.lane, command.stage)
        except Down:
            return _after_trouble(has_written=has_written, is_new=is_new)
        if look is None:
            return _gone(has_written=has_written)
        if look.confined is None:
            return Refused(reason="out-of-scope", detail="the case may not leave any more")
        compared = Comparison(cells_of(look.confined.case), command.patch.known)
        for change in command.patch.changes:
            known = outcomes.get(change.path)
            if known and known.outcome is Outcome.UNCERTAIN and compared.stands(change):
                outcomes[change.path] = ChangeOutcome(outcome=Outcome.DONE)
        return Settled(ref=ref, sequence=look.sequence, snapshot=look.confined, outcomes=outcomes)

    def _find(self, command: Command) -> list[CaseRef] | Result:
        if self.system.is_down:
            return Waiting(detail="the system is away")
        if not self.system.habits.finds:
            return []
        found = self.system.find(command.mark)
        if len(found) > 1:
            return Refused(reason="ambiguous", detail=f"{len(found)} cases bear the mark")
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
        return None if is_unanswered else ref

    def _compare(
        self, command: Command, compared: Comparison, outcomes: dict[str, ChangeOutcome]
    ) -> list[Change]:
        missing: list[Change] = []
        for change in command.patch.changes:
            outcome = self._outcome(change, compared)
            outcomes[change.path] = ChangeOutcome(outcome=outcome)
            if outcome is Outcome.DONE:
                missing.append(change)
        return missing

    def _outcome(self, change: Change, compared: Comparison) -> Outcome:
        """Say what becomes of a change; `DONE` where it is to be written."""
        name, now = split_path(change.path)[0], compared.shown.get(change.path)
        asserted = same(change.path, change.expect, change.become)
        habits = self.system.habits
        if not asserted and (name not in self.system.readable or name in habits.immutable):
            is_new = compared.past is not Past.EXPECTED
            known = same(change.path, now, change.become) or (is_new and name in habits.immutable)
            return Outcome.ALREADY if known else Outcome.UNSUPPORTED
        if not self._scope().may_receive(change.path, change.become):
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
        missing: list[Change],
        look: Look,
        outcomes: dict[str, ChangeOutcome],
    ) -> bool | None:
        """Write; false where the case had moved, ``None`` where the system went away."""
        if self.system.is_down:
            return None
        token = look.version if self.system.habits.guard is UpdateGuard.TOKEN else None
        if self._faults.strikes(Fault.LANDED_LATE, self.agency):
            self.system.later.append(lambda at: self._land(ref, missing, token, look.at, at))
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
            return True
        left = list(missing)
        if self._faults.strikes(Fault.HALF_APPLIED, self.agency):
            left = left[: self._faults.random.randrange(len(left) + 1)]
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
        if self._faults.strikes(Fault.ANSWER_LOST, self.agency):
            self._mark(outcomes, missing, Outcome.UNCERTAIN)
        for change in left:
            if self._faults.strikes(Fault.WRITE_REFUSED, f"{self.agency} {change.path}"):
                outcomes[change.path] = ChangeOutcome(outcome=Outcome.REFUSED, detail="mag niet")
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
                version = self.system.write(ref, change, token=token, began=began, at=at)
            except Moved:
                return
            token = version if token is not None else None

    def _mark(
        self, outcomes: dict[str, ChangeOutcome], changes: list[Change], outcome: Outcome
    ) -> None:
        for change in changes:
            outcomes[change.path] = ChangeOutcome(outcome=outcome)


def _after_trouble(*, has_written: bool, is_new: bool) -> Result | None:
    if is_new:
        return None
    if has_written:
        return Unanswered(detail="written, and not read back")
    return Waiting(detail="the system is away")


def _gone(*, has_written: bool) -> Result:
    if has_written:
        return Unanswered(detail="written, and gone")
    return Refused(reason="gone", detail="the case is gone")
