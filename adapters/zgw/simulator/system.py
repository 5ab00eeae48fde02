"""One running case system: what its resources share."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.kit.simulator import Clock, Deliveries, Files, Store

from .access import Caller, Gate
from .audit import AuditTrail
from .links import Links
from .settings import Features, Quirks, SimulatorSettings

if TYPE_CHECKING:
    from .announce import Announcer
    from .resource import Resource


R = TypeVar("R", bound="Resource")


@dataclass
class System:
    """The store, the clock and the switches of one simulator."""

    settings: SimulatorSettings
    store: Store
    clock: Clock
    links: Links
    gate: Gate
    audit: AuditTrail
    files: Files
    announcer: Announcer
    quirks: Quirks
    chance: random.Random
    resources: dict[str, Resource]

    @property
    def agency(self) -> str:
        return self.settings.agency

    @property
    def deliveries(self) -> Deliveries:
        return self.announcer.deliveries

    @property
    def features(self) -> Features:
        return self.quirks.features

    def of(self, kind: type[R]) -> R:
        """Return the resource of exactly this class."""
        found = self.resources[kind.kind]
        if not isinstance(found, kind):
            msg = f"{kind.kind} is served by {type(found).__name__}"
            raise TypeError(msg)
        return found

    def resource(self, kind: str) -> Resource:
        return self.resources[kind]

    def url(self, kind: str, uuid: str) -> str:
        """The kept address of a resource."""
        return self.links.of(kind, uuid)


@dataclass(frozen=True, slots=True)
class Call:
    """One request by one caller: all that an operation has to know of it."""

    system: System
    caller: Caller
    explanation: str = ""
    """X-Audit-Toelichting: kept in the audit trail."""

    async def window(self) -> None:
        """The time between reading and writing, in which another write may come between."""
        if self.system.quirks.lost_update_seconds > 0:
            await asyncio.sleep(self.system.quirks.lost_update_seconds)


Body = dict[str, Any]
