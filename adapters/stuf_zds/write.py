"""
Writing one case: the order, and the care.

1. Compare what stands now with what the Patch expects; leave out what is already so.
2. A status that reopens the case goes first: a closed one takes no other changes.
3. All that the zaak itself tells of goes in one updateZaak, with the old beside the new. Where it
   is refused each change goes by itself, so that only what cannot be is refused.
4. Documents and decisions, each a message of its own.
5. The status last: the end status closes the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from adapters.kit.outcome import Outcome
from adapters.kit.standing import Likeness
from adapters.stuf_zds import decisions, extras, messages, papers, step
from adapters.stuf_zds.client import Actor, Client
from adapters.stuf_zds.documents import Documents, Task
from adapters.stuf_zds.fields import WRITABLE
from adapters.stuf_zds.messages import notification
from adapters.stuf_zds.moments import DUTCH
from adapters.stuf_zds.names import (
    ACTUALISEER_ZAAKSTATUS,
    GEEF_ZAAKSTATUS,
    UPDATE_BESLUIT,
    UPDATE_ZAAK,
    VOEG_BESLUIT_TOE,
    Operation,
    Profile,
)
from adapters.stuf_zds.notice import Notice
from adapters.stuf_zds.numbers import Numbers
from adapters.stuf_zds.reading import Reader
from adapters.stuf_zds.settings import StufSettings
from adapters.stuf_zds.shape import Shaper, case_type
from adapters.stuf_zds.taste import Taste
from adapters.stuf_zds.values import Mutatiesoort
from adapters.stuf_zds.xml import Element
from contracts.adapter import Contents
from contracts.case import CaseDecision, Document, cells_of, split_path
from contracts.errors import Conflict, Rejected, Uncertain, Unreachable
from contracts.ids import CaseRef, Token
from contracts.patch import Change, Patch
from contracts.snapshot import Snapshot

LIKE: Final = Likeness(documents=papers.same_document, as_text=extras.as_text, knows_sizes=False)
"""When two values are alike in what a StUF system can show."""

_FACTS: Final = frozenset(WRITABLE) | {
    "handler", "unit", "roles", "properties", "objects", "related",
}  # fmt: skip
_MILLISECOND: Final = timedelta(milliseconds=1)


class Writer:
    """Writes cases of one system."""

    def __init__(
        self,
        client: Client,
        reader: Reader,
        shaper: Shaper,
        documents: Documents,
        numbers: Numbers,
        settings: StufSettings,
    ) -> None:
        self._client = client
        self._reader = reader
        self._shaper = shaper
        self._documents = documents
        self._numbers = numbers
        self._settings = settings
        self._is_1_2 = client.profile is Profile.ZDS_1_2

    async def write(
        self, ref: CaseRef, patch: Patch, *, token: Token | None, contents: Contents, key: str
    ) -> None:
        """
        Make the changes of *patch* on one case, now.

        Raises:
            Conflict: The case no longer shows what *patch* expects.
            Uncertain: A message left, and no usable answer came.
            Refusals: Some changes were refused, all others were made.
        """
        reading = await self._reader.read(ref)
        snapshot = self._shaper.snapshot(reading)
        if token is not None and snapshot.token != token:
            msg = "the case was changed since it was looked at"
            raise Conflict(msg)
        left = LIKE.needed(snapshot, patch.changes, self._can_be, patch.known)
        actor = Actor(patch.by, key)
        day = patch.at.astimezone(DUTCH).date().isoformat()
        task = Task(reading=reading, actor=actor, contents=contents, day=day)
        outcome = Outcome()
        for change in left:
            if not self._can_be(change):
                outcome.refused[change.path] = "this system cannot hold a change of this field"
        try:
            possible = [change for change in left if self._can_be(change)]
            await self._make(possible, snapshot, task, patch, outcome, key)
        except Unreachable as error:
            if not actor.made:
                raise
            msg = f"stopped after {len(actor.made)} messages: {error}"
            raise Uncertain(msg, code=error.code) from error
        outcome.tell()

    def _can_be(self, change: Change) -> bool:
        name, key = split_path(change.path)
        if name in self._shaper.unsupported:
            return False
        if name == "properties":
            return key in self._settings.properties
        return name in _FACTS | self._settings.elements.keys() | {
            "documents",
            "decisions",
            "status",
        }

    async def _make(
        self,
        changes: Sequence[Change],
        snapshot: Snapshot,
        task: Task,
        patch: Patch,
        outcome: Outcome,
        key: str,
    ) -> None:
        statuses = [change for change in changes if _field(change) == "status"]
        if snapshot.is_closed:
            await self._set(statuses, snapshot, task, patch, outcome)
            statuses = []
        own = _FACTS | self._settings.elements.keys()
        facts = [change for change in changes if _field(change) in own]
        decided = [change for change in changes if _field(change) == "decisions"]
        if not self._reader.has(VOEG_BESLUIT_TOE):
            facts, decided = facts + [self._numbered(c, key) for c in decided], []
        await self._tell_facts(facts, task, outcome)
        for change in changes:
            if _field(change) == "documents":
                found = LIKE.standing_at(change, cells_of(snapshot.case))
                standing = Document.model_validate(found) if found is not None else None
                await outcome.attempt((change.path,), self._documents.write(change, standing, task))
        for change in decided:
            found = LIKE.standing_at(change, cells_of(snapshot.case), patch.known)
            stands = CaseDecision.model_validate(found) if found is not None else None
            await outcome.attempt((change.path,), self._decide(change, stands, task, key))
        await self._set(statuses, snapshot, task, patch, outcome)

    # What the zaak tells of

    async def _tell_facts(self, facts: list[Change], task: Task, outcome: Outcome) -> None:
        told, paths = Notice.of(task.reading.zaak, self._settings, facts), []
        for change in sorted(facts, key=_goes):
            try:
                told.add(change)
            except Rejected as error:
                outcome.refused[change.path] = str(error)
            else:
                paths.append(change)
        if not paths:
            return
        try:
            await self._send(UPDATE_ZAAK, told.objects(always_w=self._is_1_2), task)
        except Rejected as refused:
            if len(paths) == 1:
                outcome.refused[paths[0].path] = str(refused)
                return
            # A message that is refused has done nothing: each change has a message of its own.
            for change in sorted(paths, key=_goes, reverse=True):
                await outcome.attempt((change.path,), self._tell_one(change, task))

    async def _tell_one(self, change: Change, task: Task) -> None:
        zaak = await self._reader.zaak(task.reading.number)
        told = Notice.of(zaak, self._settings, (change,))
        told.add(change)
        await self._send(UPDATE_ZAAK, told.objects(always_w=self._is_1_2), task)

    async def _send(self, operation: Operation, pair: tuple[Element, Element], task: Task) -> None:
        profile = self._client.profile
        await self._client.tell(
            operation,
            lambda told: notification(operation, profile, told, Mutatiesoort.WIJZIGING, pair),
            actor=task.actor,
            about=task.reading.number,
        )

    # Decisions

    def _numbered(self, change: Change, key: str) -> Change:
        if change.become is None or not isinstance(change.become, dict):
            return change
        number = self._numbers.derived(f"{key} {change.path}")
        return change.model_copy(update={"become": {**change.become, "key": number}})

    async def _decide(
        self, change: Change, standing: CaseDecision | None, task: Task, key: str
    ) -> None:
        if change.become is None:
            msg = "there is no message that takes a decision away"
            raise Rejected(msg, path=change.path)
        item = CaseDecision.model_validate(change.become)
        if standing is not None:
            if not self._reader.has(UPDATE_BESLUIT):
                msg = "a decision cannot be changed at this system"
                raise Rejected(msg, path=change.path)
            await self._send(UPDATE_BESLUIT, decisions.revised(standing, item), task)
            return
        number = await self._numbers.of_decision(f"{key} {change.path}", task.actor)
        besluit = decisions.besluit(item, number, whole=True)
        await self._client.tell(
            VOEG_BESLUIT_TOE,
            lambda told: messages.decision(
                VOEG_BESLUIT_TOE, self._client.profile, told, besluit, task.reading.number
            ),
            actor=task.actor,
            about=task.reading.number,
        )

    # Statuses

    async def _set(
        self,
        changes: Sequence[Change],
        snapshot: Snapshot,
        task: Task,
        patch: Patch,
        outcome: Outcome,
    ) -> None:
        for change in changes:
            if change.become is None:
                outcome.refused[change.path] = "a status is never taken away, only followed"
                continue
            await outcome.attempt((change.path,), self._set_status(change, snapshot, task, patch))

    async def _set_status(
        self, change: Change, snapshot: Snapshot, task: Task, patch: Patch
    ) -> None:
        name, zaak = str(change.become), task.reading.zaak
        rank = self._rank(zaak, name)
        last = snapshot.case.status_history[-1] if snapshot.case.status_history else None
        if self._reader.has(GEEF_ZAAKSTATUS):
            # Documents and all else took their time: look once more, at this alone.
            now = await self._reader.latest_status(task.reading.number)
            if now is not None and now.told.status == name:
                return
            if now is not None and now.told.status != snapshot.case.status:
                msg = "another status was set at the same time"
                raise Conflict(msg, path=change.path)
        # The latest by date is the current one, so an earlier moment would not become it.
        at = patch.at.replace(microsecond=patch.at.microsecond // 1000 * 1000)  # as it is told
        if last is not None and last.at >= at:
            at = last.at + _MILLISECOND
        pair = step.status(
            zaak,
            self._settings,
            name=name,
            rank=rank,
            at=at,
            by=patch.by,
            always_w=self._is_1_2,
        )
        await self._send(ACTUALISEER_ZAAKSTATUS, pair, task)

    def _rank(self, zaak: Element, name: str) -> int | None:
        """
        Give the place of a status type in its process, where it is known.

        Raises:
            Rejected: The type of the case is known, and has no such status.
        """
        taste = Taste()
        kind = self._settings.case_types.get(case_type(zaak, taste) or "")
        if kind is not None and kind.statuses:
            if name not in kind.statuses:
                msg = f"{name!r} is no status of this type of case; see the setting case_types"
                raise Rejected(msg, path="status")
            return kind.statuses[name]
        steps = self._shaper.history(zaak, taste)
        ranks = [step.rank for step in steps if step.told.status == name]
        return next((rank for rank in ranks if rank), None)


def _goes(change: Change) -> bool:
    """Tell whether something goes: in one message after who comes in its place, else before."""
    return change.become is None


def _field(change: Change) -> str:
    return split_path(change.path)[0]
