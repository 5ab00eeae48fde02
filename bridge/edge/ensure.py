"""
Ensure: make a Command true at one system, once, whatever happened before.

Read, compare, write only what is missing and only where the expected value still stands, read
back. Whether a Command is new, repeated, or half done makes no difference: what stands in the
system decides what is left to do. This lives here once, and in no adapter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.content import Staging
from bridge.edge.admission import Admission
from bridge.edge.breaker import Breaker
from bridge.edge.compare import Look, Past, is_taken, limited
from bridge.edge.lag import Lag
from bridge.edge.reading import Reader, Reading
from bridge.edge.underway import Underway
from bridge.edge.withheld import in_full
from bridge.engine.sameness import same
from bridge.engine.scope import Scope
from bridge.store.records import Digest
from contracts.adapter import Adapter, Capabilities, Refusals
from contracts.case import Document, cells_of, split_path
from contracts.errors import (
    AdapterError,
    Conflict,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Uncertain,
    Unreachable,
)
from contracts.ids import CaseRef, CommandId, Mark, Token
from contracts.messages import (
    ChangeOutcome,
    Command,
    Lane,
    Outcome,
    Refused,
    Result,
    Settled,
    Unanswered,
    Waiting,
)
from contracts.patch import Change, Patch
from contracts.snapshot import Snapshot

log = structlog.get_logger(__name__)

_UNWRITABLE: Final = "this system cannot hold it, or not change it on a case that exists"
_NOT_AGREED: Final = "no agreement in force lets this arrive here"
_MOVED: Final = "something else stands there than was expected"
_NO_CODE: Final = "this is none of the codes that the system takes here"
_NO_CONTENT: Final = "the content of the document is not at hand yet"


@dataclass(frozen=True, slots=True)
class _Place:
    """A case that is to be written to."""

    ref: CaseRef
    past: Past


@dataclass(slots=True)
class Ensurer:
    """
    Makes Commands true at one agency's system.

    Attributes:
        begin: Writes down, durably, that the next call to the system is for this Command.
        while_ours: Around each write: raises where another edge may speak for the agency by now,
            and breaks the write off when that comes about.
        patience: Within which one call to the system must have ended.
        document_patience: The same, for a write of documents.
    """

    adapter: Adapter
    capabilities: Callable[[], Capabilities]
    scope: Callable[[], Scope]
    reader: Reader
    content: Staging
    admission: Admission
    underway: Underway
    breaker: Breaker
    now: Callable[[], datetime]
    begin: Callable[[CommandId], Awaitable[None]]
    while_ours: Callable[[], AbstractAsyncContextManager[None]]
    lag: Lag
    patience: timedelta
    document_patience: timedelta
    _created: dict[CommandId, tuple[CaseRef, datetime]] = field(default_factory=dict)
    """Made by a Command that is not over: a case that could not be read back yet, and when."""

    async def ensure(self, command: Command, begun_at: datetime | None) -> Result | None:
        """
        Make *command* true as far as it can be now, and tell what became of it.

        Args:
            command: As it was taken in.
            begun_at: When it was begun before, where it was: look before anything else.

        Returns:
            ``None`` for a create that may have been done and does not show yet: the Command is
            not over, and is to be tried again. Its successor would not know of it.
        """
        was_begun = begun_at is not None
        may_be_there = command.ref is None and was_begun
        if self.breaker.is_open:
            waiting = self._waiting(self.breaker.why)
            return None if may_be_there else _in_doubt(waiting) if was_begun else waiting
        try:
            result = await self._ensure(command, begun_at)
        except AdapterError as error:
            result = self._failed(error)
            if may_be_there or command.id in self._created:
                result = None if self._may_yet_show(command, error) else _not_over(result)
            elif was_begun:
                result = _in_doubt(result)
        else:
            self.breaker.worked()
        if result is not None:
            self._created.pop(command.id, None)
        return result

    def _may_yet_show(self, command: Command, error: AdapterError) -> bool:
        if command.id not in self._created or not isinstance(error, NotFound):
            return False
        return self.now() < self._created[command.id][1] + self.capabilities().settles_within

    def _failed(self, error: AdapterError) -> Result:
        """Say what an error means for the whole Command, where nothing of it was written."""
        self.breaker.note(error)
        match error:
            case Unreachable() | Denied():
                return self._waiting(str(error))
            case NotFound():
                return Refused(reason="gone", detail=str(error))
            case Rejected():
                return Refused(reason="rejected", detail=str(error))
            case Garbled():
                self.breaker.parked()
                return Refused(reason="garbled", detail=str(error))
            case _:
                return Unanswered(detail=str(error))

    def _waiting(self, why: str) -> Waiting:
        wait = self.breaker.until - self.now()
        return Waiting(detail=why, retry_after=max(wait, timedelta(0)))

    async def _ensure(self, command: Command, begun_at: datetime | None) -> Result | None:
        if command.ref is None:
            found = await self._create(command, begun_at)
            if not isinstance(found, _Place):
                return found
            ref, past = found.ref, found.past
        else:
            ref, past = command.ref, Past.EXPECTED
            if not _asks_only(command) and begun_at is None:
                await self.begin(command.id)
        may_be_ours = begun_at is not None
        outcomes, has_written = await self._write(command, ref, past, may_be_ours=may_be_ours)
        reading = await self._read_back(command, ref, has_written=has_written)
        if reading.confined is None:
            detail = "the case may not leave this agency any more"
            return Refused(reason="out-of-scope", detail=detail, ref=ref)
        shown, read = cells_of(reading.confined.case), reading.confined.case.model_fields_set
        in_doubt = _tried(command, outcomes, was_begun=may_be_ours)
        for change in self._in_doubt(command, outcomes):
            if Look(shown, read, command.patch.known).stands(change):
                outcomes[change.path] = ChangeOutcome(outcome=Outcome.DONE)
        await self._note_used(command, reading.confined)
        return Settled(
            ref=ref,
            sequence=reading.sequence,
            snapshot=reading.confined,
            outcomes=outcomes,
            in_doubt=in_doubt,
        )

    async def _note_used(self, command: Command, shown: Snapshot) -> None:
        """Say of each content that is here by now that it need not be kept for us."""
        brought = {change.content and _digest(change) for change in command.patch.changes}
        held = {document.digest for document in shown.case.documents} & brought
        try:
            for sha256 in sorted(filter(None, held)):
                await self.content.used(sha256)
        except OSError as error:
            # It goes a while later, with what nobody came for.
            log.warning("content_not_noted", link=command.link, why=error.strerror)

    def _in_doubt(
        self, command: Command, outcomes: Mapping[str, ChangeOutcome]
    ) -> Iterable[Change]:
        """Give the changes of which only the case itself can tell whether they were made."""
        for change in command.patch.changes:
            known = outcomes.get(change.path)
            if known and known.outcome is Outcome.UNCERTAIN:
                yield self._limited(change, self.capabilities())

    async def _read_back(self, command: Command, ref: CaseRef, *, has_written: bool) -> Reading:
        """Read the case as it stands after; once we wrote, no error may say that nothing was."""
        try:
            # What a case holds that we find and did not make is looked at whole.
            lane = Lane.DOCUMENTS if command.ref is None else command.lane
            return await self.reader.read(
                ref, lane=lane, stage=command.stage, like=_contents(command)
            )
        except AdapterError as error:
            if not has_written:
                raise
            self.breaker.note(error)
            msg = f"written, and not read back: {error}"
            raise Uncertain(msg) from error

    async def _create(self, command: Command, begun_at: datetime | None) -> _Place | Result | None:
        """Find the case that bears our mark, or make it: never a second one."""
        if command.id in self._created:
            return _Place(self._created[command.id][0], Past.FOUND)
        found = await self._find(command.mark)
        if found is not None:
            return _Place(found, Past.FOUND) if isinstance(found, str) else found
        capabilities = self.capabilities()
        if begun_at is not None:
            # It began before the call: that may take its time to land, and then to be findable.
            if self.now() < begun_at + self.patience + capabilities.settles_within:
                return None
            if not capabilities.create_guard:
                detail = "a create got no answer, and this system cannot be searched for it"
                return Refused(reason="ambiguous", detail=detail)
        patch = self._creatable(command.patch, capabilities)
        await self.begin(command.id)
        try:
            # The mark is the key: it is the same, too, for a later Command that asks for the same.
            async with self.while_ours(), _within(self.patience, Uncertain):
                ref = await self.adapter.create(
                    patch, mark=command.mark, contents=self.content, key=command.mark
                )
        except (Uncertain, Garbled) as error:
            log.warning("create_unanswered", link=command.link, why=str(error))
            return await self._find_at_once(command.mark)
        self._created[command.id] = ref, self.now()
        self.lag.touch(ref)
        return _Place(ref, Past.MADE)

    async def _find_at_once(self, mark: Mark) -> _Place | Result | None:
        """Look for what was just made without an answer; where it cannot be told, later again."""
        try:
            found = await self._find(mark)
        except AdapterError as error:
            self.breaker.note(error)
            return None
        return _Place(found, Past.MADE) if isinstance(found, str) else found

    async def _find(self, mark: Mark) -> CaseRef | Result | None:
        async with _within(self.patience, Unreachable):
            found = list(await self.adapter.find(mark))
        if len(found) > 1:
            detail = f"{len(found)} cases bear the mark {mark}; a person must choose one"
            return Refused(reason="ambiguous", detail=detail)
        return found[0] if found else None

    def _creatable(self, patch: Patch, capabilities: Capabilities) -> Patch:
        takes = capabilities.writable | capabilities.creatable
        changes = tuple(
            self._limited(change, capabilities)
            for change in patch.changes
            if split_path(change.path)[0] in takes
        )
        return patch.model_copy(update={"changes": changes})

    def _limited(self, change: Change, capabilities: Capabilities) -> Change:
        return change.model_copy(
            update={"become": limited(change.path, change.become, capabilities.limits)}
        )

    async def _write(
        self, command: Command, ref: CaseRef, past: Past, *, may_be_ours: bool
    ) -> tuple[dict[str, ChangeOutcome], bool]:
        """
        Write what is missing; twice at most, since what stands there may move meanwhile.

        Returns:
            What became of each change, and whether anything may have been written.
        """
        outcomes: dict[str, ChangeOutcome] = {}
        names: dict[str, str] = {}
        has_written = False
        for _ in range(2):
            if not command.patch.changes:
                break
            snapshot = await self._shown(command, ref, has_written=has_written)
            look = Look(
                cells_of(snapshot.case),
                read=snapshot.case.model_fields_set,
                known=command.patch.known,
                past=past,
                may_be_ours=may_be_ours or has_written,
            )
            missing = await self._with_content(
                self._compare(command, look, outcomes, names), outcomes
            )
            if not missing:
                break
            has_written = True
            if not await self._try(command, ref, missing, snapshot.token, outcomes):
                break
        return {names.get(path, path): told for path, told in outcomes.items()}, has_written

    async def _try(
        self,
        command: Command,
        ref: CaseRef,
        missing: list[Change],
        token: Token | None,
        outcomes: dict[str, ChangeOutcome],
    ) -> bool:
        """Write once; true where something else stood there, and it is to be compared again."""
        patch = command.patch.model_copy(update={"changes": tuple(missing)})
        is_facts = command.lane is Lane.FACTS
        patience = self.patience if is_facts else self.document_patience
        contents = self.underway.writing(ref, self.content)
        try:
            async with self.while_ours(), _within(patience, Uncertain):
                await self.adapter.write(ref, patch, token=token, contents=contents, key=command.id)
        except Conflict as error:
            _mark(outcomes, missing, Outcome.CONFLICT, str(error))
            return True
        except Refusals as error:
            for path, words in error.refused.items():
                outcomes[path] = ChangeOutcome(outcome=Outcome.REFUSED, detail=words)
        except Rejected as error:
            only = error.path if error.path in {change.path for change in missing} else None
            _mark(outcomes, missing, Outcome.REFUSED, str(error), only=only)
        except (Uncertain, Garbled) as error:
            _mark(outcomes, missing, Outcome.UNCERTAIN, str(error))
        except (Unreachable, Denied) as error:
            # Some of it may have been written before the system went away.
            self.breaker.note(error)
            raise Uncertain(str(error)) from error
        finally:
            self.lag.touch(ref)
        return False

    async def _shown(self, command: Command, ref: CaseRef, *, has_written: bool) -> Snapshot:
        try:
            if command.lane is Lane.FACTS:
                return (await self.reader.look(ref))[2]
            # Versions are each system's own: whether a document is the one we mean, its digest
            # tells.
            reading = await self.reader.read(ref, like=_contents(command))
        except AdapterError as error:
            if not has_written:
                raise
            self.breaker.note(error)
            raise Uncertain(str(error)) from error
        return reading.confined or reading.snapshot

    def _compare(
        self,
        command: Command,
        look: Look,
        outcomes: dict[str, ChangeOutcome],
        names: dict[str, str],
    ) -> list[Change]:
        """
        Say of each change whether it is done, cannot be, or is still to be written.

        What is said goes by the path here; *names* takes what the hub calls it.
        """
        missing: list[Change] = []
        for change in command.patch.changes:
            here = in_full(change, look.shown, self.scope())
            names[here.path] = change.path
            agreed = self.scope().may_receive(change.path, change.become)
            outcome = self._outcome(here, look, is_agreed=agreed)
            outcomes[here.path] = outcome
            if outcome.outcome is Outcome.DONE:
                now = look.shown.get(here.path)
                limited_change = self._limited(here, self.capabilities())
                missing.append(limited_change.model_copy(update={"expect": now}))
        return missing

    def _outcome(self, change: Change, look: Look, *, is_agreed: bool) -> ChangeOutcome:
        """Say what becomes of one change; `DONE` where it is to be written."""
        capabilities = self.capabilities()
        name = split_path(change.path)[0]
        asserted = same(change.path, change.expect, change.become)
        limited_change = self._limited(change, capabilities)
        now = look.shown.get(change.path)
        if not asserted and name not in capabilities.writable:
            known = same(change.path, now, limited_change.become)
            takes = look.past is not Past.EXPECTED and name in capabilities.creatable
            if known or takes:
                return ChangeOutcome(outcome=Outcome.ALREADY)
            return ChangeOutcome(outcome=Outcome.UNSUPPORTED, detail=_UNWRITABLE)
        if not is_agreed:
            return ChangeOutcome(outcome=Outcome.REFUSED, detail=_NOT_AGREED)
        if look.stands(limited_change):
            return ChangeOutcome(outcome=Outcome.ALREADY)
        if asserted or not look.may_give_way(change):
            return ChangeOutcome(outcome=Outcome.CONFLICT, detail=_MOVED)
        if not is_taken(change.path, change.become, capabilities.limits):
            return ChangeOutcome(outcome=Outcome.REFUSED, detail=_NO_CODE)
        return ChangeOutcome(outcome=Outcome.DONE)

    async def _with_content(
        self, missing: list[Change], outcomes: dict[str, ChangeOutcome]
    ) -> list[Change]:
        """Leave out the documents whose content may not enter, or not yet; the small go first."""
        held: list[Change] = []
        away: ChangeOutcome | None = None
        for change in sorted(missing, key=_size_bytes):
            if change.content is None:
                held.append(change)
                continue
            # Where the scanner is away for one, nobody waits for it to be away for the others.
            obstacle = away or await self._obstacle(_document(change))
            if obstacle is None:
                held.append(change)
                continue
            outcomes[change.path] = obstacle
            away = obstacle if obstacle.outcome is Outcome.UNSCANNED else None
        return held

    async def _obstacle(self, document: Document) -> ChangeOutcome | None:
        """Say why the content of a document cannot be written now; ``None`` where it can."""
        if await self.content.has(document.digest):
            with suppress(LookupError):
                return await self.admission.refusal(document)
        return ChangeOutcome(outcome=Outcome.NO_CONTENT, detail=_NO_CONTENT)


@asynccontextmanager
async def _within(patience: timedelta, late: type[Uncertain | Unreachable]) -> AsyncIterator[None]:
    """Put a deadline around one call, and say what it means when it passes."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except TimeoutError as error:
        msg = "the system did not answer in time"
        raise late(msg) from error


def _tried(
    command: Command, outcomes: Mapping[str, ChangeOutcome], *, was_begun: bool
) -> tuple[str, ...]:
    """Name the changes of which a try got no answer: now, or before the edge was started again."""
    return tuple(
        change.path
        for change in command.patch.changes
        if was_begun
        or (change.path in outcomes and outcomes[change.path].outcome is Outcome.UNCERTAIN)
    )


def _not_over(result: Result) -> Result | None:
    """Say what becomes of a create that may have been done, where it cannot be told now."""
    match result:
        case Waiting() | Unanswered():
            return None
        case Refused(reason="rejected", detail=detail):
            why = f"a create may have been done, and cannot be looked for: {detail}"
            return Refused(reason="ambiguous", detail=why)
        case _:
            return result


def _in_doubt(result: Result) -> Result:
    """Say that a Command may have been done: it was begun before, by a process that is gone."""
    return Unanswered(detail=result.detail) if isinstance(result, Waiting) else result


def _digest(change: Change) -> str | None:
    """Give the digest of the document that a change brings."""
    return _document(change).digest


def _size_bytes(change: Change) -> int:
    return (_document(change).size_bytes or 0) if change.content is not None else 0


def _document(change: Change) -> Document:
    return Document.model_validate(change.become)


def _contents(command: Command) -> list[Digest]:
    """Give the contents that a Command is to bring about."""
    brought = [
        _document(change)
        for change in command.patch.changes
        if split_path(change.path)[0] == "documents" and isinstance(change.become, dict)
    ]
    return [
        Digest(document.digest, document.size_bytes)
        for document in brought
        if document.digest is not None and document.size_bytes is not None
    ]


def _asks_only(command: Command) -> bool:
    return not command.patch.changes


def _mark(
    outcomes: dict[str, ChangeOutcome],
    changes: list[Change],
    outcome: Outcome,
    detail: str,
    only: str | None = None,
) -> None:
    for change in changes:
        if only in (None, change.path):
            outcomes[change.path] = ChangeOutcome(outcome=outcome, detail=detail)
