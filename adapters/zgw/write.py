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

from collections.abc import Awaitable

from adapters.kit.outcome import Outcome
from adapters.zgw import shape
from adapters.zgw.catalogue import Catalogue
from adapters.zgw.children import Children, Task
from adapters.zgw.client import Actor, Client
from adapters.zgw.ending import Ending
from adapters.zgw.features import Features
from adapters.zgw.moments import DUTCH
from adapters.zgw.plan import Stage, Todo, needed
from adapters.zgw.problems import Refused
from adapters.zgw.reading import Reader
from adapters.zgw.row import Row
from contracts.adapter import Contents
from contracts.case import split_path
from contracts.errors import Rejected, Uncertain, Unreachable
from contracts.ids import CaseRef
from contracts.patch import Change, Patch


class Writer:
    """Writes cases of one system."""

    def __init__(
        self, client: Client, catalogue: Catalogue, reader: Reader, children: Children
    ) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._children = children
        self._row = Row(client, reader)
        self._ending = Ending(client, reader, self._row)

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
        outcome = Outcome()
        impossible = (c for c in patch.changes if c not in possible)
        for change in (*todo.at(Stage.NEVER), *impossible):
            outcome.refused[change.path] = "this system cannot hold a change of this field"
        try:
            await self._make(ref, todo, task, patch, outcome)
        except Unreachable as error:
            if not task.actor.made:
                raise
            msg = f"stopped after {len(task.actor.made)} writes: {error}"
            raise Uncertain(msg, code=error.code) from error
        outcome.tell()

    async def _make(
        self, ref: CaseRef, todo: Todo, task: Task, patch: Patch, outcome: Outcome
    ) -> None:
        statuses = todo.at(Stage.STATUS)
        if task.reading.is_closed and not all(self._ends(c, task) for c in statuses):
            await self._statuses(ref, statuses, task, patch, outcome)
            statuses = ()
        for change in (*todo.at(Stage.DOCUMENTS), *todo.at(Stage.CHILDREN)):
            await self._one(change, self._children.write(change, task), task, outcome)
        if row := todo.at(Stage.ROW):
            await self._row.write(ref, row, task, outcome)
        for change in todo.at(Stage.RESULT):
            await self._one(change, self._ending.write_result(change, task), task, outcome)
        await self._statuses(ref, statuses, task, patch, outcome)

    async def _one(
        self, change: Change, work: Awaitable[None], task: Task, outcome: Outcome
    ) -> None:
        await outcome.attempt((change.path,), self._knowing_types(work, task))

    async def _knowing_types(self, work: Awaitable[None], task: Task) -> None:
        try:
            await work
        except Refused as refused:
            if "zaaktype-mismatch" in refused.codes:
                self._catalogue.forget(task.reading.zaak.zaaktype)
            raise

    async def _statuses(
        self,
        ref: CaseRef,
        changes: tuple[Change, ...],
        task: Task,
        patch: Patch,
        outcome: Outcome,
    ) -> None:
        for change in changes:
            if change.become is None:
                outcome.refused[change.path] = "a status is never taken away, only followed"
                continue
            await self._one(
                change, self._ending.write_status(ref, change, task, patch), task, outcome
            )

    def _ends(self, change: Change, task: Task) -> bool:
        try:
            kind = task.reading.kind.status(str(change.become))
        except Rejected:
            return True
        return task.reading.kind.is_final(kind.url)
