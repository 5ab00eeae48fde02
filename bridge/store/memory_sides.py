"""Pauses and standings of a store in memory."""

from __future__ import annotations

from bridge.engine.decision import Row
from bridge.engine.lane import InFlight, Waiting
from bridge.engine.link import Side
from bridge.store.memory_state import OnState
from bridge.store.records import Pause, Standing
from bridge.store.views import EdgeRow, SideFigures
from contracts.ids import AgencyId


class MemorySides(OnState):
    """Implements the pauses of `HubStore`, and what edges tell of their systems."""

    async def pauses(self) -> tuple[Pause, ...]:
        """Tell where nothing is written for now."""
        return tuple(self._state.pauses[agency] for agency in sorted(self._state.pauses))

    async def pause(self, pause: Pause, told: Row) -> bool:
        """Have nothing written at an agency any more, and say so in the journal."""
        if pause.agency in self._state.pauses:
            return False
        self._state.pauses[pause.agency] = pause
        self._state.journal.append(told)
        return True

    async def unpause(self, agency: AgencyId, told: Row) -> bool:
        """Have an agency written to again, and say so in the journal."""
        if self._state.pauses.pop(agency, None) is None:
            return False
        self._state.journal.append(told)
        return True

    async def report(self, agency: AgencyId, standing: Standing) -> None:
        """Tell how an edge finds its case system."""
        self._state.standings[agency] = standing

    async def edges(self) -> tuple[EdgeRow, ...]:
        """Show every edge that this store knows."""
        state, rows = self._state, list[EdgeRow]()
        for agency in sorted(state.standings.keys() | state.leases.keys()):
            lease = state.leases.get(agency)
            standing = state.standings.get(agency)
            if lease is None:
                rows.append(EdgeRow(agency, "", 0, None, standing))
            else:
                rows.append(EdgeRow(agency, lease.holder, lease.epoch, lease.until, standing))
        return tuple(rows)

    async def side_figures(self) -> tuple[SideFigures, ...]:
        """Count the sides of each agency."""
        sides = [side for kept in self._state.links.values() for side in kept.link.sides.values()]
        return tuple(
            _figures(agency, [side for side in sides if side.agency == agency])
            for agency in sorted({side.agency for side in sides})
        )


def _figures(agency: AgencyId, sides: list[Side]) -> SideFigures:
    def count(kind: type[InFlight | Waiting]) -> int:
        return sum(
            any(isinstance(state.phase, kind) for state in side.lanes.values()) for side in sides
        )

    parked = sum(bool(side.parked) for side in sides)
    return SideFigures(agency, len(sides), count(InFlight), count(Waiting), parked)
