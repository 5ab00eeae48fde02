"""
Ensure: make a Command true at one system, once, whatever happened before.

Read, compare, write only what is missing and only where the expected value still stands, read
back. Whether a Command is new, repeated, or half done makes no difference: what stands in the
system decides what is left to do. This lives here once, and in no adapter.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from pydantic import JsonValue

from bridge.edge.breaker import Breaker
from bridge.edge.content import ContentFolder
from bridge.edge.reading import Reader
from bridge.engine.sameness import IDENTIFIED, same
from bridge.engine.scope import Scope
from contracts.adapter import Adapter, Capabilities, Limit, Refusals
from contracts.case import Cells, Document, cells_of, split_path
from contracts.errors import (
    AdapterError,
    Conflict,
    Denied,
    Garbled,
    NotFound,
    Rejected,
    Throttled,
    Uncertain,
    Unreachable,
)
from contracts.ids import CaseRef, CommandId, Mark
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

_DONE = (Outcome.DONE, Outcome.ALREADY)


@dataclass(slots=True)
class Ensurer:
    """
    Makes Commands true at one agency's system.

    Attributes:
        begin: Writes down, durably, that the next call to the system is for this Command.
    """

    adapter: Adapter
    capabilities: Callable[[], Capabilities]
    scope: Callable[[], Scope]
    reader: Reader
    content: ContentFolder
    breaker: Breaker
    now: Callable[[], datetime]
    begin: Callable[[CommandId], Awaitable[None]]

    async def ensure(self, command: Command, begun_at: datetime | None) -> Result | None:
        """
        Make *command* true as far as it can be now, and tell what became of it.

        Args:
            begun_at: When it was begun before, where it was: look before anything else.

        Returns:
            ``None`` for a create that may have been done and does not show yet: the Command is
            not over, and is to be tried again.
        """
        if self.breaker.is_open:
            return Waiting(detail=self.breaker.why, retry_after=self.breaker.until - self.now())
        try:
            result = await self._ensure(command, begun_at)
        except Throttled as error:
            self.breaker.failed(str(error), retry_after=error.retry_after)
            return Waiting(detail=str(error), retry_after=error.retry_after)
        except Unreachable as error:
            self.breaker.failed(str(error))
            return Waiting(detail=str(error))
        except Denied as error:
            self.breaker.denied(str(error))
            return Waiting(detail=str(error), retry_after=self.breaker.until - self.now())
        except Uncertain as error:
            return Unanswered(detail=str(error))
        except NotFound as error:
            return Refused(reason="gone", detail=str(error))
        except Rejected as error:
            return Refused(reason="rejected", detail=str(error))
        except Garbled as error:
            self.breaker.parked()
            return Refused(reason="garbled", detail=str(error))
        except AdapterError as error:
            return Unanswered(detail=str(error))
        self.breaker.worked()
        return result

    async def _ensure(self, command: Command, begun_at: datetime | None) -> Result | None:
        ref, is_new = command.ref, False
        if ref is None:
            # Only what this very attempt made is certainly as we made it: on one that is found
            # again somebody may have worked meanwhile.
            found = await self._find(command.mark)
            if found is None:
                is_new = True
                found = await self._create(command, begun_at)
            if not isinstance(found, str):
                return found
            ref = CaseRef(found)
        elif not _asks_only(command) and begun_at is None:
            await self.begin(command.id)
        outcomes = await self._write(command, ref, is_new=is_new)
        reading = await self.reader.read(ref, stage=command.stage)
        if reading.confined is None:
            detail = "the case may not leave this agency any more"
            return Refused(reason="out-of-scope", detail=detail)
        shown = cells_of(reading.confined.case)
        for change in command.patch.changes:
            known = outcomes.get(change.path)
            if known and known.outcome is Outcome.UNCERTAIN and _stands(change, shown):
                outcomes[change.path] = ChangeOutcome(outcome=Outcome.DONE)
        return Settled(
            ref=ref, sequence=reading.sequence, snapshot=reading.confined, outcomes=outcomes
        )

    async def _create(self, command: Command, begun_at: datetime | None) -> CaseRef | Result | None:
        """Make the case that bears our mark, where `_find` found none: never a second one."""
        capabilities = self.capabilities()
        if begun_at is not None:
            if self.now() < begun_at + capabilities.settles_within:
                return None
            if not capabilities.create_guard:
                detail = "a create got no answer, and this system cannot be searched for it"
                return Refused(reason="ambiguous", detail=detail)
        patch = self._creatable(command.patch, capabilities)
        await self.begin(command.id)
        try:
            return await self.adapter.create(
                patch, mark=command.mark, contents=self.content, key=command.id
            )
        except Uncertain as error:
            log.warning("create_unanswered", link=command.link, why=str(error))
            return await self._find(command.mark)

    async def _find(self, mark: Mark) -> CaseRef | Result | None:
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
        self, command: Command, ref: CaseRef, *, is_new: bool
    ) -> dict[str, ChangeOutcome]:
        """Write what is missing; twice at most, since what stands there may move meanwhile."""
        outcomes: dict[str, ChangeOutcome] = {}
        for _ in range(2):
            if not command.patch.changes:
                return outcomes
            snapshot = await self._shown(command, ref)
            shown = cells_of(snapshot.case)
            missing = self._compare(command, shown, outcomes, is_new=is_new)
            if not missing:
                return outcomes
            patch = command.patch.model_copy(update={"changes": tuple(missing)})
            try:
                await self.adapter.write(
                    ref, patch, token=snapshot.token, contents=self.content, key=command.id
                )
            except Conflict:
                _mark(outcomes, missing, Outcome.CONFLICT, "something else stands there now")
                continue
            except Refusals as error:
                for path, words in error.refused.items():
                    outcomes[path] = ChangeOutcome(outcome=Outcome.REFUSED, detail=words)
            except Rejected as error:
                _mark(outcomes, missing, Outcome.REFUSED, str(error), only=error.path)
            except (Uncertain, Garbled) as error:
                _mark(outcomes, missing, Outcome.UNCERTAIN, str(error))
            except Unreachable as error:
                # Some of it may have been written before the system went away.
                raise Uncertain(str(error)) from error
            return outcomes
        return outcomes

    async def _shown(self, command: Command, ref: CaseRef) -> Snapshot:
        if command.lane is Lane.FACTS:
            return (await self.reader.look(ref))[2]
        # Versions are each system's own: whether a document is the one we mean, its digest tells.
        reading = await self.reader.read(ref)
        return reading.confined or reading.snapshot

    def _compare(
        self,
        command: Command,
        shown: Cells,
        outcomes: dict[str, ChangeOutcome],
        *,
        is_new: bool,
    ) -> list[Change]:
        """Say of each change whether it is done, cannot be, or is still to be written."""
        capabilities, scope = self.capabilities(), self.scope()
        missing: list[Change] = []
        for change in command.patch.changes:
            field = split_path(change.path)[0]
            asserted = same(change.path, change.expect, change.become)
            limited_change = self._limited(change, capabilities)
            now = shown.get(change.path)
            if not asserted and field not in capabilities.writable:
                known = same(change.path, now, limited_change.become)
                takes = is_new and field in capabilities.creatable
                outcome = Outcome.ALREADY if known or takes else Outcome.UNSUPPORTED
            elif not scope.may_receive(change.path, change.become):
                outcome = Outcome.REFUSED
            elif _stands(limited_change, shown):
                outcome = Outcome.ALREADY
            elif asserted or (not is_new and not _expected(change, now)):
                outcome = Outcome.CONFLICT
            elif self._lacks_content(change):
                outcome = Outcome.NO_CONTENT
            else:
                outcome = Outcome.DONE
                missing.append(limited_change.model_copy(update={"expect": now}))
            outcomes[change.path] = ChangeOutcome(outcome=outcome)
        return missing

    def _lacks_content(self, change: Change) -> bool:
        if change.content is None or not isinstance(change.become, dict):
            return False
        return not self.content.has(Document.model_validate(change.become).digest)


def _asks_only(command: Command) -> bool:
    return not command.patch.changes


def _expected(change: Change, now: JsonValue) -> bool:
    return same(change.path, change.expect, now)


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


def _stands(change: Change, shown: Cells) -> bool:
    """Tell whether a change shows already: at its path, or as an item under the system's key."""
    if change.path in shown and same(change.path, shown[change.path], change.become):
        return True
    field, key = split_path(change.path)
    if change.become is None:
        return change.path not in shown or shown[change.path] is None
    if field not in IDENTIFIED or change.path in shown or not isinstance(change.become, dict):
        return False
    return any(
        _is_that_item(field, value, change.become)
        for path, value in shown.items()
        if split_path(path)[0] == field and isinstance(value, dict)
    )


def _is_that_item(
    field: str, shown: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue]
) -> bool:
    if field == "documents":
        ours = wanted.get("mark") is not None and shown.get("mark") == wanted.get("mark")
        return ours and same("documents/", dict(shown), dict(wanted))
    return same(f"{field}/", dict(shown), dict(wanted))


def limited(path: str, value: JsonValue, limits: Mapping[str, Limit]) -> JsonValue:
    """Cut a value to what the system holds; what is cut still stands for the whole."""
    field, _ = split_path(path)
    if isinstance(value, str) and field in limits:
        return _cut(value, limits[field])
    if isinstance(value, dict):
        return {
            name: _cut(part, limits[f"{field}/{name}"])
            if isinstance(part, str) and f"{field}/{name}" in limits
            else part
            for name, part in value.items()
        }
    return value


def _cut(text: str, limit: Limit) -> str:
    return text[: limit.max_length] if limit.max_length is not None else text
