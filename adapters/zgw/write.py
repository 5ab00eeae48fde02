"""
Writing one case: the order, and the care.

A PATCH of a zaak writes the whole row as the server read it a moment before, and no write takes
a precondition. So, in this order:

1. Compare what stands now with what the Patch expects; leave out what is already so.
2. A status that reopens the case goes first: a closed one takes no other writes.
3. Documents, then children: rows of their own, in nobody's way.
4. One PATCH, the smallest, right after reading the zaak again.
5. Read back, and look in the audit trail for what that PATCH overwrote: put it back.
6. The result, then the status. The end status last of all, never beside a PATCH.
7. After closing, read back that the end date stands; a PATCH beside it takes it away again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import structlog

from adapters.zgw import audit, geometry, shape
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.children import Children, Task
from adapters.zgw.client import Actor, Client
from adapters.zgw.features import Features
from adapters.zgw.fields import NATIVE_NAMES, WRITABLE
from adapters.zgw.links import is_uuid, uuid_of
from adapters.zgw.moments import DUTCH, status_moment
from adapters.zgw.native import StatusType, Zaak
from adapters.zgw.plan import Stage, Todo, is_place, needed, same
from adapters.zgw.problems import Refused
from adapters.zgw.reading import Reader
from adapters.zgw.transfer import ContentMissing
from contracts.adapter import Contents, Refusals
from contracts.case import CaseObject, RelatedCase, split_path
from contracts.errors import Conflict, NotFound, Rejected, Throttled, Uncertain, Unreachable
from contracts.ids import CaseRef
from contracts.patch import Change, Patch

log = structlog.get_logger(__name__)

_MAIN: Final = "hoofdzaak"
_SUB: Final = "deelzaak"
_REPAIRS: Final = 2
_BEHIND: Final = timedelta(seconds=5)
"""How long to wait for a clock that is behind ours."""


@dataclass(slots=True)
class _Outcome:
    """What became of the changes that were not made."""

    refused: dict[str, str] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    async def attempt(self, paths: tuple[str, ...], work: Awaitable[None]) -> bool:
        """Do one piece of work; a refusal concerns these paths only, all else goes on."""
        try:
            await work
        except Conflict as conflict:
            self.conflicts.append(conflict)
        except Rejected as error:
            for path in paths:
                self.refused[path] = str(error)
        except ContentMissing:
            log.info("content_not_here_yet", changes=len(paths))
        else:
            return True
        return False

    def tell(self) -> None:
        if self.conflicts:
            raise self.conflicts[0]
        if self.refused:
            raise Refusals(self.refused)


class Writer:
    """Writes cases of one system."""

    def __init__(
        self, client: Client, catalogue: Catalogue, reader: Reader, children: Children
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._reader = reader
        self._children = children

    async def write(
        self, ref: CaseRef, patch: Patch, features: Features, *, contents: Contents, key: str
    ) -> None:
        """
        Make the changes of *patch* on one case, now.

        Raises:
            Conflict: The case no longer shows what *patch* expects.
            Uncertain: A request left, and no usable answer came.
            Refusals: Some changes were refused, all others were made.
        """
        reading = await self._reader.read(ref, features)
        snapshot = shape.snapshot(reading)
        possible = tuple(
            c for c in patch.changes if split_path(c.path)[0] not in snapshot.unsupported
        )
        todo = needed(snapshot, patch.model_copy(update={"changes": possible}))
        task = Task(
            reading=reading,
            case=snapshot.case,
            actor=Actor(patch.by, f"{key} {patch.reason}".strip()),
            contents=contents,
            key=key,
            day=patch.at.astimezone(DUTCH).date(),
        )
        outcome = _Outcome()
        impossible = (c for c in patch.changes if c not in possible)
        for change in (*todo.at(Stage.NEVER), *impossible):
            outcome.refused[change.path] = "this system cannot hold a change of this field"
        try:
            await self._make(ref, todo, task, patch, outcome)
            if snapshot.mark is not None and reading.status is None:
                await self._first_status(task, patch)
        except Unreachable as error:
            if not task.actor.made:
                raise
            msg = f"stopped after {len(task.actor.made)} writes: {error}"
            raise Uncertain(msg, code=error.code) from error
        outcome.tell()

    async def _make(
        self, ref: CaseRef, todo: Todo, task: Task, patch: Patch, outcome: _Outcome
    ) -> None:
        statuses = todo.at(Stage.STATUS)
        if task.reading.is_closed and not all(self._ends(c, task) for c in statuses):
            await self._statuses(ref, statuses, task, patch, outcome)
            statuses = ()
        for change in (*todo.at(Stage.DOCUMENTS), *todo.at(Stage.CHILDREN)):
            await self._one(change, self._children.write(change, task), task, outcome)
        if row := todo.at(Stage.ROW):
            await self._row(ref, row, task, outcome)
        for change in todo.at(Stage.RESULT):
            await self._one(change, self._result(change, task), task, outcome)
        await self._statuses(ref, statuses, task, patch, outcome)

    async def _one(
        self, change: Change, work: Awaitable[None], task: Task, outcome: _Outcome
    ) -> None:
        await outcome.attempt((change.path,), self._knowing_types(work, task))

    async def _knowing_types(self, work: Awaitable[None], task: Task) -> None:
        try:
            await work
        except Refused as refused:
            if "zaaktype-mismatch" in refused.codes:
                self._catalogue.forget(task.reading.zaak.zaaktype)
            raise

    # The row of the zaak

    async def _row(
        self, ref: CaseRef, changes: tuple[Change, ...], task: Task, outcome: _Outcome
    ) -> None:
        raw = await self._reader.raw(ref)
        zaak = Zaak.model_validate(raw)
        body, sent = _row_body(changes, zaak, raw, outcome, self._spoken)
        while body:
            try:
                await self._patch(ref, body, task.actor)
            except Refused as refused:
                named = [m for m in body if any(n.split(".")[0] == m for n in refused.fields)]
                for member in named or list(body):
                    outcome.refused[sent[member]] = str(refused)
                    del body[member]
                continue  # a refused PATCH did nothing: what is left is a smaller one
            await self._after_patch(ref, body, task, outcome)
            return

    async def _patch(self, ref: CaseRef, body: Mapping[str, Any], actor: Actor) -> None:
        await self._client.send("PATCH", "zaken", f"zaken/{ref}", body, actor=actor)

    async def _after_patch(
        self, ref: CaseRef, body: Mapping[str, Any], task: Task, outcome: _Outcome
    ) -> None:
        """Read back, and put right what our PATCH or another's overwrote."""
        known = frozenset(entry.uuid for entry in task.reading.trail)
        sent = dict(body)
        for _ in range(_REPAIRS):
            trail = await self._reader.trail(ref)
            raw = await self._reader.raw(ref)
            await self._mend_close(ref, raw, task)
            found = audit.collisions(trail, sent, task.actor.note, known)
            for collision in (c for c in found if not c.by_us):
                path = NATIVE_NAMES.get(collision.member, collision.member)
                msg = f"{path} was overwritten by another client while we wrote it"
                outcome.conflicts.append(Conflict(msg, path=path))
            lost = {
                c.member: c.lost
                for c in found
                if c.by_us and audit.alike(raw.get(c.member), c.put_back)
            }
            if not lost:
                return
            log.warning("overwritten_edit_put_back", case=ref, members=sorted(lost))
            known |= {entry.uuid for entry in trail}
            sent = lost
            await self._patch(ref, lost, task.actor)
        log.error("overwritten_edits_keep_coming", case=ref)

    async def _mend_close(self, ref: CaseRef, raw: Mapping[str, Any], task: Task) -> None:
        """Set the end status again where a PATCH beside a close took the end date away."""
        if raw.get("einddatum") is not None or raw.get("status") is None:
            return
        statuses = await self._reader.statuses(Zaak.model_validate(raw))
        current = max(statuses, key=lambda s: s.datum_status_gezet, default=None)
        if current is None or not task.reading.kind.is_final(current.statustype):
            return
        log.warning("close_undone_by_patch", case=ref)
        moment = status_moment(current.datum_status_gezet, current.datum_status_gezet)
        body = {
            "zaak": task.zaak,
            "statustype": current.statustype,
            "datumStatusGezet": moment.isoformat(),
            "statustoelichting": current.statustoelichting,
        }
        try:
            await self._client.send("POST", "zaken", "statussen", body, actor=task.actor)
        except Refused as refused:
            if "unique" not in refused.codes:
                raise

    def _spoken(self, ref: str) -> str:
        return self._client.addresses.spoken("zaken", f"zaken/{ref}") if is_uuid(ref) else ref

    # Result and status

    async def _result(self, change: Change, task: Task) -> None:
        wanted = None if change.become is None else str(change.become)
        kind = None if wanted is None else task.reading.kind.result(wanted)
        current = task.reading.result
        if current is not None:
            # The type of a result never changes: another outcome is another result.
            try:
                path = f"resultaten/{uuid_of(current.url)}"
                await self._client.send("DELETE", "zaken", path, actor=task.actor)
            except NotFound:
                log.debug("result_already_gone")
        if kind is not None:
            body = {"zaak": task.zaak, "resultaattype": kind.url, "toelichting": ""}
            await self._client.send("POST", "zaken", "resultaten", body, actor=task.actor)

    async def _statuses(
        self,
        ref: CaseRef,
        changes: tuple[Change, ...],
        task: Task,
        patch: Patch,
        outcome: _Outcome,
    ) -> None:
        for change in changes:
            if change.become is None:
                outcome.refused[change.path] = "a status is never taken away, only followed"
                continue
            await self._one(change, self._status(ref, change, task, patch), task, outcome)

    async def _status(self, ref: CaseRef, change: Change, task: Task, patch: Patch) -> None:
        kind = task.reading.kind.status(str(change.become))
        await self._set_status(kind, task, patch)
        if task.reading.kind.is_final(kind.url):
            for _ in range(_REPAIRS):
                raw = await self._reader.raw(ref)
                if raw.get("einddatum") is not None:
                    return
                await self._mend_close(ref, raw, task)
            if (await self._reader.raw(ref)).get("einddatum") is None:
                msg = "the end status stands and the end date does not"
                raise Uncertain(msg, path="status")

    async def _first_status(self, task: Task, patch: Patch) -> None:
        """Give a case that we made its first status, where the Patch brings none."""
        first = task.reading.kind.first
        if first is not None and not any(c.path == "status" for c in patch.changes):
            await self._set_status(first, task, patch)

    async def _set_status(self, kind: StatusType, task: Task, patch: Patch) -> None:
        current = task.reading.status
        at = status_moment(patch.at, current.datum_status_gezet if current else None)
        body = {
            "zaak": task.zaak,
            "statustype": kind.url,
            "datumStatusGezet": at.isoformat(),
            "statustoelichting": "",
        }
        try:
            await self._client.send("POST", "zaken", "statussen", body, actor=task.actor)
        except Refused as refused:
            if "date-in-future" in refused.codes:
                msg = f"{refused}; its clock is behind ours"
                raise Throttled(msg, retry_after=_BEHIND) from refused
            if "unique" not in refused.codes:
                raise
        # Whoever set a later status meanwhile is seen here, and so is our own earlier try.
        statuses = await self._reader.statuses(task.reading.zaak)
        last = max(statuses, key=lambda s: s.datum_status_gezet, default=None)
        if last is None or last.statustype != kind.url:
            msg = "another status was set at the same time"
            raise Conflict(msg, path="status")

    def _ends(self, change: Change, task: Task) -> bool:
        try:
            kind = task.reading.kind.status(str(change.become))
        except Rejected:
            return True
        return task.reading.kind.is_final(kind.url)


def _row_body(
    changes: tuple[Change, ...],
    zaak: Zaak,
    raw: Mapping[str, Any],
    outcome: _Outcome,
    spoken: Callable[[str], str],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Give the members to send, and by member the path that it is about."""
    body: dict[str, Any] = {}
    sent: dict[str, str] = {}
    for change in changes:
        name, _ = split_path(change.path)
        try:
            if is_place(change):
                made = {"zaakgeometrie": _place(change)}
            elif name == "related":
                made = _related(change, body, raw, spoken)
            else:
                member = WRITABLE[name]
                _still(change, name, member.read(zaak))
                made = {member.native: member.write(change.become)}
        except Conflict as conflict:
            outcome.conflicts.append(conflict)
        except Rejected as error:
            outcome.refused[change.path] = str(error)
        else:
            body |= made
            sent |= dict.fromkeys(made, change.path)
    return body, sent


def _still(change: Change, name: str, value: Any) -> None:
    """Compare once more: documents and children took their time."""
    now = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    if not same(name, now, change.expect) and not same(name, now, change.become):
        msg = f"{change.path} changed while the children were written"
        raise Conflict(msg, path=change.path)


def _place(change: Change) -> dict[str, Any] | None:
    if change.become is None:
        return None
    return geometry.to_server(CaseObject.model_validate(change.become).data)


def _related(
    change: Change, body: Mapping[str, Any], raw: Mapping[str, Any], spoken: Callable[[str], str]
) -> dict[str, Any]:
    """Give the relations with one more or one less; all others as they stand, word for word."""
    item = RelatedCase.model_validate(change.become or change.expect)
    url = spoken(item.key)
    if item.relation == _SUB:
        msg = "a sub case is related from its own side, as hoofdzaak"
        raise Rejected(msg, path=change.path)
    if item.relation == _MAIN:
        return {_MAIN: url if change.become is not None else None}
    listed = body.get("relevanteAndereZaken", raw.get("relevanteAndereZaken")) or []
    kept = [one for one in listed if uuid_of(one["url"], "zaken") != uuid_of(url, "zaken")]
    if change.become is not None:
        relation: dict[str, Any] = {"url": url, "aardRelatie": item.relation}
        if item.relation == "overig":
            relation["overigeRelatie"] = "gerelateerd"
        kept = [*kept, relation]
    return {"relevanteAndereZaken": kept}
