"""
The row of the zaak itself: one PATCH, the smallest, and what it may have overwritten.

The system reads the row, changes it and writes it whole, and takes no precondition. So we look
once more right before, and in the audit trail right after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog

from adapters.kit.outcome import Outcome
from adapters.zgw import audit, geometry
from adapters.zgw.children import Task
from adapters.zgw.client import Actor, Client
from adapters.zgw.fields import NATIVE_NAMES, WRITABLE
from adapters.zgw.links import is_uuid, uuid_of
from adapters.zgw.moments import status_moment
from adapters.zgw.native import Zaak
from adapters.zgw.plan import LIKE, is_place
from adapters.zgw.problems import Refused
from adapters.zgw.reading import Reader
from contracts.case import CaseObject, RelatedCase, split_path
from contracts.errors import Conflict, Rejected
from contracts.ids import CaseRef
from contracts.patch import Change

log = structlog.get_logger(__name__)

_MAIN: Final = "hoofdzaak"
_SUB: Final = "deelzaak"
_REPAIRS: Final = 2


class Row:
    """Writes the zaken of one system."""

    def __init__(self, client: Client, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    async def write(
        self, ref: CaseRef, changes: tuple[Change, ...], task: Task, outcome: Outcome
    ) -> None:
        """Send one PATCH of all *changes*, and put right what it overwrote."""
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
        self, ref: CaseRef, body: Mapping[str, Any], task: Task, outcome: Outcome
    ) -> None:
        """Read back, and put right what our PATCH or another's overwrote."""
        known = frozenset(entry.uuid for entry in task.reading.trail)
        sent = dict(body)
        for _ in range(_REPAIRS):
            trail = await self._reader.trail(ref)
            raw = await self._reader.raw(ref)
            await self.mend_close(ref, raw, task)
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

    async def mend_close(self, ref: CaseRef, raw: Mapping[str, Any], task: Task) -> None:
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


def _row_body(
    changes: tuple[Change, ...],
    zaak: Zaak,
    raw: Mapping[str, Any],
    outcome: Outcome,
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
    if not any(LIKE.same(name, now, value) for value in (change.expect, change.become)):
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
