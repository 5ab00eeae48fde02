"""
A sight: what an edge tells of one case, whatever came of the look at it.

A case that is not there, cannot be read, or makes the adapter fail is told of like any other; a
look that the system did not answer tells nothing, and is to be had again.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bridge.clock import Now
from bridge.edge.breaker import Breaker
from bridge.edge.lease import Lease
from bridge.edge.reading import Missed, Reader
from bridge.store.errors import StoreError
from contracts.errors import AdapterError, Denied, Garbled, Gone, NotFound, Unreachable
from contracts.ids import AgencyId, CaseRef
from contracts.messages import Missing, OutOfScope, Seen, Sequence, Sight, Unreadable
from contracts.snapshot import Snapshot

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sighted:
    """What one look told, its place in the order of looks, and when it was."""

    sight: Sight
    sequence: Sequence
    at: datetime


class Looks:
    """Looks at cases of one agency, for what is to be told of them."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        reader: Reader,
        breaker: Breaker,
        lease: Lease,
        patience: timedelta,
        now: Now,
    ) -> None:
        """*patience*: within which a look must have ended, with the documents of the case."""
        self._agency, self._reader, self._breaker = agency, reader, breaker
        self._lease, self._patience, self._now = lease, patience, now

    async def look(self, ref: CaseRef) -> Sighted:
        """
        Look at a case.

        Raises:
            Unreachable: The system is away.
            Denied: It lets us read nothing.
            OSError: There is no room for the content of documents; or it takes too long.
        """
        epoch = self._lease.epoch
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                reading = await self._reader.try_read(ref)
        except (Unreachable, Denied, OSError, StoreError):
            raise
        except Exception as error:  # noqa: BLE001  # told, and logged where it is a bug
            return Sighted(self._not_seen(error), self._lease.stamp(epoch), self._now())
        self._breaker.worked()
        if isinstance(reading, Missed):
            return Sighted(self._not_seen(reading.error), reading.sequence, reading.at)
        if reading.confined is None:
            return Sighted(OutOfScope(), reading.sequence, reading.at)
        return Sighted(Seen(snapshot=reading.confined), reading.sequence, reading.at)

    def _not_seen(self, error: Exception) -> Sight:
        """Say what is to be told of a case that could not be read."""
        if isinstance(error, NotFound):
            return Missing(gone=isinstance(error, Gone))
        if isinstance(error, AdapterError):
            if isinstance(error, Garbled):
                self._breaker.parked()
            return Unreadable(detail=str(error))
        # A bug in the adapter: this case parks, the worker lives.
        log.error("adapter_bug", agency=self._agency, exc_info=error)
        self._breaker.parked()
        return Unreadable(detail="de adapter liep vast op deze zaak; zie het logboek")


def comes_later(snapshot: Snapshot) -> bool:
    """Tell whether the content of a document is still to be fetched."""
    documents = snapshot.case.documents
    return any(each.content is not None and each.digest is None for each in documents)


def digest(sight: Sight) -> str:
    """Give what a sight is known by: another one, where the case changed."""
    return hashlib.sha256(sight.model_dump_json().encode()).hexdigest()[:16]
