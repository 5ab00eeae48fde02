"""Vital signs: how long edits take to the other side, and whether each system is heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bridge.clock import Now
from bridge.desk.lags import LagFigures, lag_figures
from bridge.desk.silence import RHYTHM, Hearing, hearing
from bridge.desk.together import Together
from bridge.store.views import Queries
from contracts.ids import AgencyId

DAY: Final = timedelta(days=1)


class Vitals:
    """Tells how quick the bridge is, and who has fallen silent."""

    def __init__(self, store: Queries, *, now: Now) -> None:
        self._store, self._now = store, now
        self._heard = Together(lambda: store.heard(now() - RHYTHM))

    async def lags(self, over: timedelta = DAY) -> tuple[LagFigures, ...]:
        """Tell how long edits took by pair of agencies: the last day, or as long as *over*."""
        return lag_figures(await self._store.crossings(self._now() - over))

    async def hearings(self, agencies: Iterable[AgencyId]) -> tuple[Hearing, ...]:
        """Tell how each agency's system is heard."""
        now = self._now()
        rows = await self._heard.get()
        return tuple(hearing(agency, rows, now) for agency in agencies)
