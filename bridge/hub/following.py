"""
Following the rules: new ones are recorded, and what waited for them goes on.

A Link is decided anew under changed rules when something is heard of it. What waits for a row is
not to wait for that as well: its timer is set to now, and whichever hub is free takes it. Each hub
does so when it takes the rules over itself, for another may still decide by the former ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final, Protocol

import structlog

from bridge.clock import Now
from bridge.engine.parked import Reason
from bridge.engine.rules import Rules
from bridge.store import RulesVersion, Store, StoreError
from contracts.ids import LinkId

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_PAGE: Final = 500
WAITS_FOR_RULES: Final = (Reason.NO_COUNTERPART, Reason.UNTRANSLATABLE)


class InForce(Protocol):
    """The rules that hold now, and their files."""

    def current(self) -> Rules:
        """Give the rules that hold now."""

    def texts(self) -> dict[str, str]:
        """Give their files, by name."""


class RulesFollower:
    """Records the rules of this process, and lets go on what waited for them."""

    def __init__(self, *, store: Store, rules: InForce, now: Now) -> None:
        self._store, self._rules, self._now = store, rules, now
        self._followed: str | None = None

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("rules_wait", why=str(error))
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> int:
        """Follow the rules if they are others than before; give how many Links go on."""
        version = self._rules.current().version
        if version == self._followed:
            return 0
        new = RulesVersion(version, self._now(), "", "", self._rules.texts())
        is_new = await self._store.record_rules(new)
        released = 0
        if is_new or self._followed is not None:
            released = await self._release()
            log.info("rules_followed", version=version, links=released)
        self._followed = version
        return released

    async def _release(self) -> int:
        found: dict[LinkId, None] = {}
        for reason in WAITS_FOR_RULES:
            skip = 0
            while rows := await self._store.parked(reason=reason, limit=_PAGE, skip=skip):
                found |= dict.fromkeys(row.link for row in rows)
                skip += len(rows)
        for part in _parts(list(found)):
            await self._store.postpone(part, self._now())
        return len(found)


def _parts(links: list[LinkId]) -> Iterator[list[LinkId]]:
    return (links[start : start + _PAGE] for start in range(0, len(links), _PAGE))
