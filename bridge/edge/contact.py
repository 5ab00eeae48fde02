"""
The contact with one system: whether it answers, and what it offers.

Found out when the edge comes up, and again once a system that was away may be back; what is heard
of the system meanwhile is noted here.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bridge.clock import Now
from bridge.edge.bell import Bell
from bridge.edge.breaker import Breaker
from bridge.edge.lease import Lease
from bridge.settings import EdgeSettings
from bridge.store.base import EdgeStore
from contracts.adapter import Adapter, Capabilities, Hears, Intake
from contracts.errors import AdapterError
from contracts.ids import AgencyId

log = structlog.get_logger(__name__)


class Contact:
    """What an edge knows of its system at any moment."""

    def __init__(
        self,
        *,
        agency: AgencyId,
        adapter: Adapter,
        breaker: Breaker,
        lease: Lease,
        store: EdgeStore,
        settings: EdgeSettings,
        bell: Bell,
        now: Now,
    ) -> None:
        self._agency, self._adapter, self._breaker = agency, adapter, breaker
        self._lease, self._store, self._settings = lease, store, settings
        self._bell, self._now = bell, now
        self.capabilities: Capabilities = adapter.capabilities

    async def come_up(self) -> None:
        """Learn what the system offers, and have it tell us; again and again until it answers."""
        while True:
            await self._lease.is_held.wait()
            if await self._asked(subscribes=True):
                return
            await self.pause(self._settings.patience_first)

    async def probe(self) -> None:
        """Ask a system that was away whether it is back."""
        await self._asked(subscribes=False)

    async def report(self) -> None:
        """Tell people how the system is found: at the beginning, and when that changes."""
        await self._lease.is_held.wait()
        while True:
            self._breaker.turned.clear()
            await self._store.report(self._agency, self._breaker.standing)
            await self._breaker.turned.wait()

    async def pause(self, least: timedelta) -> None:
        """Wait, and longer where the system is to be left alone."""
        wait = max(least, self._breaker.until - self._now())
        await asyncio.sleep(wait.total_seconds())

    def note(self, error: AdapterError | TimeoutError) -> None:
        """Tell the breaker what concerns the system; what it says of one thing is only logged."""
        if isinstance(error, TimeoutError):
            self._breaker.failed("the system did not answer in time")
        elif not self._breaker.note(error):
            log.warning("answer_not_used", agency=self._agency, why=str(error))

    async def _asked(self, *, subscribes: bool) -> bool:
        """Ask the system what it offers; true where it answered."""
        try:
            async with asyncio.timeout(self._settings.request_timeout.total_seconds()):
                self.capabilities = await self._adapter.check()
                if subscribes:
                    await self._subscribe()
        except (AdapterError, TimeoutError) as error:
            self.note(error)
        except Exception:
            log.exception("adapter_bug", agency=self._agency)
        else:
            self._breaker.worked()
            self._bell.ring()
            return True
        return False

    async def _subscribe(self) -> None:
        """Have the system tell us what changes, where it can and we can be reached."""
        address = self._settings.public_url
        tells = Intake.PUSH in self.capabilities.intake
        if address and tells and isinstance(self._adapter, Hears):
            await self._adapter.subscribe(f"{address}/callbacks/{self._agency}")
