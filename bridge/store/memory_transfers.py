"""Contents of documents on their way, in memory."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from bridge.store.memory_state import OnState
from bridge.store.records import CaseKey, Direction, Transfer
from contracts.ids import AgencyId, LinkId

_LONGEST_FIRST: Final = attrgetter("since", "agency", "ref", "document")


class MemoryTransfers(OnState):
    """Implements the transfers of `EdgeStore` and of `Queries`."""

    async def report_transfer(self, transfer: Transfer) -> None:
        """Note how far a content is; the last report counts."""
        self._state.transfers[_key(transfer)] = transfer

    async def end_transfer(self, transfer: Transfer) -> None:
        """Note that a content is on its way no longer, whatever became of it."""
        self._state.transfers.pop(_key(transfer), None)

    async def forget_transfers(self, agency: AgencyId) -> None:
        """Forget what is on its way: what a process was at that is gone."""
        kept = self._state.transfers
        for key in [key for key, each in kept.items() if each.agency == agency]:
            del kept[key]

    async def transfers(self, link: LinkId | None = None) -> tuple[Transfer, ...]:
        """List contents of documents that are on their way for more than a moment."""
        rows = list(self._state.transfers.values())
        if link is not None:
            kept = self._state.links.get(link)
            sides = kept.link.sides.values() if kept else ()
            cases = {(side.agency, side.ref) for side in sides}
            rows = [row for row in rows if (row.agency, row.ref) in cases]
        return tuple(sorted(rows, key=_LONGEST_FIRST))


def _key(transfer: Transfer) -> tuple[CaseKey, str, Direction]:
    return (transfer.agency, transfer.ref), transfer.document, transfer.direction
