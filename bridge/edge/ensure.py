"""
Ensure: make a Command true at one system, once, whatever happened before.

Read, compare, write only what is missing and only where the expected value still stands, read
back. Whether a Command is new, repeated, or half done makes no difference: what stands in the
system decides what is left to do. This lives here once, and in no adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.content import Staging
from bridge.edge.breaker import Breaker
from bridge.edge.brought import contents_of, document_of
from bridge.edge.compare import Look, Past, limited_change
from bridge.edge.create import Creator, Place
from bridge.edge.reading import Reader, Reading
from bridge.edge.write import Writer
from contracts.adapter import Capabilities
from contracts.case import cells_of
from contracts.errors import (
    AdapterError,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Uncertain,
    Unreachable,
)
from contracts.ids import CaseRef, CommandId
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
from contracts.patch import Change
from contracts.snapshot import Snapshot

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Ensurer:
    """
    Makes Commands true at one agency's system.

    Attributes:
        begin: Writes down, durably, that the next call to the system is for this Command.
    """

    creator: Creator
    writer: Writer
    reader: Reader
    content: Staging
    capabilities: Callable[[], Capabilities]
    breaker: Breaker
    now: Callable[[], datetime]
    begin: Callable[[CommandId], Awaitable[None]]

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
            if may_be_there or self.creator.has_made(command.id):
                unseen = isinstance(error, NotFound) and self.creator.may_yet_show(command.id)
                result = None if unseen else _not_over(result)
            elif was_begun:
                result = _in_doubt(result)
        else:
            self.breaker.worked()
        if result is not None:
            self.creator.forget(command.id)
        return result

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
            found = await self.creator.place(command, begun_at)
            if not isinstance(found, Place):
                return found
            ref, past = found.ref, found.past
        else:
            ref, past = command.ref, Past.EXPECTED
            if not _asks_only(command) and begun_at is None:
                await self.begin(command.id)
        may_be_ours = begun_at is not None
        outcomes, has_written = await self.writer.write(command, ref, past, may_be_ours=may_be_ours)
        reading = await self._read_back(command, ref, has_written=has_written)
        if reading.confined is None:
            detail = "deze zaak mag niet meer buiten de eigen organisatie komen"
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
        brought = {
            change.content and document_of(change).digest for change in command.patch.changes
        }
        held = {document.digest for document in shown.case.documents} & brought
        failed: list[str | None] = []
        for sha256 in sorted(filter(None, held)):
            try:
                await self.content.used(sha256)
            except OSError as error:
                # It goes a while later, with what nobody came for; the next may be noted still.
                failed.append(error.strerror)
        if failed:
            log.warning("content_not_noted", link=command.link, count=len(failed), why=failed[0])

    def _in_doubt(
        self, command: Command, outcomes: Mapping[str, ChangeOutcome]
    ) -> Iterable[Change]:
        """Give the changes of which only the case itself can tell whether they were made."""
        for change in command.patch.changes:
            known = outcomes.get(change.path)
            if known and known.outcome is Outcome.UNCERTAIN:
                yield limited_change(change, self.capabilities().limits)

    async def _read_back(self, command: Command, ref: CaseRef, *, has_written: bool) -> Reading:
        """Read the case as it stands after; once we wrote, no error may say that nothing was."""
        try:
            # What a case holds that we find and did not make is looked at whole.
            lane = Lane.DOCUMENTS if command.ref is None else command.lane
            return await self.reader.read(
                ref, lane=lane, stage=command.stage, like=contents_of(command)
            )
        except AdapterError as error:
            if not has_written:
                raise
            self.breaker.note(error)
            msg = f"written, and not read back: {error}"
            raise Uncertain(msg) from error


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
            why = (
                f"de zaak is misschien al aangemaakt, en er kan niet naar worden gezocht: {detail}"
            )
            return Refused(reason="ambiguous", detail=why)
        case _:
            return result


def _in_doubt(result: Result) -> Result:
    """Say that a Command may have been done: it was begun before, by a process that is gone."""
    return Unanswered(detail=result.detail) if isinstance(result, Waiting) else result


def _asks_only(command: Command) -> bool:
    return not command.patch.changes
