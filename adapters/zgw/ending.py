"""
Status and result: rows of their own, and yet the two that change what a case is.

A status cannot be changed or removed, only followed; the type of a result never changes. The end
status needs a result, and makes the system fill the end date.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from adapters.zgw.children import Task
from adapters.zgw.client import Client
from adapters.zgw.links import uuid_of
from adapters.zgw.moments import status_moment
from adapters.zgw.native import StatusType
from adapters.zgw.problems import Refused
from adapters.zgw.reading import Reader
from adapters.zgw.row import Row
from contracts.errors import Conflict, NotFound, Throttled, Uncertain
from contracts.ids import CaseRef
from contracts.patch import Change, Patch

log = structlog.get_logger(__name__)

_REPAIRS: Final = 2
_BEHIND: Final = timedelta(seconds=5)
"""How long to wait for a clock that is behind ours."""


class Ending:
    """Writes statuses and results of one system."""

    def __init__(self, client: Client, reader: Reader, row: Row) -> None:
        self._client = client
        self._reader = reader
        self._row = row

    async def write_result(self, change: Change, task: Task) -> None:
        """Give the case its outcome, or take it away."""
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

    async def write_status(self, ref: CaseRef, change: Change, task: Task, patch: Patch) -> None:
        """Set a status; after the end status, see that the case has really ended."""
        kind = task.reading.kind.status(str(change.become))
        current = task.reading.status
        if current is not None and current.statustype == kind.url:
            return  # asked for by another of its names
        await self._set_status(kind, task, patch)
        if task.reading.kind.is_final(kind.url):
            for _ in range(_REPAIRS):
                raw = await self._reader.raw(ref)
                if raw.get("einddatum") is not None:
                    return
                await self._row.mend_close(ref, raw, task)
            if (await self._reader.raw(ref)).get("einddatum") is None:
                msg = "the end status stands and the end date does not"
                raise Uncertain(msg, path="status")

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
