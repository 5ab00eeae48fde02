"""
Write: what of a Command is missing at a case, and only where the expected value still stands.

Each change has its own outcome: what cannot be written is told, and holds up nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bridge.content import Staging
from bridge.edge.admission import Admission
from bridge.edge.breaker import Breaker
from bridge.edge.brought import contents_of, document_of, size_bytes
from bridge.edge.compare import Look, Past, by_others, is_taken, limited_change
from bridge.edge.deadline import within
from bridge.edge.lag import Lag
from bridge.edge.locking import Locking
from bridge.edge.noticing import Noticing
from bridge.edge.reading import Reader
from bridge.edge.underway import Underway
from bridge.edge.withheld import in_full
from bridge.engine.sameness import same
from bridge.engine.scope import Scope
from contracts.adapter import Adapter, Capabilities, Refusals
from contracts.case import Document, cells_of, split_path
from contracts.errors import (
    AdapterError,
    Conflict,
    Denied,
    Garbled,
    Rejected,
    Uncertain,
    Unreachable,
)
from contracts.ids import CaseRef, Token
from contracts.messages import ChangeOutcome, Command, Lane, Outcome
from contracts.patch import Change
from contracts.snapshot import Snapshot

_UNWRITABLE: Final = "dit systeem heeft er geen plaats voor, of kan het later niet wijzigen"
_NOT_AGREED: Final = "geen afspraak die nu geldt laat dit hier aankomen"
_MOVED: Final = "er staat iets anders dan verwacht"
_NO_CODE: Final = "dit is geen van de codes die het systeem hier aanneemt"
_WITHOUT_CONTENT: Final = ChangeOutcome(
    outcome=Outcome.NO_CONTENT, detail="de inhoud van het document is er nog niet"
)


@dataclass(slots=True)
class Writer:
    """
    Writes to the cases in one agency's system.

    Attributes:
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
    locking: Locking
    breaker: Breaker
    while_ours: Callable[[], AbstractAsyncContextManager[None]]
    lag: Lag
    patience: timedelta
    document_patience: timedelta

    async def write(
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
                others=by_others(snapshot, command.patch.by),
            )
            missing = await self._with_content(
                self._compare(command, look, outcomes, names), outcomes
            )
            if not missing:
                break
            has_written = True
            if not await self._try(command, ref, missing, snapshot.token, outcomes):
                break
            past = past.once_moved
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
        contents = Noticing(self.underway.writing(ref, self.content), self.locking.of(command.id))
        try:
            async with self.while_ours(), within(patience, Uncertain):
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
        for change in missing:
            if change.content is not None and document_of(change).digest in contents.failed:
                outcomes[change.path] = _WITHOUT_CONTENT
        return False

    async def _shown(self, command: Command, ref: CaseRef, *, has_written: bool) -> Snapshot:
        try:
            if command.lane is Lane.FACTS:
                return (await self.reader.look(ref))[2]
            # Versions are each system's own: whether a document is the one we mean, its digest
            # tells.
            reading = await self.reader.read(ref, like=contents_of(command))
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
                here = limited_change(here, self.capabilities().limits)
                missing.append(here.model_copy(update={"expect": now}))
        return missing

    def _outcome(self, change: Change, look: Look, *, is_agreed: bool) -> ChangeOutcome:
        """Say what becomes of one change; `DONE` where it is to be written."""
        capabilities = self.capabilities()
        name = split_path(change.path)[0]
        asserted = same(change.path, change.expect, change.become)
        as_held = limited_change(change, capabilities.limits)
        now = look.shown.get(change.path)
        if not asserted and name not in capabilities.writable:
            known = same(change.path, now, as_held.become)
            takes = look.past is not Past.EXPECTED and name in capabilities.creatable
            if known or takes:
                return ChangeOutcome(outcome=Outcome.ALREADY)
            return ChangeOutcome(outcome=Outcome.UNSUPPORTED, detail=_UNWRITABLE)
        if not is_agreed:
            return ChangeOutcome(outcome=Outcome.REFUSED, detail=_NOT_AGREED)
        if look.stands(as_held):
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
        for change in sorted(missing, key=size_bytes):
            if change.content is None:
                held.append(change)
                continue
            # Where the scanner is away for one, nobody waits for it to be away for the others.
            obstacle = away or await self._obstacle(document_of(change))
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
        return _WITHOUT_CONTENT


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
