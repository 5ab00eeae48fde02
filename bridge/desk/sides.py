"""
Sides: an agency's system is not written to for a while, and then again.

While it is paused no new Command that writes is planned for it, those under way settle, and its
edge goes on looking; what others change merges. Unpausing has every case that lags there decided
again: each that changed gets one Command, with the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.clock import Now
from bridge.desk.together import Together
from bridge.engine.decision import Row, What
from bridge.engine.rules import Rules
from bridge.jobs.errors import NotToBeDone
from bridge.store import Condition, EdgeRow, Pause, SideFigures, Store
from bridge.store.views import CaseState
from contracts.ids import AgencyId

_PAGE: Final = 500
_NONE: Final = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SideStanding:
    """
    How an agency's side stands.

    Attributes:
        pause: Who had nothing written there any more, why, since when.
        edge: What its edge told last, and who speaks for it; ``None`` where this store does not
            know (an edge may have a store of its own).
        has_holder: Some process speaks for the agency now; ``None`` where that is not known.
    """

    agency: AgencyId
    pause: Pause | None
    edge: EdgeRow | None
    has_holder: bool | None
    figures: SideFigures

    @property
    def is_drained(self) -> bool:
        """Tell whether it is paused, and nothing is on its way there any more."""
        return self.pause is not None and self.figures.in_flight == 0

    @property
    def condition(self) -> Condition | None:
        """How its edge finds the system; ``None`` where that is not known."""
        return self.edge.standing.condition if self.edge and self.edge.standing else None


class Sides:
    """Pauses and unpauses agencies, and tells how their sides stand."""

    def __init__(self, store: Store, *, rules: Callable[[], Rules], now: Now) -> None:
        self._store, self._rules, self._now = store, rules, now
        self._figures = Together(store.side_figures)

    async def standings(self) -> tuple[SideStanding, ...]:
        """Tell how the side of every agency stands, in the order of their names."""
        now = self._now()
        pauses = await self.pauses()
        edges = {edge.agency: edge for edge in await self._store.edges()}
        figures = {each.agency: each for each in await self._figures.get()}
        known = self._rules().lenses.keys() | pauses.keys() | edges.keys() | figures.keys()
        return tuple(
            SideStanding(
                agency=agency,
                pause=pauses.get(agency),
                edge=(edge := edges.get(agency)),
                has_holder=None if edge is None else bool(edge.until and edge.until > now),
                figures=figures.get(agency) or SideFigures(agency, *_NONE),
            )
            for agency in sorted(known)
        )

    async def pauses(self) -> dict[AgencyId, Pause]:
        """Tell where nothing is written for now, and why."""
        return {pause.agency: pause for pause in await self._store.pauses()}

    async def pause(self, agency: AgencyId, *, by: str, reason: str) -> None:
        """
        Have nothing written at *agency* from now on; what is on its way settles.

        Raises:
            NotToBeDone: There is no such agency, no reason is given, or it is paused already.
        """
        self._see_known(agency)
        _see_reason(reason)
        at = self._now()
        told = Row(What.PAUSED, at, agency=agency, by=by, why=reason)
        if not await self._store.pause(Pause(agency, by, reason, at), told):
            msg = f"{agency} is paused already; `casebridge unpause {agency}` ends that"
            raise NotToBeDone(msg)

    async def unpause(self, agency: AgencyId, *, by: str, reason: str) -> int:
        """
        Have *agency* written to again; give how many cases are decided again for it.

        Raises:
            NotToBeDone: It is not paused, or no reason is given.
        """
        _see_reason(reason)
        told = Row(What.UNPAUSED, self._now(), agency=agency, by=by, why=reason)
        if not await self._store.unpause(agency, told):
            msg = f"{agency} is not paused"
            raise NotToBeDone(msg)
        return await self._wake(agency)

    async def _wake(self, agency: AgencyId) -> int:
        """Have the hub decide soon on every case that is not equal; it plans what lags."""
        count, after = 0, None
        while True:
            page = await self._store.cases(
                agency=agency, state=CaseState.UNEQUAL, limit=_PAGE, after=after
            )
            await self._store.postpone([row.link for row in page.rows], self._now())
            count, after = count + len(page.rows), page.after
            if after is None:
                return count

    def _see_known(self, agency: AgencyId) -> None:
        known = self._rules().lenses
        if agency not in known:
            msg = f"agency {agency!r} has no crosswalk; there are: {', '.join(known)}"
            raise NotToBeDone(msg)


def _see_reason(reason: str) -> None:
    if not reason.strip():
        msg = "say why: it is kept in the journal"
        raise NotToBeDone(msg)
