"""Tidying: what an edge kept for others goes, once they have it or did not come for it."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bridge.clock import Now
from bridge.content import Staging
from bridge.edge.lease import Lease
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)

_EVERY: Final = 300.0
"""Seconds, at most."""


class Tidying:
    """Lets go of the content and the Receipts that the edge of one agency has kept long enough."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        store: EdgeStore,
        content: Staging,
        lease: Lease,
        settings: EdgeSettings,
        now: Now,
    ) -> None:
        self._agency, self._store, self._content = agency, store, content
        self._lease, self._settings, self._now = lease, settings, now

    async def run(self) -> None:
        """Tidy up now and then; until cancelled."""
        keep, keep_used = self._settings.keep_content, self._settings.keep_used_content
        await self._lease.is_held.wait()
        await self._store.forget_transfers(self._agency)
        while True:
            try:
                await self._content.sweep(keep, keep_used)
            except OSError as error:
                log.warning("content_not_swept", agency=self._agency, why=error.strerror)
            await self._store.prune(self._now() - keep)
            await asyncio.sleep(min(keep_used.total_seconds(), _EVERY))
