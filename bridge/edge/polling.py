"""Polling: a system that can be asked what changed is asked again and again."""

from __future__ import annotations

import asyncio

import structlog

from bridge.edge.breaker import Breaker
from bridge.edge.contact import Contact
from bridge.edge.hints import Hints
from bridge.edge.lease import Lease
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from bridge.store.errors import StoreError
from contracts.adapter import Adapter, Polls
from contracts.errors import AdapterError
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)


class Polling:
    """Asks one agency's system what changed; while it is away, whether it is back."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        adapter: Adapter,
        store: EdgeStore,
        hints: Hints,
        contact: Contact,
        breaker: Breaker,
        lease: Lease,
        settings: EdgeSettings,
    ) -> None:
        self._agency, self._adapter, self._store = agency, adapter, store
        self._hints, self._contact, self._breaker = hints, contact, breaker
        self._lease, self._settings = lease, settings

    async def run(self) -> None:
        """Poll until cancelled; return at once where that is not wanted or not possible."""
        every, adapter = self._settings.poll_every, self._adapter
        if every is None or not isinstance(adapter, Polls):
            return
        while True:
            await self._lease.is_held.wait()
            if not self._breaker.is_down:
                await self._poll(adapter)
            await self._contact.pause(every)
            if self._breaker.is_down and not self._breaker.is_open:
                await self._contact.probe()

    async def _poll(self, adapter: Polls) -> None:
        try:
            await self._keep_pages(adapter)
        except (AdapterError, TimeoutError) as error:
            self._contact.note(error)
        except StoreError:
            raise
        except Exception:
            log.exception("adapter_bug", agency=self._agency)
            await asyncio.sleep(self._settings.patience_longest.total_seconds())

    async def _keep_pages(self, adapter: Polls) -> None:
        """Make every case durable that a poll finds; each page in time, and before the next."""
        pages = aiter(adapter.poll(await self._store.cursor(self._agency)))
        while True:
            async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                page = await anext(pages, None)
            if page is None:
                return
            await self._hints.keep_page(page)
